"""Pictures and arrays that a person asked for: written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from lookalike.errors import LookalikeError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


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
