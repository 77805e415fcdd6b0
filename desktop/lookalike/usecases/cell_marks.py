"""The evidence of many results at once, small enough to keep, for the cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.progress import CancelToken
from lookalike.records import Match, Query
from lookalike.usecases.explaining import Explainer
from lookalike.usecases.goals import Picture
from lookalike.vision.overlay import render_overlay, shared_scale, smoothed
from lookalike.vision.planes import resized

SIDE: Final = 160
"""Longest side of a map that is kept: a cell shows no more of it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """A result's evidence, signed float16 [h, w]; 1 is shown at full colour.

    That scale is shared with the goal's map, as where both stand side by side.
    """

    evidence: NDArray[np.float16]


class CellMarks:
    """Explains results for a grid, by the very maps that the inspector shows."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer

    def of(self, query: Query, match: Match, cancel: CancelToken) -> Marks:
        """The marks of one result; raises GoalError, PhotoError, Cancelled."""
        found = self._explainer.explain(query, match, check=False, cancel=cancel, keep=False)
        scale = shared_scale(smoothed(found.goal_map), smoothed(found.result_map))
        height, width = found.result_map.shape
        across = min(1.0, SIDE / max(height, width))
        size = max(1, round(height * across)), max(1, round(width * across))
        # What a place gave is too small a number for 16 bits; against the scale it is not.
        return Marks((resized(found.result_map, *size) / np.float32(scale)).astype(np.float16))

    @staticmethod
    def drawn(marks: Marks, picture: Picture, strength: float) -> Picture:
        """A picture uint8 [H, W, 3] of the result with its marks over it."""
        evidence = smoothed(marks.evidence.astype(np.float32))
        return render_overlay(picture, evidence, 1.0, strength)
