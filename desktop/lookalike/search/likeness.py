"""Where likeness ends, by one query's own scale.

A score says little by itself: for one goal 0.4 is a stranger, for another a twin. Most of a
library has nothing to do with a goal, so the scores of a sample of it tell what strangers get;
what lies above the best that chance would give is alike. Where many do, a few strangers among
them are put up with (the false discovery rate of Benjamini & Hochberg 1995): else a large class
would end with its first few. Within that, a clear step ends it.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

STEP: Final = 0.25
"""A step of this share of the way from the best down to the strangers ends likeness."""
STRANGERS: Final = 0.1
"""Of what is alike, as many may be strangers by chance."""
_PRIOR: Final = 16
_PRIOR_SPREAD: Final = 0.15
"""What strangers are taken to scatter by while a library is too small to tell."""
_TO_SIGMA: Final = 1.4826  # from the median distance to the standard deviation


def likeness_cut(scores: Scores, strangers: Scores, size: int) -> float:
    """The score from which on a photo is alike.

    `scores` float32 [n] are the best of an answer, in any order, copies of the goal left out;
    `strangers` float32 [m] the scores of a sample of the library of `size` contents.
    """
    chance = _chance(strangers)
    strict = chance.inv_cdf(1 - 1 / max(size, 4))
    above = -np.sort(-scores)
    if not len(above) or above[0] < strict:
        return strict
    border = min(strict, _border(above, chance, size))
    above = above[: int((above >= border).sum()) + 1]
    if len(above) < 2:
        return border
    steps = above[:-1] - above[1:]
    widest = int(np.argmax(steps))
    clear = float(steps[widest]) >= STEP * (float(above[0]) - strict)
    return max(border, float(above[widest])) if clear else border


def likeness_end(scores: Scores, cut: float) -> int:
    """How many of an answer in its order are alike: where it agrees with `cut` best."""
    if not len(scores):
        return 0
    balance = np.cumsum(np.where(scores >= cut, 1, -1))
    best = int(np.argmax(balance))
    return best + 1 if balance[best] > 0 else 0


def _border(above: Scores, chance: NormalDist, size: int) -> float:
    """The lowest of falling scores with at most one stranger, or a tenth of all, above it."""
    expected = np.array([size * (1 - chance.cdf(float(score))) for score in above])
    allowed = np.maximum(1, STRANGERS * np.arange(1, len(above) + 1))
    inside = np.flatnonzero(expected <= allowed)
    return float(above[inside[-1]]) if len(inside) else float(above[0])


def _chance(strangers: Scores) -> NormalDist:
    """What strangers get.

    From the half below the median alone: the other half has the photos that are alike.
    """
    count = len(strangers)
    if not count:
        return NormalDist(0, _PRIOR_SPREAD / NormalDist().inv_cdf(0.75))
    middle = float(np.median(strangers))
    below = middle - strangers[strangers <= middle]
    spread = float(np.median(below)) * _TO_SIGMA
    trust = count / (count + _PRIOR)
    return NormalDist(middle * trust, spread * trust + _PRIOR_SPREAD * (1 - trust))
