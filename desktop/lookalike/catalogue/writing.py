"""Writing: folders, and batches of photos in one transaction each."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping

from lookalike.catalogue.base import Base
from lookalike.catalogue.rows import BatchWrite, Content, FoundFile
from lookalike.records import Photo, Root


class Writing(Base):
    """What changes the catalogue. Every method is one transaction."""

    def add_root(self, path: str) -> Root:
        """Add a folder; a photo belongs to exactly one root.

        A folder inside a root of the library is that root. A folder around roots takes them in:
        their photos keep their ids and vectors and change root and relpath alone.
        """
        path = os.path.realpath(path)
        with self._transaction() as connection:
            roots = connection.execute("SELECT id, path FROM roots").fetchall()
            for id_, known in roots:
                if _inside(path, os.fsdecode(known)):
                    return self._root(connection, id_)
            cursor = connection.execute("INSERT INTO roots (path) VALUES (?)", (os.fsencode(path),))
            new = int(cursor.lastrowid or 0)
            for id_, known in roots:
                inner = os.fsdecode(known)
                if _inside(inner, path):
                    prefix = os.fsencode(os.path.relpath(inner, path).replace(os.sep, "/") + "/")
                    self._take_in(connection, id_, new, prefix)
            return self._root(connection, new)

    @staticmethod
    def _take_in(connection: sqlite3.Connection, inner: int, outer: int, prefix: bytes) -> None:
        for table in ("photos", "problems"):
            # CAST: the || of two blobs is text.
            connection.execute(
                f"UPDATE {table} SET root_id = ?, relpath = CAST(? || relpath AS BLOB)"  # noqa: S608
                " WHERE root_id = ?",
                (outer, prefix, inner),
            )
        connection.execute("DELETE FROM roots WHERE id = ?", (inner,))

    @staticmethod
    def _root(connection: sqlite3.Connection, id_: int) -> Root:
        path, online, photos = connection.execute(
            "SELECT path, online, (SELECT count(*) FROM photos WHERE root_id = roots.id)"
            " FROM roots WHERE id = ?",
            (id_,),
        ).fetchone()
        return Root(id_, os.fsdecode(path), bool(online), photos)

    def set_root_online(self, root_id: int, online: bool) -> None:
        """Say whether a folder can be reached; its photos follow."""
        with self._transaction() as connection:
            connection.execute("UPDATE roots SET online = ? WHERE id = ?", (online, root_id))

    def remove_root(self, root_id: int) -> int:
        """Take a folder out; returns how many photos it had. Vectors stay until a purge."""
        with self._transaction() as connection:
            cursor = connection.execute("DELETE FROM photos WHERE root_id = ?", (root_id,))
            connection.execute("DELETE FROM problems WHERE root_id = ?", (root_id,))
            connection.execute("DELETE FROM roots WHERE id = ?", (root_id,))
            return cursor.rowcount

    def purge_orphans(self) -> list[int]:
        """Drop contents that no photo has; returns their ids for what is derived from them."""
        with self._transaction() as connection:
            orphans = [
                row[0]
                for row in connection.execute(
                    "SELECT id FROM contents WHERE id NOT IN (SELECT content_id FROM photos)"
                )
            ]
            rows = [(id_,) for id_ in orphans]
            connection.executemany("DELETE FROM vectors WHERE content_id = ?", rows)
            connection.executemany("DELETE FROM labels WHERE content_id = ?", rows)
            connection.executemany("DELETE FROM contents WHERE id = ?", rows)
            return orphans

    def commit_batch(self, batch: BatchWrite) -> dict[bytes, int]:
        """Write a batch, all or nothing; returns the content id of every digest in it."""
        with self._transaction() as connection:
            ids: dict[bytes, int] = {}
            for file, content in batch.new:
                content_id = _content_id(connection, content, ids)
                _insert_photo(connection, batch.root_id, file, content_id)
            for photo_id, file, content in batch.changed:
                content_id = _content_id(connection, content, ids)
                _update_photo(connection, photo_id, file, content_id)
            _move(connection, batch.moved)
            connection.executemany(
                "DELETE FROM photos WHERE id = ?", [(id_,) for id_ in batch.removed]
            )
            for flag, photo_ids in ((1, batch.offline), (0, batch.online)):
                rows = [(flag, id_) for id_ in photo_ids]
                connection.executemany("UPDATE photos SET offline = ? WHERE id = ?", rows)
            connection.executemany(
                "INSERT OR REPLACE INTO problems VALUES (?, ?, ?, ?, ?)",
                [
                    (batch.root_id, os.fsencode(each.relpath), each.size, each.mtime_ns, _text(why))
                    for each, why in batch.problems
                ],
            )
            connection.executemany(
                "DELETE FROM problems WHERE root_id = ? AND relpath = ?",
                [(batch.root_id, os.fsencode(name)) for name in batch.solved],
            )
            return ids


def _content_id(
    connection: sqlite3.Connection, content: Content | int, ids: dict[bytes, int]
) -> int:
    """The stored id of a content, written with its vectors if it is new."""
    if isinstance(content, int):
        return content
    facts = content.facts
    connection.execute(
        "INSERT OR IGNORE INTO contents"
        " (digest, width, height, format, taken, camera, colour, phash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            content.digest,
            facts.width,
            facts.height,
            _text(facts.format),
            facts.taken,
            _text(facts.camera),
            facts.colour,
            facts.phash,
        ),
    )
    (found,) = connection.execute(
        "SELECT id FROM contents WHERE digest = ?", (content.digest,)
    ).fetchone()
    # IGNORE: a content's vector never changes, since every index was built from it.
    connection.executemany(
        "INSERT OR IGNORE INTO vectors (space_id, content_id, vector) VALUES (?, ?, ?)",
        [(space, found, vector) for space, vector in content.vectors.items()],
    )
    put_labels(connection, int(found), content.labels)
    ids[content.digest] = int(found)
    return int(found)


def put_labels(
    connection: sqlite3.Connection, content_id: int, labels: Mapping[str, float]
) -> None:
    """Store what a network calls a content; another network's word for it stays beside."""
    connection.executemany(
        "INSERT OR REPLACE INTO labels (content_id, label, score) VALUES (?, ?, ?)",
        [(content_id, _text(label), score) for label, score in labels.items()],
    )


def _insert_photo(
    connection: sqlite3.Connection, root_id: int, file: FoundFile, content_id: int
) -> None:
    connection.execute(
        "INSERT INTO photos"
        " (root_id, relpath, content_id, size, mtime_ns, device, inode, taken)"
        " SELECT ?, ?, id, ?, ?, ?, ?, coalesce(taken, ?) FROM contents WHERE id = ?"
        " ON CONFLICT (root_id, relpath) DO UPDATE SET content_id = excluded.content_id,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns, device = excluded.device,"
        " inode = excluded.inode, taken = excluded.taken, offline = 0",
        (root_id, os.fsencode(file.relpath), *_stat(file), file.mtime_ns / 1e9, content_id),
    )


def insert_known(connection: sqlite3.Connection, photo: Photo, file: FoundFile) -> None:
    """Give a photo that was taken out its row and id again, unless it is back already."""
    connection.execute(
        "INSERT OR IGNORE INTO photos"
        " (id, root_id, relpath, content_id, size, mtime_ns, device, inode, taken)"
        " SELECT ?, ?, ?, id, ?, ?, ?, ?, coalesce(taken, ?) FROM contents WHERE id = ?",
        (
            photo.id,
            photo.root_id,
            os.fsencode(file.relpath),
            *_stat(file),
            file.mtime_ns / 1e9,
            photo.content_id,
        ),
    )


def _update_photo(
    connection: sqlite3.Connection, photo_id: int, file: FoundFile, content_id: int
) -> None:
    connection.execute(
        "UPDATE photos SET size = ?, mtime_ns = ?, device = ?, inode = ?, content_id = ?,"
        " offline = 0, taken = coalesce((SELECT taken FROM contents WHERE id = ?), ?)"
        " WHERE id = ?",
        (*_stat(file), content_id, content_id, file.mtime_ns / 1e9, photo_id),
    )


def _move(connection: sqlite3.Connection, moved: list[tuple[int, FoundFile]]) -> None:
    # Two photos may have changed places: first out of the way, then to the new names.
    connection.executemany(
        "UPDATE photos SET relpath = CAST('/' || id AS BLOB) WHERE id = ?",
        [(id_,) for id_, _ in moved],
    )
    connection.executemany(
        "UPDATE photos SET relpath = ?, size = ?, mtime_ns = ?, device = ?, inode = ?,"
        " offline = 0 WHERE id = ?",
        [(os.fsencode(file.relpath), *_stat(file), id_) for id_, file in moved],
    )


def _text(text: str) -> str:
    """`text` as SQLite can keep it: bytes of a name that are no UTF-8 become "?"."""
    return text.encode("utf-8", "replace").decode()


def _stat(file: FoundFile) -> tuple[int, int, int, int]:
    # Inodes and devices are unsigned 64-bit numbers; SQLite's integers are signed.
    return file.size, file.mtime_ns, _signed(file.device), _signed(file.inode)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
