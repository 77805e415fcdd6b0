"""From an opened file to an upright RGB picture about as large as needed, in bounded memory.

The one decode of a photo: JPEGs are scaled inside the inverse DCT (libjpeg through Pillow's
`draft`), everything else by an exact box filter right after decoding; then colours and
orientation are settled on the small picture.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from PIL import Image, JpegImagePlugin

from lookalike.errors import PhotoError
from lookalike.photos import colour
from lookalike.photos.formats import open_image, quiet

MEMORY_BUDGET: Final = 2**30
"""Bytes one picture may take while it is decoded, by an estimate made from its header."""

MOST_PIXELS: Final = 178_000_000
"""Pixels of a picture that cannot be decoded small (all but JPEG); about Pillow's own limit."""

# Peak bytes a pixel while decoding and bringing to 8-bit RGB. Measured at 90 to 165 megapixels.
_BYTES_PER_PIXEL: Final = {"1": 2, "L": 1, "P": 9, "LA": 8, "RGB": 4, "RGBA": 8, "CMYK": 4}
_BYTES_PER_DEEP_PIXEL: Final = 6
_BYTES_PER_CODEC_PIXEL: Final = {"WEBP": 16, "AVIF": 12, "HEIF": 12}
_ORIENTATION: Final = 0x0112
_TRANSPOSED: Final = 5  # orientations from here on swap width and height

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Need:
    """How large the decoded picture has to be at least: its shorter and its longer side, pixels.

    A photo that is smaller stays as it is.
    """

    short: int
    long: int


@dataclass(frozen=True, slots=True)
class Upright:
    """A decoded picture (RGB, sRGB, upright), and the size and format of the file's original.

    `width` and `height` are the original's in pixels, oriented. `source` is the Pillow file
    object, for its metadata; its pixels are not to be used.
    """

    picture: Image.Image
    width: int
    height: int
    format: str
    source: Image.Image


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Turn whatever the decoders raise on a bad file into one PhotoError sentence."""
    try:
        with quiet():
            yield
    except PhotoError:
        raise
    except MemoryError:
        raise PhotoError(
            "The picture needs more memory to read than it may take; save a smaller copy of it."
        ) from None
    except Exception as error:
        raise PhotoError(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    said = str(error).lower()
    if "truncated" in said or "not processed" in said or "unexpected end" in said:
        return CUT_SHORT
    if "decompressed data too large" in said or "too large for" in said:
        return "The file unpacks to far more data than a photo needs; it is left out for safety."
    if isinstance(error, NotImplementedError) or "unsupported" in said or "unknown" in said:
        return "The picture uses a variant of its format that cannot be read; save it as JPEG."
    return "The picture is damaged; open it in an editor and save it again, or restore a copy."


CUT_SHORT: Final = "The file is cut short; copy it again from where it came."


def read_upright(file: IO[bytes], need: Need | None) -> Upright:
    """Decode `file` (seekable, at 0) to about `need`, or in full where `need` is None.

    Raises PhotoError with the reason; call within `reading()`.
    """
    image = open_image(file)
    kind = "JPEG" if image.format == "MPO" else image.format or ""
    width, height = image.size
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        start = file.tell()
        _draft(image, need)
        _check_jpeg_memory(image, width, height)
        image.load()
        _check_jpeg_end(file, start)
    else:
        _check_memory(image)
        with _silent_libtiff() if kind == "TIFF" else contextlib.nullcontext():
            image.load()
    orientation = _orientation(image)
    small = colour.plain_mode(image)
    if need is not None:
        small = _reduced(small, need)
    if small.mode in {"LA", "RGBA"}:
        small = colour.onto_white(small)
    small = colour.to_srgb(small, image.info.get("icc_profile"))
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
        if orientation >= _TRANSPOSED:
            width, height = height, width
    return Upright(small, width, height, kind, image)


_stderr_lock = threading.Lock()


@contextlib.contextmanager
def _silent_libtiff() -> Iterator[None]:
    """Keep libtiff's remarks on damaged files off the terminal: it writes them to descriptor 2.

    What other threads write there in these milliseconds is lost too, so only TIFFs pay this.
    """
    with _stderr_lock, contextlib.ExitStack() as undo:
        try:
            kept = os.dup(2)
        except OSError:  # no stderr at all, as in a windowed bundle
            kept = None
        if kept is not None:
            undo.callback(os.close, kept)
            undo.callback(os.dup2, kept, 2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            undo.callback(os.close, nowhere)
            os.dup2(nowhere, 2)
        yield


def _least(image: Image.Image, need: Need) -> tuple[int, int]:
    """The least width and height that satisfy `need` for a picture of this shape."""
    width, height = image.size
    longer = max(need.short, need.long)
    return (longer, need.short) if width >= height else (need.short, longer)


def _draft(image: JpegImagePlugin.JpegImageFile, need: Need | None) -> None:
    if need is not None:
        image.draft(None, _least(image, need))


def _reduced(image: Image.Image, need: Need) -> Image.Image:
    """Shrink by a whole factor, as far as `need` allows."""
    width, height = _least(image, need)
    factor = min(image.width // max(1, width), image.height // max(1, height))
    return image.reduce(factor) if factor > 1 else image


def _orientation(image: Image.Image) -> int:
    """The EXIF (or XMP) orientation still to be applied; 1 where it cannot be read.

    Asked after loading: Pillow turns TIFFs upright itself and then takes the tag away.
    """
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - damaged EXIF must not cost the photo
        return 1
    return value if isinstance(value, int) else 1


def _check_memory(image: Image.Image) -> None:
    """Refuse a picture whose header promises more than the budget, before decoding it."""
    pixels = image.width * image.height
    each = _BYTES_PER_CODEC_PIXEL.get(
        image.format or "", _BYTES_PER_PIXEL.get(image.mode, _BYTES_PER_DEEP_PIXEL)
    )
    most = min(MOST_PIXELS, MEMORY_BUDGET // each)
    if pixels > most:
        raise PhotoError(
            f"The picture has {pixels / 1e6:,.0f} megapixels, and {image.format} pictures of this "
            f"kind can be read up to {most / 1e6:,.0f}; save a smaller copy of it."
        )


def _check_jpeg_memory(image: JpegImagePlugin.JpegImageFile, width: int, height: int) -> None:
    """As `_check_memory`: after drafting, `image.size` is what will be decoded.

    A progressive JPEG is decoded from all its coefficients, 2 bytes each, held at once.
    """
    need = image.width * image.height * 4
    if image.info.get("progressive"):
        layers = [(layer[1], layer[2]) for layer in image.layer]
        per_block = max(h for h, _ in layers) * max(v for _, v in layers)
        need += width * height * 2 * sum(h * v for h, v in layers) // max(1, per_block)
    if need > MEMORY_BUDGET:
        raise PhotoError(
            f"The picture has {width * height / 1e6:,.0f} megapixels and would take "
            f"{need / 2**30:,.1f} GiB to read, where {MEMORY_BUDGET / 2**30:.0f} is the most; "
            "save a smaller copy of it."
        )


def _check_jpeg_end(file: IO[bytes], start: int) -> None:
    """Refuse a JPEG without its end marker.

    libjpeg decodes a file whose tail is missing but was filled with zeros (an interrupted
    download) into a half-grey picture without complaint. In the scan data 0xFF is always
    followed by 0 or a restart marker, so the two bytes occur only at an end.
    """
    position, block, overlap = file.seek(0, os.SEEK_END), 2**16, 1
    while position > start:
        begin = max(start, position - block)
        file.seek(begin)
        if b"\xff\xd9" in file.read(position - begin + overlap):
            return
        position = begin
    raise PhotoError(CUT_SHORT)
