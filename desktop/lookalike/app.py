"""The composition root: builds the library and the window, and nothing else."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookalike import __version__
from lookalike.errors import DataFolderBusyError, LookalikeError
from lookalike.library import Library
from lookalike.words import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

DESKTOP_ENTRY = "app.lookalike.Lookalike"
"""Names the window's desktop entry, by which a desktop finds its icon (packaging/bundling)."""

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
            raise LookalikeError(tr("{path} does not exist; check the name.").format(path=path))
    if not _has_display():
        raise LookalikeError(
            tr(
                "There is no display to open a window on; use a command such as `lookalike "
                "search` (see `lookalike --help`)."
            )
        )
    with contextlib.ExitStack() as opened:
        with _starting():
            application = _application()
            from lookalike.ui.main_window import MainWindow

            library = opened.enter_context(_opened(data_dir))
            window = MainWindow(library)
            window.show()
        if paths:
            window.open_paths([os.path.abspath(path) for path in paths])
        code = application.exec()
        # Quitting by the session manager closes no window.
        window.close()
        return code


def try_window(data_dir: str | None, picture: str) -> dict[str, Any]:
    """The self-test's window: open it, search in it, save its picture, say what was seen.

    Raises:
        LookalikeError: it cannot be opened, or something in it did not come.
    """
    with _starting():
        application = _application()
        from lookalike.ui.trial import try_out

    with Library.open(data_dir) as library:
        found = try_out(library, picture)
    application.quit()
    return found._asdict()


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    """While a window is put together there is no garbage worth looking for.

    What stands afterwards stays to the end: later collections, which hold the window's thread up,
    need not look at it (`gc.freeze`).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _application() -> QApplication:
    """Qt, started; raises LookalikeError with a sentence where Qt would end the program."""
    try:
        from PySide6.QtCore import QLibraryInfo
        from PySide6.QtWidgets import QApplication

        _import_without_reading()
        from lookalike.ui import display, qt_words, theme
    except ImportError as error:
        raise LookalikeError(_missing(error)) from error
    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
    if why := display.why_not(os.environ, plugins):
        raise LookalikeError(why)
    # Not sys.argv[0]: a path that is no text in the locale's encoding crashes PySide here.
    application = QApplication(list(theme.ARGUMENTS))
    qt_words.install(application)
    application.setApplicationName("Lookalike")
    application.setApplicationDisplayName("Lookalike")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName(DESKTOP_ENTRY)
    sys.setswitchinterval(SWITCH_SECONDS)
    return application


def _import_without_reading() -> None:
    """Spare PySide the reading of every module that is imported after it.

    WORKAROUND: it searches each one's source for "PySide6", to know whether it may ask for other
    names of Qt's methods (`from __feature__ import snake_case`). Nothing here does; the search
    takes a twentieth of the start and keeps every source in memory.
    """
    features: Any = sys.modules.get("shibokensupport.feature")
    if hasattr(features, "_mod_uses_pyside"):
        features._mod_uses_pyside = lambda _module: True


def _missing(error: ImportError) -> str:
    try:
        from lookalike.ui import display
    except ImportError:
        words = tr("The window cannot open: {error}; install Lookalike again.")
        return words.format(error=error)
    library = display.missing_library(error)
    if library:
        return display.sentence(library)
    return tr("The window cannot open: {error}.").format(error=error)


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
