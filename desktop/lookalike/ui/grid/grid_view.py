"""The grid: any number of photos, only the visible ones alive."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from lookalike.library import Library
from lookalike.records import Match, Photo
from lookalike.ui import theme
from lookalike.ui.grid import accessible, moves
from lookalike.ui.grid.layout import GUTTER, GridLayout, Section
from lookalike.ui.grid.painter import CellPainter, CellState
from lookalike.ui.grid.thumbnails import Thumbnails
from lookalike.ui.jobs import Jobs

CELL = 176
_FRAME_MILLISECONDS = 16

Item = Photo | Match


class PhotoGrid(QAbstractScrollArea):
    """Square cells edge to edge. Shows photo ids, or the matches of an answer."""

    selection_changed = Signal(object)
    activated = Signal(object)
    menu_asked = Signal(QPoint)

    def __init__(self, jobs: Jobs, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbnails = Thumbnails(jobs, library, self)
        self._ids: array[int] = array("q")
        self._matches: tuple[Match, ...] = ()
        self._sections: tuple[Section, ...] = ()
        self._cell, self._whole = CELL, False
        self._layout = GridLayout(1, CELL, ())
        self._current = self._hovered = -1
        self._same = 0
        self._fading: list[int] = []
        self._told: Item | None = None
        self._before: tuple[int, int | None] = (0, None)
        self._pressed: QPoint | None = None
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_FRAME_MILLISECONDS)
        self._fade.timeout.connect(self._fade_on)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        # Only what is opaque is moved when it scrolls, and not painted anew.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Photos")
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.thumbnails.rows_came.connect(self._rows_came)
        self.thumbnails.pictures_came.connect(self._pictures_came)
        accessible.install()

    # --- what it shows

    def set_ids(self, ids: array[int]) -> None:
        """Show these photos; what is selected and what is at the top stay where they are.

        After an answer, the grid is again as it was before it.
        """
        bar = self.verticalScrollBar()
        if self._matches:
            scrolled, kept = self._before
            held, offset = None, 0
        else:
            scrolled = bar.value()
            kept = self._ids[self._current] if 0 <= self._current < len(self._ids) else None
            anchor = self._first_visible() if scrolled else -1
            held = self._ids[anchor] if anchor >= 0 else None
            offset = self._layout.rect(anchor)[1] - scrolled if anchor >= 0 else 0
        self._ids, self._matches, self._same = ids, (), 0
        self._sections = (Section("", len(ids)),)
        self._current, self._hovered = _place(ids, kept), -1
        self._laid_out()
        place = _place(ids, held)
        bar.setValue(self._layout.rect(place)[1] - offset if place >= 0 else scrolled)
        self._look()

    def set_matches(self, matches: tuple[Match, ...], *, keep: bool = False) -> None:
        """Show an answer, nearest first; a hairline ends the very same pictures.

        `keep` when it answers the same goals anew: selection and view stay.
        """
        selected = self._ids[self._current] if 0 <= self._current < len(self._ids) else None
        keep = keep and bool(self._matches)
        if not self._matches:
            self._before = (self.verticalScrollBar().value(), selected)
        self._matches, self._ids = matches, array("q", (m.photo.id for m in matches))
        self.thumbnails.keep([match.photo for match in matches])
        self._same = sum(match.kind == "same" for match in matches)
        self._sections = (Section("", len(matches)),)
        self._current, self._hovered = _place(self._ids, selected if keep else None), -1
        self._told = None
        self._laid_out()
        if not keep:
            self.verticalScrollBar().setValue(0)
        self._look()

    def set_cell(self, cell: int, *, whole: bool) -> None:
        """About how wide a cell is, and whether photos are shown whole or as their middle."""
        self._cell, self._whole = cell, whole
        self._keep_place(self._laid_out)

    def refresh(self) -> None:
        """Read the rows anew: a photo may have moved or gone offline."""
        self.thumbnails.forget()
        self._look()

    def count(self) -> int:
        """How many photos are shown."""
        return len(self._ids)

    def item(self, index: int) -> Item | None:
        """The photo or match of a cell, if its row was read."""
        if not 0 <= index < len(self._ids):
            return None
        if self._matches:
            return self._matches[index]
        return self.thumbnails.row(self._ids[index])

    def current(self) -> Item | None:
        """The selected photo or match."""
        return self.item(self._current)

    def current_index(self) -> int:
        """The selected cell, or -1."""
        return self._current

    def neighbours(self, ways: Sequence[int]) -> list[Item]:
        """The items so many cells from the selected one, where they are known."""
        found = (self.item(self._current + way) for way in ways)
        return [item for item in found if item is not None]

    def cell_rect(self, index: int) -> QRect:
        """Where a cell is in the viewport."""
        x, y, width, height = self._layout.rect(index)
        return QRect(x, y - self.verticalScrollBar().value(), width, height)

    def index_at(self, point: QPoint) -> int:
        """The cell at a point of the viewport, or -1."""
        return self._layout.at(point.x(), point.y() + self.verticalScrollBar().value())

    def visible(self) -> range:
        """The cells in sight."""
        top = self.verticalScrollBar().value()
        return self._layout.between(top, top + self.viewport().height())

    # --- what a person does

    def select(self, index: int) -> None:
        """Select the cell at `index` and bring it into view."""
        if not len(self._ids):
            return
        self._current = max(0, min(index, len(self._ids) - 1))
        self._told = None
        self._bring_into_view(self._current)
        self.viewport().update()
        accessible.moved(self, self._current)
        self._tell()

    def clear_selection(self) -> None:
        """Select nothing."""
        self._current = -1
        self.viewport().update()
        self.selection_changed.emit(None)

    def tell_again(self) -> None:
        """Tell of the selected photo although it was told before."""
        self._told = None
        self._tell()

    def _scrolled(self) -> None:
        self.thumbnails.moved()
        self._want()

    def scrollContentsBy(self, x: int, y: int) -> None:
        """What is painted moves along; only what comes into sight is painted."""
        self.viewport().scroll(x, y)

    def _tell(self) -> None:
        """Tell of the selected photo once; a row that is not read yet is told when it comes."""
        item = self.current()
        if item is not None and item != self._told:
            self._told = item
            self.selection_changed.emit(item)

    # --- layout and reading

    def _laid_out(self) -> None:
        self._layout = GridLayout(self.viewport().width(), self._cell, self._sections)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._layout.height - self.viewport().height()))
        bar.setPageStep(max(1, self.viewport().height() - self._layout.step))
        bar.setSingleStep(max(1, self._layout.step // 3))

    def _keep_place(self, change: Callable[[], None]) -> None:
        """Lay out anew around a photo that stays where it is."""
        bar, selected = self.verticalScrollBar(), self._current in self.visible()
        held = self._current if selected else self._first_visible()
        at_top = bar.value() == 0 and not selected
        offset = self._layout.rect(held)[1] - bar.value() if held >= 0 else 0
        change()
        if held >= 0 and not at_top:
            bar.setValue(self._layout.rect(held)[1] - offset)
        if selected:
            self._bring_into_view(held)
        self._look()

    def _bring_into_view(self, index: int) -> None:
        _, top, _, height = self._layout.rect(index)
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif top + height > bar.value() + self.viewport().height():
            bar.setValue(top + height - self.viewport().height())

    def _first_visible(self) -> int:
        seen = self.visible()
        return seen.start if len(seen) else -1

    def _look(self) -> None:
        self.viewport().update()
        self._want()

    def _want(self) -> None:
        shape = (self._layout.step - GUTTER, self.devicePixelRatioF(), self._whole)
        self.thumbnails.want([self._ids[index] for index in self.visible()], shape)

    def _rows_came(self, ids: set[int]) -> None:
        for index in self.visible():
            if self._ids[index] in ids:
                self.viewport().update(self.cell_rect(index))
        self._tell()

    def _pictures_came(self, contents: set[int]) -> None:
        """Paint the cells that have something new, and no others."""
        for index in self.visible():
            photo = self._photo(index)
            if photo is not None and photo.content_id in contents:
                self.viewport().update(self.cell_rect(index))

    def _fade_on(self) -> None:
        for index in self._fading:
            if index < len(self._ids):
                self.viewport().update(self.cell_rect(index))

    def _photo(self, index: int) -> Photo | None:
        return (
            self._matches[index].photo if self._matches else self.thumbnails.row(self._ids[index])
        )

    # --- Qt's events

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The selected photo, if it is in sight, stays where it is; else the one at the top."""
        self._keep_place(self._laid_out)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible cells."""
        painter = QPainter(self.viewport())
        cells = CellPainter(painter)
        self._fading = []
        region = event.region()
        painter.fillRect(event.rect(), QColor(theme.current().window))
        for index in self.visible():
            cell = self.cell_rect(index)
            if not region.intersects(cell):
                continue
            state = self._state(index)
            if state.pixmap is not None and state.shown < 1:
                self._fading.append(index)
            cells.paint(cell, state)
        top = self.verticalScrollBar().value()
        for middle, title in self._layout.breaks(top, top + self.viewport().height()):
            cells.gap(self.viewport().width(), middle - top, title)
        if 0 < self._same < len(self._ids):
            cells.kind_changes(self.cell_rect(self._same))
        if self._fading:
            self._fade.start()

    def _state(self, index: int) -> CellState:
        match = self._matches[index] if self._matches else None
        photo = self._photo(index)
        pixmap, shown = self.thumbnails.pixmap(photo) if photo else (None, 0.0)
        return CellState(
            photo,
            match,
            pixmap,
            shown,
            photo is not None and self.thumbnails.unreadable(photo),
            index == self._current,
            index == self._hovered,
            self.hasFocus(),
        )

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """Focus arrives on a photo, so that the keys have something to move."""
        self.viewport().update()

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        """The frame of the selection says where the focus is."""
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        self._hover(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click selects; beside the photos it selects nothing."""
        point = event.position().toPoint()
        index = self.index_at(point)
        if index >= 0:
            self._pressed = point if event.button() == Qt.MouseButton.LeftButton else None
            self.select(index)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.clear_selection()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """A press that did not move was a click."""
        self._pressed = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover shows the score; a drag takes the file along."""
        point = event.position().toPoint()
        self._hover(self.index_at(point))
        if self._pressed is None:
            return
        if (point - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self._drag()

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and pages move the selection."""
        page = max(1, self.viewport().height() // self._layout.step)
        start = self._current if self._current >= 0 else None
        index = moves.target(event, self._layout, start, max(0, self._first_visible()), page)
        if index is None:
            super().keyPressEvent(event)
        else:
            self.select(index)

    def _hover(self, index: int) -> None:
        if index == self._hovered:
            return
        for each in (self._hovered, index):
            if 0 <= each < len(self._ids):
                self.viewport().update(self.cell_rect(each))
        self._hovered = index

    def _drag(self) -> None:
        item = self.current()
        if item is not None:
            photo = item.photo if isinstance(item, Match) else item
            moves.drag(self, photo, self.thumbnails.pixmap(photo)[0])


def _place(ids: array[int], photo_id: int | None) -> int:
    if photo_id is None:
        return -1
    try:
        return ids.index(photo_id)
    except ValueError:
        return -1
