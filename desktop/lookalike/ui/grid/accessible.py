"""What a screen reader is told of the grid: a list whose items are made only when asked for."""

from __future__ import annotations

import os
from typing import Protocol, cast, runtime_checkable

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid

from lookalike.records import Match, Photo
from lookalike.words import in_figures, tr


@runtime_checkable
class CellView(Protocol):
    """What a list of photos that is painted as a whole can say of its cells."""

    def count(self) -> int:
        """How many there are."""

    def current_index(self) -> int:
        """The selected one, or -1."""

    def visible(self) -> range:
        """Those in sight."""

    def cell_rect(self, index: int) -> QRect:
        """Where one is in the viewport."""

    def index_at(self, point: QPoint) -> int:
        """The one at a point of the viewport, or -1."""

    def spoken(self, index: int) -> str:
        """One in words."""

    def viewport(self) -> QWidget:
        """Where they are painted."""

    def hasFocus(self) -> bool:
        """Whether the keys move it."""


_installed = False
# Qt keeps only a pointer to what Python made: these references keep it alive with its widget.
_kept: dict[int, GridInterface] = {}


def install() -> None:
    """Let Qt ask here for the grid's interface; once a process."""
    global _installed  # noqa: PLW0603 - Qt's list of factories is the process's
    if not _installed:
        _installed = True
        QAccessible.installFactory(_made)


def moved(grid: CellView, index: int) -> None:
    """Tell a screen reader, if one listens, that the selection moved."""
    if not QAccessible.isActive():
        return
    event = QAccessibleEvent(cast("QObject", grid), QAccessible.Event.Focus)
    event.setChild(index)
    QAccessible.updateAccessibility(event)


def in_words(item: Photo | Match | None, index: int) -> str:
    """A photo or a match in words; `index` is where it is."""
    if item is None:
        return tr("Photo {number}").format(number=index + 1)
    photo = item.photo if isinstance(item, Match) else item
    words = [os.path.basename(photo.path).encode("utf-8", "replace").decode()]
    if isinstance(item, Match):
        words.append(tr("same picture") if item.kind == "same" else tr("similar"))
        words.append(tr("score {score}").format(score=in_figures(item.score, ".2f")))
    if photo.offline:
        words.append(tr("offline"))
    return ", ".join(words)


class CellInterface(QAccessibleInterface):
    """One photo."""

    def __init__(self, grid: CellView, index: int) -> None:
        super().__init__()
        self.grid, self.index = grid, index

    def isValid(self) -> bool:
        """As long as the cell is there."""
        return isValid(cast("QObject", self.grid)) and self.index < self.grid.count()

    def object(self) -> QObject | None:  # type: ignore[override]
        """A cell is no object of its own."""
        return None

    def parent(self) -> QAccessibleInterface:
        """The grid."""
        return QAccessible.queryAccessibleInterface(cast("QObject", self.grid))

    def child(self, _index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """None."""
        return None

    def childCount(self) -> int:
        """None."""
        return 0

    def indexOfChild(self, _child: QAccessibleInterface) -> int:
        """None."""
        return -1

    def childAt(self, _x: int, _y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """None."""
        return None

    def text(self, kind: QAccessible.Text) -> str:
        """Its file's name and, for a match, how it matches."""
        return self.grid.spoken(self.index) if kind == QAccessible.Text.Name else ""

    def setText(self, _kind: QAccessible.Text, _text: str) -> None:
        """Not by this way."""

    def rect(self) -> QRect:
        """On the screen."""
        cell = self.grid.cell_rect(self.index)
        return QRect(self.grid.viewport().mapToGlobal(cell.topLeft()), cell.size())

    def role(self) -> QAccessible.Role:
        """An item of a list."""
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        """Selected, focused, in sight."""
        state = QAccessible.State()
        state.selectable = state.focusable = True
        if self.index == self.grid.current_index():
            state.selected = True
            state.focused = self.grid.hasFocus()
        if self.index not in self.grid.visible():
            state.offscreen = True
        return state


class GridInterface(QAccessibleWidget):
    """The grid as a list of photos."""

    def __init__(self, grid: CellView) -> None:
        super().__init__(cast("QWidget", grid), QAccessible.Role.List, tr("Photos"))
        self._grid = grid
        self._cells: dict[int, CellInterface] = {}

    def childCount(self) -> int:
        """Every photo is a child."""
        return self._grid.count() if isValid(cast("QObject", self._grid)) else 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """The photo at `index`."""
        if not 0 <= index < self.childCount():
            return None
        if index not in self._cells:
            self._cells[index] = CellInterface(self._grid, index)
        return self._cells[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """The place of a photo."""
        return child.index if isinstance(child, CellInterface) else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """The photo at a point of the screen."""
        return self.child(self._grid.index_at(self._grid.viewport().mapFromGlobal(QPoint(x, y))))

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        """The selected photo."""
        return self.child(self._grid.current_index())


def _made(_name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, QWidget) or not isinstance(thing, CellView):
        return None
    made = GridInterface(thing)
    key = id(made)
    _kept[key] = made
    thing.destroyed.connect(lambda: _kept.pop(key, None))
    return made
