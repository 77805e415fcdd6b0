"""Colours as people see them: profiles to sRGB, transparency onto white, deep to 8 bits."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Deep = NDArray[Any]

_SPACES: Final = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}
_STRIP_PIXELS: Final = 2**20
_BITS_PER_SAMPLE: Final = 258  # a TIFF tag
_ALMOST_SRGB: Final = 3  # of 255; profiles that move no colour by more are taken as sRGB


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An RGB picture in sRGB from an RGB, L, CMYK or LAB one with its embedded ICC profile.

    A profile that is damaged, or made for another kind of picture, is ignored, as viewers do.
    """
    transform = _transform(profile, image.mode) if profile else None
    if transform is None and image.mode == "LAB":
        transform = _lab_transform()
    if transform is not None:
        return transform.apply(image)
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return ImageCms.ImageCmsTransform(lab, _srgb(), "LAB", "RGB")


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from `profile` to sRGB; None where there is nothing to do.

    Whether a profile is sRGB is found by trying it on a lattice of colours: the many sRGB
    profiles in use differ in name and in bytes. Measured: 4 to 8 ms once per profile,
    and 7 ms for each photo in another space (600 x 450 pixels to convert).
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space != _SPACES.get(mode):
            return None
        transform = ImageCms.ImageCmsTransform(
            source, _srgb(), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        lattice = _lattice(mode)
        moved = np.asarray(transform.apply(lattice), np.int16)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    plain = np.asarray(lattice.convert("RGB"), np.int16) if mode != "LAB" else None
    if plain is not None and int(np.abs(moved - plain).max()) <= _ALMOST_SRGB:
        return None
    return transform


def _lattice(mode: str) -> Image.Image:
    """A small picture with colours from all over the space of `mode`."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    steps = np.linspace(0, 255, 6).astype(np.uint8)
    colours = np.stack(np.meshgrid(*[steps] * bands), axis=-1).reshape(1, -1, bands)
    return Image.frombytes(mode, (colours.shape[1], 1), np.ascontiguousarray(colours).tobytes())


def onto_white(image: Image.Image) -> Image.Image:
    """An RGBA or LA picture laid onto white, as RGB or L.

    White, because cut-out pictures are drawn for white pages, and so that a cut-out is found
    beside the same thing photographed on white.
    """
    mode = "L" if image.mode == "LA" else "RGB"
    page = Image.new(mode, image.size, "white")
    page.paste(image.convert(mode), mask=image.getchannel("A"))
    return page


def plain_mode(image: Image.Image) -> Image.Image:
    """The same pixels in a mode that can be scaled: L, LA, RGB, RGBA, CMYK or LAB, 8 bits each.

    `image` must be loaded.
    """
    mode = image.mode
    if mode in {"L", "RGB"} and "transparency" not in image.info:
        return image
    if mode in {"LA", "RGBA", "CMYK", "LAB"}:
        return image
    if mode.startswith("I") or mode == "F":
        return _eight_bits(image)
    if mode in {"PA", "La", "RGBa"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """One deep channel as 8 bits grey, scaled by the range of its type.

    16 bits scale from their full range (see `_depth`), so that dark photos stay dark. 32-bit
    integers and floats declare no range: values that fit 0..1 (floats), 0..255 or 0..65535 are
    taken as such, anything else is stretched from its least to its greatest value.
    """
    if image.mode.startswith("I;16"):
        shift = _depth(image) - 8
        return _by_strips(image, lambda strip: (strip >> shift).clip(0, 255))
    low, high = _finite_range(image)
    if low < 0 or high > 65535:
        scale = 255 / (high - low) if high > low else 0.0
    elif image.mode == "F" and high <= 1:
        low, scale = 0.0, 255.0
    else:
        low, scale = 0.0, 1.0 if high <= 255 else 255 / 65535

    def grey(strip: Deep) -> Deep:
        plain = np.nan_to_num(strip.astype(np.float32), nan=low, posinf=high, neginf=low)
        return ((plain - low) * scale + 0.5).clip(0, 255)

    return _by_strips(image, grey)


def _finite_range(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest number in a picture, apart from NaN and infinities."""
    ranges = [
        (float(numbers.min()), float(numbers.max()))
        for _, strip in _strips(image)
        if (numbers := strip[np.isfinite(strip)]).size
    ]
    if not ranges:
        return 0.0, 0.0
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _by_strips(image: Image.Image, change: Callable[[Deep], Deep]) -> Image.Image:
    """Apply `change` to a deep picture; in strips, so that its copies stay small."""
    out = np.empty((image.height, image.width), np.uint8)
    for top, strip in _strips(image):
        out[top : top + len(strip)] = change(strip)
    return Image.fromarray(out)


def _strips(image: Image.Image) -> Iterator[tuple[int, Deep]]:
    rows = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        yield top, np.asarray(image.crop(box))


def _depth(image: Image.Image) -> int:
    """Bits that a 16-bit picture really uses: as a TIFF declares, else 16, 12, 10 or 8.

    Cameras and scanners leave 8, 10 or 12 bits at the low end of 16 without saying so. A picture
    that stays below a sixteenth of the range is taken for one of these: it would be black.
    """
    tags = getattr(image, "tag_v2", None)
    if tags is not None and tags.get(_BITS_PER_SAMPLE) == (12,):
        return 12
    greatest = max((int(strip.max()) for _, strip in _strips(image)), default=0)
    return next((bits for bits in (8, 10, 12) if greatest < 2**bits), 16)
