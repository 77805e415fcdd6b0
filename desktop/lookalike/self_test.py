"""The self-test: draws photos, indexes, searches and explains them in a folder of its own.

It runs wherever the program runs (a checkout, a wheel, a bundle) and touches no library.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.records import Goal, Query

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: its name, whether it works, and what was seen."""

    name: str
    ok: bool
    detail: str


def self_test() -> Iterator[Step]:
    """Try every part in a temporary folder; ends after the first step that fails."""
    with tempfile.TemporaryDirectory(prefix="lookalike-self-test-") as folder:
        for name, action in _actions(folder):
            try:
                step = Step(name, True, action())
            except (LookalikeError, AssertionError, ImportError, OSError) as error:
                step = Step(name, False, str(error) or type(error).__name__)
            yield step
            if not step.ok:
                return


def _actions(folder: str) -> list[tuple[str, Callable[[], str]]]:
    photos, data = os.path.join(folder, "photos"), os.path.join(folder, "data")
    return [
        ("versions", _versions),
        ("free space", lambda: f"{shutil.disk_usage(folder).free / 1e9:.1f} GB"),
        ("photos", lambda: _draw(photos)),
        ("index", lambda: _index(photos, data)),
        ("search", lambda: _search(photos, data)),
        ("explain", lambda: _explain(photos, data)),
        ("verify", lambda: _verify(data)),
    ]


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    names = ["lookalike", "numpy", "Pillow", "hnswlib", "opencv-python-headless"]
    names += ["onnxruntime-gpu", "onnxruntime", "PySide6-Essentials"]
    found = [f"Python {platform.python_version()}"]
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _draw(folder: str) -> str:
    """Three discs and three grids; the first two discs are one scene, saved twice."""
    os.makedirs(folder)
    for number in range(3):
        disc = Image.new("RGB", (320, 240), (40, 90 + 30 * number, 160))
        ImageDraw.Draw(disc).ellipse([60 + 20 * number, 40, 220, 200], fill=(230, 190, 60))
        disc.save(os.path.join(folder, f"disc-{number}.jpg"), quality=92)
        grid = Image.new("RGB", (320, 240), (200, 200, 190 - 20 * number))
        for x in range(0, 320, 16 + 6 * number):
            ImageDraw.Draw(grid).line([(x, 0), (x, 240)], fill=(60, 30, 30), width=4)
        grid.save(os.path.join(folder, f"grid-{number}.png"))
    return "6 drawn"


def _index(photos: str, data: str) -> str:
    with Library.open(data) as library:
        changes = library.index([photos])
        status = library.status()
    assert changes.added == 6, f"6 photos were drawn, {changes.added} were read"
    return f"6 read; {status.network}, {status.precision}, on {status.provider}"


def _search(photos: str, data: str) -> str:
    goal = Goal(path=os.path.join(photos, "disc-0.jpg"))
    with Library.open(data, write=False) as library:
        answer = library.search(Query((goal,), k=6))
    names = [os.path.basename(match.photo.path) for match in answer.matches]
    assert names[0] == "disc-0.jpg", f"a photo did not find itself first: {names}"
    assert all(name.startswith("disc") for name in names[:3]), f"the discs are not nearest: {names}"
    return f"nearest: {', '.join(names[:3])} ({answer.milliseconds:.0f} ms)"


def _explain(photos: str, data: str) -> str:
    query = Query((Goal(path=os.path.join(photos, "disc-0.jpg")),))
    with Library.open(data, write=False) as library:
        found = library.explain_path(query, os.path.join(photos, "disc-1.jpg"))
    told = found.score - found.baseline
    off = max(abs(float(np.sum(each)) - told) for each in (found.goal_map, found.result_map))
    assert off < _TOLERANCE, f"the evidence misses the score by {off:.6f}"
    return f"score {found.score:.3f}; the evidence adds up within {off:.1e}"


def _verify(data: str) -> str:
    with Library.open(data, write=False) as library:
        found = library.verify()
    assert not found, "; ".join(found)
    return "catalogue and derived files are in order"
