"""Ranking the best candidates: query expansion and smoothing with each photo's own neighbours.

Both are the linear steps of Arandjelovic & Zisserman 2012 (discriminative and database-side
augmentation) and Radenovic et al. 2018 (weights s^3), done among the best candidates of one
query: nothing is stored, so a photo that comes or goes changes its neighbourhood and no more,
and they follow every dial. A score stays a cosine, of the expanded goal and the smoothed photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

DEPTH: Final = 512
"""Candidates that are ranked anew; neighbours are looked for among them."""
EXPANSION: Final = 5
NEIGHBOURS: Final = 10
_SHARE: Final = 8
"""At most an eighth of the candidates are anyone's kin: in a small library few are."""
_POWER: Final = 3
_COPY: Final = 0.97
"""Above this likeness a candidate is the goal itself or a copy, which tells nothing new."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores of n candidates, float32 [n]: `exact` by themselves, `smoothed` with their kin."""

    exact: Array
    smoothed: Array


def ranked(goal: Array, candidates: Array) -> Ranked:
    """Score `candidates` float32 [n, D] for the joint `goal` float32 [D].

    Candidates are joint vectors of length 1; the goal's length is kept, so that weighted and
    negative goals stay on their scale.
    """
    exact = candidates @ goal
    size = float(np.linalg.norm(goal))
    if len(candidates) < 2 or size < 1e-6:
        return Ranked(exact, exact)
    wanted = _expanded(goal, candidates, exact, size)
    smoothed: Array = np.clip(_smoothed(candidates) @ wanted, -1, 1)
    return Ranked(exact, smoothed)


def _expanded(goal: Array, candidates: Array, exact: Array, size: float) -> Array:
    """The goal drawn towards its nearest, at its own length."""
    order = np.argsort(-exact, kind="stable")
    nearest = order[exact[order] < _COPY * size][: min(EXPANSION, len(order) // _SHARE)]
    likeness = np.clip(exact[nearest] / size, 0, None) ** _POWER
    wanted = goal / size + likeness @ candidates[nearest]
    return np.asarray(wanted * (size / max(float(np.linalg.norm(wanted)), 1e-12)), np.float32)


def _smoothed(candidates: Array) -> Array:
    """Each candidate drawn towards its nearest among the others, at length 1."""
    likeness = candidates @ candidates.T
    np.fill_diagonal(likeness, -1)
    count = min(NEIGHBOURS, len(candidates) // _SHARE)
    if not count:
        return candidates
    nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    weights = np.clip(np.take_along_axis(likeness, nearest, axis=1), 0, None) ** _POWER
    share = np.zeros_like(likeness)
    np.put_along_axis(share, nearest, weights, axis=1)
    drawn = candidates + share @ candidates
    length = np.linalg.norm(drawn, axis=1, keepdims=True)
    smooth: Array = drawn / np.maximum(length, 1e-12)
    return smooth
