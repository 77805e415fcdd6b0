"""The network page: layers on the left, the filters of one, and one filter with its pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.progress import CancelToken, OnProgress
from lookalike.records import Photo
from lookalike.ui.inspector.facts import readable
from lookalike.ui.jobs import Jobs
from lookalike.ui.labels import Elided
from lookalike.ui.network_page.detail import FilterDetail
from lookalike.ui.network_page.filter_list import FilterList, Row
from lookalike.ui.network_page.ladder import Ladder
from lookalike.ui.network_page.networks import NetworksView
from lookalike.ui.network_page.work import Work
from lookalike.ui.undo import UndoStack
from lookalike.words import in_figures, ntr, tr

if TYPE_CHECKING:
    from lookalike.library import Firing, Layer

NARROW: Final = 780
"""Pixels of width up to which a filter's pictures lie under the list."""

_START = 0.55
"""Where on the ladder a person starts: parts of things, whose patches are easiest to read."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the head of the page tells."""

    network: str
    layers: tuple[Layer, ...]
    looked_at: int
    photos: int


class NetworkPage(QWidget):
    """Made of parts that know the library; it leads between them."""

    network_used = Signal()
    failed = Signal(object)

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        undo: UndoStack,
        selected: Callable[[], Photo | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._jobs, self._library, self._selected = jobs, library, selected
        self._state: _State | None = None
        self._layer = ""
        self._photo: Photo | None = None
        self._at: tuple[float, float] | None = None
        self._asked: tuple[float, float] | None = None
        self.work = Work(jobs)
        self.ladder, self.filters = Ladder(), FilterList(jobs, library)
        self.detail = FilterDetail(jobs, library, undo)
        self.networks = NetworksView(jobs, library, self.work)
        self._build()
        self._connect()

    # --- what it is made of

    def _build(self) -> None:
        self._title, self._said = QLabel(tr("Network")), QLabel()
        self._title.setObjectName("title")
        self._said.setObjectName("secondary")
        self._catch_up = QPushButton(tr("Look at them now"))
        self._catch_up.clicked.connect(self.catch_up)
        self._catch_up.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addWidget(self._said)
        head.addWidget(self._catch_up)
        head.addStretch(1)
        views = self._choices((tr("Filters"), tr("Networks")), self._show_view)
        for button in views:
            head.addWidget(button)
        self.inner, self.outer = QSplitter(), QSplitter()
        self._stack = QStackedWidget()
        for splitter, widgets in (
            (self.inner, (self._build_list(), self.detail)),
            (self.outer, (self.ladder, self.inner)),
        ):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
            for widget in widgets:
                splitter.addWidget(widget)
        self.inner.setStretchFactor(0, 1)
        self.outer.setStretchFactor(1, 1)
        self.inner.setSizes([600, 340])
        self.outer.setSizes([150, 900])
        self._stack.addWidget(self.outer)
        self._stack.addWidget(self.networks)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        for layout in (head,):
            layout.setContentsMargins(16, 0, 16, 0)
            column.addLayout(layout)
        self.work.setContentsMargins(16, 0, 16, 0)
        column.addWidget(self.work)
        column.addWidget(self._stack, 1)
        self._views = views

    def _build_list(self) -> QWidget:
        side = QWidget()
        side.setObjectName("page")
        self._scope_said = Elided()
        self._scope_said.setObjectName("secondary")
        self._scopes = self._choices((tr("In this photo"), tr("In the library")), self._show_scope)
        row = QHBoxLayout()
        row.setContentsMargins(8, 8, 8, 4)
        row.addWidget(self._scope_said)
        row.addStretch(1)
        for button in self._scopes:
            row.addWidget(button)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.filters, 1)
        return side

    def _choices(
        self, texts: tuple[str, ...], chosen: Callable[[int], None]
    ) -> tuple[QPushButton, ...]:
        group = QButtonGroup(self)
        made = []
        for number, text in enumerate(texts):
            button = QPushButton(text)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.clicked.connect(lambda _on, number=number: chosen(number))
            group.addButton(button)
            made.append(button)
        return tuple(made)

    def _connect(self) -> None:
        self.ladder.chosen.connect(self.show_layer)
        self.filters.chosen.connect(self._show_filter)
        self.detail.place_clicked.connect(self._show_place)
        self.detail.photo_chosen.connect(self.show_photo)
        self.detail.renamed.connect(self.filters.forget)
        self.networks.used.connect(self._used)
        for failed in (self.detail.failed, self.networks.failed, self.work.failed):
            failed.connect(self.failed)
        self.work.changed.connect(self._tell)

    # --- where a person goes

    def entered(self) -> None:
        """Take the selected photo, and read what there is to tell."""
        photo = self._selected()
        if photo is not None and self._asked is None:
            self._photo = photo
        self._read_state()
        self.networks.refresh()
        self.filters.setFocus()

    def refresh(self) -> None:
        """The library has changed."""
        if self.isVisible():
            self.filters.forget()
            self._read_state()

    def show_layer(self, name: str) -> None:
        """List the filters of a layer: the selected photo's strongest, or the library's."""
        self._layer = name
        photo = self._photo if self._scopes[0].isChecked() else None
        asked, self._asked = self._asked, None
        if asked is not None:
            self._show_place(QPointF(*asked))
        elif photo is None:
            self._show_scope(1)
        else:
            self._list_of_photo(photo, name)

    def show_photo(self, photo: Photo) -> None:
        """Look at another photo."""
        self._photo = photo
        self._scopes[0].setChecked(True)
        self._at, kept = None, self.filters.current()
        self.show_layer(self._layer)
        if kept >= 0:
            self.detail.show_filter(self._layer, kept, photo)

    def look_at(self, photo: Photo, at: tuple[float, float]) -> None:
        """When the page is entered next: what fires at a place (fractions) of a photo."""
        self._photo, self._asked = photo, at
        self._scopes[0].setChecked(True)
        self._views[0].setChecked(True)
        self._show_view(0)

    def add_network(self, path: str) -> None:
        """Ask how the network in a file takes its pictures, then add it."""
        self._views[1].setChecked(True)
        self._show_view(1)
        self.networks.add(path)

    def catch_up(self) -> None:
        """Look at the photos that were read before their filters were watched."""

        def run(on_progress: OnProgress, cancel: CancelToken) -> int:
            return self._library.filters.catch_up(on_progress, cancel)

        self.work.start(tr("For the patches"), run, lambda _count: self.refresh())

    def close_down(self) -> None:
        """Poll no more."""
        self.work.close_down()

    # --- what comes back

    def _read_state(self) -> None:
        def read(_cancel: CancelToken) -> _State:
            looked_at, photos = self._library.filters.coverage()
            name = next((each.name for each in self._library.networks.infos() if each.in_use), "")
            return _State(name, self._library.filters.layers(), looked_at, photos)

        def came(state: _State) -> None:
            self._state = state
            names = [layer.name for layer in state.layers]
            if self._layer not in names:
                self._layer = names[round(_START * (len(names) - 1))]
            self.ladder.show_layers(state.layers, self._layer)
            self._tell()
            self.show_layer(self._layer)

        self._jobs.read(read, came, self.failed.emit, key="network-state")

    def _tell(self) -> None:
        state = self._state
        if state is None:
            return
        rest = max(0, state.photos - state.looked_at)
        words = ntr("{count} photo looked at", "{count} photos looked at", state.looked_at)
        parts = [state.network, words.format(count=in_figures(state.looked_at))]
        if rest:
            parts.append(tr("{count} not yet").format(count=in_figures(rest)))
        self._said.setText(" · ".join(parts))
        self._catch_up.setVisible(bool(rest) and self._library.writable and not self.work.running)

    def _list_of_photo(self, photo: Photo, layer: str) -> None:
        channels = self._channels(layer)

        def came(found: tuple[Firing, ...]) -> None:
            name = readable(os.path.basename(photo.path))
            self._list(layer, found, tr("Strongest in {photo}").format(photo=name), None)

        def work(_cancel: CancelToken) -> tuple[Firing, ...]:
            return self._library.filters.strongest(photo.path, layer, channels)

        def failed(_error: object) -> None:
            # A photo that cannot be read now: the library's own order says something still.
            self._show_scope(1)

        self._jobs.read(work, came, failed, key="network-list")

    def _show_place(self, point: QPointF) -> None:
        photo, layer = self._photo, self._layer
        if photo is None:
            return
        channels, at = self._channels(layer), (point.x(), point.y())

        def work(_cancel: CancelToken) -> tuple[Firing, ...]:
            return self._library.filters.at(photo.path, layer, *at, channels)

        def came(found: tuple[Firing, ...]) -> None:
            self._list(layer, found, tr("Firing at the place you clicked"), at)

        self._jobs.read(work, came, self.failed.emit, key="network-list")

    def _list(
        self,
        layer: str,
        found: tuple[Firing, ...],
        words: str,
        at: tuple[float, float] | None,
    ) -> None:
        if layer != self._layer:
            return
        self._at = at
        self._scopes[0].setChecked(True)
        self._scope_said.setText(words)
        self.filters.show_rows(layer, [Row(each.filter, _note(each)) for each in found])
        if found:
            self.filters.select(0)

    def _show_scope(self, number: int) -> None:
        layer = self._layer
        if number == 0 and self._photo is not None:
            self.show_layer(layer)
            return
        self._scopes[1].setChecked(True)

        def work(_cancel: CancelToken) -> list[Row]:
            tops = self._library.filters.top(layer)
            order = sorted(tops, key=lambda top: (-(top.best or -1e9), top.filter))
            return [Row(top.filter, _best(top.best)) for top in order]

        def came(rows: list[Row]) -> None:
            if layer == self._layer:
                self._at = None
                self._scope_said.setText(
                    tr("{count} filters, strongest first").format(count=in_figures(len(rows)))
                )
                self.filters.show_rows(layer, rows)
                self.filters.select(0)

        self._jobs.read(work, came, self.failed.emit, key="network-list")

    def _show_filter(self, number: int) -> None:
        self.detail.show_filter(self._layer, number, self._photo, self._at)

    def _show_view(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        if number == 1:
            self.networks.refresh()

    def _used(self) -> None:
        """Other layers, other filters."""
        self._layer = ""
        self.detail.clear()
        self.filters.show_rows("", [])
        self._read_state()
        self.network_used.emit()

    def _channels(self, layer: str) -> int:
        layers = self._state.layers if self._state is not None else ()
        return next((each.filters for each in layers if each.name == layer), 24)

    # --- Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow page has the pictures under the list."""
        super().resizeEvent(event)
        narrow = self.width() <= NARROW
        way = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self.inner.orientation() != way:
            self.inner.setOrientation(way)
            self.inner.setSizes([1000, 1000] if narrow else [self.width() - 340, 340])
            self.ladder.compact(narrow)


def _note(each: Firing) -> str:
    value = in_figures(each.activation, ".1f")
    if each.share is None:
        return value
    return f"{value} · " + tr("{share} of your library's best").format(share=f"{each.share:.0%}")


def _best(value: float | None) -> str:
    return tr("up to {value}").format(value=in_figures(value, ".1f")) if value else ""
