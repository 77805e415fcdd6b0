"""What a screen reader is told of the grid: a list whose items are made only when asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid

from lookalike.records import Match

if TYPE_CHECKING:
    from lookalike.ui.grid.grid_view import PhotoGrid

_installed = False
# Qt keeps only a pointer to what Python made: these references keep it alive with its widget.
_kept: dict[int, GridInterface] = {}


def install() -> None:
    """Let Qt ask here for the grid's interface; once a process."""
    global _installed  # noqa: PLW0603 - Qt's list of factories is the process's
    if not _installed:
        _installed = True
        QAccessible.installFactory(_made)


def moved(grid: PhotoGrid, index: int) -> None:
    """Tell a screen reader, if one listens, that the selection moved."""
    if not QAccessible.isActive():
        return
    event = QAccessibleEvent(grid, QAccessible.Event.Focus)
    event.setChild(index)
    QAccessible.updateAccessibility(event)


def told(grid: PhotoGrid, index: int) -> str:
    """A cell in words."""
    item = grid.item(index)
    if item is None:
        return f"Photo {index + 1}"
    photo = item.photo if isinstance(item, Match) else item
    words = [os.path.basename(photo.path).encode("utf-8", "replace").decode()]
    if isinstance(item, Match):
        words.append("same picture" if item.kind == "same" else "similar")
        words.append(f"score {item.score:.2f}")
    if photo.offline:
        words.append("offline")
    return ", ".join(words)


class CellInterface(QAccessibleInterface):
    """One photo."""

    def __init__(self, grid: PhotoGrid, index: int) -> None:
        super().__init__()
        self.grid, self.index = grid, index

    def isValid(self) -> bool:
        """As long as the cell is there."""
        return isValid(self.grid) and self.index < self.grid.count()

    def object(self) -> QObject | None:  # type: ignore[override]
        """A cell is no object of its own."""
        return None

    def parent(self) -> QAccessibleInterface:
        """The grid."""
        return QAccessible.queryAccessibleInterface(self.grid)

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
        return told(self.grid, self.index) if kind == QAccessible.Text.Name else ""

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

    def __init__(self, grid: PhotoGrid) -> None:
        super().__init__(grid, QAccessible.Role.List, "Photos")
        self._grid = grid
        self._cells: dict[int, CellInterface] = {}

    def childCount(self) -> int:
        """Every photo is a child."""
        return self._grid.count() if isValid(self._grid) else 0

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
    from lookalike.ui.grid.grid_view import PhotoGrid

    if not isinstance(thing, PhotoGrid) or not isinstance(thing, QWidget):
        return None
    made = GridInterface(thing)
    key = id(made)
    _kept[key] = made
    thing.destroyed.connect(lambda: _kept.pop(key, None))
    return made
