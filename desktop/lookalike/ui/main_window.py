"""The window: goal, grid, inspector, and what is being done."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QIODevice, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
    QPixmap,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.progress import CancelToken, Progress
from lookalike.records import Answer, Changes, Goal, Match, Photo, Query, View
from lookalike.ui import theme
from lookalike.ui.grid.grid_view import PhotoGrid
from lookalike.ui.inspector.inspector import Inspector
from lookalike.ui.jobs import Jobs

POLL_MILLISECONDS = 100
REFRESH_POLLS = 15


class MainWindow(QMainWindow):
    """A library in a window. Nothing here decodes, searches or asks the database itself."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._jobs = Jobs(self)
        self._jobs.failed.connect(self._say)
        self._answer: Answer | None = None
        self._progress: Progress | None = None
        self._indexing: CancelToken | None = None
        self._polls = 0
        self._tokens = theme.of_the_system()
        theme.apply(self._tokens)
        self.setWindowTitle("Lookalike")
        self.resize(1280, 800)
        self.setAcceptDrops(True)
        self._build()
        self._actions()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        self.show_library()

    # --- what it is made of

    def _build(self) -> None:
        self.grid = PhotoGrid(self._jobs, self._library)
        self.inspector = Inspector(self._jobs, self._library)
        self._goal_picture, self._goal_name = QLabel(), QLabel("Drop a photo to search by it")
        self._goal_name.setObjectName("title")
        self._stop = QPushButton("Stop")
        self._pause = QPushButton("Pause")
        strip = QWidget()
        strip.setObjectName("panel")
        row = QHBoxLayout(strip)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self._goal_picture)
        row.addWidget(self._goal_name, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._first_run())
        self._stack.addWidget(self.grid)
        split = QSplitter()
        split.addWidget(self._stack)
        split.addWidget(self.inspector)
        split.setStretchFactor(0, 1)
        split.setSizes([900, 360])
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(strip)
        column.addWidget(split, 1)
        self.setCentralWidget(page)
        self.statusBar().addPermanentWidget(self._pause)
        self.statusBar().addPermanentWidget(self._stop)
        self._pause.clicked.connect(self._toggle_pause)
        self._stop.clicked.connect(self._cancel_indexing)
        self._pause.hide()
        self._stop.hide()
        self.grid.selection_changed.connect(self._selected)

    def _first_run(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        sentence = QLabel("Add a folder of photos, then drop a photo here to find its like.")
        sentence.setObjectName("title")
        button = QPushButton("Add folder…")
        button.setObjectName("primary")
        button.clicked.connect(self.pick_folder)
        column.addStretch(1)
        column.addWidget(sentence, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        return page

    def _actions(self) -> None:
        table: list[tuple[str, str, str, Callable[[], object]]] = [
            ("&Library", "Add folder…", "Ctrl+Shift+O", self.pick_folder),
            ("&Library", "Look for new photos", "F5", self.index),
            ("&Library", "Quit", "Ctrl+Q", self.close),
            ("&Search", "Open goal…", "Ctrl+O", self.pick_goal),
            ("&Search", "Paste goal", "Ctrl+V", self.paste_goal),
            ("&Search", "Find similar", "Ctrl+G", self.find_similar),
            ("&Search", "Back to the library", "Esc", self.show_library),
            ("&View", "Evidence", "S", self.inspector.toggle_evidence),
            ("&View", "Light or dark", "Ctrl+T", self.toggle_theme),
        ]
        menus = {}
        for menu, text, shortcut, slot in table:
            if menu not in menus:
                menus[menu] = self.menuBar().addMenu(menu)
            action = QAction(text, self)
            action.setShortcut(QKeySequence(shortcut))
            action.triggered.connect(slot)
            menus[menu].addAction(action)

    # --- what a person does

    def open_paths(self, paths: Sequence[str]) -> None:
        """Add the folders among `paths`; the first image becomes the goal."""
        folders = [path for path in paths if os.path.isdir(path)]
        images = [path for path in paths if not os.path.isdir(path)]
        if folders:
            self.index(folders)
        if images:
            self.search(Goal(path=images[0], name=os.path.basename(images[0])))

    def pick_folder(self) -> None:
        """Ask for a folder and add it."""
        folder = QFileDialog.getExistingDirectory(self, "Add folder")
        if folder:
            self.index([folder])

    def pick_goal(self) -> None:
        """Ask for an image and search by it."""
        path, _ = QFileDialog.getOpenFileName(self, "Open goal")
        if path:
            self.open_paths([path])

    def paste_goal(self) -> None:
        """Search by the picture on the clipboard."""
        self._take(QGuiApplication.clipboard().mimeData())

    def find_similar(self) -> None:
        """Search by the selected photo."""
        item = self.grid.current()
        photo = item.photo if isinstance(item, Match) else item
        if photo is not None:
            self.search(Goal(photo_id=photo.id, name=os.path.basename(photo.path)))

    def show_library(self) -> None:
        """All photos again, without a goal."""
        self._answer = None
        self._goal_picture.clear()
        self._goal_name.setText("Drop a photo to search by it")
        self.inspector.clear()
        self._refresh()

    def toggle_theme(self) -> None:
        """Dark to light and back."""
        self._tokens = theme.LIGHT if self._tokens == theme.DARK else theme.DARK
        theme.apply(self._tokens)

    def index(self, folders: Sequence[str] = ()) -> None:
        """Read folders (none: look at every folder again) in the background."""
        if not self._library.writable:
            self._say("Another Lookalike is writing to this library; this window only reads it.")
            return

        def keep(progress: Progress) -> None:
            self._progress = progress

        self._indexing = self._jobs.write(
            lambda cancel: self._library.index(list(folders), keep, cancel),
            self._indexed,
            self._indexing_ended,
        )
        self._timer.start()
        self._pause.show()
        self._stop.show()

    def search(self, goal: Goal) -> None:
        """Search by `goal`; a newer search replaces this one."""
        self._goal_name.setText(f"Looking for what is like {goal.name}…")
        query = Query((goal,))

        def work(cancel: CancelToken) -> tuple[Answer, QImage]:
            answer = self._library.search(query, cancel)
            picture = self._library.goal_picture(goal, 256)
            height, width = picture.shape[:2]
            image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            return answer, image.copy()

        self._jobs.read(work, self._answered, self._say, key="search")

    # --- what comes back

    def _answered(self, found: tuple[Answer, QImage]) -> None:
        self._answer, image = found
        goal = self._answer.query.goals[0]
        pixmap = QPixmap.fromImage(image).scaledToHeight(
            72, Qt.TransformationMode.SmoothTransformation
        )
        self._goal_picture.setPixmap(pixmap)
        self._goal_name.setText(f"{len(self._answer.matches)} photos, most like {goal.name} first")
        self._stack.setCurrentWidget(self.grid)
        self.grid.set_matches(self._answer.matches)
        if self._answer.matches:
            self.grid.select(0)
        self.grid.setFocus()

    def _selected(self, item: Photo | Match | None) -> None:
        if isinstance(item, Match) and self._answer is not None:
            self.inspector.show_match(self._answer.query, item)
        elif isinstance(item, Photo):
            self.inspector.show_photo(item)

    def _refresh(self) -> None:
        def ids(_cancel: CancelToken) -> array[int]:
            return self._library.photo_ids(View())

        def show(found: array[int]) -> None:
            self._stack.setCurrentIndex(1 if len(found) else 0)
            if self._answer is None:
                self.grid.set_ids(found)

        self._jobs.read(ids, show, key="library")

    def _poll(self) -> None:
        progress = self._progress
        if progress is None:
            return
        self._polls += 1
        if self._polls % REFRESH_POLLS == 0:
            self._refresh()
        self.statusBar().showMessage(_told(progress))

    def _indexed(self, changes: Changes) -> None:
        self._indexing_ended(None)
        self.statusBar().showMessage(
            f"{changes.photos:,} photos · {changes.added:,} new · {changes.skipped:,} skipped"
        )

    def _indexing_ended(self, error: object) -> None:
        self._timer.stop()
        self._progress, self._indexing = None, None
        self._pause.hide()
        self._stop.hide()
        self._refresh()
        if error is not None:
            self._say(error)

    def _toggle_pause(self) -> None:
        if self._indexing is None:
            return
        if self._indexing.paused:
            self._indexing.resume()
        else:
            self._indexing.pause()
        self._pause.setText("Go on" if self._indexing.paused else "Pause")

    def _cancel_indexing(self) -> None:
        if self._indexing is not None:
            self._indexing.cancel()

    def _say(self, what: object) -> None:
        text = str(what) or "Stopped. What was done stays."
        self.statusBar().showMessage(text)

    # --- drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take anything that could be a goal or a folder."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()
            self.statusBar().showMessage("Drop to search by this photo, or to add this folder")

    def dropEvent(self, event: QDropEvent) -> None:
        """Images become the goal, folders are added."""
        self._take(event.mimeData())
        event.acceptProposedAction()

    def _take(self, mime: object) -> None:
        from PySide6.QtCore import QMimeData

        if not isinstance(mime, QMimeData):
            return
        files = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        if files:
            self.open_paths(files)
        elif mime.hasImage():
            self.search(Goal(data=_bytes(mime.imageData()), name="the pasted picture"))
        elif mime.hasUrls():
            self._say("Lookalike opens no web addresses; save the picture first, then drop it.")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what runs; what was committed stays."""
        self._timer.stop()
        self._jobs.close()
        event.accept()


def _told(progress: Progress) -> str:
    parts = [f"{progress.stage} {progress.done:,}"]
    if progress.total:
        parts[0] += f" of {progress.total:,}"
    if progress.rate:
        parts.append(f"{progress.rate:.0f}/s")
    if progress.seconds_left:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        parts.append(f"{minutes} min left" if minutes else f"{seconds} s left")
    return " · ".join(parts)


def _bytes(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
