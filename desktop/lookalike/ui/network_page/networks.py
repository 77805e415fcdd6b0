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
from lookalike.ui.jobs import Jobs
from lookalike.ui.network_page.add_form import AddForm
from lookalike.ui.network_page.work import Work

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
        self.tree.setHeaderLabels(["Network", "Input", "Layers", "Photos embedded", "Notes"])
        self.tree.setRootIsDecorated(False)
        self.tree.setWordWrap(True)
        self.tree.setAccessibleName("Networks")
        header = self.tree.header()
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate((210, 90, 70, 130)):
            header.resizeSection(column, width)
        header.setStretchLastSection(False)
        self.tree.currentItemChanged.connect(lambda *_: self.enable())
        self._add, self._use = QPushButton("Add network…"), QPushButton("Use")
        self._verify = QPushButton("Verify")
        self._use.setObjectName("primary")
        self._add.clicked.connect(self.pick)
        self._use.clicked.connect(self.use)
        self._verify.clicked.connect(self.verify)
        self.said = QLabel(
            "Any convolutional network as an ONNX file: drop it on the window, or add it here."
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
        names = {"CPU": "the processor", "CUDA": "the graphics processor (CUDA)"}
        provider, reason = device
        self.device.setText(f"Runs on {names.get(provider, provider)}. {reason}".strip())

    def pick(self) -> None:
        """Ask for a file."""
        path, _ = QFileDialog.getOpenFileName(self, "Add network", filter="ONNX (*.onnx)")
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
            self.said.setText(f"Embedded {count:,} photos; {name} answers from now on.")
            self.refresh()
            self.used.emit()

        self._work.start(f"Preparing {name}; the network in use answers meanwhile", run, done)

    def verify(self) -> None:
        """Check the chosen network's files and numbers on this machine."""
        name = self._chosen()
        if not name:
            return

        def run(_on_progress: OnProgress, _cancel: CancelToken) -> str:
            (found,) = self._library.networks.verify(name)
            problems = " ".join(found.problems)
            return f"{name} is in order ({found.device})." if found.holds else problems

        self._work.start(f"Verifying {name}", run, self.said.setText, writes=False)

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
            self.said.setText(f"Added {info.name}: verified on this machine. Use it when you like.")
            self.refresh()

        self._work.start(f"Reading and verifying {asked.shown_name}", run, done)

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
        own = "" if info.own else "comes with Lookalike"
        notes = [*info.notes, *self._notes.get(info.name, ()), own]
        said = " ".join(dict.fromkeys(note for note in notes if note))
        mark = "● " if info.in_use else ""
        size = f"{info.size} px" if info.size else ""
        layers = str(len(info.taps)) if info.taps else ""
        item = QTreeWidgetItem([mark + info.name, size, layers, f"{info.embedded:,}", said])
        item.setData(0, _NAME, info.name)
        item.setToolTip(0, "in use" if info.in_use else "")
        item.setToolTip(4, said)
        return item
