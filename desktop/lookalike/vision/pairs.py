"""Pairs of places: how much every place of a goal and every place of a result make them alike.

The cosine of two pooled and projected maps is a sum over all pairs of their places (Stylianou et
al. 2019). Tens of thousands of faint pairs, of ground with ground, drown the few that answer to
each other; those few are what can be pointed at, the rest is told as one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.float64]

STANDING_OUT: Final = 0.01
"""Of all pairs, at either end: what stands out from the many. On composites of a pasted object it
puts twice as much of the evidence into the object as all pairs do, at the same score's fall."""


@dataclass(frozen=True)
class Pairs:
    """What each pair of places gives to the cosine: `values` float64 [goal's, result's].

    `goal` and `result` are rows and columns of either photo's places.
    """

    values: Sums
    goal: tuple[int, int]
    result: tuple[int, int]

    @property
    def score(self) -> float:
        """The cosine itself."""
        return float(self.values.sum())

    def standing_out(self) -> tuple[Sums, Sums]:
        """The pairs that speak for the match most and those against it; others are 0."""
        high = max(float(np.quantile(self.values, 1 - STANDING_OUT)), 0.0)
        low = min(float(np.quantile(self.values, STANDING_OUT)), 0.0)
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


def pairs_of(goal: Sums, result: Sums, *sizes: tuple[int, int]) -> Pairs:
    """The pairs of the places' shares float64 [places, D], which sum to the compared vectors."""
    lengths = [max(float(np.linalg.norm(each.sum(axis=0))), 1e-12) for each in (goal, result)]
    return Pairs(goal @ result.T / (lengths[0] * lengths[1]), *sizes)


def _place(row: float, column: float, size: tuple[int, int]) -> int:
    rows, columns = size
    at = min(max(int(row * rows), 0), rows - 1), min(max(int(column * columns), 0), columns - 1)
    return at[0] * columns + at[1]
