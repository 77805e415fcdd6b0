"""Pairs of places: how much every place of a goal and every place of a result make them alike.

The cosine of two vectors, each a sum over its photo's places, is a sum over all pairs of places
(Stylianou et al. 2019). Tens of thousands of faint pairs, of ground with ground, drown the few
that answer to each other; those few are what can be pointed at, the rest is told as one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.float64]

STANDING_OUT: Final = 4.0
"""Times the root mean square of all pairs: what stands out from the many. On composites of a
pasted object it puts twice as much of the evidence into the object as all pairs do."""


@dataclass(frozen=True)
class Pairs:
    """What each pair of places gives to the likeness: `values` float64 [goal's, result's].

    `goal` and `result` are rows and columns of either photo's places.
    """

    values: Sums
    goal: tuple[int, int]
    result: tuple[int, int]

    @property
    def score(self) -> float:
        """The likeness itself."""
        return float(self.values.sum())

    def standing_out(self) -> tuple[Sums, Sums]:
        """The pairs that speak for the match most and those against it; others are 0.

        The strongest at either end is among them, however little it stands out.
        """
        bar = STANDING_OUT * float(np.sqrt(np.mean(self.values**2)))
        high = min(bar, float(self.values.max()))
        low = max(-bar, float(self.values.min()))
        helping = np.where((self.values >= high) & (self.values > 0), self.values, 0)
        hurting = np.where((self.values <= low) & (self.values < 0), self.values, 0)
        return helping, hurting

    def answers_in_result(self, row: float, column: float) -> Sums:
        """What the places of the result give with one of the goal's (fractions): [h, w]."""
        at = _place(row, column, self.goal)
        return np.asarray(self.values[at].reshape(self.result))

    def answers_in_goal(self, row: float, column: float) -> Sums:
        """The other way round."""
        at = _place(row, column, self.result)
        return np.asarray(self.values[:, at].reshape(self.goal))


def _place(row: float, column: float, size: tuple[int, int]) -> int:
    rows, columns = size
    at = min(max(int(row * rows), 0), rows - 1), min(max(int(column * columns), 0), columns - 1)
    return at[0] * columns + at[1]
