"""What of one photo answers to a patch of the other, by the very vectors that are compared.

A patch is a place of the photo: its row of the sum over all pairs of places, as a map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.evidence import spread
from lookalike.vision.pairs import Pairs

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Answering:
    """The pairs of places of two photos; `sign` -1 for a goal to avoid."""

    pairs: Pairs
    sign: int = 1

    def in_result(self, row: float, column: float, size: tuple[int, ...]) -> Array:
        """What the result's places give with a patch of the goal (fractions): [H, W] of `size`."""
        height, width = size
        return self.sign * spread(self.pairs.answers_in_result(row, column), height, width)

    def in_goal(self, row: float, column: float, size: tuple[int, ...]) -> Array:
        """The other way round."""
        height, width = size
        return self.sign * spread(self.pairs.answers_in_goal(row, column), height, width)
