"""One photo, read and decoded once: digest, facts, network input and thumbnail together."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.errors import PhotoError
from lookalike.photos.files import digest_of, opened
from lookalike.photos.metadata import colour_and_phash, taken_and_camera
from lookalike.photos.pixels import Need, Upright, read_upright, reading
from lookalike.records import Facts, Region

__all__ = [
    "DecodeSpec",
    "Decoded",
    "decode",
    "digest_of",
    "load_picture",
    "network_input",
    "whole_input",
]

Pixels = NDArray[np.uint8]

THUMBNAIL_QUALITY: Final = 82

# Hamming's window is half as wide as bicubic's: 1.9 instead of 3.1 ms for a 400 x 533 photo.
# Nearest neighbours by the default network agree as well with labels (1,535 photos of clothes:
# 60.4 % against 59.0 %).
_FILTER: Final = Image.Resampling.HAMMING

# The decoded picture is at least this much larger than the network's input, so that the last
# step is a real antialiased shrink. Measured on 9 to 18 megapixel originals against a full
# decode: 42 dB and 36 ms at 1.0, 46 dB and 39 ms at 1.5, 49 dB and 47 ms at 2.0.
_MARGIN: Final = 1.5


@dataclass(frozen=True, slots=True)
class DecodeSpec:
    """What to make of each photo: the network's input side and the thumbnail's longest side."""

    network_size: int
    thumbnail_side: int = 384


@dataclass(frozen=True, slots=True)
class Decoded:
    """One photo, decoded.

    `digest` is the xxh3_128 of the file's bytes (16 bytes), `network_input` uint8 [S, S, 3] RGB,
    `thumbnail` a JPEG, `size` and `mtime_ns` those of the file as it was read.
    """

    digest: bytes
    facts: Facts
    network_input: Pixels
    thumbnail: bytes
    size: int
    mtime_ns: int


def decode(path: str, spec: DecodeSpec) -> Decoded:
    """Read and decode a photo file; raises PhotoError with the reason if it cannot be used."""
    with opened(path) as source, reading():
        upright = read_upright(source.file, _network_need(spec.network_size, spec.thumbnail_side))
        square = _squashed(upright.picture, spec.network_size)
        return Decoded(
            digest=source.digest,
            facts=_facts(upright, square),
            network_input=np.asarray(square),
            thumbnail=_thumbnail(upright.picture, spec.thumbnail_side),
            size=source.size,
            mtime_ns=source.mtime_ns,
        )


def _network_need(size: int, longest: int = 0) -> Need:
    short = math.ceil(size * _MARGIN)
    return Need(short, max(short, longest))


def _facts(upright: Upright, square: Image.Image) -> Facts:
    taken, camera = taken_and_camera(upright.source)
    average, phash = colour_and_phash(square)
    return Facts(upright.width, upright.height, upright.format, taken, camera, average, phash)


def _squashed(picture: Image.Image, size: int) -> Image.Image:
    """The whole picture as a square; its aspect is lost, nothing of it is cut away."""
    return picture.resize((size, size), _FILTER, reducing_gap=3.0)


def _thumbnail(picture: Image.Image, side: int) -> bytes:
    """A JPEG whose longer side is `side` pixels, or the picture's own size if that is smaller."""
    out = io.BytesIO()
    _fitted(picture, side).save(out, "JPEG", quality=THUMBNAIL_QUALITY, subsampling=2)
    return out.getvalue()


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    """The picture scaled down so that its longer side is at most `side`."""
    longest = max(picture.size)
    if longest <= side:
        return picture
    width, height = (max(1, round(edge * side / longest)) for edge in picture.size)
    return picture.resize((width, height), _FILTER, reducing_gap=3.0)


def load_picture(
    source: str | bytes, max_side: int | None = None, region: Region | None = None
) -> Pixels:
    """A photo as people see it: uint8 [H, W, 3], RGB, upright, from a path or the file's bytes.

    With `region` only that part; with `max_side` scaled down (never up) so that the longer side
    of the result is at most `max_side` pixels. Raises PhotoError with the reason.
    """
    picture = _load(source, max_side, region)
    if max_side is not None:
        picture = _fitted(picture, max_side)
    return np.array(picture)


def load_with_size(source: str | bytes, max_side: int) -> tuple[Pixels, tuple[int, int]]:
    """A photo as `load_picture` gives it, and its own width and height, oriented."""
    upright = _upright_of(source, Need(1, max_side))
    return np.array(_fitted(upright.picture, max_side)), (upright.width, upright.height)


def taken_of(source: str | bytes) -> float | None:
    """When a photo says it was taken (see `taken_and_camera`); None if it does not say."""
    try:
        if isinstance(source, bytes):
            return taken_and_camera(Image.open(io.BytesIO(source)))[0]
        with opened(source) as file:
            return taken_and_camera(Image.open(file.file))[0]
    except (OSError, ValueError, PhotoError, Image.DecompressionBombError):
        return None


def _load(source: str | bytes, max_side: int | None, region: Region | None) -> Image.Image:
    need = None
    if max_side is not None:
        # The part asked for has to keep max_side pixels, so the whole keeps more. `short` is 1:
        # only the longer side of the result is bounded.
        part = min(region[2], region[3]) if region is not None else 1.0
        wanted = math.ceil(max_side / max(part, 1e-3))
        need = Need(1 if region is None else min(wanted, 2**16), min(wanted, 2**16))
    picture = _upright_of(source, need).picture
    return picture if region is None else picture.crop(_box(region, picture.size))


def _upright_of(source: str | bytes, need: Need | None) -> Upright:
    if isinstance(source, str):
        with opened(source) as file, reading():
            return read_upright(file.file, need)
    with reading():
        return read_upright(io.BytesIO(source), need)


def _box(region: Region, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A region in pixels, cut to the picture; raises PhotoError if nothing is left of it."""
    x, y, width, height = region
    left, top = max(0.0, x) * size[0], max(0.0, y) * size[1]
    right, bottom = min(1.0, x + width) * size[0], min(1.0, y + height) * size[1]
    if not all(map(math.isfinite, region)) or right <= left or bottom <= top:
        raise PhotoError("The region is empty; draw a larger one inside the photo.")
    box = (math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
    return max(0, box[0]), max(0, box[1]), min(size[0], box[2]), min(size[1], box[3])


def network_input(picture: Pixels, size: int) -> Pixels:
    """A picture (uint8 [H, W, 3]) squashed to the network's input, uint8 [size, size, 3].

    The same resampling as in `decode`, from whatever size the picture has.
    """
    return np.array(_squashed(Image.fromarray(picture), size))


def whole_input(source: str | bytes, size: int, thumbnail_side: int = 384) -> Pixels:
    """The network input of a whole photo exactly as `decode` makes it, uint8 [size, size, 3].

    For goals without a region: a photo of the library then finds itself with its very vector.
    Raises PhotoError with the reason.
    """
    upright = _upright_of(source, _network_need(size, thumbnail_side))
    return np.array(_squashed(upright.picture, size))
