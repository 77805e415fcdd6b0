"""Vectors, keyed by space (network, precision, version, descriptor) and content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lookalike.catalogue.base import Base
from lookalike.catalogue.packing import unpacked
from lookalike.errors import DataFolderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Labels = NDArray[np.int64]
    Vectors = NDArray[np.float16]

_PART = 500


class VectorRows(Base):
    """Reading and writing the vectors that are the truth behind every index."""

    def space_id(self, key: str, dim: int | None = None) -> int:
        """The id of a space (with `dim` only if its vectors have that length); -1 if none is."""
        rows = self._all("SELECT id, dim FROM spaces WHERE key = ?", (key,))
        return int(rows[0][0]) if rows and dim in (None, rows[0][1]) else -1

    def ensure_space(self, key: str, dim: int) -> int:
        """The id of a space, made if it is new; raises DataFolderError if its length differs."""
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO spaces (key, dim) VALUES (?, ?)", (key, dim))
        found = self.space_id(key, dim)
        if found < 0:
            raise DataFolderError(
                f"The library holds other vectors of the network {key}; add it under another name."
            )
        return found

    def add_vectors(self, space_id: int, rows: Sequence[tuple[int, bytes]]) -> None:
        """Store (content, packed vector) rows; a vector that is there already never changes.

        Contents that have gone meanwhile are left out.
        """
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vectors (space_id, content_id, vector)"
                " SELECT ?, id, ? FROM contents WHERE id = ?",
                [(space_id, vector, content_id) for content_id, vector in rows],
            )

    def contents_after(self, content_id: int, limit: int) -> list[int]:
        """The next contents in ascending order."""
        rows = self._all(
            "SELECT id FROM contents WHERE id > ? ORDER BY id LIMIT ?", (content_id, limit)
        )
        return [int(row[0]) for row in rows]

    def count_contents(self) -> int:
        """How many contents there are, those without a photo included."""
        return int(self._all("SELECT count(*) FROM contents")[0][0])

    def count_vectors(self, space_id: int) -> int:
        """How many contents have a vector in this space."""
        # By the small index: the table itself has the vectors in its pages.
        rows = self._all(
            "SELECT count(*) FROM vectors INDEXED BY vectors_by_content WHERE space_id = ?",
            (space_id,),
        )
        return int(rows[0][0])

    def vectors_after(self, space_id: int, content_id: int, limit: int) -> tuple[Labels, Vectors]:
        """The next rows in ascending order of content: int64 [n], float16 [n, D]."""
        rows = self._all(
            "SELECT content_id, vector FROM vectors WHERE space_id = ? AND content_id > ?"
            " ORDER BY content_id LIMIT ?",
            (space_id, content_id, limit),
        )
        return self._arrays(space_id, rows)

    def vectors_for(self, space_id: int, content_ids: Sequence[int]) -> tuple[Labels, Vectors]:
        """The rows of these contents that exist, ascending: int64 [n], float16 [n, D]."""
        rows: list[tuple[int, bytes]] = []
        wanted = sorted({int(id_) for id_ in content_ids})
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            marks = ",".join("?" * len(part))
            rows += self._all(
                "SELECT content_id, vector FROM vectors WHERE space_id = ?"  # noqa: S608 - marks
                f" AND content_id IN ({marks}) ORDER BY content_id",
                (space_id, *part),
            )
        return self._arrays(space_id, rows)

    def vector_labels(self, space_id: int) -> Labels:
        """The contents that have a vector in this space, ascending, int64 [n]."""
        import numpy as np

        rows = self._all(
            "SELECT content_id FROM vectors WHERE space_id = ? ORDER BY content_id", (space_id,)
        )
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def _arrays(self, space_id: int, rows: list[tuple[int, bytes]]) -> tuple[Labels, Vectors]:
        import numpy as np

        labels = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        dims = self._all("SELECT dim FROM spaces WHERE id = ?", (space_id,))
        return labels, unpacked([row[1] for row in rows], int(dims[0][0]) if dims else 0)
