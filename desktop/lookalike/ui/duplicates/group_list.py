"""The list of groups: virtual, read as it is scrolled, moved through by keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from lookalike.library import Library
from lookalike.records import Photo
from lookalike.records.upkeep import DuplicateGroup
from lookalike.ui import theme
from lookalike.ui.duplicates.finding import Finding
from lookalike.ui.duplicates.layout import GroupLayout
from lookalike.ui.duplicates.marks import Marks
from lookalike.ui.duplicates.painter import CellState, GroupPainter, in_words, mark_rect
from lookalike.ui.grid.cells import Cells
from lookalike.ui.inspector.facts import readable
from lookalike.ui.jobs import Jobs
from lookalike.words import tr

_CELL = 168


class GroupList(Cells):
    """Shows what `finding` found. A click selects, a click on a circle marks."""

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        finding: Finding,
        marks: Marks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(jobs, library, parent)
        self._finding, self._marks = finding, marks
        self._groups: dict[int, DuplicateGroup | None] = {}
        self._counts: list[int] = []
        self._layout = GroupLayout(1, _CELL, ())
        self._place_of: dict[int, int] = {}
        self._held: Photo | None = None
        self.setAccessibleName(tr("Groups of photos"))
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._look())
        self.thumbnails.pictures_came.connect(lambda _contents: self.viewport().update())
        finding.found.connect(self._found)
        finding.read.connect(self._read)
        marks.changed.connect(self.viewport().update)

    # --- what it shows

    def count(self) -> int:
        """How many photos there are in all groups."""
        return self._layout.count

    def item(self, index: int) -> Photo | None:
        """A photo, if its group was read."""
        if not 0 <= index < self.count():
            return None
        group, place = self._layout.place_of(index)
        found = self._groups.get(group)
        return found.photos[place] if found is not None else None

    def current(self) -> Photo | None:
        """The selected photo."""
        return self.item(self._current)

    def group(self) -> DuplicateGroup | None:
        """The group of the selected photo."""
        if not 0 <= self._current < self.count():
            return None
        return self._groups.get(self._layout.place_of(self._current)[0])

    def refresh(self, photos: Iterable[Photo]) -> None:
        """Read the groups of these photos anew: a decision was made about them."""
        found = self._finding.groups
        if found is None:
            return
        self._held = self.current() or self._held
        changed = {
            self._place_of[photo.content_id]
            for photo in photos
            if photo.content_id in self._place_of
        }
        for group in changed:
            self._groups.pop(group, None)
            self._counts[group] = len(found.groups[group])
        self._finding.forget(changed)
        self._keep_place(self._laid_out)
        self._look()

    def cell_rect(self, index: int) -> QRect:
        """Where a photo is in the viewport."""
        return self._layout.rect(index).translated(0, -self.verticalScrollBar().value())

    def index_at(self, point: QPoint) -> int:
        """The photo at a point of the viewport, or -1."""
        return self._layout.at(point.x(), point.y() + self.verticalScrollBar().value())

    def visible(self) -> range:
        """The photos in sight."""
        top = self.verticalScrollBar().value()
        return self._layout.photos_between(top, top + self.viewport().height())

    def spoken(self, index: int) -> str:
        """A photo in words."""
        photo = self.item(index)
        if photo is None:
            return tr("Photo {number}").format(number=index + 1)
        group, place = self._layout.place_of(index)
        words = [readable(os.path.basename(photo.path)), self._note(group, place)]
        if photo.id in self._marks:
            words.append(tr("marked"))
        return ", ".join(word for word in words if word)

    def _found(self) -> None:
        groups = self._finding.groups
        self._groups.clear()
        self._counts = [len(group) for group in groups.groups] if groups is not None else []
        self._place_of = {
            content: place
            for place, group in enumerate(groups.groups if groups is not None else ())
            for content in group
        }
        self._current = self._hovered = -1
        self._told = self._held = None
        self._laid_out()
        self.verticalScrollBar().setValue(0)
        self._look()

    def _read(self, groups: dict[int, DuplicateGroup | None]) -> None:
        """Pages came: their groups may be smaller than it was thought, or gone."""
        held, self._held = self._held or self.current(), None
        self._groups.update(groups)
        counts = {
            place: len(group.photos) if group is not None else 0 for place, group in groups.items()
        }
        if any(self._counts[place] != count for place, count in counts.items()):
            for place, count in counts.items():
                self._counts[place] = count
            self._keep_place(self._laid_out)
            self._hold(held)
        for group in groups.values():
            if group is not None:
                self.thumbnails.keep(group.photos)
        self._look()
        self._tell()

    def _hold(self, photo: Photo | None) -> None:
        """Stay on a photo, or on what took its place, when the numbers have moved."""
        last = self.count() - 1
        if self._current > last:
            self._current = last
        if photo is None or self.current() == photo:
            return
        near = range(max(0, self._current - 200), min(self.count(), self._current + 200))
        self._current = next((i for i in near if self.item(i) == photo), self._current)

    # --- what a person does

    def _tell(self) -> None:
        """Tell of the selected photo, or that none is left."""
        super()._tell()
        if self._told is not None and not self.count():
            self._told = None
            self.selection_changed.emit(None)

    # --- layout

    def _laid_out(self) -> None:
        self._layout = GroupLayout(self.viewport().width(), _CELL, self._counts)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._layout.height - self.viewport().height()))
        bar.setPageStep(max(1, self.viewport().height() - 40))
        bar.setSingleStep(40)

    def _keep_place(self, change: Callable[[], None]) -> None:
        bar = self.verticalScrollBar()
        seen = self._layout.groups_between(bar.value(), bar.value() + 1)
        held = seen.start if len(seen) else 0
        offset = self._layout.top(held) - bar.value() if len(seen) else 0
        change()
        if held < len(self._counts):
            bar.setValue(self._layout.top(held) - offset)

    def _bring_into_view(self, index: int) -> None:
        bar, cell = self.verticalScrollBar(), self._layout.rect(index)
        top = self._layout.heading(self._layout.place_of(index)[0]).top()
        bottom = self._layout.caption(index).bottom()
        if cell.top() - top > self.viewport().height() // 2:
            top = cell.top()
        if top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(bottom - self.viewport().height())

    def _look(self) -> None:
        """Read what is in sight."""
        self.viewport().update()
        top = self.verticalScrollBar().value()
        self._finding.want(self._layout.groups_between(top, top + self.viewport().height()))
        shape = (self._layout.cell, self.devicePixelRatioF(), True)
        seen = (self.item(index) for index in self.visible())
        self.thumbnails.want([photo.id for photo in seen if photo is not None], shape)

    def _note(self, group: int, place: int) -> str:
        found = self._groups.get(group)
        if found is None:
            return ""
        if place == 0:
            why = in_words(found.best)
            return tr("best: {why}").format(why=why) if why else tr("best")
        return in_words(found.notes[place]) if place < len(found.notes) else ""

    # --- Qt's events

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The group at the top stays there."""
        self._keep_place(self._laid_out)
        self._look()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The groups in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(theme.current().window))
        groups, top = GroupPainter(painter), self.verticalScrollBar().value()
        painter.translate(0, -top)
        for group in self._layout.groups_between(top, top + self.viewport().height()):
            if self._counts[group]:
                first = self._layout.index_of(group, 0) == 0
                groups.heading(self._layout.heading(group), self._groups.get(group), first=first)
        for index in self.visible():
            self._paint_cell(groups, index)

    def _paint_cell(self, groups: GroupPainter, index: int) -> None:
        group, place = self._layout.place_of(index)
        photo = self.item(index)
        groups.cell(
            self._layout.rect(index),
            self._layout.caption(index),
            CellState(
                photo,
                self._note(group, place),
                place == 0,
                self.thumbnails.pixmap(photo)[0] if photo is not None else None,
                photo is not None and photo.id in self._marks,
                index == self._current,
                index == self._hovered,
                self.hasFocus(),
            ),
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The selection says where the focus is."""
        if self._current < 0 and self.count():
            self.select(0)
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click selects; on the circle it marks."""
        point = event.position().toPoint()
        index = self.index_at(point)
        if index < 0:
            return
        self.select(index)
        photo = self.item(index)
        if photo is not None and mark_rect(self.cell_rect(index)).contains(point):
            self._marks.toggle(photo, self.group())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """What is hovered shows its circle."""
        self._hover(self.index_at(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click opens."""
        point = event.position().toPoint()
        index = self.index_at(point)
        if index >= 0 and not mark_rect(self.cell_rect(index)).contains(point):
            self.activated.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and pages move the selection."""
        target = self._target(Qt.Key(event.key()))
        if target is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif self.count():
            self.select(target)

    def _target(self, key: Qt.Key) -> int | None:
        here, layout = max(0, self._current), self._layout
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        rows = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            return 0 if key == Qt.Key.Key_Home else self.count() - 1
        if self._current < 0 and key in (*steps, *rows):
            return 0
        if key in steps:
            return here + steps[key]
        if key in rows:
            return layout.beside(here, rows[key])
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            way = 1 if key == Qt.Key.Key_PageDown else -1
            for _ in range(3):
                here = layout.beside(here, way)
            return here
        return None
