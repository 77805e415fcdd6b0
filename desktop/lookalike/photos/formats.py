"""Which files are photos: endings for the scan, contents for the decoder, and Pillow's door.

A file is recognised by its first bytes, never by its name, and only the one Pillow plug-in for
that format is asked to open it. The plug-ins are imported here by name, so Pillow never goes
looking for all of its fifty.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from typing import IO, Final

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from lookalike.errors import PhotoError

__all__ = ["PLUGINS", "identify", "open_image", "quiet", "use_one_thread"]

PLUGINS: Final = {
    "JPEG": JpegImagePlugin,  # also opens MPO: several JPEGs in one file, the first is the photo
    "MPO": MpoImagePlugin,
    "PNG": PngImagePlugin,
    "WEBP": WebPImagePlugin,
    "AVIF": AvifImagePlugin,
    "GIF": GifImagePlugin,
    "TIFF": TiffImagePlugin,
    "BMP": BmpImagePlugin,
}

# The size of a picture is judged by our own budget (pixels.py), which knows that a huge JPEG can
# be decoded small; Pillow's single limit would refuse it, or warn.
Image.MAX_IMAGE_PIXELS = None
logging.getLogger("PIL").addHandler(logging.NullHandler())

_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEIC_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


def identify(head: bytes) -> str | None:
    """The format of a file by its first bytes (64 suffice), or None if it is not one of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(_TIFF_MAGIC):
        return "TIFF"
    if head.startswith(b"BM"):
        return "BMP"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _identify_iso(head)
    return None


def _identify_iso(head: bytes) -> str | None:
    """AVIF or HEIC by the brands of the ISO base media `ftyp` box (ISO/IEC 23008-12)."""
    length = int.from_bytes(head[:4], "big")
    box = head[8 : min(length, len(head))]
    brands = {box[:4], *(box[i : i + 4] for i in range(8, len(box) - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIC_BRANDS else None


def open_image(file: IO[bytes]) -> Image.Image:
    """Open (parse the header of) one photo; raises PhotoError if it is in no format of ours.

    Pixels are not decoded yet. Pillow's own exceptions pass through: see `pixels.reading`.
    """
    head = file.read(64)
    file.seek(0)
    kind = identify(head)
    if kind is None:
        raise PhotoError(
            "The file is no photo that Lookalike can read; its contents are not "
            "JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP or HEIC."
        )
    if kind == "HEIF":
        _register_heif()
    return Image.open(file, formats=[kind])


_heif_lock = threading.Lock()


def _register_heif() -> None:
    """Teach Pillow HEIC; called only when such a file is met, since it loads large libraries."""
    with _heif_lock:
        if "HEIF" in Image.OPEN:
            return
        try:
            import pillow_heif
        except ImportError:
            raise PhotoError(
                "Reading HEIC needs one more package; install it with "
                "`pip install pillow-heif` and look again."
            ) from None
        pillow_heif.options.THUMBNAILS = False
        if _one_thread:
            pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()


_one_thread = False


def use_one_thread() -> None:
    """Keep native decoders of this process to one thread; for worker processes."""
    global _one_thread  # noqa: PLW0603 - a setting of the process, as the libraries' own are
    _one_thread = True
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


_OUR_FILTER: Final = ("ignore", None, Warning, re.compile(r"(PIL|pillow_heif)(\.|$)"), 0)
_quiet_lock = threading.Lock()
_quiet_depth = 0


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Ignore the warnings of Pillow's modules, and only those, while a file is being read.

    Unlike `warnings.catch_warnings` this is safe with several threads: it adds one filter that
    names Pillow's modules and takes that one away when the last reader leaves.
    """
    global _quiet_depth  # noqa: PLW0603 - counts readers of the process-wide filter list
    with _quiet_lock:
        _quiet_depth += 1
        if _quiet_depth == 1:
            warnings.filters.insert(0, _OUR_FILTER)  # type: ignore[attr-defined]
            _forget_seen()
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_depth -= 1
            if _quiet_depth == 0:
                # Another thread's catch_warnings may have put back a list without it.
                with contextlib.suppress(ValueError):
                    warnings.filters.remove(_OUR_FILTER)  # type: ignore[attr-defined]
                _forget_seen()


def _forget_seen() -> None:
    """Tell the warnings module that its filters changed."""
    mutated = getattr(warnings, "_filters_mutated", None)
    if mutated is not None:
        mutated()
