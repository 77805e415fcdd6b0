"""What a grid shows: photos by their ids, or an answer whose same pictures are stacked."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from lookalike.records import Answer, Match
from lookalike.ui.grid.layout import Section
from lookalike.words import tr

ENDS = tr("Likeness ends here")


class Contents(NamedTuple):
    """Cells in their order. `same` of them, at the front, are the goal's very picture.

    `matches` is empty for a plain view. `stacks` are the sizes of stacks, by the cell that stands
    for one; `open_stacks` are the groups whose pictures all have a cell.
    """

    ids: array[int]
    sections: tuple[Section, ...]
    matches: tuple[Match, ...] = ()
    same: int = 0
    stacks: tuple[int, ...] = ()
    open_stacks: frozenset[int] = frozenset()

    def stack(self, index: int) -> int:
        """How many pictures a cell stands for; 1 for a picture by itself."""
        return self.stacks[index] if self.stacks else 1

    def place_of(self, photo_id: int | None) -> int:
        """The cell of a photo, or -1."""
        if photo_id is None:
            return -1
        try:
            return self.ids.index(photo_id)
        except ValueError:
            return -1


def of_ids(ids: array[int]) -> Contents:
    """Photos of the library."""
    return Contents(ids, (Section("", len(ids)),))


def of_answer(answer: Answer, open_stacks: AbstractSet[int], *, stacked: bool) -> Contents:
    """Matches, best first, with a line where likeness ends.

    The best of each group of same pictures stands for all of it, unless its stack is open.
    """
    sizes = Counter(match.group for match in answer.matches if match.group is not None)
    seen: set[int] = set()
    shown: list[Match] = []
    stacks: list[int] = []
    alike = len(answer.matches) if answer.likeness_ends is None else answer.likeness_ends
    above = 0
    for place, match in enumerate(answer.matches):
        group = match.group
        first = group is None or group not in seen
        if not first and stacked and group not in open_stacks:
            continue
        if group is not None:
            seen.add(group)
        shown.append(match)
        stacks.append(sizes[group] if group is not None and first and stacked else 1)
        above += place < alike
    sections = (Section("", above), Section(ENDS if above else "", len(shown) - above))
    return Contents(
        array("q", (match.photo.id for match in shown)),
        sections,
        tuple(shown),
        sum(match.kind == "same" for match in shown),
        tuple(stacks),
        frozenset(open_stacks),
    )
