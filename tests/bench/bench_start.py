"""From start to a usable window, beside an empty PySide6 window; size and memory.

Both windows are started in turns, each in a process of its own, under Qt's offscreen platform;
a window is usable when its first page is there and has been painted into a picture (a bitmap, which
costs next to nothing: compressing would make the two windows more alike).
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import heading, show

SOURCE = Path(__file__).parents[2]
BUNDLE = SOURCE / "build" / "bundle" / "lookalike"
RUNS = 9
LARGE = 100_000
IN_SIGHT = 200

EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication(["empty"])
window = QMainWindow()
window.resize(1280, 800)
window.show()
application.processEvents()
assert window.grab().save(sys.argv[1])
print("{}", flush=True)
"""


def main(_folders: list[str]) -> None:
    """Print the figures; the bundle's where `make bundle` has made one."""
    heading("Start")
    script = Path(sys.executable).with_name("lookalike")
    checkout = [str(script)] if script.exists() else [sys.executable, "-m", "lookalike"]
    programs = {"checkout": checkout}
    if (BUNDLE / "lookalike").exists():
        programs["bundle"] = [str(BUNDLE / "lookalike")]
    with tempfile.TemporaryDirectory() as folder:
        _starts(folder, programs)
        for name, command in programs.items():
            show(f"{name}: resident memory of the idle window, MB", f"{_idle(folder, command):.0f}")
        large = os.path.join(folder, "large")
        _make_large(large)
        show(
            f"checkout: the same with {LARGE:,} photos, MB", f"{_idle(folder, checkout, large):.0f}"
        )
    if "bundle" in programs:
        _sizes()


def _starts(folder: str, programs: dict[str, list[str]]) -> None:
    """Median times of windows that are opened in turns, after one round that is not counted."""
    picture, home = os.path.join(folder, "picture.bmp"), os.path.join(folder, "home")
    asked = ["--data-dir", home, "self-test", "--window", picture]
    commands = {"an empty PySide6 window": [sys.executable, "-c", EMPTY, picture]}
    commands |= {name: [*command, *asked] for name, command in programs.items()}
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(RUNS + 1):
        for name, command in commands.items():
            took = _until_ready(command)
            if turn:
                spent[name].append(took)
    base = spent["an empty PySide6 window"]
    for name, times in spent.items():
        spread = f"{min(times) * 1000:.0f} to {max(times) * 1000:.0f}"
        show(f"{name}: start to usable, ms", f"{statistics.median(times) * 1000:.0f}", spread)
    for name in programs:
        ratio = statistics.median(one / other for one, other in zip(spent[name], base, strict=True))
        show(f"  {name} in empty windows", f"{ratio:.2f}", "wanted at most 2.5")


def _until_ready(command: list[str]) -> float:
    """Seconds until the program says that its window is there."""
    started = time.perf_counter()
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        took = time.perf_counter() - started
    assert line.startswith(b"{"), "the window did not open"
    return took


def _idle(folder: str, command: list[str], home: str = "") -> float:
    """Megabytes resident once the window has nothing more to do."""
    import psutil

    asked = ["--data-dir", home or os.path.join(folder, "home")]
    with subprocess.Popen([*command, *asked], env=_environment()) as running:
        try:
            process = psutil.Process(running.pid)
            before = -1.0
            while (now := sum(process.cpu_times()[:2])) - before > 0.02:
                before = now
                time.sleep(1.5)
            everyone = [process, *process.children(recursive=True)]
            return sum(each.memory_info().rss for each in everyone) / 1e6
        finally:
            running.terminate()


def _make_large(home: str) -> None:
    """A library of `LARGE` synthetic photos: rows, vectors, thumbnails of those in sight."""
    from lookalike.library import Library
    from lookalike.records import View
    from tests.catalogue_rows import new_photos

    with Library.open(home) as library:
        catalogue = library._catalogue
        encoder = library._use.network.encoder
        spaces = {
            catalogue.ensure_space(encoder.spaces[name], dim): dim
            for name, dim in encoder.dimensions.items()
        }
        root = catalogue.add_root(tempfile.mkdtemp(dir=os.path.dirname(home)))
        for start in range(0, LARGE, 5000):
            names = [f"{number // 1000:04}/{number}.jpg" for number in range(start, start + 5000)]
            catalogue.commit_batch(new_photos(root.id, names, spaces))
        shown = library.photos(library.photo_ids(View())[:IN_SIGHT])
        library._thumbnails.put_many(
            (photo.content_id, _picture(number)) for number, photo in enumerate(shown)
        )


def _picture(number: int) -> bytes:
    """A thumbnail as it is stored: a JPEG of 384 x 288 pixels."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(number)
    blocks = random.integers(0, 255, (9, 12, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(blocks).resize((384, 288)).save(file, "JPEG", quality=85)
    return file.getvalue()


def _sizes() -> None:
    """What the bundle's space goes to, by part."""
    parts = {
        "OpenCV": ("cv2", "opencv_python_headless.libs"),
        "Qt and PySide6": ("PySide6", "shiboken6"),
        "NumPy": ("numpy", "numpy.libs"),
        "onnxruntime": ("onnxruntime",),
        "network, icons": ("lookalike",),
        "Pillow": ("PIL", "pillow.libs"),
        "onnx": ("onnx", "google", "ml_dtypes"),
    }
    inside = BUNDLE / "_internal"
    whole = _bytes(BUNDLE)
    show("bundle on disk, MB", f"{whole / 1e6:.0f}", "wanted at most 300")
    for name, folders in parts.items():
        size = sum(_bytes(inside / folder) for folder in folders)
        whole -= size
        show(f"  {name}", f"{size / 1e6:.0f}")
    show("  Python, system libraries, licences, the rest", f"{whole / 1e6:.0f}")


def _bytes(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def _environment() -> dict[str, str]:
    # As a person's second start: Python may keep what it compiled.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(SOURCE / "desktop"), "QT_QPA_PLATFORM": "offscreen"}
