"""What of one photo answers to a patch of the other, by the very vectors that are compared.

Every part of a vector is a sum over its photo's places, so the cosine of two parts is a sum over
pairs of a patch of the one and a place of the other: one patch's row of that sum, as a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.evidence import Comparison, pairs_between, spread
from lookalike.vision.looks import LinearLook, PartLook

Array = NDArray[np.float32]
Sums = NDArray[np.float64]


@dataclass(frozen=True)
class Answering:
    """The parts of two photos as they were looked at, and how they are compared."""

    goal: Mapping[str, PartLook]
    result: Mapping[str, PartLook]
    parts: tuple[Comparison, ...]

    def in_result(self, row: float, column: float, size: tuple[int, ...]) -> Array:
        """What the result's places give with a patch of the goal (fractions): [H, W] of `size`."""
        return self._answers(self.goal, self.result, (row, column), size)

    def in_goal(self, row: float, column: float, size: tuple[int, ...]) -> Array:
        """The other way round."""
        return self._answers(self.result, self.goal, (row, column), size)

    def _answers(
        self,
        asking: Mapping[str, PartLook],
        asked: Mapping[str, PartLook],
        at: tuple[float, float],
        size: tuple[int, ...],
    ) -> Array:
        height, width = size
        found = np.zeros((height, width), np.float32)
        for by in self.parts:
            sums = answers(asking[by.name], asked[by.name], by, at)
            found += np.float32(by.weight) * spread(sums, height, width)
        return found


def answers(asking: PartLook, asked: PartLook, by: Comparison, at: tuple[float, float]) -> Sums:
    """What the places of `asked` give to the cosine with one patch of `asking`: [h, w].

    Summed over patches that tile the asking photo this is what those places gave in all.
    """
    if isinstance(asking, LinearLook) and isinstance(asked, LinearLook):
        return pairs_between(asking, asked, by).answers_in_result(*at)
    patch, weight = asking.patch(*at)
    direction = by.asked(by.measured(patch - weight * by.centre) / by.direction(asking)[1])
    places = asked.places(direction)
    even = float(by.centre @ direction) / places.size
    sums: Sums = (places - even) / by.direction(asked)[1]
    return sums
