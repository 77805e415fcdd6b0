"""Reading photos, folders and problems."""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Sequence
from typing import Final

from lookalike.catalogue.base import Base
from lookalike.catalogue.rows import Known
from lookalike.records import Counts, Facts, Photo, Problem, Root, View

_PHOTO: Final = """
    SELECT p.id, p.root_id, p.content_id, r.path, p.relpath, p.size, p.mtime_ns,
           c.width, c.height, c.format, c.taken, c.camera, c.colour, c.phash,
           p.offline OR NOT r.online
    FROM photos p JOIN contents c ON c.id = p.content_id JOIN roots r ON r.id = p.root_id
"""
_PART: Final = 500  # placeholders a statement


class Reading(Base):
    """What the window and the command line ask of the catalogue."""

    def roots(self) -> tuple[Root, ...]:
        """The folders of the library, by path."""
        rows = self._all(
            "SELECT id, path, online, (SELECT count(*) FROM photos WHERE root_id = roots.id)"
            " FROM roots ORDER BY path"
        )
        return tuple(Root(id_, os.fsdecode(path), bool(on), n) for id_, path, on, n in rows)

    def counts(self) -> Counts:
        """How much there is."""
        ((photos, contents, offline, problems),) = self._all(
            "SELECT (SELECT count(*) FROM photos),"
            " (SELECT count(DISTINCT content_id) FROM photos),"
            " (SELECT count(*) FROM photos p JOIN roots r ON r.id = p.root_id"
            "  WHERE p.offline OR NOT r.online),"
            " (SELECT count(*) FROM problems)"
        )
        return Counts(photos, contents, offline, problems)

    def photo_ids(self, view: View) -> array[int]:
        """The ids of a view's photos in its order, as array("q")."""
        order = {"taken": "taken", "added": "id", "path": "root_id, relpath"}[view.order]
        if view.descending:
            order = ", ".join(f"{column.strip()} DESC" for column in order.split(","))
        where: list[str] = []
        values: list[int | str] = []
        if view.root_id is not None:
            where.append("root_id = ?")
            values.append(view.root_id)
        if view.year is not None:
            # Half-open, so that the index on `taken` answers it.
            where.append("taken >= unixepoch(?) AND taken < unixepoch(?)")
            values += [f"{view.year:04}-01-01", f"{view.year + 1:04}-01-01"]
        if view.offline_only:
            where.append("(offline OR root_id IN (SELECT id FROM roots WHERE NOT online))")
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        # Only fixed words are put together here; values are bound.
        found = self._all(f"SELECT id FROM photos {clause} ORDER BY {order}", values)  # noqa: S608
        return array("q", (row[0] for row in found))

    def years(self) -> list[tuple[int, int]]:
        """(year, photos), newest first; a photo without a date counts when it last changed."""
        rows = self._all(
            "SELECT CAST(strftime('%Y', taken, 'unixepoch') AS INTEGER) AS year, count(*)"
            " FROM photos GROUP BY year HAVING year IS NOT NULL ORDER BY year DESC"
        )
        return [(year, count) for year, count in rows]

    def photos(self, ids: Sequence[int]) -> list[Photo]:
        """The photos of `ids` that are still there, in that order."""
        found: dict[int, Photo] = {}
        for start in range(0, len(ids), _PART):
            part = list(ids[start : start + _PART])
            for photo in self._photos("p.id", part):
                found[photo.id] = photo
        return [found[id_] for id_ in ids if id_ in found]

    def photos_of_contents(self, content_ids: Sequence[int]) -> dict[int, list[Photo]]:
        """The photos of each content, by path; contents without a photo are left out."""
        found: dict[int, list[Photo]] = {}
        for start in range(0, len(content_ids), _PART):
            part = [int(id_) for id_ in content_ids[start : start + _PART]]
            for photo in self._photos("p.content_id", part):
                found.setdefault(photo.content_id, []).append(photo)
        for photos in found.values():
            photos.sort(key=lambda photo: os.fsencode(photo.path))
        return found

    def photo_by_path(self, path: str) -> Photo | None:
        """The photo at an absolute path, if the library holds it."""
        for root in self.roots():
            relpath = _below(root.path, path)
            if relpath:
                rows = self._all(
                    f"{_PHOTO} WHERE p.root_id = ? AND p.relpath = ?",
                    (root.id, os.fsencode(relpath)),
                )
                if rows:
                    return _photo(rows[0])
        return None

    def problems(self, limit: int, offset: int = 0) -> list[Problem]:
        """A page of the files that were skipped, by folder and name."""
        rows = self._all(
            "SELECT r.path, p.relpath, p.reason, p.root_id FROM problems p"
            " JOIN roots r ON r.id = p.root_id ORDER BY p.root_id, p.relpath LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [
            Problem(os.fsdecode(os.path.join(root, relpath)), reason, root_id)
            for root, relpath, reason, root_id in rows
        ]

    def known_of_root(self, root_id: int) -> dict[str, Known]:
        """Every photo of a root by relpath, for a scan to compare with."""
        rows = self._all(
            "SELECT id, content_id, relpath, size, mtime_ns, device, inode, offline"
            " FROM photos WHERE root_id = ?",
            (root_id,),
        )
        found = {}
        decoded = os.fsdecode
        for photo_id, content_id, relpath, size, mtime_ns, device, inode, offline in rows:
            name = decoded(relpath)
            found[name] = Known(
                photo_id, content_id, name, size, mtime_ns, device, inode, offline != 0
            )
        return found

    def problems_of_root(self, root_id: int) -> dict[str, tuple[int, int]]:
        """Relpath to (size, mtime_ns) of the files that were skipped before."""
        rows = self._all(
            "SELECT relpath, size, mtime_ns FROM problems WHERE root_id = ?", (root_id,)
        )
        return {os.fsdecode(relpath): (size, mtime) for relpath, size, mtime in rows}

    def content_by_digest(self, digest: bytes) -> int | None:
        """The id of the content with these bytes, if it was ever read."""
        rows = self._all("SELECT id FROM contents WHERE digest = ?", (digest,))
        return int(rows[0][0]) if rows else None

    def has_size(self, size: int) -> bool:
        """Whether any photo has exactly this many bytes (else no photo can have its content)."""
        return bool(self._all("SELECT 1 FROM photos WHERE size = ? LIMIT 1", (size,)))

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file; [] if nothing."""
        found = [row[0] for row in self._all("PRAGMA integrity_check") if row[0] != "ok"]
        found += [
            f"a row of {row[0]} refers to nothing" for row in self._all("PRAGMA foreign_key_check")
        ]
        return [f"The catalogue is damaged: {each}" for each in found]

    def _photos(self, column: str, ids: list[int]) -> list[Photo]:
        marks = ",".join("?" * len(ids))
        rows = self._all(f"{_PHOTO} WHERE {column} IN ({marks})", ids)
        return [_photo(row) for row in rows]


def _photo(row: sqlite3.Row | tuple[object, ...]) -> Photo:
    id_, root_id, content_id, root, relpath, size, mtime_ns, *facts, offline = row
    path = os.fsdecode(os.path.join(root, relpath))  # type: ignore[arg-type]
    return Photo(id_, root_id, content_id, path, size, mtime_ns, Facts(*facts), bool(offline))  # type: ignore[arg-type]


def _below(root: str, path: str) -> str:
    """`path` relative to `root` with "/" between parts; "" if it is not below it."""
    prefix = root.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else ""
