"""Evidence painted in or away over a photo: the search runs again with what was painted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Goal, Photo
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.inspector.facts import readable
from lookalike.ui.jobs import Jobs

if TYPE_CHECKING:
    from lookalike.ui.images import Mask


class Painting(QObject):
    """On the goal, what is painted in counts alone and what is painted out no more.

    On a result it is one goal more: more like that part of it, or less like it.
    """

    def __init__(
        self, jobs: Jobs, library: Library, session: SearchSession, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._session = jobs, library, session

    def paint(self, side: int, mask: Mask, photo: Photo | None, *, take_in: bool) -> None:
        """Take places (bool [h, w] over the whole photo) of goal (0) or photo (1) in or out."""
        goals = self._session.query.goals
        if side == 0:
            place = next((n for n, goal in enumerate(goals) if goal.weight > 0), None)
            if place is not None:
                self._change(place, goals[place], mask, take_in=take_in)
            return
        if photo is None:
            return
        made = Goal(photo_id=photo.id, name=readable(os.path.basename(photo.path)))
        if not goals:
            self._make(made, mask, self._session.look_for, take_in=take_in)
            return
        made = replace(made, weight=1.0 if take_in else -1.0)
        for place, goal in enumerate(goals):
            same = goal.photo_id == photo.id and goal.mask is not None
            if same and (goal.weight > 0) == take_in:
                self._change(place, goal, mask, take_in=True)
                return
        self._make(made, mask, self._session.add, take_in=True)

    def _change(self, place: int, goal: Goal, mask: Mask, *, take_in: bool) -> None:
        def change(made: Goal) -> None:
            if self._session.query.goals[place : place + 1] == (goal,):
                self._session.change(place, made)

        self._make(goal, mask, change, take_in=take_in)

    def _make(self, goal: Goal, mask: Mask, then: Callable[[Goal], None], *, take_in: bool) -> None:
        def work(_cancel: CancelToken) -> Goal:
            return self._library.segmenter.painted(goal, mask, take_in=take_in)

        self._jobs.read(work, then, self._session.failed.emit, key="part")
