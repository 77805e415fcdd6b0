"""Where a bundle starts: the same as `python -m lookalike`."""

import os
import sys

_HELPERS = (
    "from multiprocessing.resource_tracker import main",
    "from multiprocessing.forkserver import main",
    "import sys; from multiprocessing.forkserver import main",
)
"""How Python 3.11 to 3.15 tell an interpreter to be a process of multiprocessing's own."""


def _give_the_environment_back() -> None:
    """The bundle's own libraries are for this program, not for a file manager that it starts."""
    if "LD_LIBRARY_PATH_ORIG" in os.environ:
        # PyInstaller keeps the person's own under this name.
        os.environ["LD_LIBRARY_PATH"] = os.environ.pop("LD_LIBRARY_PATH_ORIG")
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)
    # This program started anew by itself finds its libraries by itself (PyInstaller 6.10).
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"


def _be_a_helper() -> None:
    """Where multiprocessing started this process for itself: serve it, and end.

    On Linux in place of PyInstaller's own script, which imports multiprocessing at every start
    (see `started_with` in bundling/contents.py); a worker is a copy of the server there.
    """
    if sys.platform != "linux":
        import multiprocessing

        multiprocessing.freeze_support()
    elif "-c" in sys.argv[:-1]:
        command = sys.argv[sys.argv.index("-c") + 1]
        if command.startswith(_HELPERS):
            exec(command)
            sys.exit()


if getattr(sys, "frozen", False):
    _give_the_environment_back()
    if sys.platform == "linux":
        # Qt's own, whatever the system has: see `started_with` in bundling/contents.py.
        os.environ["QT_PLUGIN_PATH"] = os.path.join(sys._MEIPASS, "PySide6", "Qt", "plugins")
    _be_a_helper()

from lookalike.cli import main  # noqa: E402 - the environment comes first

sys.exit(main())
