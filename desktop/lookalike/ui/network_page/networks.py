"""The networks of the library: in use, size, layers, notes; add, verify, use."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.progress import CancelToken, OnProgress
from lookalike.records.networks import NetworkInfo
from lookalike.ui.inspector.facts import photos_in_words
from lookalike.ui.jobs import Jobs
from lookalike.ui.network_page.add_form import AddForm
from lookalike.ui.network_page.work import Work
from lookalike.words import in_figures, retold, tr

_NAME = Qt.ItemDataRole.UserRole


class NetworksView(QWidget):
    """A list and what can be done. `used` when another network answers from now on."""

    used = Signal()
    failed = Signal(object)

    def __init__(
        self, jobs: Jobs, library: Library, work: Work, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._work = jobs, library, work
        self._notes: dict[str, tuple[str, ...]] = {}
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(
            [tr("Network"), tr("Input"), tr("Layers"), tr("Photos embedded"), tr("Notes")]
        )
        self.tree.setRootIsDecorated(False)
        self.tree.setWordWrap(True)
        self.tree.setAccessibleName(tr("Networks"))
        header = self.tree.header()
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate((210, 90, 70, 130)):
            header.resizeSection(column, width)
        header.setStretchLastSection(False)
        self.tree.currentItemChanged.connect(lambda *_: self.enable())
        self._add, self._use = QPushButton(tr("Add network…")), QPushButton(tr("Use"))
        self._verify = QPushButton(tr("Verify"))
        self._use.setObjectName("primary")
        self._add.clicked.connect(self.pick)
        self._use.clicked.connect(self.use)
        self._verify.clicked.connect(self.verify)
        self.said = QLabel(
            tr("Any convolutional network as an ONNX file: drop it on the window, or add it here.")
        )
        self.said.setObjectName("secondary")
        self.said.setWordWrap(True)
        self.form = AddForm()
        self.form.asked.connect(self._add_file)
        self.form.hide()
        self.device = QLabel()
        self.device.setObjectName("secondary")
        self.device.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.said, 1)
        for button in (self._add, self._verify, self._use):
            buttons.addWidget(button)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 8, 16, 8)
        page.setSpacing(12)
        page.addLayout(buttons)
        page.addWidget(self.form)
        page.addWidget(self.tree, 1)
        page.addWidget(self.device)
        work.changed.connect(self.enable)
        self.enable()

    def refresh(self) -> None:
        """List the networks anew."""
        self._jobs.read(
            lambda _cancel: self._library.networks.infos(),
            self._list,
            self.failed.emit,
            key="networks",
        )
        self._jobs.read(
            lambda _cancel: self._library.networks.device(),
            self._tell_device,
            self.failed.emit,
            key="device",
        )

    def _tell_device(self, device: tuple[str, str]) -> None:
        names = {"CPU": tr("the processor"), "CUDA": tr("the graphics processor (CUDA)")}
        provider, reason = device
        told = tr("Runs on {device}.").format(device=names.get(provider, provider))
        self.device.setText(f"{told} {retold(reason)}".strip())

    def pick(self) -> None:
        """Ask for a file."""
        path, _ = QFileDialog.getOpenFileName(self, tr("Add network"), filter="ONNX (*.onnx)")
        if path:
            self.add(path)

    def add(self, path: str) -> None:
        """Ask how a file's network takes its pictures; what is left empty is recognised."""
        self.form.ask(path)

    def use(self) -> None:
        """Embed the library with the chosen network; the one before answers meanwhile."""
        name = self._chosen()
        if not name:
            return

        def run(on_progress: OnProgress, cancel: CancelToken) -> int:
            return self._library.networks.use(name, on_progress, cancel)

        def done(count: int) -> None:
            words = tr("Embedded {photos}; {network} answers from now on.")
            self.said.setText(words.format(photos=photos_in_words(count), network=name))
            self.refresh()
            self.used.emit()

        words = tr("Preparing {network}; the network in use answers meanwhile")
        self._work.start(words.format(network=name), run, done)

    def verify(self) -> None:
        """Check the chosen network's files and numbers on this machine."""
        name = self._chosen()
        if not name:
            return

        def run(_on_progress: OnProgress, _cancel: CancelToken) -> str:
            (found,) = self._library.networks.verify(name)
            words = tr("{network} is in order ({device}).")
            if found.holds:
                return words.format(network=name, device=found.device)
            return " ".join(map(retold, found.problems))

        words = tr("Verifying {network}").format(network=name)
        self._work.start(words, run, self.said.setText, writes=False)

    def enable(self) -> None:
        """What makes sense now."""
        item = self.tree.currentItem()
        free = not self._work.running
        chosen = item is not None and free
        in_use = item is not None and item.text(0).startswith("● ")
        self._verify.setEnabled(chosen)
        self._use.setEnabled(chosen and not in_use and self._library.writable)
        self._add.setEnabled(free and self._library.writable)

    def _chosen(self) -> str:
        item = self.tree.currentItem()
        return str(item.data(0, _NAME)) if item is not None else ""

    def _add_file(self) -> None:
        asked = self.form.given()

        def run(_on_progress: OnProgress, _cancel: CancelToken) -> NetworkInfo:
            return self._library.networks.add(
                asked.file, asked.name, asked.given, asked.labels or None
            )

        def done(info: NetworkInfo) -> None:
            self.form.hide()
            self._notes[info.name] = info.notes
            words = tr("Added {network}: verified on this machine. Use it when you like.")
            self.said.setText(words.format(network=info.name))
            self.refresh()

        words = tr("Reading and verifying {network}")
        self._work.start(words.format(network=asked.shown_name), run, done)

    def _list(self, infos: tuple[NetworkInfo, ...]) -> None:
        chosen = self._chosen()
        self.tree.clear()
        for info in infos:
            item = self._item(info)
            self.tree.addTopLevelItem(item)
            if info.name == chosen or (not chosen and info.in_use):
                self.tree.setCurrentItem(item)
        self.enable()

    def _item(self, info: NetworkInfo) -> QTreeWidgetItem:
        own = "" if info.own else tr("comes with Lookalike")
        notes = [*info.notes, *self._notes.get(info.name, ()), own]
        said = " ".join(dict.fromkeys(retold(note) for note in notes if note))
        mark = "● " if info.in_use else ""
        size = f"{info.size} px" if info.size else ""
        layers = str(len(info.taps)) if info.taps else ""
        item = QTreeWidgetItem([mark + info.name, size, layers, in_figures(info.embedded), said])
        item.setData(0, _NAME, info.name)
        item.setToolTip(0, tr("in use") if info.in_use else "")
        item.setToolTip(4, said)
        return item
