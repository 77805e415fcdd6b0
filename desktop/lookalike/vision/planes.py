"""Maps of numbers at another resolution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def resized(planes: Array, rows: int, columns: int) -> Array:
    """float32 [..., h, w] to [..., rows, columns]: linear, averaging where places get fewer.

    OpenCV refuses more than a few channels at once; two products serve any number.
    """
    down = _linear(planes.shape[-2], rows)
    across = _linear(planes.shape[-1], columns)
    found: Array = (down @ planes @ across.T).astype(np.float32)
    return found


@lru_cache(maxsize=64)
def _linear(before: int, after: int) -> Array:
    """Weights [after, before]; every row sums to one."""
    at = (np.arange(after) + 0.5) * before / after - 0.5
    reach = max(1.0, before / after)
    weights = np.clip(1 - np.abs(at[:, None] - np.arange(before)) / reach, 0, None)
    # Beyond the last middle the edge's own value goes on.
    empty = weights.sum(axis=1) == 0
    weights[empty, np.abs(at[empty, None] - np.arange(before)).argmin(axis=1)] = 1.0
    shares: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
