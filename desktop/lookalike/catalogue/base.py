"""What the pieces of the catalogue share: statements on this thread's connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lookalike.catalogue.connections import Connections, sentences
from lookalike.paths import DataPaths


class Base:
    """Runs statements; errors come out as `DataFolderError` sentences."""

    paths: DataPaths
    _connections: Connections

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with sentences(self.paths.catalogue):
            return self._connections.get().execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing of it, on disk when it ends."""
        with sentences(self.paths.catalogue):
            connection = self._connections.get()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
