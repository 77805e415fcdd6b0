"""What a grid shows: photos by their ids, or an answer; same pictures are stacked in one cell."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from lookalike.records import Answer, Match
from lookalike.ui.grid.layout import Section
from lookalike.words import tr

ENDS = tr("Likeness ends here")


class Stacks(NamedTuple):
    """Same pictures among the photos of a grid, by ids; photos by themselves are not in it.

    `group_of` tells each photo's group, `sizes` how many a photo stands for (if not only for
    itself), `under` which photo stands for one that has no cell; `open` are the groups whose
    pictures all have a cell.
    """

    group_of: Mapping[int, int] = {}
    sizes: Mapping[int, int] = {}
    under: Mapping[int, int] = {}
    open: AbstractSet[int] = frozenset()


class Contents(NamedTuple):
    """Cells in their order. `same` of them, at the front, are the goal's very picture.

    `matches` is empty for a plain view.
    """

    ids: array[int]
    sections: tuple[Section, ...]
    matches: tuple[Match, ...] = ()
    same: int = 0
    stacks: Stacks = Stacks()

    def stack(self, index: int) -> int:
        """How many pictures a cell stands for; 1 for a picture by itself."""
        return self.stacks.sizes.get(self.ids[index], 1)

    def place_of(self, photo_id: int | None) -> int:
        """The cell of a photo, or of the one that stands for it; or -1."""
        if photo_id is None:
            return -1
        try:
            return self.ids.index(self.stacks.under.get(photo_id, photo_id))
        except ValueError:
            return -1


def of_ids(
    ids: array[int],
    groups: Sequence[Sequence[int]] = (),
    open_stacks: AbstractSet[int] = frozenset(),
) -> Contents:
    """Photos of the library; of each of `groups` the first that is in `ids` stands for all.

    A group is known by its first photo; the photos of an open one follow each other. A pass over
    all ids, so work for a reader where there are many.
    """
    group_of = {photo: group[0] for group in groups for photo in group}
    here = {each for each in ids if each in group_of} if group_of else set()
    members = {
        group[0]: inside
        for group in groups
        if len(inside := [photo for photo in group if photo in here]) > 1
    }
    if not members:
        return Contents(ids, (Section("", len(ids)),))
    shown = array("q")
    for each in ids:
        key = group_of.get(each)
        if key not in members:
            shown.append(each)
        elif members[key][0] == each:
            shown.extend(members[key] if key in open_stacks else (each,))
    stacks = Stacks(
        {photo: key for key, inside in members.items() for photo in inside},
        {inside[0]: len(inside) for inside in members.values()},
        {
            photo: inside[0]
            for key, inside in members.items()
            if key not in open_stacks
            for photo in inside[1:]
        },
        open_stacks,
    )
    return Contents(shown, (Section("", len(shown)),), stacks=stacks)


def of_answer(answer: Answer, open_stacks: AbstractSet[int], *, stacked: bool) -> Contents:
    """Matches, best first, with a line where likeness ends.

    The best of each group of same pictures stands for all of it, unless its stack is open.
    """
    group_of = {each.photo.id: each.group for each in answer.matches if each.group is not None}
    sizes = Counter(group_of.values())
    first: dict[int, int] = {}
    under: dict[int, int] = {}
    shown: list[Match] = []
    alike = len(answer.matches) if answer.likeness_ends is None else answer.likeness_ends
    above = 0
    for place, match in enumerate(answer.matches):
        group, photo = match.group, match.photo.id
        best = photo if group is None else first.setdefault(group, photo)
        if best != photo and stacked and group not in open_stacks:
            under[photo] = best
            continue
        shown.append(match)
        above += place < alike
    told = {photo: sizes[group] for group, photo in first.items()} if stacked else {}
    sections = (Section("", above), Section(ENDS if above else "", len(shown) - above))
    return Contents(
        array("q", (match.photo.id for match in shown)),
        sections,
        tuple(shown),
        sum(match.kind == "same" for match in shown),
        Stacks(group_of, told, under, open_stacks),
    )
