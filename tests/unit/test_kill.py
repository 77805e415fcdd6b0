"""kill -9 at random points of indexing: nothing committed is lost, the next start repairs it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lookalike.library import Library
from lookalike.records import Goal, Query
from tests.drawn_photos import save_photos

SOURCE = Path(__file__).parents[2] / "desktop"


def start_indexing(folder: Path, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lookalike", "--data-dir", str(home), "index", str(folder)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_killed_indexing_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    folder, home = tmp_path / "photos", tmp_path / "home"
    paths = save_photos(folder, each=60)
    chance = random.Random(7)
    kept = 0
    for _ in range(6):
        process = start_indexing(folder, home)
        time.sleep(chance.uniform(0.4, 3.0))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with Library.open(home) as library:
            assert library.verify() == []
            now = library.counts().photos
            assert now >= kept
            kept = now
    assert start_indexing(folder, home).wait() == 0
    with Library.open(home, write=False) as library:
        assert library.counts().photos == len(paths)
        answer = library.search(Query((Goal(path=str(paths[0])),), k=1))
        assert answer.matches[0].photo.path == str(paths[0])
        for photo in library.photos(range(1, 20)):
            assert library.thumbnail(photo.content_id)


def test_a_killed_run_leaves_no_worker_behind(tmp_path: Path) -> None:
    folder, home = tmp_path / "photos", tmp_path / "home"
    save_photos(folder, each=30)
    process = start_indexing(folder, home)
    children: list[int] = []
    deadline = time.monotonic() + 30
    while not children and time.monotonic() < deadline and process.poll() is None:
        children = _children(process.pid)
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while any(_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(_alive(child) for child in children)


def _children(pid: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _alive(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
