"""The search a person is making: goals and dials, asked anew at every change."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Query
from lookalike.ui import images
from lookalike.ui.jobs import Jobs

RESULTS = 500
SETTLED_MILLISECONDS = 250
GOAL_SIDE = 320
"""Of a goal's picture in the strip: 72 pixels at 200 % scale, with some to cut off."""


class SearchSession(QObject):
    """Holds the query; a newer question replaces the one under way.

    Each question is answered twice: at once, and again after a closer look at the best.
    """

    changed = Signal()
    asked = Signal()
    answered = Signal(object)
    failed = Signal(object)
    cleared = Signal()
    pictured = Signal(object, QImage)

    def __init__(self, jobs: Jobs, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._query = Query((), k=RESULTS)
        self._answer: Answer | None = None
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED_MILLISECONDS)
        self._settling.timeout.connect(self.again)

    @property
    def query(self) -> Query:
        """What is asked now."""
        return self._query

    @property
    def answer(self) -> Answer | None:
        """The newest answer; None while there is no search."""
        return self._answer

    @property
    def active(self) -> bool:
        """Whether there is a goal."""
        return bool(self._query.goals)

    def look_for(self, goal: Goal) -> None:
        """Search by this goal alone."""
        self._set(replace(self._query, goals=(goal,)))

    def look_for_image(self, image: QImage, name: str) -> None:
        """Search by a picture that has no file: it is made one in the background."""
        self._jobs.read(
            lambda _cancel: images.to_bytes(image),
            lambda data: self.look_for(Goal(data=data, name=name)),
            self.failed.emit,
            key="goal",
        )

    def add(self, goal: Goal) -> None:
        """Search by this goal too (a weight below 0: by less of it)."""
        self._set(replace(self._query, goals=(*self._query.goals, goal)))

    def remove(self, index: int) -> None:
        """Take a goal away; without one to look for there is no search."""
        goals = self._query.goals[:index] + self._query.goals[index + 1 :]
        if any(goal.weight > 0 for goal in goals):
            self._set(replace(self._query, goals=goals))
        else:
            self.clear()

    def set_depth(self, depth: float) -> None:
        """0 looks for texture, 1 for meaning."""
        self._turn(replace(self._query, depth=depth))

    def set_style(self, style: float) -> None:
        """How much style counts, 0 to 1."""
        self._turn(replace(self._query, style=style))

    def clear(self) -> None:
        """No search."""
        self._query = replace(self._query, goals=())
        self._answer = None
        self._settling.stop()
        self._jobs.drop("search")
        self.changed.emit()
        self.cleared.emit()

    def again(self) -> None:
        """Ask the same: the library has changed."""
        if self.active:
            self._ask()

    def _turn(self, query: Query) -> None:
        """A dial moves: answer at once; look closer when it has come to rest."""
        self._query = query
        self.changed.emit()
        if query.goals:
            self._ask(thorough=False)
            self._settling.start()

    def _set(self, query: Query) -> None:
        known = self._query.goals
        self._query = query
        self.changed.emit()
        for goal in query.goals:
            if goal not in known:
                self._picture(goal)
        if query.goals:
            self._ask(thorough=False)

    def _ask(self, *, thorough: bool = True) -> None:
        query = replace(self._query, thorough=thorough)
        if thorough:
            self._settling.stop()

        def work(cancel: CancelToken) -> Answer:
            return self._library.search(query, cancel)

        self.asked.emit()
        self._jobs.read(work, self._found, self._not_found, key="search")

    def _found(self, answer: Answer) -> None:
        self._answer = answer
        self.answered.emit(answer)
        if not answer.query.thorough and not self._settling.isActive():
            self._ask()

    def _not_found(self, error: object) -> None:
        """A goal that cannot be used leaves no search behind."""
        if self._answer is None:
            self.clear()
        else:
            self._query = replace(self._answer.query, thorough=True)
            self.changed.emit()
        self.failed.emit(error)

    def _picture(self, goal: Goal) -> None:
        def work(_cancel: CancelToken) -> QImage:
            return images.to_image(self._library.goal_picture(goal, GOAL_SIDE))

        # The search itself says what is wrong with a goal.
        self._jobs.read(work, lambda image: self.pictured.emit(goal, image), lambda _error: None)
