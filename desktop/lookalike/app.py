"""The composition root: builds the library and the window, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from lookalike.errors import DataFolderBusyError, LookalikeError
from lookalike.library import Library

SWITCH_SECONDS = 0.001
"""How long a background thread may keep the interpreter from the window's: Python's own 5 ms,
paid at every call into Qt, made frames of a full 4K grid 40 ms long instead of 25."""


def run(data_dir: str | None, paths: Sequence[str]) -> int:
    """Open the window on `paths` (folders are added, an image becomes the goal).

    Raises:
        LookalikeError: there is no display, or a library that Qt needs is missing.
    """
    for path in paths:
        if not os.path.exists(path):
            raise LookalikeError(f"{path} does not exist; check the name.")
    if not _has_display():
        raise LookalikeError(
            "There is no display to open a window on; use a command such as `lookalike search` "
            "(see `lookalike --help`)."
        )
    try:
        from PySide6.QtWidgets import QApplication

        from lookalike.ui.main_window import MainWindow
    except ImportError as error:
        raise LookalikeError(
            f"The window cannot open because a system library is missing: {error}."
        ) from error
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Lookalike")
    application.setApplicationDisplayName("Lookalike")
    application.setDesktopFileName("lookalike")
    sys.setswitchinterval(SWITCH_SECONDS)
    with _opened(data_dir) as library:
        window = MainWindow(library)
        window.show()
        if paths:
            window.open_paths([os.path.abspath(path) for path in paths])
        code = application.exec()
        # Quitting by the session manager closes no window.
        window.close()
        return code


def _opened(data_dir: str | None) -> Library:
    """The library to write to; to read from while another window has it."""
    try:
        return Library.open(data_dir)
    except DataFolderBusyError:
        return Library.open(data_dir, write=False)


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
