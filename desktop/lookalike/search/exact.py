"""Exact comparison: every stored vector with the goal's, chunk by chunk in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Labels = NDArray[np.int64]
Piece = tuple[int, int, float]
"""Start and stop of columns that are compared by themselves, and the weight of their cosine."""

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


def centred_cosines(
    stored: NDArray[np.float16], goal: Array, centre: Array, pieces: Sequence[Piece] | None = None
) -> Array:
    """Cosines of `stored` float16 [n, D] and `goal` float32 [D], both minus `centre`: float32 [n].

    With `pieces`, the sum of the pieces' own cosines by their weights.

    Uses (v - c) . w = v . w - c . w and |v - c|^2 = |v|^2 - 2 v . c + |c|^2, so that no centred
    copy is made.
    """
    pieces = pieces or [(0, len(goal), 1.0)]
    low, high = min(each[0] for each in pieces), max(each[1] for each in pieces)
    stored, goal, centre = stored[:, low:high], goal[low:high], centre[low:high]
    pieces = [(start - low, stop - low, weight) for start, stop, weight in pieces]
    columns = np.zeros((len(goal), 2 * len(pieces)), np.float32)
    for number, (start, stop, weight) in enumerate(pieces):
        columns[start:stop, number] = unit(goal[start:stop] - centre[start:stop]) * weight
        columns[start:stop, number + len(pieces)] = centre[start:stop]
    offsets = centre @ columns
    scores = np.empty(len(stored), np.float32)
    for begin in range(0, len(stored), _CHUNK):
        # numpy multiplies float16 twenty times slower than float32.
        part = np.asarray(stored[begin : begin + _CHUNK]).astype(np.float32)
        scores[begin : begin + _CHUNK] = _summed_cosines(part, part @ columns, offsets, pieces)
    return np.clip(scores, -1, 1)


def _summed_cosines(part: Array, products: Array, offsets: Array, pieces: Sequence[Piece]) -> Array:
    total = np.zeros(len(part), np.float32)
    for number, (start, stop, _) in enumerate(pieces):
        columns = part[:, start:stop]
        middle = number + len(pieces)
        squared = np.einsum("ij,ij->i", columns, columns) - 2 * products[:, middle]
        length = np.sqrt(np.maximum(squared + offsets[middle], 1e-12))
        total += (products[:, number] - offsets[number]) / length
    return total
