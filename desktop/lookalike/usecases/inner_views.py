"""What a goal may show within itself: a painting on its wall, a picture on a screen.

The network sees wall and picture as one, and the picture alone may be far from that. So the middle
of the goal is seen by itself, twice, and what is near to either is looked at pixel by pixel too.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

import numpy as np

from lookalike.errors import PhotoError
from lookalike.records import Goal, Region
from lookalike.usecases.goals import Goals
from lookalike.usecases.indexes import Indexes

_MIDDLES: tuple[Region, ...] = ((0.1, 0.1, 0.8, 0.8), (0.2, 0.2, 0.6, 0.6))
_OF_EACH = 100


class InnerViews:
    """Finds photos that are near to the middle of a goal, by their meaning."""

    def __init__(self, goals: Goals, indexes: Indexes) -> None:
        self._goals = goals
        self._indexes = indexes

    def near(self, goal: Goal) -> list[int]:
        """Contents near to the middle of a whole goal, the nearest of all views first."""
        if goal.region is not None or goal.mask is not None:
            return []
        index = self._indexes.of("meaning")
        found: list[list[int]] = []
        for middle in _MIDDLES:
            try:
                seen = self._goals.seen(replace(goal, region=middle)).vectors["meaning"]
            except PhotoError:
                continue  # a picture of a pixel has no middle
            labels = np.unique(index.candidates(seen[np.newaxis], _OF_EACH))
            scores = np.nan_to_num(index.scores(seen, labels), nan=-1.0)
            found.append(labels[np.argsort(-scores, kind="stable")[:_OF_EACH]].tolist())
        in_turn = [label for ranks in zip_longest(*found) for label in ranks if label is not None]
        return list(dict.fromkeys(in_turn))
