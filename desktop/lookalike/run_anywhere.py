"""`make run`: the window where there is a display, else the same job on the terminal.

Without a display it indexes the folder with a progress bar and, given a goal, prints the nearest
photos and writes a contact sheet with evidence.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lookalike import cli


def pictures_folder() -> str:
    """The system's pictures folder, or "" where there is none."""
    try:
        named = subprocess.run(
            ["xdg-user-dir", "PICTURES"], capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        named = ""
    home = Path.home()
    # xdg-user-dir answers the home folder itself when no pictures folder is configured.
    candidates = [Path(named)] if named and Path(named) != home else []
    candidates += [home / "Pictures", home / "Bilder"]
    return next((str(folder) for folder in candidates if folder.is_dir()), "")


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def on_the_terminal(folder: str, goal: str) -> int:
    """Index `folder`; with a `goal`, print its nearest photos and write a sheet with evidence."""
    print("No display here: doing the same job on the terminal.")
    if folder:
        code = cli.main(["index", folder])
        if code:
            return code
    if not goal:
        print("Name a goal to search by: make run PHOTOS=folder GOAL=photo.jpg")
        return cli.main(["status"])
    return cli.main(["search", goal, "-k", "12", "--out", "lookalike-sheet.png"])


def main(folder: str, goal: str) -> int:
    """Run on `folder` (else the pictures folder) and `goal` (may be empty)."""
    folder = folder or pictures_folder()
    if not has_display():
        return on_the_terminal(folder, goal)
    return cli.main([argument for argument in (folder, goal) if argument])


if __name__ == "__main__":
    arguments = [*sys.argv[1:3], "", ""]
    sys.exit(main(arguments[0], arguments[1]))
