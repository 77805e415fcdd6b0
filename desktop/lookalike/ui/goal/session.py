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
from lookalike.words import tr

RESULTS = 500
SETTLED_MILLISECONDS = 250
LOOK_MILLISECONDS = 150
"""Between looks at how far the order has settled."""
GOAL_SIDE = 320
"""Of a goal's picture in the strip: 72 pixels at 200 % scale, with some to cut off."""


def picture_of(goal: Goal) -> tuple[object, ...]:
    """What tells a goal's picture from another's, whatever it weighs."""
    return goal.path, goal.data, goal.photo_id, goal.region, goal.mask


class SearchSession(QObject):
    """Holds the query; a newer question replaces the one under way.

    Each question is answered twice: at once, and again after a closer look at the best. `did`
    tells what a person changed, in words, and what was asked before. `settled_more` brings better
    orders during the closer look.
    """

    changed = Signal()
    asked = Signal()
    settled_more = Signal(object)
    answered = Signal(object)
    failed = Signal(object)
    cleared = Signal()
    pictured = Signal(object, QImage)
    did = Signal(str, object)

    def __init__(self, jobs: Jobs, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._query = Query((), k=RESULTS)
        self._answer: Answer | None = None
        self._under_way: Query | None = None
        self._held = self._moved_on = False
        self._better: Answer | None = None
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MILLISECONDS)
        self._looking.timeout.connect(self._look)
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
        """Whether something is searched for."""
        return bool(self._query.goals or self._query.words)

    @property
    def looking_closer(self) -> bool:
        """Whether the best of the answer are being looked at again."""
        return self._under_way is not None and self._under_way.thorough

    # --- goals

    def look_for(self, goal: Goal) -> None:
        """Search by this goal alone, without words."""
        name = tr("the new search") if self.active else ""
        self._set(replace(self._query, goals=(goal,), words=""), name)

    def look_for_image(self, image: QImage, goal: Goal, *, too: bool = False) -> None:
        """Search by a picture that has no file: it is made one in the background."""
        self._jobs.read(
            lambda _cancel: images.to_bytes(image),
            lambda data: (self.add if too else self.look_for)(replace(goal, data=data)),
            self.failed.emit,
            key="goal",
        )

    def add(self, goal: Goal) -> None:
        """Search by this goal too (a weight below 0: by less of it)."""
        name = tr("“more like this”") if goal.weight > 0 else tr("“less like this”")
        self._set(replace(self._query, goals=(*self._query.goals, goal)), name)

    def remove(self, index: int) -> None:
        """Take a goal away; without one to look for there is no search."""
        goals = self._query.goals[:index] + self._query.goals[index + 1 :]
        left = any(goal.weight > 0 for goal in goals)
        if left or self._query.words:
            goals = goals if left else ()
            self._set(replace(self._query, goals=goals), tr("removing a goal"))
        else:
            self.clear()

    def change(self, index: int, goal: Goal) -> bool:
        """Give a goal another weight or region; whether that leaves one to look for."""
        goals = self._query.goals
        changed = (*goals[:index], goal, *goals[index + 1 :])
        if not any(each.weight > 0 for each in changed):
            return False
        before = goals[index]
        if (goal.region, goal.mask) != (before.region, before.mask):
            name = tr("changing the region of a goal")
        else:
            weighed = goal.weight != before.weight
            name = (
                tr("changing the weight of a goal")
                if weighed
                else tr("changing the likeness of a goal")
            )
        self._set(replace(self._query, goals=changed), name)
        return True

    def in_style(self, index: int, subject: Goal, rest: Goal) -> None:
        """Search by a part of a goal and by the style of the rest of it, as two goals."""
        goals = self._query.goals
        changed = (*goals[:index], subject, rest, *goals[index + 1 :])
        self._set(replace(self._query, goals=changed), tr("searching by the style around it"))

    def restore(self, query: Query) -> None:
        """Ask what was asked before."""
        if query.goals or query.words:
            self._set(query, "")
        else:
            self.clear()

    def clear(self) -> None:
        """No search."""
        if self.active:
            self.did.emit(tr("ending the search"), self._query)
        self._end()

    # --- words and dials

    def set_words(self, words: str) -> None:
        """Search by words, alone or among what the goals find."""
        if words.strip() == self._query.words:
            return
        if words.strip() or self._query.goals:
            self._turn(replace(self._query, words=words.strip()))
        else:
            self._end()

    def set_depth(self, depth: float) -> None:
        """0 looks for texture, 1 for meaning."""
        self._turn(replace(self._query, depth=depth))

    def set_style(self, style: float) -> None:
        """How much style counts, 0 to 1."""
        self._turn(replace(self._query, style=style))

    def set_places(self, *, places: bool) -> None:
        """Whether the goal may be a small part of a photo: looked for place by place."""
        if places != self._query.places:
            self._turn(replace(self._query, places=places))

    def stop_looking(self) -> None:
        """Look no closer; the order stays as far as it has settled."""
        if self.looking_closer and self._answer is not None:
            self._jobs.drop("search")
            self._found(replace(self._better or self._answer, query=self._asked()))

    def hold(self, *, held: bool) -> None:
        """A dial is held: look closer only when it is let go."""
        self._held = held
        if held:
            self._settling.stop()
        elif self.active and self._query != self._settled():
            self._settling.start(0)

    def again(self) -> None:
        """Ask the same: the library has changed, or a dial has come to rest."""
        if self.active:
            self._ask()

    # --- asking

    def _settled(self) -> Query | None:
        """What the last answer after a closer look was asked by."""
        found = self._answer
        return found.query if found is not None and found.query.thorough else None

    def _asked(self) -> Query:
        return replace(self._query, thorough=True)

    def _look(self) -> None:
        """The order has settled some more, perhaps."""
        better, self._better = self._better, None
        if better is not None and self._answer is not None and better.matches:
            self.settled_more.emit(better)

    def _turn(self, query: Query) -> None:
        """A dial moves: answer at once; look closer when it has come to rest."""
        self._query = query
        self.changed.emit()
        if not self.active:
            return
        if self._under_way is not None and not self._under_way.thorough:
            # Cancelled, a fast hand would see nothing move: one answer at a time, then the newest.
            self._moved_on = True
        else:
            self._ask(thorough=False)
        if not self._held:
            self._settling.start(SETTLED_MILLISECONDS)

    def _end(self) -> None:
        self._query = replace(self._query, goals=(), words="")
        self._answer = self._under_way = None
        self._moved_on = False
        self._settling.stop()
        self._looking.stop()
        self._jobs.drop("search")
        self.changed.emit()
        self.cleared.emit()

    def _set(self, query: Query, name: str) -> None:
        before = self._query
        self._query = query
        if name:
            self.did.emit(name, before)
        self.changed.emit()
        known = {picture_of(goal) for goal in before.goals}
        for goal in query.goals:
            if picture_of(goal) not in known:
                self._picture(goal)
        if self.active:
            self._ask(thorough=False)

    def _ask(self, *, thorough: bool = True) -> None:
        query = replace(self._query, thorough=thorough)
        self._under_way, self._moved_on = query, False
        if thorough:
            self._settling.stop()

        self._better = None

        def better(answer: Answer) -> None:
            if self._under_way is query:
                self._better = answer

        def work(cancel: CancelToken) -> Answer:
            return self._library.search(query, cancel, better)

        if thorough:
            self._looking.start()
        self.asked.emit()
        self._jobs.read(work, self._found, self._not_found, key="search")

    def _found(self, answer: Answer) -> None:
        moved_on = self._moved_on
        self._answer, self._under_way = answer, None
        self._looking.stop()
        if not answer.query.thorough:
            if moved_on:
                self._ask(thorough=False)
            elif not self._held and not self._settling.isActive():
                self._ask()
        self.answered.emit(answer)

    def _not_found(self, error: object) -> None:
        """A goal that cannot be used leaves no search behind."""
        self._under_way, self._moved_on = None, False
        self._looking.stop()
        if self._answer is None:
            self._end()
        else:
            self._query = replace(self._answer.query, thorough=True)
            self.changed.emit()
        self.failed.emit(error)

    def _picture(self, goal: Goal) -> None:
        def work(_cancel: CancelToken) -> QImage:
            return images.to_image(self._library.goal_picture(goal, GOAL_SIDE))

        # The search itself says what is wrong with a goal.
        self._jobs.read(work, lambda image: self.pictured.emit(goal, image), lambda _error: None)
