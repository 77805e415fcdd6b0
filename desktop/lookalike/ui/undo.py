"""What can be undone, newest first; the menu names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

_KEPT = 50


class Act(NamedTuple):
    """`name` completes "Undo …", as in "removing “Holidays”"."""

    name: str
    undo: Callable[[], object]


class UndoStack(QObject):
    """Acts that were done."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._acts: list[Act] = []

    @property
    def name(self) -> str:
        """What would be undone; "" if nothing."""
        return self._acts[-1].name if self._acts else ""

    def did(self, name: str, undo: Callable[[], object]) -> Act:
        """Remember how to undo what was just done."""
        act = Act(name, undo)
        self._acts = [*self._acts, act][-_KEPT:]
        self.changed.emit()
        return act

    def undo(self) -> None:
        """Undo the newest act."""
        if self._acts:
            self.take_back(self._acts[-1])

    def take_back(self, act: Act) -> None:
        """Undo an act, whatever was done after it; nothing if it was undone before."""
        if any(each is act for each in self._acts):
            self._acts = [each for each in self._acts if each is not act]
            self.changed.emit()
            act.undo()
