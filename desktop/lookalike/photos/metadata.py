"""What a photo says of itself: when, with which camera, its average colour, its perceptual hash."""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_MAKE, _MODEL, _EXIF_IFD = 0x010F, 0x0110, 0x8769
_TAKEN, _TAKEN_FRACTION = 0x9003, 0x9291
_SPACING: Final = re.compile(r"[\x00-\x20\x7f-\xa0]+")
_HASH_SIDE: Final = 32
_NOTHING: Final = 1.0  # far below what one grey level in one pixel in ten adds up to
_LONGEST_NAME: Final = 100


def taken_and_camera(image: Image.Image) -> tuple[float | None, str]:
    """When the photo was taken and by what, out of its EXIF; (None, "") where it says nothing.

    The time is seconds since 1970 of the camera's local clock read as UTC, from DateTimeOriginal
    and SubSecTimeOriginal (Exif 2.32, CIPA DC-008). Damaged EXIF counts as none.
    """
    try:
        exif = image.getexif()
        if not exif:
            return None, ""
        camera = camera_name(exif.get(_MAKE), exif.get(_MODEL))
        detail = exif.get_ifd(_EXIF_IFD)
    except Exception:  # noqa: BLE001 - damaged EXIF must not cost the photo
        return None, ""
    return taken_time(detail.get(_TAKEN), detail.get(_TAKEN_FRACTION)), camera


def taken_time(stamp: object, fraction: object = None) -> float | None:
    """Seconds since 1970 of an EXIF "YYYY:MM:DD HH:MM:SS", or None if it is no date."""
    try:
        moment = time.strptime(_text(stamp)[:19], "%Y:%m:%d %H:%M:%S")
        digits = _text(fraction)
        part = float(f"0.{digits}") if digits.isascii() and digits.isdigit() else 0.0
        return calendar.timegm(moment) + part
    except ValueError:
        return None


def camera_name(make: object, model: object) -> str:
    """Maker and model in one, the maker once: ("Canon", "Canon EOS 5D") is "Canon EOS 5D"."""
    maker, name = _text(make), _text(model)
    if not maker or not name:
        return (maker or name)[:_LONGEST_NAME]
    if name.casefold().startswith(maker.split()[0].casefold()):
        return name[:_LONGEST_NAME]
    return f"{maker} {name}"[:_LONGEST_NAME]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return _SPACING.sub(" ", value).strip() if isinstance(value, str) else ""


def colour_and_phash(picture: Image.Image) -> tuple[int, int]:
    """The average colour (0xRRGGBB) and the perceptual hash of an RGB picture.

    The hash is a signed int64: bit i says whether the i-th of the 64 lowest frequencies (in
    zigzag order, the mean left out) of the 32 x 32 grey picture's DCT-II lies above their
    median. After C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash
    Functions" (2010), section 3.2.1, which takes a square of frequencies instead.
    """
    small = picture.resize((_HASH_SIDE, _HASH_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    red, green, blue = (round(float(part)) for part in pixels.mean(axis=(0, 1)))
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
    cosines, order = _dct_basis()
    low = (cosines @ grey @ cosines.T).ravel()[order]
    low[np.abs(low) < _NOTHING] = 0  # a flat picture has the hash 0, not that of rounding errors
    bits = np.packbits(low > np.median(low), bitorder="little")
    return red << 16 | green << 8 | blue, int(bits.view("<i8")[0])


@lru_cache(maxsize=1)
def _dct_basis() -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Rows of the DCT-II that hold the 64 lowest frequencies, and these in zigzag order."""
    rows = 11  # the 65 lowest frequencies of a zigzag lie within 11 rows and columns
    n = np.arange(_HASH_SIDE)
    cosines = np.cos(np.pi / _HASH_SIDE * (n + 0.5) * np.arange(rows)[:, None])
    y, x = np.divmod(np.arange(rows * rows), rows)
    order = np.lexsort((x, np.maximum(x, y), x + y))[1:65]
    return cosines.astype(np.float32), order
