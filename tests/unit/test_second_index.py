"""Looking again at a folder: what has not changed costs a look at its name and date."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from lookalike.library import Library
from tests.drawn_photos import save_photos
from tests.faults import SOURCE

CODE = """
import json, sys
from lookalike.cli import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted({name.split(".")[0] for name in sys.modules})]))
"""


def indexed(home: Path, photos: Path) -> tuple[dict[str, int], set[str]]:
    """What `index` in a process of its own says, and the packages it has loaded then."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, "--data-dir", str(home), "index", str(photos), "--json"],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told, loaded = done.stdout.splitlines()
    status, names = json.loads(loaded)
    assert status == 0
    return json.loads(told), set(names)


def test_an_unchanged_folder_loads_neither_numpy_nor_the_network(tmp_path: Path) -> None:
    photos, home = tmp_path / "photos", tmp_path / "home"
    save_photos(photos, each=1)
    with Library.open(home) as library:
        library.index([str(photos)])
    told, loaded = indexed(home, photos)
    assert (told["unchanged"], told["photos"]) == (4, 4)
    assert loaded.isdisjoint({"numpy", "PIL", "onnxruntime", "onnx", "hnswlib", "cv2", "PySide6"})
    (photos / "discs-000.jpg").unlink()
    told, _ = indexed(home, photos)
    assert (told["removed"], told["photos"]) == (1, 3)
    os.utime(photos / "bricks-000.jpg", (1, 1))
    told, loaded = indexed(home, photos)
    assert told["updated"] == 1
    assert "onnxruntime" in loaded
