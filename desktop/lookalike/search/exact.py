"""Exact comparison: every stored vector with the goal's, chunk by chunk in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Labels = NDArray[np.int64]

_CHUNK = 16384


def unit(vectors: Array) -> Array:
    """Rows of length 1, float32 [..., D]; a row of zeros stays zero."""
    vectors = np.asarray(vectors, np.float32)
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Array = vectors / np.maximum(length, np.float32(1e-12))
    return scaled


def cosines(stored: NDArray[np.float16], goal: Array) -> Array:
    """The cosine of every row of `stored` float16 [n, D] with `goal` float32 [D]: float32 [n]."""
    wanted = unit(goal)
    scores = np.empty(len(stored), np.float32)
    for start in range(0, len(stored), _CHUNK):
        # numpy multiplies float16 twenty times slower than float32.
        part = stored[start : start + _CHUNK].astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", part, part))
        scores[start : start + _CHUNK] = (part @ wanted) / np.maximum(length, 1e-12)
    return scores


def best(scores: Array, labels: Labels, k: int) -> NDArray[np.intp]:
    """Places of the `k` best scores, best first; equal scores by ascending label."""
    k = min(k, len(scores))
    places = np.argpartition(-scores, k - 1)[:k] if k else np.empty(0, np.intp)
    return places[np.lexsort((labels[places], -scores[places]))]
