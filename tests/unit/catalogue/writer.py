"""A process that writes batches to a catalogue for ever, and says each one: to be killed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from lookalike.catalogue.rows import BatchWrite
from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from tests.catalogue_rows import found, new_photos

BATCH = 16


def main(home: str) -> None:
    with Catalogue.open(DataPaths(Path(home)), write=True) as catalogue:
        spaces = {catalogue.ensure_space(f"net/{name}", 320): 320 for name in ("a", "b")}
        root = catalogue.add_root("/r").id
        start = catalogue.counts().photos // BATCH
        for number in count(start):
            names = [f"{number}-{each}.jpg" for each in range(BATCH)]
            batch: BatchWrite = new_photos(root, names, spaces)
            batch.problems.append((found(f"{number}-bad.jpg"), "Bad."))
            catalogue.commit_batch(batch)
            print(number + 1, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
