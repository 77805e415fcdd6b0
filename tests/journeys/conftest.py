"""A real window on drawn photos; a test that leaves a thread, a timer or a widget behind fails."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from lookalike.library import Library
from lookalike.ui.main_window import MainWindow

WAIT = 20_000
"""Milliseconds: work is waited for, never timed."""


@pytest.fixture(autouse=True)
def _nothing_left(qapp: QApplication) -> Iterator[None]:
    """No thread, no running timer and no window outlives its test."""
    threads = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    gc.collect()
    left = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert left == []
    assert [type(widget).__name__ for widget in qapp.topLevelWidgets() if isValid(widget)] == []
    timers = [each for each in gc.get_objects() if isinstance(each, QTimer) and isValid(each)]
    assert [each for each in timers if each.isActive()] == []


class Journey:
    """The window and the waits that journeys need."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window
        self.parts = window.parts

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for it."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=WAIT)

    def do(self, action: str) -> None:
        """Choose an action, which must be possible."""
        assert self.parts.actions[action].isEnabled(), action
        self.parts.actions[action].trigger()

    def loaded(self, photos: int) -> None:
        """Wait until the grid shows so many photos, with their pictures."""
        self.until(lambda: self.parts.grid.count() == photos and self.painted())

    def painted(self) -> bool:
        """Whether every visible cell has its picture."""
        grid = self.parts.grid
        for index in grid.visible():
            item = grid.item(index)
            photo = getattr(item, "photo", item)
            if photo is None or (
                grid.thumbnails.pixmap(photo)[0] is None and not grid.thumbnails.unreadable(photo)
            ):
                return False
        return True

    def search_by(self, index: int) -> None:
        """Find what is like the photo at `index` of the library; wait for the evidence."""
        self.parts.grid.select(index)
        self.until(lambda: self.parts.grid.current() is not None)
        self.do("find_similar")
        self.answered()
        self.explained()

    def answered(self) -> None:
        """Wait for the answer after the closer look."""
        session = self.parts.session
        self.until(lambda: session.answer is not None and session.answer.query.thorough)

    def explained(self) -> None:
        """Wait for the evidence of the selected result."""
        self.until(lambda: self.parts.evidence.explanation is not None)


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[[Library], Journey]]:
    """Opens windows; closes them."""
    windows: list[MainWindow] = []

    def opened(library: Library) -> Journey:
        window = MainWindow(library)
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        return Journey(qtbot, window)

    yield opened
    for window in windows:
        window.close()
        window.deleteLater()
    QGuiApplication.clipboard().clear()
    windows.clear()


@pytest.fixture
def home(indexed_home: Path, tmp_path: Path) -> Path:
    """A data folder of one's own, with the drawn photos indexed."""
    return Path(shutil.copytree(indexed_home, tmp_path / "home"))


@pytest.fixture
def drawn(home: Path, open_window: Callable[[Library], Journey]) -> Iterator[Journey]:
    """A window on the sixteen drawn photos."""
    with Library.open(home) as library:
        journey = open_window(library)
        journey.loaded(16)
        yield journey
        journey.window.close()


@pytest.fixture
def empty(library: Library, open_window: Callable[[Library], Journey]) -> Iterator[Journey]:
    """A window on an empty library."""
    journey = open_window(library)
    journey.until(lambda: journey.parts.pages.name == "first-run")
    yield journey
    journey.window.close()
