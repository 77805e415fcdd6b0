"""`make bench`: prints every figure. PHOTOS names folders of real photos, with commas."""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import bench_evidence, bench_indexing
from tests.drawn_photos import save_photos


def main(folders: list[str]) -> None:
    """All benchmarks, on `folders` or else on photos drawn for it."""
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}")
    with tempfile.TemporaryDirectory() as drawn:
        if not folders:
            save_photos(Path(drawn), each=40, size=(1600, 1200))
            folders = [drawn]
        bench_indexing.main(folders)
        bench_evidence.main(folders[0])


if __name__ == "__main__":
    main([folder for folder in sys.argv[1].split(",") if folder] if len(sys.argv) > 1 else [])
