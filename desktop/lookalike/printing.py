"""What every command prints with: JSON and a progress bar; what it refuses before it begins."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager

from lookalike.progress import OnProgress, Progress, ignore_progress
from lookalike.writing import picture_path, writable


def print_json(value: object) -> None:
    """One JSON value as one line."""
    # ASCII escapes keep names that are not UTF-8 representable in any terminal or pipe.
    print(json.dumps(value), flush=True)


@contextmanager
def progress_bar(enabled: bool) -> Iterator[OnProgress]:
    """A bar on the terminal, fed by `Progress`; silent where stderr is no terminal."""
    if not enabled:
        yield ignore_progress
        return
    from tqdm import tqdm

    bars: dict[str, tqdm[None]] = {}

    def show(progress: Progress) -> None:
        if progress.stage not in bars:
            for bar in bars.values():
                bar.close()
            bars[progress.stage] = tqdm(
                desc=progress.stage, unit="", total=progress.total, leave=False
            )
        bar = bars[progress.stage]
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse --out and --maps that cannot be written before the work begins."""
    if options.out:
        picture_path(options.out)
    if options.maps:
        writable(options.maps)
