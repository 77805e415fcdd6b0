"""The thumbnail store: JPEG blobs by content id in one SQLite file, derived and disposable.

Every blob carries its checksum; one that fails it counts as missing. A file that is damaged as a
whole is set aside (renamed with ".damaged") and a new store is started, without asking: thumbnails
are made again from the photos.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

import xxhash

from lookalike.errors import DataFolderError

_VERSION: Final = 1
_APPLICATION_ID: Final = 0x4C6F6F6B  # "Look"
_BATCH: Final = 500  # ids in one statement, below every SQLite's limit of variables
_TRIES: Final = 3
_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS thumbnails (
    content_id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, jpeg BLOB NOT NULL);
PRAGMA user_version = {_VERSION};
PRAGMA application_id = {_APPLICATION_ID};
"""
_Result = TypeVar("_Result")


class _Held:
    """A thread's connection; closed with the store, or when its thread has ended.

    Another thread may close it, but never in the middle of a statement: hence the lock.
    """

    def __init__(self, connection: sqlite3.Connection, generation: int) -> None:
        self.connection = connection
        self.generation = generation
        self.lock = threading.Lock()

    def close(self) -> None:
        with self.lock, contextlib.suppress(sqlite3.Error):
            self.connection.close()

    def __del__(self) -> None:
        self.close()


class ThumbnailStore:
    """JPEG thumbnails by content id. Any thread may read and write; each has its own connection.

    Raises DataFolderError where the store cannot be opened or written (read-only, full disk).
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._held: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._generation = 0
        self._closed = False
        self._count()  # opens, and sets a damaged file aside at once

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, content_id: int) -> bytes | None:
        """The JPEG of a content, or None if there is none or it is damaged."""

        def read(connection: sqlite3.Connection) -> tuple[int, bytes] | None:
            row: tuple[int, bytes] | None = connection.execute(
                "SELECT checksum, CAST(jpeg AS BLOB) FROM thumbnails WHERE content_id = ?",
                (content_id,),
            ).fetchone()
            return row

        row = self._run(read)
        return row[1] if row is not None and row[0] == _checksum(row[1]) else None

    def has_many(self, content_ids: Iterable[int]) -> set[int]:
        """Which of `content_ids` have a thumbnail (its checksum is not looked at)."""

        def read(connection: sqlite3.Connection) -> set[int]:
            present: set[int] = set()
            for part in _parts(list(content_ids)):
                marks = ",".join("?" * len(part))
                statement = f"SELECT content_id FROM thumbnails WHERE content_id IN ({marks})"  # noqa: S608
                present.update(row[0] for row in connection.execute(statement, part))
            return present

        return self._run(read)

    def put_many(self, thumbnails: Iterable[tuple[int, bytes]]) -> None:
        """Store (content id, JPEG) pairs in one transaction, replacing those that are there."""
        rows = [(key, _checksum(jpeg), jpeg) for key, jpeg in thumbnails]
        with self._writing:
            self._run(
                lambda connection: _write(
                    connection, "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?)", rows
                )
            )

    def remove_many(self, content_ids: Iterable[int]) -> None:
        """Forget the thumbnails of these contents, in one transaction."""
        rows = [(key,) for key in content_ids]
        with self._writing:
            self._run(
                lambda connection: _write(
                    connection, "DELETE FROM thumbnails WHERE content_id = ?", rows
                )
            )

    def close(self) -> None:
        """Close every thread's connection; the store cannot be used afterwards."""
        with self._lock:
            self._closed = True
            for held in list(self._held):
                held.close()

    def _count(self) -> int:
        def read(connection: sqlite3.Connection) -> int:
            return int(connection.execute("SELECT count(*) FROM thumbnails").fetchone()[0])

        return self._run(read)

    def _run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do `work`; if the file turns out damaged, start a new one and do it again."""
        for attempt in range(1, _TRIES + 1):
            generation = self._generation
            try:
                held = self._mine()
                with held.lock:
                    return work(held.connection)
            except sqlite3.DatabaseError as error:
                damaged = _is_damage(error)
                # Another thread may have closed this file under us, to set it aside.
                if attempt == _TRIES or not (damaged or generation != self._generation):
                    raise _refusal(error) from error
                if damaged:
                    self._set_aside(generation)
        raise AssertionError  # the loop returns or raises

    def _mine(self) -> _Held:
        """This thread's connection to the present file."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is not None and held.generation == self._generation and not self._closed:
            return held
        with self._lock:
            if self._closed:
                raise DataFolderError("The thumbnail store is closed; open the library again.")
            held = _Held(_open(self._path), self._generation)
            self._held.add(held)
        # Outside the lock: the connection this one replaces is closed here.
        self._local.held = held
        return held

    def _set_aside(self, generation: int) -> None:
        """Rename a damaged file, once, however many threads found it damaged."""
        with self._lock:
            if generation != self._generation:
                return
            self._generation += 1
            for held in list(self._held):
                held.close()
            try:
                for extra in ("", "-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        os.replace(self._path + extra, self._path + ".damaged" + extra)
            except OSError as error:
                raise _refusal(error) from error


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(_OTHER_VERSION)
        if version == 0:
            connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


_OTHER_VERSION: Final = "file is not a database of this version"


def _write(
    connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]
) -> None:
    with connection:
        connection.executemany(statement, rows)


def _checksum(jpeg: bytes) -> int:
    """xxh3_64 as SQLite's signed integer."""
    return xxhash.xxh3_64_intdigest(jpeg) - 2**63


def _parts(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    said = str(error)
    return any(
        word in said
        for word in (
            "malformed",
            "not a database",
            "no such table",
            "no such column",
            "has no column",
            "unsupported file",
        )
    )


def _refusal(error: Exception) -> DataFolderError:
    said = str(error)
    if "full" in said:
        return DataFolderError("The disk of the data folder is full; make room and go on.")
    if "readonly" in said or "unable to open" in said:
        return DataFolderError(
            "The thumbnail store cannot be written; make the data folder writable or "
            "choose another."
        )
    return DataFolderError(
        f"The thumbnail store cannot be used ({said}); check the disk of the data folder."
    )
