"""The catalogue's door: opening it, and the pieces it is made of."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

from lookalike.catalogue.connections import Connections, sentences
from lookalike.catalogue.duplicates import DuplicateRows
from lookalike.catalogue.filters import FilterRows
from lookalike.catalogue.lock import WriterLock
from lookalike.catalogue.reading import Reading
from lookalike.catalogue.vectors import VectorRows
from lookalike.catalogue.words import WordRows
from lookalike.catalogue.writing import Writing
from lookalike.errors import DataFolderError
from lookalike.paths import DataPaths


class Catalogue(Reading, Writing, VectorRows, WordRows, DuplicateRows, FilterRows):
    """An open catalogue. Reads from any thread; writes from one thread at a time."""

    def __init__(self, paths: DataPaths, connections: Connections, lock: WriterLock | None) -> None:
        self.paths = paths
        self._connections = connections
        self._lock = lock

    @classmethod
    def open(cls, paths: DataPaths, *, write: bool) -> Self:
        """Open the catalogue of a data folder, making both where they are new.

        Raises:
            DataFolderBusyError: another process writes to it.
            NewerDataError: a newer version made it; it is left untouched.
            DataFolderError: it cannot be used; the sentence says why.
        """
        with sentences(paths.catalogue):
            os.makedirs(paths.home, exist_ok=True)
            if not os.path.isdir(paths.home):
                raise DataFolderError(f"{paths.home} is not a folder; choose another data folder.")
            lock = WriterLock(paths.lock) if write else None
        try:
            return cls(paths, Connections(paths.catalogue, write), lock)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    def close(self) -> None:
        """Close every connection and let the next writer in."""
        self._connections.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
