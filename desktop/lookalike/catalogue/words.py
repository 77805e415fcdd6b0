"""Words: names of files and folders, cameras and days by full text; the networks' labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lookalike.catalogue.base import Base
from lookalike.catalogue.writing import put_labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WordHits(NamedTuple):
    """Photos that a word finds: their `ids` and `contents`, int64 [n], and `scores` float32 [n].

    A score is 1 for a name, and the probability of the labels that the word stands for.
    """

    ids: NDArray[np.int64]
    contents: NDArray[np.int64]
    scores: NDArray[np.float32]


class WordRows(Base):
    """Reading and writing what words are looked for in."""

    def named(self, word: str) -> WordHits:
        """Photos whose file, folder, camera or day has a word that begins with `word`."""
        tokens = re.findall(r"\w+", word)
        if not tokens:
            return _hits([])
        # Quoted, so that nothing in it is an operator; the last token may go on.
        phrase = '"' + " ".join(tokens) + '" *'
        return _hits(
            self._all(
                "SELECT p.id, p.content_id, 1.0 FROM names n JOIN photos p ON p.id = n.rowid"
                " WHERE names MATCH ?",
                (phrase,),
            )
        )

    def labelled(self, labels: Sequence[str], least: float) -> WordHits:
        """Photos whose probabilities of `labels` sum to at least `least`."""
        return _hits(
            self._all(
                "SELECT p.id, p.content_id, min(sum(l.score), 1.0) FROM labels l"
                " JOIN photos p ON p.content_id = l.content_id"
                " WHERE l.label IN (SELECT value FROM json_each(?))"
                " GROUP BY p.id HAVING sum(l.score) >= ?",
                (json.dumps(list(labels)), least),
            )
        )

    def labels_of(self, content_id: int) -> list[tuple[str, float]]:
        """(label, probability) of a content, likeliest first."""
        rows = self._all(
            "SELECT label, score FROM labels WHERE content_id = ? ORDER BY score DESC, label",
            (content_id,),
        )
        return [(label, float(score)) for label, score in rows]

    def count_labelled(self) -> int:
        """How many contents have a label."""
        return int(self._all("SELECT count(DISTINCT content_id) FROM labels")[0][0])

    def unlabelled(self) -> list[int]:
        """Contents that no network has given a label, ascending."""
        rows = self._all(
            "SELECT id FROM contents c WHERE NOT EXISTS"
            " (SELECT 1 FROM labels WHERE content_id = c.id) ORDER BY id"
        )
        return [int(row[0]) for row in rows]

    def add_labels(self, rows: Iterable[tuple[int, Mapping[str, float]]]) -> None:
        """Store the labels of contents; those that have gone meanwhile are left out."""
        with self._transaction() as connection:
            for content_id, labels in rows:
                found = connection.execute("SELECT 1 FROM contents WHERE id = ?", (content_id,))
                if found.fetchone():
                    put_labels(connection, content_id, labels)


def _hits(rows: list[tuple[int, int, float]]) -> WordHits:
    import numpy as np

    table = np.array(rows, np.float64).reshape(len(rows), 3)
    return WordHits(
        table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2].astype(np.float32)
    )
