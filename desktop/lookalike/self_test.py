"""The self-test: draws photos, indexes, searches and explains them in a folder of its own.

It runs wherever the program runs (a checkout, a wheel, a bundle) and touches no library. The
window is opened by a process of its own, as a person would start it: without a display, and on a
virtual one where Xvfb is installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from lookalike import __version__
from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.records import Goal, Query

_TOLERANCE: Final = 1e-4
_WINDOW_SECONDS: Final = 120

NUMBERS: Final = {
    "efficientnet-lite0": (
        ("block-03", 15, 39.1467),
        ("block-08", 4, 19.3871),
        ("last", 245, 9.7962),
    )
}
"""What filters of the network that comes with the program answer to `_rings`, in float32:
(layer, filter, activation). Another processor differs by rounding, a damaged library or
a wrong instruction by far more than the hundredth that is allowed."""

_ALLOWED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: its name, whether it works, and what was seen."""

    name: str
    ok: bool
    detail: str


def self_test(pictures: str | None = None) -> Iterator[Step]:
    """Try every part in a temporary folder; ends after the first step that fails.

    Pictures of the window are kept in the folder `pictures`, which is made; without it they are
    looked at and thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="lookalike-self-test-") as folder:
        for name, action in _actions(folder, pictures or folder):
            try:
                step = Step(name, True, action())
            except (LookalikeError, AssertionError) as error:
                step = Step(name, False, str(error))
            except Exception as error:  # noqa: BLE001 - whatever is broken here is what was sought
                step = Step(name, False, f"{type(error).__name__}: {error}")
            yield step
            if not step.ok:
                return


def _actions(folder: str, pictures: str) -> list[tuple[str, Callable[[], str]]]:
    photos, data = os.path.join(folder, "photos"), os.path.join(folder, "data")
    return [
        ("versions", _versions),
        ("free space", lambda: f"{shutil.disk_usage(folder).free / 1e9:.1f} GB in {folder}"),
        ("photos", lambda: _draw(photos)),
        ("index", lambda: _index(photos, data)),
        ("device", lambda: _device(data)),
        ("numbers", lambda: _numbers(photos, data)),
        ("search", lambda: _search(photos, data)),
        ("explain", lambda: _explain(photos, data)),
        ("network", lambda: _network(data)),
        ("verify", lambda: _verify(data)),
        ("window", lambda: _window(data, pictures, "offscreen", {})),
        ("window on a display", lambda: _window_on_a_display(data, pictures)),
    ]


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    names = ["numpy", "Pillow", "hnswlib", "opencv-python-headless"]
    names += ["onnx", "onnxruntime-gpu", "onnxruntime", "PySide6-Essentials"]
    found = [f"lookalike {__version__}", f"Python {platform.python_version()}"]
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return f"{', '.join(found)}; {platform.platform()}"


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


def _rings() -> Image.Image:
    """Rings and bars at the size the network looks at: nothing is resized on the way to it."""
    y, x = np.mgrid[0:320, 0:448]
    waves = np.sin(np.hypot(x - 150, y - 170) / 7), np.sin(x / 11), np.cos((x + y) / 5)
    return Image.fromarray(np.stack([128 + 90 * each for each in waves], axis=2).astype(np.uint8))


def _index(photos: str, data: str) -> str:
    with Library.open(data) as library:
        changes = library.index([photos])
        status = library.status()
    assert changes.added == 6, f"6 photos were drawn, {changes.added} were read"
    return f"6 read; {status.network}, {status.precision}"


def _device(data: str) -> str:
    with Library.open(data, write=False) as library:
        status = library.status()
    reason = status.details.get("device", "")
    return f"{status.provider}; {os.cpu_count()} processors{f'. {reason}' if reason else ''}"


def _numbers(photos: str, data: str) -> str:
    """The network's numbers against the stored ones."""
    rings = os.path.join(os.path.dirname(photos), "rings.png")
    _rings().save(rings)
    worst = 0.0
    with Library.open(data, write=False) as library:
        expected = NUMBERS[library.status().network]
        for layer, number, stored in expected:
            answers = library.looking.filters(rings, layer)
            found = next(each.activation for each in answers if each.filter == number)
            off = abs(found - stored) / stored
            assert off < _ALLOWED, f"{layer}, filter {number}: {found:.4f} instead of {stored:.4f}"
            worst = max(worst, off)
    return f"{len(expected)} stored numbers met within {worst:.1e}"


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


def _network(data: str) -> str:
    with Library.open(data, write=False) as library:
        found = library.networks.verify(library.status().network)
    problems = [problem for each in found for problem in each.problems]
    assert not problems, "; ".join(problems)
    worst = max(check.error for each in found for check in each.gradients)
    return f"files whole; gradients agree with finite differences within {worst:.1e}"


def _verify(data: str) -> str:
    with Library.open(data, write=False) as library:
        found = library.verify()
    assert not found, "; ".join(found)
    return "catalogue and derived files are in order"


def program() -> list[str]:
    """The command that starts this very program anew."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "lookalike"]


def _window(data: str, pictures: str, kind: str, given: dict[str, str]) -> str:
    """Let another process open the window on the photos, and look at the picture it saves."""
    os.makedirs(pictures, exist_ok=True)
    picture = os.path.join(pictures, f"window-{kind}.png")
    source = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(each for each in (source, os.environ.get("PYTHONPATH", "")) if each)
    environment = {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": kind, **given}
    command = [*program(), "--data-dir", data, "self-test", "--window", picture, "--json"]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False,
            errors="replace", timeout=_WINDOW_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"the window was not ready after {_WINDOW_SECONDS} s") from error
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["nothing"]
    assert done.returncode == 0, f"the window ended with {done.returncode}: {said[0]}"
    told = json.loads(done.stdout)
    with Image.open(picture) as shown:
        colours = len(shown.convert("RGB").resize((256, 160)).getcolors(1 << 16) or [])
    assert colours > 50, f"the picture of the window has {colours} colours"
    kept = f"; {picture}" if os.path.dirname(picture) != os.path.dirname(data) else ""
    return f"{told['platform']}: {told['photos']} photos, {told['results']} results{kept}"


def _window_on_a_display(data: str, pictures: str) -> str:
    if not sys.platform.startswith("linux") or shutil.which("Xvfb") is None:
        return "not tried: there is no Xvfb here"
    with _virtual_display() as display:
        return _window(data, pictures, "xcb", {"DISPLAY": display})


@contextlib.contextmanager
def _virtual_display() -> Iterator[str]:
    """Xvfb on a number of its own choice, ended afterwards.

    Without a reset when its last client leaves: one that comes at that moment is turned away.
    """
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x900x24", "-noreset"],
        pass_fds=[writer], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    try:
        with os.fdopen(reader, "rb") as told:
            number = told.readline().decode().strip()
        assert number, "Xvfb does not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()
