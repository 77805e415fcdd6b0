"""The window's part of the self-test: opened, filled, searched in, its picture saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QCoreApplication
from PySide6.QtGui import QGuiApplication

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.records import Match
from lookalike.ui.main_window import MainWindow

_SECONDS = 60


class Trial(NamedTuple):
    """What was seen: Qt's platform, photos in the grid, results of a search by the first."""

    platform: str
    photos: int
    results: int


def try_out(library: Library, picture: str) -> Trial:
    """Open the window on a library, search by its first photo, explain, save `picture`.

    An empty library is shown as such.

    Raises:
        LookalikeError: something did not come in time, or the picture cannot be written.
    """
    window = MainWindow(library)
    try:
        window.resize(1280, 800)
        window.show()
        results = _looked_through(window, library.counts().photos)
        _save(window, picture)
        return Trial(QGuiApplication.platformName(), library.counts().photos, results)
    finally:
        window.close()


def _looked_through(window: MainWindow, photos: int) -> int:
    """Wait for the photos, search by the first, wait for all of the answer; how many results."""
    parts = window.parts
    grid, session = parts.grid, parts.session
    failures: list[object] = []
    for each in (parts.jobs, session, parts.evidence):
        each.failed.connect(failures.append)
    if not photos:
        _wait(failures, "the first page", lambda: parts.pages.name == "first-run")
        return 0

    def answered() -> bool:
        return session.answer is not None and session.answer.query.thorough

    _wait(failures, "the photos", lambda: grid.count() and _painted(window))
    grid.select(0)
    _wait(failures, "the first photo", lambda: grid.current() is not None)
    parts.actions["find_similar"].trigger()
    _wait(failures, "the answer", answered)
    _wait(failures, "the evidence", lambda: parts.evidence.explanation is not None)
    _wait(failures, "the results", lambda: _painted(window))
    return len(session.answer.matches) if session.answer else 0


def _save(window: MainWindow, picture: str) -> None:
    """Written by Python: its name need not be text that Qt can hold."""
    shown = QBuffer()
    # A bitmap is written at once: who takes the time of the window need not wait for a PNG.
    window.grab().save(shown, "BMP" if picture.endswith(".bmp") else "PNG")
    try:
        with open(picture, "wb") as file:
            file.write(shown.data().data())
    except OSError as error:
        raise LookalikeError(f"{picture} cannot be written: {error.strerror}.") from error


def _painted(window: MainWindow) -> bool:
    """Whether every visible cell has its picture."""
    grid = window.parts.grid
    for index in grid.visible():
        item = grid.item(index)
        photo = item.photo if isinstance(item, Match) else item
        if photo is None or grid.thumbnails.pixmap(photo)[0] is None:
            return False
    return True


def _wait(failures: list[object], what: str, condition: Callable[[], object]) -> None:
    patience = time.monotonic() + _SECONDS
    while not condition():
        if failures:
            raise LookalikeError(f"The window failed before {what}: {failures[0]}")
        if time.monotonic() > patience:
            raise LookalikeError(f"The window waited {_SECONDS} s for {what}.")
        QCoreApplication.processEvents()
        time.sleep(0.001)
