"""What looking for duplicates reads and writes: facts as arrays, what was told apart, removals."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lookalike.catalogue.base import Base
from lookalike.catalogue.rows import FoundFile
from lookalike.catalogue.writing import insert_known
from lookalike.errors import LookalikeError
from lookalike.records import Photo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PictureFacts(NamedTuple):
    """Of n contents that have a photo, ascending: 40 bytes each, so millions fit in memory.

    `labels` int64, `phash` uint64, `taken` float64 seconds (NaN: unknown), `pixels` and `size`
    (bytes of the file) float64.
    """

    labels: NDArray[np.int64]
    phash: NDArray[np.uint64]
    taken: NDArray[np.float64]
    pixels: NDArray[np.float64]
    size: NDArray[np.float64]


class DuplicateRows(Base):
    """Reading for, and remembering from, the search for duplicates."""

    def picture_facts(self) -> PictureFacts:
        """What the catalogue knows of every content that has a photo."""
        import numpy as np

        found = self._all(
            "SELECT c.id, c.phash, c.taken, c.width * c.height, max(p.size) FROM contents c"
            " JOIN photos p ON p.content_id = c.id GROUP BY c.id ORDER BY c.id"
        )
        count = len(found)
        return PictureFacts(
            np.fromiter((row[0] for row in found), np.int64, count),
            np.fromiter((row[1] for row in found), np.int64, count).view(np.uint64),
            np.fromiter((np.nan if row[2] is None else row[2] for row in found), float, count),
            np.fromiter((row[3] for row in found), float, count),
            np.fromiter((row[4] for row in found), float, count),
        )

    def hashes_after(self, content_id: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The perceptual hashes of newer contents, ascending: int64 [n], uint64 [n]."""
        import numpy as np

        rows = self._all("SELECT id, phash FROM contents WHERE id > ? ORDER BY id", (content_id,))
        labels = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        return labels, np.fromiter((row[1] for row in rows), np.int64, len(rows)).view(np.uint64)

    def contents_of_many_photos(self) -> list[int]:
        """The contents that several photos share: files equal byte for byte."""
        rows = self._all(
            "SELECT content_id FROM photos GROUP BY content_id HAVING count(*) > 1"
            " ORDER BY content_id"
        )
        return [int(row[0]) for row in rows]

    def keep_same(self, groups: Iterable[Sequence[int]]) -> None:
        """Remember groups of contents, the best first in each, in place of those before them."""
        rows = (
            (content, group[0], place) for group in groups for place, content in enumerate(group)
        )
        with self._transaction() as connection:
            connection.execute("DELETE FROM same_pictures")
            connection.executemany("INSERT INTO same_pictures VALUES (?, ?, ?)", rows)

    def photos_of_same(self) -> list[tuple[int, int, int, int]]:
        """(group, content, photo, place) of all that share a picture, the best first in each.

        As the last look told them, and files that are equal byte for byte as they are now.
        """
        return self._all(
            "SELECT s.best, p.content_id, p.id, s.place FROM same_pictures s"
            " JOIN photos p ON p.content_id = s.content_id"
            " UNION ALL SELECT p.content_id, p.content_id, p.id, 0 FROM photos p WHERE content_id"
            " IN (SELECT content_id FROM photos GROUP BY content_id HAVING count(*) > 1)"
            " AND content_id NOT IN (SELECT content_id FROM same_pictures)"
            " ORDER BY 1, 4, 3"
        )

    def tell_apart(self, sides: Mapping[int, int]) -> int:
        """Remember for ever that contents (id to side) of different sides are not the same.

        By their digests, so a photo that goes and comes again keeps it. Returns the act's number;
        raises LookalikeError, and remembers nothing, if a content is gone.
        """
        with self._transaction() as connection:
            (act,) = connection.execute(
                "SELECT coalesce(max(act), 0) + 1 FROM told_apart"
            ).fetchone()
            for content_id, side in sides.items():
                done = connection.execute(
                    "INSERT INTO told_apart (act, digest, side)"
                    " SELECT ?, digest, ? FROM contents WHERE id = ?",
                    (act, side, content_id),
                )
                if not done.rowcount:
                    raise LookalikeError(
                        "One of these photos is no longer in the library; look for duplicates anew."
                    )
            return int(act)

    def forget_apart(self, act: int) -> None:
        """Take an act of `tell_apart` back."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM told_apart WHERE act = ?", (act,))

    def told_apart(self) -> dict[int, dict[int, int]]:
        """Content id to its sides by act; contents that were never told apart are left out."""
        found: dict[int, dict[int, int]] = {}
        for content_id, act, side in self._all(
            "SELECT c.id, t.act, t.side FROM told_apart t JOIN contents c ON c.digest = t.digest"
        ):
            found.setdefault(content_id, {})[act] = side
        return found

    def take_out_photos(self, photo_ids: Sequence[int]) -> None:
        """Drop the rows of photos whose files are gone; contents and vectors stay for an undo."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM photos WHERE id = ?", [(id_,) for id_ in photo_ids])

    def put_back_photo(self, photo: Photo, file: FoundFile) -> bool:
        """Give a photo that was taken out its row and id again.

        False if its content or folder is gone meanwhile: it has to be read anew.
        """
        with self._transaction() as connection:
            known: tuple[Any, ...] | None = connection.execute(
                "SELECT 1 FROM contents c, roots r WHERE c.id = ? AND r.id = ?",
                (photo.content_id, photo.root_id),
            ).fetchone()
            if known is not None:
                insert_known(connection, photo, file)
            return known is not None

    def relpath_in_root(self, photo: Photo) -> str:
        """The name of a photo below its folder, "/" between parts; "" if the folder is gone."""
        rows = self._all("SELECT path FROM roots WHERE id = ?", (photo.root_id,))
        if not rows:
            return ""
        return os.path.relpath(photo.path, os.fsdecode(rows[0][0])).replace(os.sep, "/")
