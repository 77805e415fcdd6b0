"""Opening, checking and migrating the file; a connection a thread; errors as sentences."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookalike.catalogue import schema
from lookalike.errors import DataFolderError, NewerDataError

_BUSY_SECONDS = 30.0
_MET = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_ERROR)  # locked, or "table roots already exists"
_HEADER_BYTES = 100  # SQLite takes a file of a single byte for a new one
_DAMAGED = "The catalogue {} is damaged; put a backup in its place, or remove it."


class _Held:
    """A thread's connection; closed with the catalogue, or when its thread has ended."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        # Another thread's connection may be in use at the very end; the file is safe.
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()

    def __del__(self) -> None:
        self.close()


class Connections:
    """Hands every thread its own connection to one database file."""

    def __init__(self, path: Path, write: bool) -> None:
        self._path = path
        self._write = write
        self._local = threading.local()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._lock = threading.Lock()
        with sentences(path):
            self._prepare()

    def get(self) -> sqlite3.Connection:
        """This thread's connection."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = _Held(self._connect())
            self._local.held = held
            with self._lock:
                self._all.add(held)
        return held.connection

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for held in list(self._all):
                held.close()
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
        """Check whose file it is and its version; make it where it is new, or migrate it."""
        patience = time.monotonic() + _BUSY_SECONDS
        while (version := self._version()) != schema.VERSION:
            if not self._write and version:
                raise DataFolderError(
                    "The library was made by an older version; run `lookalike index` or open the "
                    "window once to bring it up to date."
                )
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                if version:
                    self._migrate(connection, version)
                else:
                    schema.create(connection)
            except sqlite3.OperationalError as error:
                # Several may meet a new folder at once: one of them makes the library.
                met = error.sqlite_errorcode & 0xFF in _MET
                if version or not met or time.monotonic() > patience:
                    raise
                time.sleep(0.02)
            finally:
                connection.close()

    def _version(self) -> int:
        """The file's version, 0 where it is new; leaves a file that is not ours untouched."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if not size:
            return 0
        if size < _HEADER_BYTES:
            raise DataFolderError(_DAMAGED.format(self._path))
        # The last connection to close copies the log into the database, unless it only reads.
        log = self._path.with_name(self._path.name + "-wal")
        mode = "ro" if log.exists() and log.stat().st_size else "rw"
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode={mode}", uri=True, timeout=_BUSY_SECONDS
        )
        try:
            connection.execute("BEGIN")  # one moment of the file for all three
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        finally:
            connection.close()
        if names and (owner != schema.APPLICATION_ID or "contents" not in names):
            raise DataFolderError(
                f"{self._path} is not a Lookalike library; choose another data folder."
            )
        if version > schema.VERSION:
            raise NewerDataError(
                f"The library in {self._path.parent} was made by a newer Lookalike; "
                "update this program to open it. Nothing was changed."
            )
        if bool(names) != (version > 0):
            raise DataFolderError(_DAMAGED.format(self._path))
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


# What a full disk gives besides SQLITE_FULL: a quota or a limit, and the log's shared memory.
_NOT_WRITTEN = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)


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
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL or extended in _NOT_WRITTEN:
        return f"The disk that holds {path.parent} is full; free some space. Nothing was lost."
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"The data folder {path.parent} cannot be written; choose another with --data-dir."
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return _DAMAGED.format(path)
    if code == sqlite3.SQLITE_BUSY:
        return f"The catalogue {path} is in use by another program; try again in a moment."
    return f"The catalogue {path} cannot be used: {error}."
