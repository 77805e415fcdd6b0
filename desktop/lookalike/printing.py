"""What every command prints with: JSON, a progress bar, and a path that can be written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from lookalike.errors import LookalikeError
from lookalike.progress import OnProgress, Progress


def print_json(value: object) -> None:
    """One JSON value as one line."""
    # ASCII escapes keep names that are not UTF-8 representable in any terminal or pipe.
    print(json.dumps(value), flush=True)


@contextmanager
def progress_bar(enabled: bool) -> Iterator[OnProgress]:
    """A bar on the terminal, fed by `Progress`; silent where stderr is no terminal."""
    from tqdm import tqdm

    bars: dict[str, tqdm[None]] = {}

    def show(progress: Progress) -> None:
        if progress.stage not in bars:
            for bar in bars.values():
                bar.close()
            bars[progress.stage] = tqdm(
                desc=progress.stage, unit="", total=progress.total, leave=False, disable=not enabled
            )
        bar = bars[progress.stage]
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def writable(path: str) -> str:
    """`path`, once its folder is known to exist."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise LookalikeError(f"{path} cannot be written: the folder {folder} does not exist.")
    return path
