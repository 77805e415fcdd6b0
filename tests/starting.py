"""The program in a process of its own, as a person would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults import SOURCE

Done = subprocess.CompletedProcess[str]
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
PLAIN = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale without UTF-8, of which Python makes nothing better."""


def start(
    *arguments: str,
    source: Path = SOURCE,
    program: Sequence[str] = (sys.executable, "-m", "lookalike"),
    before: Sequence[str] = (),
    **environment: str,
) -> Done:
    """Run it with no display but what `environment` names; `before` comes before the command."""
    told = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
    return subprocess.run(
        [*before, *program, *arguments],
        env={**told, "PYTHONPATH": str(source), **environment},
        capture_output=True, text=True, errors="replace", check=False, timeout=120,
    )  # fmt: skip


def one_sentence(done: Done) -> str:
    """What a refusal said: one sentence on standard error and nothing else."""
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("lookalike: ")
    return line
