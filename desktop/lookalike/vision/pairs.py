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
        """The pairs that speak for the match most, and those that speak against it; others are 0.

        For it, the pairs that stand out; the strongest is among them, however little it does.
        Against it, those that stand out below zero, and of the others as much as is left where a
        place's pairs for the match do not make good its pairs against it.
        """
        values = self.values
        bar = STANDING_OUT * float(np.sqrt(np.mean(values**2)))
        high = min(bar, float(values.max()))
        helping = np.where((values >= high) & (values > 0), values, 0)
        against = np.minimum(values, 0)
        left = np.maximum(_left(values, against, axis=1), _left(values, against, axis=0))
        return helping, against * np.where(values <= -bar, 1, left)

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


def _left(values: Sums, against: Sums, axis: int) -> Sums:
    """The share of each place's pairs against the match that is its whole sum, 0 to 1."""
    whole = values.sum(axis=axis, keepdims=True)
    worst = against.sum(axis=axis, keepdims=True)
    return np.asarray(np.divide(whole, worst, out=np.zeros_like(whole), where=whole < 0))
