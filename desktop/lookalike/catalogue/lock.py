"""The data folder's lock: one process writes at a time.

An operating system's file lock, so that it is free again however its holder dies.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import IO

from lookalike.errors import DataFolderBusyError


class WriterLock:
    """Held from construction until `release`.

    Raises:
        DataFolderBusyError: another process holds it.
    """

    def __init__(self, path: Path) -> None:
        # Unbuffered: on a full disk nothing is left to be written when the file is closed.
        self._file = open(path, "a+b", buffering=0)  # noqa: SIM115 - held open is what locks
        try:
            _lock(self._file)
        except OSError as error:
            holder = _holder(self._file)
            self._file.close()
            raise DataFolderBusyError(
                f"Another Lookalike{holder} is writing to {path.parent}; close it, or wait."
            ) from error
        with contextlib.suppress(OSError):  # the number is for the sentence; the lock is held
            self._file.truncate(0)
            self._file.write(str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next writer in."""
        self._file.close()


def _holder(file: IO[bytes]) -> str:
    """Who holds the lock, for the sentence; "" where that cannot be read."""
    try:
        file.seek(0)
        pid = file.read(20).decode()
    except (OSError, ValueError):
        return ""
    return f" (process {pid})" if pid.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    _FAR = 0x7FFF0000  # beyond the text, so that the holder's number stays readable

    def _lock(file: IO[bytes]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
