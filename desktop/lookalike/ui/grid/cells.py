"""What the photo grid and the list of same pictures share: a selection that is moved and told."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from lookalike.library import Library
from lookalike.records import Match, Photo
from lookalike.ui.grid import accessible
from lookalike.ui.grid.thumbnails import Thumbnails
from lookalike.ui.jobs import Jobs

Item = Photo | Match


class Cells(QAbstractScrollArea):
    """Cells that are painted, not widgets: any number of them, only the visible ones alive."""

    selection_changed = Signal(object)
    activated = Signal(object)
    menu_asked = Signal(QPoint)

    def __init__(self, jobs: Jobs, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbnails = Thumbnails(jobs, library, self)
        self._current = self._hovered = -1
        self._told: Item | None = None
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # To hand over a viewport that Qt made itself, PySide first prepares every kind of widget
        # that it could be: a tenth of the start.
        self.setViewport(QWidget())
        self.viewport().setMouseTracking(True)
        accessible.install()

    # --- what each of them knows

    def count(self) -> int:
        """How many cells there are."""
        raise NotImplementedError

    def item(self, index: int) -> Item | None:
        """The photo or match of a cell, if its row was read."""
        raise NotImplementedError

    def cell_rect(self, index: int) -> QRect:
        """Where a cell is in the viewport."""
        raise NotImplementedError

    def index_at(self, point: QPoint) -> int:
        """The cell at a point of the viewport, or -1."""
        raise NotImplementedError

    def visible(self) -> range:
        """The cells in sight."""
        raise NotImplementedError

    def spoken(self, index: int) -> str:
        """A cell in words."""
        return accessible.in_words(self.item(index), index)

    def _bring_into_view(self, index: int) -> None:
        raise NotImplementedError

    # --- the selection

    def current(self) -> Item | None:
        """The selected photo or match."""
        return self.item(self._current)

    def current_index(self) -> int:
        """The selected cell, or -1."""
        return self._current

    def select(self, index: int) -> None:
        """Select the cell at `index` and bring it into view."""
        if not self.count():
            return
        self._current = max(0, min(index, self.count() - 1))
        self._told = None
        self._bring_into_view(self._current)
        self.viewport().update()
        accessible.moved(self, self._current)
        self._tell()

    def tell_again(self) -> None:
        """Tell of the selected photo although it was told before."""
        self._told = None
        self._tell()

    def _tell(self) -> None:
        """Tell of the selected photo once; a row that is not read yet is told when it comes."""
        item = self.current()
        if item is not None and item != self._told:
            self._told = item
            self.selection_changed.emit(item)

    # --- Qt's events

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """The frame of the selection says where the focus is."""
        self.viewport().update()

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        """The frame of the selection says where the focus is."""
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        self._hover(-1)
        super().leaveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click opens."""
        if self.index_at(event.position().toPoint()) >= 0:
            self.activated.emit(self.current())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The photo's menu, at the pointer or, by key, at the selected photo."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self._current >= 0:
            point = self.cell_rect(self._current).center()
        else:
            point = event.pos()
        if self.index_at(point) >= 0:
            self.menu_asked.emit(self.viewport().mapToGlobal(point))

    def _hover(self, index: int) -> None:
        if index == self._hovered:
            return
        for each in (self._hovered, index):
            if 0 <= each < self.count():
                self.viewport().update(self.cell_rect(each))
        self._hovered = index
