"""What every command prints with: JSON, a progress bar, and a path that can be written."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from lookalike.errors import LookalikeError
from lookalike.progress import OnProgress, Progress, ignore_progress

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


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


def save_picture(image: Image.Image, path: str) -> None:
    """Write a picture in the format of its ending, whole or not at all; raises LookalikeError."""
    kind = _format_of(path)
    _written(path, lambda file: image.save(file, kind))


def save_arrays(path: str, **arrays: NDArray[Any]) -> None:
    """Write arrays as .npz, whole or not at all; raises LookalikeError."""
    import numpy as np

    _written(path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))


def picture_path(path: str) -> str:
    """`path`, once its folder and the format of its ending are known; raises LookalikeError."""
    _format_of(path)
    return writable(path)


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse --out and --maps that cannot be written before the work begins."""
    if options.out:
        picture_path(options.out)
    if options.maps:
        writable(options.maps)


def _format_of(path: str) -> str:
    from PIL import Image

    kind = Image.registered_extensions().get(os.path.splitext(path)[1].lower())
    if kind is None or kind not in Image.SAVE:
        raise LookalikeError(f"{path} cannot be written; give it the ending .png.")
    return kind


def _written(path: str, write: Callable[[IO[bytes]], object]) -> None:
    """Write beside `path`, then rename: what stood there before stays until all is written."""
    beside = f"{writable(path)}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as file:
            write(file)
        os.replace(beside, path)
    except OSError as error:
        raise LookalikeError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            os.unlink(beside)


def writable(path: str) -> str:
    """`path`, once its folder is known to exist."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise LookalikeError(f"{path} cannot be written: the folder {folder} does not exist.")
    return path
