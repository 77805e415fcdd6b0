"""Why the selected result matches: computed in the background, shared by inspector and viewer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Match, Query
from lookalike.ui import images
from lookalike.ui.jobs import Jobs

if TYPE_CHECKING:
    from lookalike.library import Explanation
    from lookalike.ui.images import Picture

Pair = tuple[QImage, QImage]


class Evidence(QObject):
    """The explanation of one match. First the maps, then, in the background, their check.

    `answering` tells, for a point of goal (0) or result (1), the other picture with what answers
    to it, or None when nothing is pointed at any more.
    """

    looking = Signal(object)
    explained = Signal(object)
    checked = Signal(object)
    drawn = Signal(object, object)
    answering = Signal(int, object)
    failed = Signal(object)
    shown_changed = Signal(bool)
    strength_changed = Signal(float)

    def __init__(self, jobs: Jobs, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._match: Match | None = None
        self._asked: Query | None = None
        self._explanation: Explanation | None = None
        self._plain: Pair | None = None
        self._laid: Pair | None = None
        self.shown, self.strength = True, 0.7
        self._pointing = False

    @property
    def match(self) -> Match | None:
        """The match that is explained, or is about to be."""
        return self._match

    @property
    def explanation(self) -> Explanation | None:
        """Its explanation, once there."""
        return self._explanation

    def explain(self, query: Query, match: Match) -> None:
        """Explain a match; what was explained before is dropped."""
        asked = replace(query, thorough=True)
        if self._match == match and self._asked == asked:
            return
        self.clear()
        self._match, self._asked = match, asked
        self.looking.emit(match)

        def work(cancel: CancelToken) -> tuple[Explanation, Pair, Pair]:
            found = self._library.explain(query, match, check=False, cancel=cancel)
            return found, _images(found.goal_picture, found.result_picture), self._lay(found)

        def done(result: tuple[Explanation, Pair, Pair]) -> None:
            self._explanation, self._plain, self._laid = result
            self.explained.emit(self._explanation)
            self._tell()
            self._check(query, match)

        self._jobs.read(work, done, self.failed.emit, key="evidence")

    def clear(self) -> None:
        """Nothing is explained."""
        self.unpoint()
        self._match = self._explanation = self._plain = self._laid = None
        for key in ("evidence", "check", "strength", "large", "point"):
            self._jobs.drop(key)

    def show(self, shown: bool) -> None:
        """Lay the evidence over the pictures, or take it off."""
        if shown == self.shown:
            return
        self.shown = shown
        self.shown_changed.emit(shown)
        self._tell()

    def set_strength(self, strength: float) -> None:
        """How opaque evidence is, 0 to 1."""
        self.strength = strength
        self.strength_changed.emit(strength)
        found = self._explanation
        if found is None:
            return

        def done(laid: Pair) -> None:
            self._laid = laid
            self._tell()

        self._jobs.read(lambda _cancel: self._lay(found), done, key="strength")

    def pictures(self) -> Pair | None:
        """Goal and result as they are to be shown now."""
        return self._laid if self.shown else self._plain

    def point(self, side: int, x: float, y: float) -> None:
        """What of the other picture answers to a point (fractions) of goal (0) or result (1)."""
        found, plain = self._explanation, self._plain
        if found is None or plain is None or not self.shown:
            return
        self._pointing = True

        def work(_cancel: CancelToken) -> QImage | None:
            picture = self._library.answering(found, side, (x, y), self.strength)
            return None if picture is None else images.to_image(picture)

        def done(answering: QImage | None) -> None:
            if not self._pointing or found is not self._explanation:
                return
            self.answering.emit(side, answering)
            if answering is None:
                self._tell()
            else:
                pair = (plain[0], answering) if side == 0 else (answering, plain[1])
                self.drawn.emit(*pair)

        self._jobs.read(work, done, lambda _error: None, key="point")

    def unpoint(self) -> None:
        """The pointer has left: the evidence of the whole match again."""
        if self._pointing:
            self._pointing = False
            self._jobs.drop("point")
            self.answering.emit(0, None)
            self._tell()

    def lay_over(self, goal: Picture | None, result: Picture | None) -> Pair | None:
        """The evidence over larger pictures of the same photos; call it in a reader."""
        found = self._explanation
        if found is None:
            return None
        larger = replace(
            found,
            goal_picture=found.goal_picture if goal is None else goal,
            result_picture=found.result_picture if result is None else result,
        )
        return self._lay(larger)

    def _check(self, query: Query, match: Match) -> None:
        """Cover what the map points at, and see the score fall: slower, so it comes after."""

        def work(cancel: CancelToken) -> Explanation:
            return self._library.explain(query, match, check=True, cancel=cancel)

        def done(found: Explanation) -> None:
            self.checked.emit(found.check)

        # The maps are shown already: a check that fails takes nothing away.
        self._jobs.read(work, done, lambda _error: self.checked.emit({}), key="check")

    def _tell(self) -> None:
        pair = self.pictures()
        if pair is not None:
            self.drawn.emit(*pair)

    def _lay(self, found: Explanation) -> Pair:
        return _images(*self._library.overlays(found, self.strength))


def _images(goal: Picture, result: Picture) -> Pair:
    return images.to_image(goal), images.to_image(result)
