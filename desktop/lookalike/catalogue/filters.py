"""Of each filter what excites it most (derived), and the names that people give to filters."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.catalogue.base import Base
from lookalike.errors import LookalikeError


class FilterRows(Base):
    """A network's filters are numbered through in a space of their own (see `ensure_space`).

    The contents that have been looked at have a vector of no numbers in that space: it goes with
    the content, and what lacks one is found as for any other space.
    """

    def filter_tops(self, space_id: int, first: int, count: int) -> dict[int, bytes]:
        """The lists of `count` filters from `first` on; filters without one are left out."""
        rows = self._all(
            "SELECT filter, tops FROM filter_tops WHERE space_id = ? AND filter >= ?"
            " AND filter < ? ORDER BY filter",
            (space_id, first, first + count),
        )
        return {int(number): bytes(tops) for number, tops in rows}

    def put_filter_tops(
        self, space_id: int, tops: Sequence[tuple[int, bytes]], looked_at: Sequence[int] = ()
    ) -> None:
        """Write lists, and which contents they now take into account, in one transaction."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO filter_tops (space_id, filter, tops) VALUES (?, ?, ?)",
                [(space_id, number, each) for number, each in tops],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO vectors (space_id, content_id, vector)"
                " SELECT ?, id, x'' FROM contents WHERE id = ?",
                [(space_id, int(content_id)) for content_id in looked_at],
            )

    def forget_filter_tops(self) -> None:
        """Drop every list, and that anything was looked at; they are made anew when asked for."""
        with self._transaction() as connection:
            spaces = connection.execute("SELECT DISTINCT space_id FROM filter_tops").fetchall()
            connection.executemany("DELETE FROM vectors WHERE space_id = ?", spaces)
            connection.execute("DELETE FROM filter_tops")

    def spaces_with_filter_tops(self) -> list[tuple[int, int]]:
        """(space, count of its filters) for every network that has lists."""
        rows = self._all(
            "SELECT id, dim FROM spaces WHERE id IN (SELECT DISTINCT space_id FROM filter_tops)"
        )
        return [(int(id_), int(dim)) for id_, dim in rows]

    def name_filter(self, network: str, layer: str, number: int, name: str) -> None:
        """Call a filter by a name; "" takes its name away.

        Raises:
            LookalikeError: another filter of the network has that name.
        """
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM filter_names WHERE network = ? AND layer = ? AND filter = ?",
                (network, layer, number),
            )
            if not name:
                return
            taken = connection.execute(
                "SELECT layer, filter, name FROM filter_names WHERE network = ? AND name = ?",
                (network, name),
            ).fetchone()
            if taken is not None:
                raise LookalikeError(
                    f"Filter {taken[1]} of {taken[0]} is called {taken[2]} already; choose another"
                    " name."
                )
            connection.execute(
                "INSERT INTO filter_names (network, layer, filter, name) VALUES (?, ?, ?, ?)",
                (network, layer, number, name),
            )

    def filter_names(self, network: str) -> dict[tuple[str, int], str]:
        """(layer, filter) to its name, by name."""
        rows = self._all(
            "SELECT layer, filter, name FROM filter_names WHERE network = ? ORDER BY name",
            (network,),
        )
        return {(str(layer), int(number)): str(name) for layer, number, name in rows}
