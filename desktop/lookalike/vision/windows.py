"""A photo place by place: the vectors of all its windows from one look, by summed areas.

The descriptor is linear in the places of the last map, so a window's vector is the mean of its
places' (as R-MAC pools regions, Tolias et al. 2016, and summed areas after Crow 1984).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Region

Array = NDArray[np.float32]
Frame = tuple[int, int, int, int]
"""Top, left, bottom, right in places."""

_SIDES: Final = (1.0, 0.7, 0.5, 0.35)
"""Of the photo's height and width; each combination no more than twice as long as wide."""
_STEP: Final = 0.34
"""Of a window's side: how far the next one lies."""
_LONGEST: Final = 2.1


@lru_cache(maxsize=32)
def frames(height: int, width: int) -> tuple[Frame, ...]:
    """Windows over `height` x `width` places, the whole first."""
    found: dict[Frame, None] = {(0, 0, height, width): None}
    for down in _SIDES:
        for across in _SIDES:
            if max(down / across, across / down) > _LONGEST:
                continue
            rows, columns = max(1, round(height * down)), max(1, round(width * across))
            for top in _starts(height, rows):
                for left in _starts(width, columns):
                    found[top, left, top + rows, left + columns] = None
    return tuple(found)


def _starts(whole: int, part: int) -> list[int]:
    count = int(np.ceil((whole - part) / max(1.0, part * _STEP))) + 1
    return sorted({round(each) for each in np.linspace(0, whole - part, count)})


def window_means(places: Array) -> Array:
    """The mean over each of `frames`, float32 [n, D], of places [h, w, D]."""
    height, width, size = places.shape
    summed = np.zeros((height + 1, width + 1, size), np.float32)
    np.cumsum(places, axis=0, dtype=np.float32, out=summed[1:, 1:])
    np.cumsum(summed[1:, 1:], axis=1, out=summed[1:, 1:])
    top, left, bottom, right = np.array(frames(height, width)).T
    total = summed[bottom, right] - summed[top, right] - summed[bottom, left] + summed[top, left]
    area = ((bottom - top) * (right - left)).astype(np.float32)
    means: Array = total / area[:, np.newaxis]
    return means


def as_region(frame: Frame, height: int, width: int) -> Region:
    """A window as fractions of the photo."""
    top, left, bottom, right = frame
    return left / width, top / height, (right - left) / width, (bottom - top) / height
