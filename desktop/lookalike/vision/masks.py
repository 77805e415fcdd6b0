"""Masks: which places of a photo count, as grey pictures stretched over it."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.errors import GoalError
from lookalike.records import Region

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

KEPT_SIDE: Final = 448
"""Longest side of a mask as it is kept: finer than any place of a network."""
_MOST_PIXELS: Final = 200_000_000
_MARGIN: Final = 0.08  # around what is marked: a network sees a thing by what is beside it, too


def read_mask(data: bytes) -> Array:
    """The bytes of a picture as weights float32 [h, w], 0 to 1.

    Raises:
        GoalError: it is no picture, or marks nothing.
    """
    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise GoalError("The mask is larger than any photo; make it smaller.")
            image.draft("L", (KEPT_SIDE, KEPT_SIDE))
            grey = image.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise GoalError("The mask is no picture; save it as a grey PNG.") from error
    return _checked(_small(np.asarray(grey, np.float32) / np.float32(255)))


def mask_bytes(mask: Mask) -> bytes:
    """A mask bool [H, W] as the bytes of a grey PNG, at most 448 pixels long."""
    return _as_bytes(_small(mask.astype(np.float32)))


def rest_bytes(region: Region | None, mask: bytes | None) -> bytes:
    """What a region or a mask leaves out of a photo, as the bytes of a grey PNG.

    Raises:
        GoalError: it leaves nothing out, or the mask is no picture.
    """
    counted = _counted(region, mask)
    if float(counted.min()) >= 0.95:
        raise GoalError("All of this goal counts already; choose a part of it first.")
    return _as_bytes(1 - counted)


def painted_bytes(region: Region | None, mask: bytes | None, painted: Mask, take_in: bool) -> bytes:
    """What counts of a photo after places bool [H, W] were painted in or out, as a grey PNG.

    Of a photo that counted whole, what is painted in first counts alone.

    Raises:
        GoalError: nothing would be left to count, or the mask is no picture.
    """
    whole = region is None and mask is None
    counted = _counted(region, mask)
    brushed = Image.fromarray(painted.astype(np.uint8) * 255)
    size = counted.shape[1], counted.shape[0]
    over = np.asarray(brushed.resize(size, Image.Resampling.BILINEAR), np.float32) / np.float32(255)
    if take_in:
        return _as_bytes(_checked(over if whole else np.maximum(counted, over)))
    return _as_bytes(_checked(np.minimum(counted, 1 - over)))


def _counted(region: Region | None, mask: bytes | None) -> Array:
    """How much each place of the whole photo counts, float32 [h, w]."""
    counted = np.ones((KEPT_SIDE, KEPT_SIDE), np.float32) if mask is None else read_mask(mask)
    if region is None:
        return counted
    x, y, across, down = region
    height, width = counted.shape
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    inside = (rows >= y) & (rows < y + down)
    beside = (columns >= x) & (columns < x + across)
    return np.asarray(counted * (inside[:, None] & beside[None, :]), np.float32)


def _as_bytes(counted: Array) -> bytes:
    held = BytesIO()
    Image.fromarray(np.rint(counted * 255).astype(np.uint8)).save(held, "PNG")
    return held.getvalue()


def frame_of(mask: Array) -> Region:
    """The rectangle around what a mask marks, a little wider, as fractions of the photo."""
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > 0.05) for axis in (1, 0))
    height, width = mask.shape
    top, bottom = _wider(rows[0] / height, (rows[-1] + 1) / height)
    left, right = _wider(columns[0] / width, (columns[-1] + 1) / width)
    return left, top, right - left, bottom - top


def within(mask: Array, frame: Region) -> Array:
    """The part of a mask inside a rectangle of the photo; raises GoalError if it marks nothing."""
    height, width = mask.shape
    x, y, across, down = frame
    top, left = min(int(y * height), height - 1), min(int(x * width), width - 1)
    bottom = max(top + 1, round((y + down) * height))
    right = max(left + 1, round((x + across) * width))
    return _checked(mask[top:bottom, left:right])


def _wider(low: float, high: float) -> tuple[float, float]:
    more = _MARGIN * (high - low)
    return max(0.0, low - more), min(1.0, high + more)


def _small(mask: Array) -> Array:
    scale = KEPT_SIDE / max(mask.shape)
    if scale >= 1:
        return mask
    height, width = (max(1, round(side * scale)) for side in mask.shape)
    small = Image.fromarray(mask).resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def _checked(mask: Array) -> Array:
    if not mask.size or float(mask.max()) <= 0.05:
        raise GoalError("The mask marks nothing of the goal; paint at least one place.")
    return mask
