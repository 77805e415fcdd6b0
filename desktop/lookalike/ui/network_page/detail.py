"""One filter: its name, the row of four on a photo, its nine patches, the photos it fires on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.progress import CancelToken, ignore_progress
from lookalike.records import Photo
from lookalike.ui import images, theme
from lookalike.ui.inspector.facts import readable
from lookalike.ui.jobs import Jobs
from lookalike.ui.network_page.telling import RULES, reach, row_words, short
from lookalike.ui.network_page.tiles import Tile, Tiles
from lookalike.ui.undo import UndoStack
from lookalike.words import in_figures, retold, tr

if TYPE_CHECKING:
    from lookalike.library import FilterAnswer, FilterTop, SaliencyRule

_ASK: Final = tr("Click a place (or Ctrl+arrows, Enter) to see which filters fire there")
_PATCH, _THUMBNAIL = 220, 160
_FOUND = 60


class FilterDetail(QScrollArea):
    """Shows a filter. `place_clicked` is a point of the photo, as fractions."""

    place_clicked = Signal(QPointF)
    photo_chosen = Signal(object)
    renamed = Signal()
    failed = Signal(object)

    def __init__(
        self, jobs: Jobs, library: Library, undo: UndoStack, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._undo = jobs, library, undo
        self._layer, self._number = "", -1
        self._photo: Photo | None = None
        self._at: tuple[float, float] | None = None
        self._rule: SaliencyRule = "guided"
        self._top: FilterTop | None = None
        self._found: FilterAnswer | None = None
        self.setObjectName("panel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(280)
        self._build()
        self.clear()

    # --- what it is made of

    def _build(self) -> None:
        panel = QWidget()
        panel.setObjectName("panel")
        column = QVBoxLayout(panel)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        self._title = QLabel()
        self._title.setFont(theme.font(theme.BODY, strong=True))
        self._name = QLineEdit()
        self._name.setPlaceholderText(tr("A name, such as “eyes”"))
        self._name.setAccessibleName(tr("Name of the filter"))
        self._name.editingFinished.connect(self._rename)
        self._find = QPushButton(tr("Find photos"))
        self._find.setObjectName("primary")
        self._find.clicked.connect(self.find_photos)
        top = QHBoxLayout()
        top.addWidget(self._name, 1)
        top.addWidget(self._find)
        column.addWidget(self._title)
        column.addLayout(top)
        column.addLayout(self._build_rules())
        self._on_photo, self._row = (
            _words(),
            Tiles(2, 4, tr("The photo and its saliency"), whole=True),
        )
        self._row.clicked.connect(self._clicked_row)
        self._in_library = _words()
        self._patches = Tiles(3, 9, tr("What excites this filter most"), whole=False)
        self._patches.clicked.connect(lambda place, _point: self._choose_patch(place))
        self._reach, self._results = (
            _words(),
            Tiles(4, 8, tr("Photos this filter fires on"), whole=False),
        )
        self._results.clicked.connect(lambda place, _point: self._choose_result(place))
        for widget in (self._reach, self._results, self._on_photo, self._row):
            column.addWidget(widget)
        column.addWidget(self._in_library)
        column.addWidget(self._patches)
        column.addStretch(1)
        self.setWidget(panel)

    def _build_rules(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        label = _words(tr("Saliency"))
        row.addWidget(label)
        group = QButtonGroup(self)
        for rule, text, tip in RULES:
            button = QPushButton(text)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setChecked(rule == self._rule)
            button.setToolTip(tip)
            button.clicked.connect(lambda _on, rule=rule: self.set_rule(rule))
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        return row

    # --- what it shows

    def clear(self) -> None:
        """Show nothing."""
        for key in ("network-row", "network-patches", "network-find"):
            self._jobs.drop(key)
        self._layer, self._number, self._top = "", -1, None
        self._title.setText(tr("Choose a filter"))
        for tiles in (self._row, self._patches, self._results):
            tiles.show_tiles([])
        for label in (self._on_photo, self._in_library, self._reach):
            label.hide()
        self._name.setEnabled(False)
        self._name.clear()
        self._find.setEnabled(False)

    def show_filter(
        self,
        layer: str,
        number: int,
        photo: Photo | None,
        at: tuple[float, float] | None = None,
    ) -> None:
        """Show a filter, on a photo if there is one: at its strongest place or `at` a point."""
        if (layer, number) != (self._layer, self._number):
            self.clear()
            self._layer, self._number = layer, number
            self._title.setText(tr("Filter {number} of {layer}").format(number=number, layer=layer))
            self._read_top()
        if (photo, at) != (self._photo, self._at) or not self._row.tiles():
            self._photo, self._at = photo, at
            self._read_row()

    def set_rule(self, rule: SaliencyRule) -> None:
        """Another way back to the pixels."""
        if rule == self._rule:
            return
        self._rule = rule
        if self._number >= 0:
            self._read_row()
            self._read_patch(0)

    def find_photos(self) -> None:
        """The photos this filter fires on most."""
        layer, number = self._layer, self._number
        if number < 0:
            return
        self._say(self._reach, tr("Looking…"))

        def work(cancel: CancelToken) -> tuple[FilterAnswer, list[Tile]]:
            found = self._library.search_filter(layer, number, _FOUND, ignore_progress, cancel)
            tiles = []
            for match in found.matches:
                cancel.check()
                jpeg = self._library.thumbnail(match.photo.content_id)
                image = images.fitted(jpeg, _THUMBNAIL, whole=False) if jpeg else QImage()
                value = in_figures(match.activation, ".2f")
                tip = f"{readable(match.photo.path)} · {value}"
                tiles.append(Tile("", image, tip=tip))
            return found, tiles

        def came(result: tuple[FilterAnswer, list[Tile]]) -> None:
            self._found, tiles = result
            self._say(self._reach, reach(self._found))
            self._results.show_tiles(tiles)

        self._jobs.read(work, came, self._failed_in(self._reach), key="network-find")

    def row_of_four(self) -> list[Tile]:
        """The photo, the part, positive and negative saliency, as they are shown."""
        return self._row.tiles()

    def patches(self) -> list[Tile]:
        """The nine patches, each with its saliency under it."""
        return self._patches.tiles()

    def results(self) -> list[Tile]:
        """The photos that were found."""
        return self._results.tiles()

    def _read_top(self) -> None:
        layer, number = self._layer, self._number

        def came(tops: tuple[FilterTop, ...]) -> None:
            (self._top,) = tops
            self._name.setEnabled(self._library.writable)
            self._name.setText(self._top.name)
            self._find.setEnabled(bool(self._top.patches))
            count = len(self._top.patches)
            words = tr("What excites it most in your library, and under it what in it does")
            self._say(self._in_library, words if count else tr("No photo was looked at yet."))
            self._patches.show_tiles([])
            self._read_patch(0)

        self._jobs.read(lambda _cancel: self._library.filters.top(layer, [number]), came)

    def _read_patch(self, place: int) -> None:
        """One after another: each takes a pass forward and back."""
        top, rule = self._top, self._rule
        if top is None or place >= len(top.patches):
            return
        patch = top.patches[place]

        def work(_cancel: CancelToken) -> Tile:
            caption = in_figures(patch.activation, ".1f")
            tip = readable(patch.photo.path)
            try:
                seen = self._library.filters.saliency(top.layer, top.filter, patch, rule, _PATCH)
            except LookalikeError as error:
                return Tile(caption, QImage(), None, f"{tip}: {retold(str(error))}")
            positive = images.to_image(seen.positive)
            return Tile(caption, images.to_image(seen.picture), positive, tip)

        def came(tile: Tile) -> None:
            if top is not self._top:
                return
            tiles = self._patches.tiles()
            self._patches.show_tiles([*tiles[:place], tile, *tiles[place + 1 :]])
            self._read_patch(place + 1)

        self._jobs.read(work, came, self.failed.emit, key="network-patches")

    def _read_row(self) -> None:
        photo, layer, number, rule = self._photo, self._layer, self._number, self._rule
        at = self._at
        if photo is None or number < 0:
            self._row.show_tiles([])
            self._say(self._on_photo, tr("Select a photo in the library to see this filter on it."))
            return

        def work(_cancel: CancelToken) -> tuple[list[Tile], str]:
            picture, found = self._library.looking.saliency(photo.path, layer, number, rule, at)
            cells = self._library.looking.saliency_cells(picture, found)
            tiles = [
                Tile(short(cell.title), images.to_image(cell.picture), tip=retold(tip))
                for cell, tip in zip(cells, (_ASK, *(c.title for c in cells[1:])), strict=True)
            ]
            return tiles, row_words(photo, found, at is not None)

        def came(result: tuple[list[Tile], str]) -> None:
            tiles, words = result
            self._say(self._on_photo, words)
            self._row.show_tiles(tiles)

        self._jobs.read(work, came, self._failed_in(self._on_photo), key="network-row")

    # --- what a person does

    def _rename(self) -> None:
        name = " ".join(self._name.text().split())
        if self._top is None or not self._library.writable or name == self._top.name:
            return
        before, layer, number = self._top.name, self._layer, self._number

        def named() -> None:
            self._undo.did(
                tr("naming filter {number} of {layer}").format(number=number, layer=layer),
                lambda: self._write_name(layer, number, before, lambda: None),
            )

        self._write_name(layer, number, name, named)

    def _write_name(self, layer: str, number: int, name: str, done: Callable[[], object]) -> None:
        def work(_cancel: CancelToken) -> tuple[FilterTop, ...]:
            self._library.filters.name(layer, number, name)
            return self._library.filters.top(layer, [number])

        def came(tops: tuple[FilterTop, ...]) -> None:
            if (layer, number) == (self._layer, self._number):
                (self._top,) = tops
                self._name.setText(self._top.name)
            done()
            self.renamed.emit()

        def failed(error: object) -> None:
            if self._top is not None:
                self._name.setText(self._top.name)
            self.failed.emit(error)

        self._jobs.write(work, came, failed)

    def _clicked_row(self, place: int, point: QPointF) -> None:
        if place == 0:
            self.place_clicked.emit(point)

    def _choose_patch(self, place: int) -> None:
        if self._top is not None and place < len(self._top.patches):
            self.photo_chosen.emit(self._top.patches[place].photo)

    def _choose_result(self, place: int) -> None:
        if self._found is not None and place < len(self._found.matches):
            self.photo_chosen.emit(self._found.matches[place].photo)

    def _failed_in(self, label: QLabel) -> Callable[[object], None]:
        def failed(error: object) -> None:
            if isinstance(error, LookalikeError):
                self._say(label, retold(str(error)))
            elif not isinstance(error, BaseException) or isinstance(error, Exception):
                self.failed.emit(error)

        return failed

    @staticmethod
    def _say(label: QLabel, text: str) -> None:
        label.setText(text)
        label.show()


def _words(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName("secondary")
    label.setWordWrap(len(text) == 0)
    return label
