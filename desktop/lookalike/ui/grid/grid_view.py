"""The grid: any number of photos, only the visible ones alive."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from lookalike.library import Library
from lookalike.records import Answer, Match, Photo
from lookalike.ui import theme
from lookalike.ui.evidence import Evidence
from lookalike.ui.grid import contents, moves
from lookalike.ui.grid.cell_evidence import CellEvidence
from lookalike.ui.grid.cells import Cells, Item
from lookalike.ui.grid.contents import Contents
from lookalike.ui.grid.layout import GUTTER, GridLayout
from lookalike.ui.grid.painter import CellPainter, CellState, stack_rect
from lookalike.ui.jobs import Jobs
from lookalike.words import in_figures, tr

CELL = 176
_FRAME_MILLISECONDS = 16


class PhotoGrid(Cells):
    """Square cells edge to edge. Shows photos of the library, or the matches of an answer.

    `restacked` asks for the photos of the library anew, with these stacks open.
    """

    restacked = Signal(object)

    def __init__(
        self, jobs: Jobs, library: Library, evidence: Evidence, parent: QWidget | None = None
    ) -> None:
        super().__init__(jobs, library, parent)
        self.evidence = CellEvidence(jobs, library, evidence, self)
        self.evidence.came.connect(self._pictures_came)
        self._answer: Answer | None = None
        self._shown, self.stacked = contents.of_ids(array("q")), True
        self._cell, self._whole = CELL, False
        self._layout = GridLayout(1, CELL, ())
        self._fading: set[int] = set()
        self._before: tuple[int, int | None] = (0, None)
        self._pressed: QPoint | None = None
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_FRAME_MILLISECONDS)
        self._fade.timeout.connect(self._fade_on)
        # Only what is opaque is moved when it scrolls, and not painted anew.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Photos"))
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.thumbnails.rows_came.connect(self._rows_came)
        self.thumbnails.pictures_came.connect(self._pictures_came)

    # --- what it shows

    def set_photos(self, shown: Contents) -> None:
        """Show photos of the library; what is selected and what is at the top stay in place.

        After an answer, the grid is again as it was before it.
        """
        bar = self.verticalScrollBar()
        if self._shown.matches:
            scrolled, kept = self._before
            held, offset = None, 0
        else:
            scrolled, kept = bar.value(), self._selected_id()
            anchor = self._first_visible() if scrolled else -1
            held = self._shown.ids[anchor] if anchor >= 0 else None
            offset = self._layout.rect(anchor)[1] - scrolled if anchor >= 0 else 0
        self._answer, self._shown = None, shown
        self.evidence.ask(None)
        self._current, self._hovered = self._shown.place_of(kept), -1
        self._laid_out()
        place = self._shown.place_of(held)
        bar.setValue(self._layout.rect(place)[1] - offset if place >= 0 else scrolled)
        self._look()

    def set_answer(self, answer: Answer, *, keep: bool = False) -> None:
        """Show an answer, nearest first; a hairline ends the very same pictures.

        `keep` when it answers the same goals anew: selection and view stay.
        """
        keep = keep and bool(self._shown.matches)
        if not self._shown.matches:
            self._before = (self.verticalScrollBar().value(), self._selected_id())
        self._answer = answer
        self.evidence.ask(answer.query)
        self.thumbnails.keep([match.photo for match in answer.matches])
        self._told = None
        self._stack_anew(self._shown.stacks.open if keep else frozenset(), keep=keep)
        if not keep:
            self.verticalScrollBar().setValue(0)
        self._look()

    def set_stacked(self, *, stacked: bool) -> None:
        """Whether same pictures share a cell."""
        if stacked != self.stacked:
            self.stacked = stacked
            self._stack_anew(frozenset())
            self._look()

    def group(self) -> int | None:
        """Which same pictures the selected photo belongs to, if others of them are here."""
        return self._shown.stacks.group_of.get(self._selected_id() or 0)

    def toggle_stack(self) -> None:
        """Give every picture of the selected stack a cell, or put them together again."""
        group = self.group()
        if group is not None:
            self._stack_anew(self._shown.stacks.open ^ {group})
            self._look()

    def _stack_anew(self, open_stacks: AbstractSet[int], *, keep: bool = True) -> None:
        if self._answer is None:
            # The photos of a library may be millions: they are stacked by who reads them.
            self.restacked.emit(open_stacks)
            return
        selected = self._selected_id() if keep else None
        self._shown = contents.of_answer(self._answer, open_stacks, stacked=self.stacked)
        self._current, self._hovered = self._shown.place_of(selected), -1
        self._laid_out()

    def _selected_id(self) -> int | None:
        return self._shown.ids[self._current] if 0 <= self._current < self.count() else None

    def set_cell(self, cell: int, *, whole: bool) -> None:
        """About how wide a cell is, and whether photos are shown whole or as their middle."""
        self._cell, self._whole = cell, whole
        self._keep_place(self._laid_out)

    def refresh(self) -> None:
        """Read the rows anew: a photo may have moved or gone offline."""
        self.thumbnails.forget()
        self.evidence.forget()
        self._look()

    def count(self) -> int:
        """How many photos are shown."""
        return len(self._shown.ids)

    def item(self, index: int) -> Item | None:
        """The photo or match of a cell, if its row was read."""
        if not 0 <= index < self.count():
            return None
        if self._shown.matches:
            return self._shown.matches[index]
        return self.thumbnails.row(self._shown.ids[index])

    def spoken(self, index: int) -> str:
        """A cell in words, with how many pictures it stands for."""
        words, pictures = super().spoken(index), self._shown.stack(index)
        if pictures == 1:
            return words
        return tr("{photo}, stack of {n} same pictures").format(photo=words, n=in_figures(pictures))

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

    def clear_selection(self) -> None:
        """Select nothing."""
        self._current = -1
        self.viewport().update()
        self.selection_changed.emit(None)

    def _scrolled(self) -> None:
        self.thumbnails.moved()
        self._want()

    def scrollContentsBy(self, x: int, y: int) -> None:
        """What is painted moves along; only what comes into sight is painted."""
        self.viewport().scroll(x, y)

    # --- layout and reading

    def _laid_out(self) -> None:
        self._layout = GridLayout(self.viewport().width(), self._cell, self._shown.sections)
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
        self.thumbnails.want([self._shown.ids[index] for index in self.visible()], shape)
        if self._shown.matches:
            self.evidence.want([self._shown.matches[index] for index in self.visible()], shape)

    def _rows_came(self, ids: set[int]) -> None:
        for index in self.visible():
            if self._shown.ids[index] in ids:
                self.viewport().update(self.cell_rect(index))
        self._tell()

    def _pictures_came(self, contents: set[int]) -> None:
        """Paint the cells that have something new, and no others."""
        for index in self.visible():
            photo = self._photo(index)
            if photo is not None and photo.content_id in contents:
                self.viewport().update(self.cell_rect(index))

    def _fade_on(self) -> None:
        for index in self._fading.intersection(self.visible()):
            self.viewport().update(self.cell_rect(index))

    def _photo(self, index: int) -> Photo | None:
        item = self.item(index)
        return item.photo if isinstance(item, Match) else item

    # --- Qt's events

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The selected photo, if it is in sight, stays where it is; else the one at the top."""
        self._keep_place(self._laid_out)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible cells."""
        painter = QPainter(self.viewport())
        cells = CellPainter(painter)
        # A cell that is not painted now may be fading all the same.
        self._fading.intersection_update(self.visible())
        region = event.region()
        painter.fillRect(event.rect(), QColor(theme.current().window))
        for index in self.visible():
            cell = self.cell_rect(index)
            if not region.intersects(cell):
                continue
            state = self._state(index)
            self._fading.discard(index)
            if state.pixmap is not None and state.shown < 1:
                self._fading.add(index)
            cells.paint(cell, state)
        top = self.verticalScrollBar().value()
        for middle, title in self._layout.breaks(top, top + self.viewport().height()):
            cells.gap(self.viewport().width(), middle - top, title)
        if 0 < self._shown.same < self.count():
            cells.kind_changes(self.cell_rect(self._shown.same))
        if self._fading:
            self._fade.start()

    def _state(self, index: int) -> CellState:
        match = self._shown.matches[index] if self._shown.matches else None
        photo = self._photo(index)
        pixmap, shown = self.thumbnails.pixmap(photo) if photo else (None, 0.0)
        laid = self.evidence.pixmap(match) if match is not None else None
        if laid is not None:
            pixmap, shown = laid, 1.0
        return CellState(
            photo,
            match,
            pixmap,
            shown,
            photo is not None and self.thumbnails.unreadable(photo),
            index == self._current,
            index == self._hovered,
            self.hasFocus(),
            self._shown.stack(index),
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click selects; beside the photos it selects nothing."""
        point = event.position().toPoint()
        index = self.index_at(point)
        if index >= 0:
            self._pressed = point if event.button() == Qt.MouseButton.LeftButton else None
            self.select(index)
            stacked = self._shown.stack(index) > 1
            if stacked and stack_rect(self.cell_rect(index)).contains(point):
                self.toggle_stack()
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and pages move the selection."""
        page = max(1, self.viewport().height() // self._layout.step)
        start = self._current if self._current >= 0 else None
        index = moves.target(event, self._layout, start, max(0, self._first_visible()), page)
        if index is None:
            super().keyPressEvent(event)
        else:
            self.select(index)

    def _drag(self) -> None:
        item = self.current()
        if item is not None:
            photo = item.photo if isinstance(item, Match) else item
            moves.drag(self, photo, self.thumbnails.pixmap(photo)[0])
