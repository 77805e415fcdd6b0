"""`make screenshots`: every state of the window as PNG files, in light and dark, small and large,
at 100 and 200 %. `python -m tests.journeys.shots OUT [--photos FOLDER] [--only NAME]`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from lookalike.words import tr
from tests.drawn_photos import save_photos

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

CHECKED = tr("Checked: covering {share} % of the photo changes the score by").partition(":")[0]
AT_PLACE = tr("At that place of {photo}: {fires} (an illustration, not evidence)").partition("{")[0]
"""How these sentences begin, in whatever language the pictures are made."""

SIZES = {"small": (900, 640), "large": (1440, 900)}
SCALES = (1, 2)
THEMES = ("dark", "light")


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder, by name."""
    return sorted(
        each for each in folder.rglob("*") if each.suffix.lower() in (".jpg", ".jpeg", ".png")
    )


def add_copies(folder: Path) -> None:
    """Smaller and worse copies of a few photos, as people have them."""
    for number, path in enumerate(photos_in(folder)[3:12:3]):
        image = Image.open(path).convert("RGB")
        small = image.resize((image.width * 2 // 3, image.height * 2 // 3))
        small.save(folder / f"{path.stem} small.jpg", quality=85)
        if number == 1:
            image.save(folder / f"{path.stem} sent.jpg", quality=35)
            image.save(folder / f"{path.stem}.webp", quality=80)


def run_events(milliseconds: int) -> None:
    """Let the window run. `QTest.qWait` would not do: while it waits no other thread can."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


@dataclass
class Stage:
    """A window to be led into states; each state is a method, in the order of the table."""

    home: Path
    folder: Path
    out: Path
    tag: str

    def __post_init__(self) -> None:
        from lookalike.library import Library
        from lookalike.ui.main_window import MainWindow

        self.library = Library.open(self.home)
        self.window = MainWindow(self.library)
        self.parts = self.window.parts

    def close(self) -> None:
        """Close window and library."""
        self.window.close()
        self.window.deleteLater()
        self.library.close()

    def until(self, condition: Callable[[], object], milliseconds: int = 60_000) -> None:
        """Run the window until it holds."""
        for _ in range(milliseconds // 20):
            if condition():
                return
            run_events(20)
        raise TimeoutError(f"{self.tag}: the window did not get there")

    def save(self, name: str) -> None:
        """Let it settle, then save what it looks like."""
        run_events(350)
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{name}-{self.tag}.png"
        self.window.grab().save(str(path))
        print(path, flush=True)

    def painted(self) -> bool:
        """Whether every visible cell has its picture."""
        grid = self.parts.grid
        for index in grid.visible():
            item = grid.item(index)
            photo = getattr(item, "photo", item)
            if photo is None or grid.thumbnails.pixmap(photo)[0] is None:
                return False
        return bool(grid.count())

    def _read_so_far(self) -> int:
        """Photos in the library: looking and checking count files that are not in it yet."""
        progress = self.parts.reading.progress
        if progress is None:
            return 1 << 60
        return progress.done if progress.stage == "reading" else 0

    # --- states

    def first_run(self) -> None:
        self.until(lambda: self.parts.pages.name == "first-run")
        self.save("01-first-run")

    def indexing(self) -> None:
        self.parts.folders.add([str(self.folder)])
        half = len(photos_in(self.folder)) // 2
        self.until(lambda: self._read_so_far() >= half, 240_000)
        self.parts.reading.toggle_pause()
        self.window.browsing.refresh()
        self.until(lambda: self.parts.grid.count() >= half and self.painted())
        self.save("02-indexing")
        self.parts.reading.toggle_pause()
        self.until(lambda: not self.parts.reading.running)

    def library_page(self) -> None:
        self.until(self.painted)
        self.save("03-library")

    def results(self) -> None:
        self.parts.grid.select(min(7, self.parts.grid.count() - 1))
        self.until(lambda: self.parts.grid.current() is not None)
        self.parts.actions["find_similar"].trigger()
        self.until(lambda: self.parts.session.answer is not None)
        self.until(lambda: self.parts.session.answer.query.thorough and self.painted())
        self.parts.actions["inspector"].setChecked(False)
        self.window.panels.show()
        self.until(lambda: self.parts.grid.evidence.settled, 240_000)
        self.save("04-results")
        self.parts.actions["inspector"].setChecked(True)
        self.window.panels.show()

    def selected(self) -> None:
        self.parts.grid.select(2)
        self.parts.grid.setFocus()
        self.until(lambda: self.parts.evidence.explanation is not None)
        self.until(lambda: self.parts.inspector.check_words().startswith(CHECKED))
        self.until(self.painted)
        self.save("05-evidence")

    def viewer(self) -> None:
        self.window.browsing.view()
        self.until(lambda: self.parts.viewer.ready)
        self.save("06-viewer")

    def _point(self, widget: QWidget, at: QPoint) -> None:
        """Move the mouse there; QTest's moves end at the edge of the offscreen screen."""
        from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        none = Qt.MouseButton.NoButton
        there = QPointF(widget.mapToGlobal(at))
        keys = Qt.KeyboardModifier.NoModifier
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), there, none, none, keys)
        QCoreApplication.sendEvent(widget, move)

    def pointing(self) -> None:
        from PySide6.QtCore import QPoint

        viewer = self.parts.viewer
        self.until(lambda: viewer.goal_ready)
        self._point(viewer.canvas, viewer.canvas.rect().center())
        self.until(viewer.inset.isVisible)
        self.save("17-pointing")
        self._point(viewer.canvas, QPoint(1, 1))

    def painting(self) -> None:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        canvas = self.parts.viewer.canvas
        middle = canvas.rect().center()
        self.parts.actions["paint_out"].trigger()
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle - QPoint(80, 0))
        for step in (QPoint(0, 0), QPoint(60, 30), QPoint(90, 90)):
            self._point(canvas, middle + step)
        self.save("18-painting")
        self.window.browsing.back()

    def compare(self) -> None:
        self.parts.viewer.compare()
        self.save("07-compare")
        self.parts.viewer.compare()
        self.window.browsing.back()

    def several_goals(self) -> None:
        for place, action in ((4, "more_like"), (self.parts.grid.count() - 1, "less_like")):
            goals = len(self.parts.session.query.goals)
            self.parts.grid.select(place)
            self.parts.actions[action].trigger()
            self.until(lambda goals=goals: len(self.parts.session.query.goals) == goals + 1)
        self.until(lambda: self.parts.session.answer.query.goals == self.parts.session.query.goals)
        self.until(lambda: self.parts.session.answer.query.thorough and self.painted())
        self.until(lambda: self.parts.inspector.check_words().startswith(CHECKED))
        self.save("14-several-goals")

    def subject(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.parts.session.look_for(self.parts.session.query.goals[0])
        self.parts.actions["edit_goal"].trigger()
        editor, session = self.parts.editor, self.parts.session
        tool = editor._subject
        self.until(lambda: not tool.picture._pixmap.isNull())
        editor._by.setChecked(True)
        QTest.mouseClick(tool.picture, Qt.MouseButton.LeftButton, pos=tool.picture.rect().center())
        self.until(lambda: tool.subject is not None)
        self.save("19-subject")
        tool.in_style.click()
        self.until(lambda: len(session.query.goals) == 2)
        editor._by.setChecked(False)
        self.window.browsing.back()
        self.until(lambda: session.answer.query.goals == session.query.goals)
        self.until(lambda: session.answer.query.thorough and self.painted())
        self.until(lambda: self.parts.grid.evidence.settled, 240_000)
        self.save("20-in-its-style")

    def goal_editor(self) -> None:
        self.parts.actions["edit_goal"].trigger()
        session = self.parts.session
        session.change(0, replace(session.query.goals[0], region=(0.2, 0.15, 0.6, 0.55)))
        self.until(lambda: not self.parts.editor._picture._pixmap.isNull())
        self.until(lambda: session.answer.query.goals == session.query.goals)
        self.until(lambda: session.answer.query.thorough and self.painted())
        self.save("15-goal-editor")
        self.window.browsing.back()

    def duplicates(self) -> None:
        page = self.parts.duplicates
        self.parts.actions["duplicates"].trigger()
        self.until(lambda: page.list.count() and page.list.item(0) is not None)
        self.parts.actions["mark_all_but_best"].trigger()
        self.until(lambda: len(page.marks))
        page.list.select(1)
        self.until(lambda: page.list.thumbnails.pixmap(page.list.current())[0])
        self.save("16-same-pictures")
        self.window.browsing.back()

    def nothing_found(self) -> None:
        self.window.open_paths([str(photos_in(self.folder)[0])])
        self.until(lambda: self.parts.pages.name == "message")
        self.save("08-nothing-found")
        self.parts.session.clear()
        self.until(lambda: self.parts.pages.name == "first-run")

    def problems(self) -> None:
        (self.folder / "half.jpg").write_bytes(photos_in(self.folder)[0].read_bytes()[:700])
        (self.folder / "notes.png").write_text("no picture")
        self.parts.folders.add()
        self.until(lambda: not self.parts.reading.running)
        self.window.browsing.go_problems()
        self.until(lambda: self.window.problems.tree.topLevelItemCount() == 2)
        self.save("09-problems")
        self.window.browsing.back()

    def error(self) -> None:
        self.window.open_paths([str(self.folder / "notes.png")])
        self.until(self.parts.banners.texts)
        self.until(self.painted)
        self.save("10-error")
        self.parts.banners.drop("goal")

    def dragging(self) -> None:
        from lookalike.ui import drops

        self.window._offer = drops.of_files([str(photos_in(self.folder)[0])])
        self.window._tell_drop(None)
        self.save("11-dragging")
        self.window._overlay.hide()

    def keys(self) -> None:
        self.window.browsing.show_page("keys")
        self.save("12-keys")
        self.window.browsing.back()

    def network(self) -> None:
        from PySide6.QtCore import QPointF

        self.parts.grid.select(min(3, self.parts.grid.count() - 1))
        self.parts.actions["network"].trigger()
        page = self.window.network
        self.until(lambda: page.filters.rows() and page.filters.painted())
        self.until(lambda: len(page.detail.patches()) == 9 and page.detail.row_of_four())
        self.save("21-network")
        page.detail.place_clicked.emit(QPointF(0.5, 0.4))
        self.until(lambda: page.detail._on_photo.text().startswith(AT_PLACE))
        self.until(lambda: len(page.detail.patches()) == 9 and page.filters.painted())
        self.save("22-network-place")
        page.detail.find_photos()
        self.until(page.detail.results)
        self.save("23-network-found")
        page.add_network("resnet50.onnx")
        self.until(page.networks.tree.topLevelItemCount)
        self.save("24-networks")
        self.window.browsing.back()

    def offline(self) -> None:
        away = self.folder.with_name("away")
        self.folder.rename(away)
        try:
            self.parts.folders.add()
            self.until(lambda: not self.parts.reading.running and self.parts.banners.texts())
            self.until(self.painted)
            self.save("13-offline")
        finally:
            away.rename(self.folder)

    def states(self) -> Iterator[Callable[[], None]]:
        """Each leads on from the one before it."""
        yield from (
            self.first_run, self.nothing_found, self.indexing, self.library_page, self.results,
            self.selected, self.viewer, self.pointing, self.painting, self.compare,
            self.several_goals, self.goal_editor, self.subject, self.duplicates, self.problems,
            self.error, self.dragging, self.keys, self.network, self.offline,
        )  # fmt: skip


def shoot(out: Path, photos: Path, theme: str, size: str, scale: int) -> None:
    """All states of one window; in a process of its own, since a process has one scale."""
    from PySide6.QtWidgets import QApplication

    from lookalike import settings
    from lookalike.ui import qt_words
    from lookalike.ui.theme import ARGUMENTS

    application = QApplication(list(ARGUMENTS))
    qt_words.install(application)
    with tempfile.TemporaryDirectory() as scratch:
        home, folder = Path(scratch) / "home", Path(scratch) / "Pictures"
        home.mkdir()
        # Pictures show ~/Pictures, whoever makes them.
        os.environ["HOME"] = os.environ["USERPROFILE"] = scratch
        shutil.copytree(photos, folder)
        add_copies(folder)
        width, height = SIZES[size]
        kept = settings.Settings(theme=theme, width=width, height=height)  # type: ignore[arg-type]
        settings.save(home / "settings.json", kept)
        stage = Stage(home, folder, out, f"{theme}-{size}-{scale}x")
        stage.window.show()
        try:
            for state in stage.states():
                state()
        finally:
            stage.close()
            application.processEvents()


def main() -> None:
    """Shoot every combination."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--only", help="theme-size-scale, such as dark-large-1")
    arguments = parser.parse_args()
    if arguments.only:
        theme, size, scale = arguments.only.split("-")
        shoot(arguments.out, arguments.photos, theme, size, int(scale))
        return
    with tempfile.TemporaryDirectory() as drawn:
        photos = arguments.photos
        if photos is None:
            photos = Path(drawn) / "photos"
            save_photos(photos, each=24)
        for scale in SCALES:
            for size in SIZES:
                for theme in THEMES:
                    command = [sys.executable, "-m", "tests.journeys.shots", str(arguments.out)]
                    command += ["--photos", str(photos), "--only", f"{theme}-{size}-{scale}"]
                    environment = {
                        "QT_QPA_PLATFORM": "offscreen",
                        **os.environ,
                        "QT_SCALE_FACTOR": str(scale),
                    }
                    subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
