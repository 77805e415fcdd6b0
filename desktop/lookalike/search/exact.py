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


def best(scores: Array, labels: Labels, k: int) -> NDArray[np.intp]:
    """Places of the `k` best scores, best first; equal scores by ascending label."""
    k = min(k, len(scores))
    places = np.argpartition(-scores, k - 1)[:k] if k else np.empty(0, np.intp)
    return places[np.lexsort((labels[places], -scores[places]))]


def centred_cosines(stored: NDArray[np.float16], goal: Array, centre: Array) -> Array:
    """Cosines of `stored` float16 [n, D] and `goal` float32 [D], both minus `centre`: float32 [n].

    Uses (v - c) . w = v . w - c . w and |v - c|^2 = |v|^2 - 2 v . c + |c|^2, so that no centred
    copy is made.
    """
    wanted = unit(goal - centre)
    scores = np.empty(len(stored), np.float32)
    both = np.stack([wanted, centre], axis=1)
    offset, size = float(centre @ wanted), float(centre @ centre)
    for start in range(0, len(stored), _CHUNK):
        # numpy multiplies float16 twenty times slower than float32.
        part = np.asarray(stored[start : start + _CHUNK]).astype(np.float32)
        products = part @ both
        squared = np.einsum("ij,ij->i", part, part) - 2 * products[:, 1] + size
        length = np.sqrt(np.maximum(squared, 1e-12))
        scores[start : start + _CHUNK] = (products[:, 0] - offset) / length
    return np.clip(scores, -1, 1)
