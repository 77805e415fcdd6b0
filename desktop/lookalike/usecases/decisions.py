"""What a person told apart ("not the same"), as search, duplicates and the grid ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from lookalike.catalogue.store import Catalogue


@dataclass(frozen=True, slots=True)
class Apart:
    """Contents that were told apart: content id to its side in each act."""

    sides: Mapping[int, Mapping[int, int]]

    def __bool__(self) -> bool:
        """Whether anything was ever told apart."""
        return bool(self.sides)

    def between(self, one: int, other: int) -> bool:
        """Whether a person said that two contents are not the same."""
        first, second = self.sides.get(one), self.sides.get(other)
        if not first or not second:
            return False
        return any(second.get(act, side) != side for act, side in first.items())

    def parted(self, labels: Sequence[int], firsts: Sequence[int]) -> list[int]:
        """Groups of places, each by its first, with those who were told apart in groups apart.

        `labels` are n contents, `firsts` the place of the first of each one's group.
        """
        heads: dict[int, list[int]] = {}
        found = []
        for place, first in enumerate(firsts):
            known = heads.setdefault(first, [])
            head = next((h for h in known if not self.between(labels[h], labels[place])), place)
            if head == place:
                known.append(place)
            found.append(head)
        return found


def read_apart(catalogue: Catalogue) -> Apart:
    """All decisions so far; a few, so reading them costs next to nothing."""
    return Apart(catalogue.told_apart())


def stacks(catalogue: Catalogue) -> list[tuple[int, ...]]:
    """Photos that are one picture, by their ids: two or more in each, the best first.

    Equal files, and what the last look for same pictures found, without what a person has told
    apart since.
    """
    found: list[tuple[int, ...]] = []
    rows = catalogue.photos_of_same()
    apart = read_apart(catalogue) if rows else Apart({})
    for best, group in groupby(rows, key=lambda row: row[0]):
        photos = tuple(photo for _, content, photo, _ in group if not apart.between(best, content))
        if len(photos) > 1:
            found.append(photos)
    return found
