"""Where a bundle starts: the same as `python -m lookalike`."""

import os
import sys

from lookalike.cli import main

# The bundle's own libraries are for this program; what it starts (a file manager, a viewer) gets
# the environment back as it was. PyInstaller keeps it under this name.
if "LD_LIBRARY_PATH_ORIG" in os.environ:
    os.environ["LD_LIBRARY_PATH"] = os.environ.pop("LD_LIBRARY_PATH_ORIG")
elif getattr(sys, "frozen", False):
    os.environ.pop("LD_LIBRARY_PATH", None)
if getattr(sys, "frozen", False):
    # This program started anew by itself finds its libraries by itself (PyInstaller 6.10).
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    if sys.platform == "linux":
        # Qt's own, whatever the system has: see `started_with` in bundling/contents.py.
        here = os.path.join(sys._MEIPASS, "PySide6", "Qt", "plugins")
        os.environ["QT_PLUGIN_PATH"] = here

sys.exit(main())
