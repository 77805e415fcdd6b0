"""A right click on goal or result: search by just this thing, or by all but it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from lookalike.errors import GoalError
from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Goal, Photo
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.inspector.facts import readable
from lookalike.ui.jobs import Jobs
from lookalike.words import tr

Made = Callable[[Goal], None]


class PartMenu(QObject):
    """Offers what can be done with the thing at a point; asks the session."""

    filters_asked = Signal(object, float, float)

    def __init__(
        self, jobs: Jobs, library: Library, session: SearchSession, window: QWidget
    ) -> None:
        super().__init__(window)
        self._jobs, self._library, self._session = jobs, library, session
        self._window = window

    def open_menu(
        self, side: int, at: tuple[float, float], photo: Photo | None, where: QPoint
    ) -> None:
        """The menu for a point (fractions) of the goal (side 0) or of a photo (side 1)."""
        acts = self._of_goal(at) if side == 0 else self._of_photo(at, photo)
        if not acts:
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, act in acts:
            menu.addAction(text).triggered.connect(lambda *_, act=act: act())
        menu.popup(where)

    def _of_goal(self, at: tuple[float, float]) -> list[tuple[str, Callable[[], None]]]:
        goals = self._session.query.goals
        shown = next((n for n, goal in enumerate(goals) if goal.weight > 0), None)
        if shown is None:
            return []
        goal = goals[shown]

        def change(made: Goal) -> None:
            if self._session.query.goals[shown : shown + 1] == (goal,):
                self._session.change(shown, made)

        acts = [
            (tr("Just this"), lambda: self._find(goal, at, change)),
            (tr("All but this"), lambda: self._find(goal, at, change, background=True)),
        ]
        return [*acts, (tr("Which filters fire here"), lambda: self._filters_of_goal(goal, at))]

    def _of_photo(
        self, at: tuple[float, float], photo: Photo | None
    ) -> list[tuple[str, Callable[[], None]]]:
        if photo is None:
            return []
        goal = Goal(photo_id=photo.id, name=readable(os.path.basename(photo.path)))

        def less(made: Goal) -> None:
            self._session.add(replace(made, weight=-1.0))

        acts = [(tr("Search by just this"), lambda: self._find(goal, at, self._session.look_for))]
        if self._session.query.goals:
            acts += [
                (tr("More like this part"), lambda: self._find(goal, at, self._session.add)),
                (tr("Less like this part"), lambda: self._find(goal, at, less)),
            ]
        return [*acts, (tr("Which filters fire here"), lambda: self.filters_asked.emit(photo, *at))]

    def _filters_of_goal(self, goal: Goal, at: tuple[float, float]) -> None:
        def came(photo: Photo | None) -> None:
            if photo is None:
                outside = GoalError(
                    tr("This goal is no photo of the library; add its folder first.")
                )
                self._session.failed.emit(outside)
            else:
                self.filters_asked.emit(photo, *at)

        def find(_cancel: CancelToken) -> Photo | None:
            if goal.path is not None:
                return self._library.photo_by_path(goal.path)
            ids = [] if goal.photo_id is None else [goal.photo_id]
            return next(iter(self._library.photos(ids)), None)

        self._jobs.read(find, came, self._session.failed.emit, key="part")

    def _find(
        self, goal: Goal, at: tuple[float, float], then: Made, *, background: bool = False
    ) -> None:
        def work(_cancel: CancelToken) -> Goal:
            subject = self._library.segmenter.subject(goal, [at])
            return subject.as_goal(goal, background=background)

        self._jobs.read(work, then, self._session.failed.emit, key="part")
