"""Where inside a place its evidence lies: told by finer maps than the one that was compared.

A place of the deepest map covers dozens of pixels and leans on more. What a place gave is spread
over its pixels by how much they look, in shallower maps, like the other photo's places that the
place answered to. Each place's sum stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.planes import resized

Array = NDArray[np.float32]
Sums = NDArray[np.float64]

DEPTHS: Final = (0.3, 0.53, 0.76)
"""Of the ladder of taps: from textures to parts of things."""
MOST_PLACES: Final = 56
_ASKED_PLACES: Final = 28
_SHARPNESS: Final = 2.0
_ANSWERING: Final = 0.15  # of the strongest place's evidence: what the others are compared with


def attention(asking: Sequence[Array], asked: Sequence[Array], sums: Sums) -> Array:
    """How much each place of one photo looks like the other's places with evidence, > 0.

    `asking` and `asked` are the same finer maps float32 [C, h, w] of both photos; `sums` [h, w]
    is what the places of `asking` gave. Returns float32 [MOST_PLACES, MOST_PLACES].
    """
    total = np.zeros((MOST_PLACES, MOST_PLACES), np.float32)
    strongest = float(sums.max(initial=0.0))
    if strongest <= 0 or not asking:
        return np.ones_like(total)
    for first, second in zip(asking, asked, strict=True):
        likeness = _likeness(first, second, (sums / strongest).astype(np.float32))
        even = (likeness - likeness.mean()) / (likeness.std() + 1e-6)
        total += resized(even, MOST_PLACES, MOST_PLACES) / len(asking)
    weights: Array = np.exp(np.clip(_SHARPNESS * total, -8, 8)).astype(np.float32)
    return weights


def _likeness(asking: Array, asked: Array, weights: Array) -> Array:
    """The likeness of each asked place to the most alike of the asking ones that count."""
    asking, asked = _at_most(asking, _ASKED_PLACES), _at_most(asked, MOST_PLACES)
    first = asking.reshape(len(asking), -1).T
    second = asked.reshape(len(asked), -1).T
    both = np.concatenate([first, second])
    mean, spread = both.mean(axis=0), both.std(axis=0) + 1e-4
    first, second = _directions((first - mean) / spread), _directions((second - mean) / spread)
    counts = np.clip(resized(weights, *asking.shape[1:]).ravel(), 0, None)
    kept = counts >= min(_ANSWERING, float(counts.max()))
    alike: Array = (second @ first[kept].T * np.sqrt(counts[kept])).max(axis=1)
    return alike.reshape(asked.shape[1:])


def _at_most(planes: Array, most: int) -> Array:
    rows, columns = planes.shape[1:]
    if rows <= most and columns <= most:
        return planes
    return resized(planes, min(rows, most), min(columns, most))


def _directions(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)
