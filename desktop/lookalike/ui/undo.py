"""What can be undone, newest first; the menu names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

_KEPT = 50


@dataclass(frozen=True, slots=True)
class Act:
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

    def did(self, name: str, undo: Callable[[], object]) -> None:
        """Remember how to undo what was just done."""
        self._acts = [*self._acts, Act(name, undo)][-_KEPT:]
        self.changed.emit()

    def undo(self) -> None:
        """Undo the newest act."""
        if self._acts:
            act = self._acts.pop()
            self.changed.emit()
            act.undo()
