"""Where likeness ends, by one query's own scale.

A score says little by itself: for one goal 0.4 is a stranger, for another a twin. Most of a
library has nothing to do with a goal, so the scores of a sample of it tell what strangers get.
Where no photo is by itself above what chance may give, nothing is alike. Else likeness
ends at a share of the way from the strangers up to the best of the answer, on the scores that
rank it: photos drawn to their kin part from strangers far more clearly than each by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

REACH: Final = 0.8
"""Of the way from the strangers up to the best."""
RISK: Final = 0.2
"""How often chance alone may have something alike, where a library has nothing like the goal."""
_BEST: Final = 3
"""So many of the first are the best together: one alone may be a lucky one."""
_PRIOR: Final = 16
_PRIOR_SPREAD: Final = 0.15
"""What strangers are taken to scatter by while a library is too small to tell."""
_TO_SIGMA: Final = 1.4826  # from the median distance to the standard deviation


@dataclass(frozen=True, slots=True)
class Likeness:
    """One query's scale: `middle` is what strangers get, `copy` what copies of the goal get.

    `some` tells whether anything but copies is alike.
    """

    middle: float
    copy: float
    some: bool

    def end(self, scores: Scores) -> int:
        """How many of an answer are alike: `scores` float32 [n] as they rank it, falling.

        Infinite is what is alike whatever its score.
        """
        copies = int((scores >= self.copy).sum())
        others = scores[copies:]
        if not self.some or not len(others):
            return copies
        best = float(others[:_BEST].mean())
        border = self.middle + REACH * (best - self.middle)
        return copies + int((others >= border).sum()) if best > self.middle else copies


def likeness_of(exact: Scores, strangers: Scores, size: int, copy: float) -> Likeness:
    """A query's scale, by what photos score by themselves.

    `exact` float32 [n] are the best of an answer, in any order; `strangers` float32 [m] the
    scores of a sample of the library of `size` contents; from `copy` on one shows the goal itself.
    """
    chance = _chance(strangers)
    strict = chance.inv_cdf(1 - RISK / max(size, 1))
    others = exact[exact < copy]
    return Likeness(chance.mean, copy, float(others.max(initial=-1.0)) >= strict)


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
