"""`make bench`: prints every figure. `python -m tests.bench [PHOTOS] [PART ...]`.

PHOTOS names folders of real photos, with commas; without it photos are drawn. Each part is a
module `bench_PART` with `main(folders)`, and runs in a process of its own, so that none pays for
what another loaded.
"""

from __future__ import annotations

import importlib
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.drawn_photos import save_photos

PARTS = (
    "start",
    "indexing",
    "precision",
    "evidence",
    "filters",
    "search",
    "ranking",
    "duplicates",
    "second_look",
    "grid",
    "saliency",
)


def main(photos: str, parts: list[str]) -> int:
    """All of `parts`, on `photos` or else on photos drawn for it; 1 if one of them failed."""
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}")
    failed = []
    with tempfile.TemporaryDirectory() as drawn:
        if not photos:
            save_photos(Path(drawn), each=40, size=(1600, 1200))
            photos = drawn
        for part in parts or PARTS:
            command = [sys.executable, "-m", "tests.bench", "--part", part, photos]
            if subprocess.run(command, check=False).returncode:
                failed.append(part)
    if failed:
        print(f"These parts failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run_part(part: str, photos: str) -> None:
    """One part, in this process."""
    module = importlib.import_module(f"tests.bench.bench_{part}")
    module.main([folder for folder in photos.split(",") if folder])


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["--part"]:
        run_part(*given[1:3])
    else:
        sys.exit(main(given[0] if given else "", given[1:]))
