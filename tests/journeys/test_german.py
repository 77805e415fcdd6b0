"""The window in German: its menus, and room for longer words; in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOOK = """
import json, sys
from PySide6.QtWidgets import QAbstractButton, QApplication
from lookalike.library import Library
from lookalike.ui import qt_words, theme
from lookalike.ui.main_window import MainWindow

application = QApplication(list(theme.ARGUMENTS))
qt_words.install(application)
with Library.open(sys.argv[1]) as library:
    window = MainWindow(library)
    window.resize(900, 640)
    window.show()
    pages = {}
    for action in ("all", "duplicates", "network", "keys"):
        window.parts.actions[action].trigger()
        for _ in range(20):
            application.processEvents()
        pages[action] = [
            each.text()
            for each in window.findChildren(QAbstractButton)
            if each.isVisible() and each.text() and each.width() < each.minimumSizeHint().width()
        ]
    print(json.dumps({
        "menus": [each.text() for each in window.menuBar().actions()],
        "undo": window.parts.actions["undo"].shortcut().toString(
            window.parts.actions["undo"].shortcut().SequenceFormat.NativeText),
        "cut": pages,
        "width": window.width(),
    }))
    window.close()
"""


def test_the_window_speaks_german_and_cuts_no_button_off(indexed_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(indexed_home)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "desktop"), "LANG": "C.UTF-8",
             "LC_ALL": "", "LANGUAGE": "de", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["menus"][:2] == ["&Bibliothek", "B&earbeiten"]
    assert "&Hilfe" in seen["menus"]
    assert seen["undo"] == "Strg+Z"
    assert {page: cut for page, cut in seen["cut"].items() if cut} == {}
    assert seen["width"] == 900
