"""Ranking the best candidates: query expansion, and diffusion among each photo's neighbours.

The goal is drawn towards its nearest (Arandjelovic & Zisserman 2012; weights s^3 of Radenovic et
al. 2018). Photos are drawn towards their kin, and these towards theirs: the regularised Laplacian
of the graph of neighbours (Zhou et al. 2004; for retrieval Iscen et al. 2017), applied to vectors
rather than to scores, so that a score stays a mean of cosines: of goal and photo, and of both as
drawn. All of it is done among the best candidates of one query: nothing is stored, so a photo that
comes or goes changes its neighbourhood and no more, and it follows every dial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.search.exact import unit

Array = NDArray[np.float32]

DEPTH: Final = 512
"""Candidates that are ranked anew; neighbours are looked for among them."""
QUICK_DEPTH: Final = 256
"""While a dial moves: a quarter of the work, and next to nothing is lost among the first."""
EXPANSION: Final = 3
NEIGHBOURS: Final = 10
_SHARE: Final = 8
"""At most an eighth of the candidates are anyone's kin: in a small library few are."""
_POWER: Final = 3
_SPREAD: Final = 0.9
"""How far kin reach: each step further along the graph counts at most so much of the one before."""
_OWN: Final = 0.2
"""Of a score, what is the photo's own: a photo of a thing with few others has no kin of worth."""
_WEAKEST: Final = 1e-2
"""Ties that sum up to less hardly bind: a photo without kin stays itself."""
COPY: Final = 0.97
"""Above this likeness a candidate is the goal itself or a copy, which tells nothing new."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores of n candidates, float32 [n]: `exact` by themselves, `smoothed` with their kin."""

    exact: Array
    smoothed: Array


def ranked(goal: Array, candidates: Array) -> Ranked:
    """Score `candidates` float32 [n, D] for the joint `goal` float32 [D].

    Candidates are joint vectors of length 1; the goal's length is kept, so that weighted and
    negative goals stay on their scale. The goal itself and its copies among the candidates
    speak for no other: the answer is the same whether the library holds the goal or not.
    """
    exact = candidates @ goal
    size = float(np.linalg.norm(goal))
    if len(candidates) < 2 or size < 1e-6:
        return Ranked(exact, exact)
    copies = copies_of(exact, size)
    wanted = _expanded(goal, candidates, np.where(copies, -1, exact), size)
    drawn = _smoothed(candidates, copies) @ wanted
    smoothed: Array = np.clip(_OWN * exact + (1 - _OWN) * drawn, -1, 1)
    return Ranked(exact, smoothed)


def copies_of(exact: Array, size: float) -> NDArray[np.bool_]:
    """Which candidates are the goal itself or as good as it: bool [n]."""
    copies: NDArray[np.bool_] = exact >= COPY * size
    return copies


def in_order(
    found: Ranked, size: float, labels: NDArray[np.int64]
) -> tuple[NDArray[np.intp], Array]:
    """The order of candidates, best first, [n], and their scores in it, float32 [n].

    Copies of the goal come first and the nearest of the others next, by their own score: they
    may have no kin to vouch for them. Equal scores by ascending label.
    """
    copies = copies_of(found.exact, size)
    scores = np.where(copies, found.exact, found.smoothed)
    others = np.where(copies, -np.inf, found.exact)
    first = np.zeros(len(copies), bool)
    if not copies.all():
        first[np.lexsort((labels, -others))[0]] = True
    order = np.lexsort((labels, -scores, ~first, ~copies))
    # Scores never rise along the answer.
    falling = np.maximum.accumulate(scores[order][::-1])[::-1]
    return order, falling.astype(np.float32)


def _expanded(goal: Array, candidates: Array, exact: Array, size: float) -> Array:
    """The goal drawn towards its nearest, at its own length."""
    nearest = np.argsort(-exact, kind="stable")[: min(EXPANSION, len(exact) // _SHARE)]
    likeness = np.clip(exact[nearest] / size, 0, None) ** _POWER
    wanted = goal / size + likeness @ candidates[nearest]
    return np.asarray(wanted * (size / max(float(np.linalg.norm(wanted)), 1e-12)), np.float32)


def _smoothed(candidates: Array, copies: NDArray[np.bool_]) -> Array:
    """Each candidate drawn towards its kin and theirs, at length 1; copies are no one's kin."""
    count = min(NEIGHBOURS, len(candidates) // _SHARE)
    if not count:
        return candidates
    likeness = candidates @ candidates.T
    np.fill_diagonal(likeness, 0)
    likeness[:, copies] = 0
    likeness[copies] = 0
    nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    ties = np.zeros_like(likeness)
    kept = np.clip(np.take_along_axis(likeness, nearest, axis=1), 0, None) ** _POWER
    np.put_along_axis(ties, nearest, kept, axis=1)
    ties += ties.T
    root = np.sqrt(ties.sum(axis=1) + 2 * _WEAKEST)
    # Symmetric and, since no root is longer than a row's sum, positive definite for a spread < 1.
    spread = np.eye(len(ties), dtype=np.float32) - _SPREAD * ties / np.outer(root, root)
    drawn: Array = np.linalg.solve(spread, candidates)
    return unit(drawn)
