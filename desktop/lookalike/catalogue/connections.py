"""Opening, checking and migrating the file; a connection a thread; errors as sentences."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookalike.catalogue import schema
from lookalike.errors import DataFolderError, NewerDataError

_BUSY_SECONDS = 30.0


class Connections:
    """Hands every thread its own connection to one database file."""

    def __init__(self, path: Path, write: bool) -> None:
        self._path = path
        self._write = write
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with sentences(path):
            self._prepare()

    def get(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        return connection

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._all:
                # Another thread's connection may be in use at the very end; the file is safe.
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._all.clear()
        self._local = threading.local()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        if not self._write:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _prepare(self) -> None:
        """Check whose file it is and its version; make or migrate it where we write."""
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            version = self._version(connection)
            if version == schema.VERSION:
                return
            if not self._write and version:
                raise DataFolderError(
                    "The library was made by an older version; run `lookalike index` or open the "
                    "window once to bring it up to date."
                )
            connection.execute("PRAGMA journal_mode = WAL")
            if version == 0:
                schema.create(connection)
            else:
                self._migrate(connection, version)
        finally:
            connection.close()

    def _version(self, connection: sqlite3.Connection) -> int:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables and owner != schema.APPLICATION_ID:
            raise DataFolderError(
                f"{self._path} is not a Lookalike library; choose another data folder."
            )
        if version > schema.VERSION:
            raise NewerDataError(
                f"The library in {self._path.parent} was made by a newer Lookalike; "
                "update this program to open it. Nothing was changed."
            )
        return int(version)

    def _migrate(self, connection: sqlite3.Connection, version: int) -> None:
        """The old file is kept beside until the new one has proved sound."""
        kept = self._path.with_suffix(f".version-{version}.sqlite")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy2(self._path, kept)
        schema.migrate(connection, version)
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise DataFolderError(
                f"The library could not be brought up to date; the old one is kept as {kept}."
            )
        kept.unlink()


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turns SQLite's and the system's errors about the database at `path` into sentences."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise DataFolderError(_sentence(path, error)) from error
    except OSError as error:
        raise DataFolderError(
            f"The data folder {path.parent} cannot be used: {error.strerror}."
        ) from error


def _sentence(path: Path, error: sqlite3.DatabaseError) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return f"The disk that holds {path.parent} is full; free some space. Nothing was lost."
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"The data folder {path.parent} cannot be written; choose another with --data-dir."
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"The catalogue {path} is damaged; put a backup in its place, or remove it."
    if code == sqlite3.SQLITE_BUSY:
        return f"The catalogue {path} is in use by another program; try again in a moment."
    return f"The catalogue {path} cannot be used: {error}."
