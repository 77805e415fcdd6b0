"""A process that writes segments, one after the other: to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from lookalike.progress import CancelToken
from lookalike.search.index import VectorIndex
from tests.unit.search.sources import Source, drawn

COUNT, DIM, CAPACITY = 40 * 500 + 7, 24, 500


def main(folder: str) -> None:
    index = VectorIndex(Path(folder), DIM, Source(drawn(COUNT, DIM)), CAPACITY, 0)
    print("open", flush=True)
    index.maintain(lambda progress: print(progress.done, flush=True), CancelToken())
    index.close()


if __name__ == "__main__":
    main(sys.argv[1])
