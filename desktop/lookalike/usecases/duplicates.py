"""Groups of same pictures, and of similar ones taken in one go; nothing is embedded anew.

Every pair of the library is compared by its vectors. Same pictures are then told by their pixels,
similar ones by likeness and time. Groups are kept as ids and read from the catalogue page by page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.duplicates import PictureFacts
from lookalike.catalogue.store import Catalogue
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import Kind
from lookalike.records.upkeep import DuplicateGroup
from lookalike.search.duplicates import Links, Neighbours, stars
from lookalike.search.index import VectorIndex
from lookalike.search.kinship import MOST_BITS_APART, same_picture
from lookalike.search.near_pairs import (
    Heads,
    blocks_of,
    cosines,
    heads_of,
    near_hashes,
    near_pairs,
)
from lookalike.usecases.copies import described
from lookalike.usecases.decisions import read_apart
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.same_pictures import SamePictures

_LIKELY_SAME = 0.75
"""Pairs at least this alike are compared pixel by pixel; hashes near each other need less."""
_LIKELY_BY_HASH = 0.5
_NEAR_HASH = 2 * MOST_BITS_APART
_BURST_LIKENESS = 0.6
_BURST_SECONDS = 30.0
_VERY_LIKE = 0.85
"""Alike enough to be shown together whenever they were taken."""
_MOST_LINKS: Mapping[Kind, int] = {"same": 24, "similar": 64}
"""Of one photo, the strongest: what has more is a crowd, whose groups its other links show."""
_COPY_OF_COPY = 2
"""Links from the best copy to any other: a crop of a crop may look like the crop alone."""
_EXPOSED_APART = 1.0

Rows = NDArray[np.intp]
Scores = NDArray[np.float32]
_Belongs = Callable[[int, list[int]], list[int]]
_Found = tuple[int, int, Rows, Rows, Scores]
"""How much of the work is done, of how much; places of pairs and how strongly each belongs."""


@dataclass(frozen=True, slots=True)
class DuplicateGroups:
    """What a look for duplicates found: `groups` of content ids, the best first in each.

    Some bytes a photo, whatever their number; photos are read from the catalogue when a page is
    asked for, so what was moved to the trash or told apart meanwhile is left out.
    """

    kind: Kind
    groups: tuple[tuple[int, ...], ...]
    catalogue: Catalogue

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self.groups)

    def page(self, start: int, count: int) -> list[DuplicateGroup]:
        """Groups `start` to `start + count`, those that are no longer groups left out."""
        wanted = self.groups[start : start + count]
        ids = [content for group in wanted for content in group]
        photos, apart = self.catalogue.photos_of_contents(ids), read_apart(self.catalogue)
        found = []
        for group in wanted:
            kept = [each for each in group if each in photos and not apart.between(group[0], each)]
            members = [photo for content in kept for photo in photos[content]]
            if len(members) > 1:
                found.append(described(self.kind, members))
        return found

    def __iter__(self) -> Iterator[DuplicateGroup]:
        """Every group, read a page at a time."""
        for start in range(0, len(self.groups), 100):
            yield from self.page(start, 100)


class Duplicates:
    """Looks for groups in the whole library; decodes nothing but what is alike."""

    def __init__(self, catalogue: Catalogue, indexes: Indexes, same: SamePictures) -> None:
        self._catalogue = catalogue
        self._indexes = indexes
        self._same = same

    def find(self, kind: Kind, on_progress: OnProgress, cancel: CancelToken) -> DuplicateGroups:
        """Groups of `kind`, by their oldest member; raises Cancelled.

        Same pictures are told by their pixels. Similar ones are alike and taken within half a
        minute, or very much alike; copies of one picture alone are no similar ones.
        """
        facts = self._catalogue.picture_facts()
        apart = read_apart(self._catalogue)
        labels = facts.labels.tolist()

        def told(one: int, others: Iterable[int]) -> list[int]:
            return [each for each in others if not apart.between(labels[one], labels[each])]

        neighbours = self._links(kind, facts, on_progress, cancel).neighbours()
        if kind == "same":
            order = _by_worth(facts, neighbours)
            belongs = self._by_pixels(labels, told, len(order), on_progress, cancel)
            found = [
                [labels[each] for each in group]
                for group in stars(order, neighbours, belongs, _COPY_OF_COPY)
            ]
            # Equal files share a content: they are same pictures without a look.
            grouped = {label for group in found for label in group}
            many = self._catalogue.contents_of_many_photos()
            found += [[label] for label in many if label not in grouped]
        else:
            linked = neighbours.linked
            order = linked[np.argsort(-neighbours.degrees[linked], kind="stable")].tolist()
            found = [[labels[each] for each in group] for group in stars(order, neighbours, told)]
        return DuplicateGroups(kind, tuple(sorted(map(tuple, found), key=min)), self._catalogue)

    def _links(
        self, kind: Kind, facts: PictureFacts, on_progress: OnProgress, cancel: CancelToken
    ) -> Links:
        """The pairs that can belong together, by places in `facts`."""
        index = self._indexes.of("meaning")

        def pages() -> Iterator[tuple[NDArray[np.int64], Scores]]:
            for labels, vectors in index.pages():
                cancel.check()
                here = np.isin(labels, facts.labels)
                yield labels[here], vectors[here]

        heads = heads_of(pages, index.centre)
        links, meter = Links(len(facts.labels), _MOST_LINKS[kind]), RateMeter()
        look = _near_same if kind == "same" else _near_similar
        for done, total, one, other, strength in look(facts, heads, index):
            cancel.check()
            links.add(one, other, strength)
            if done % 32 == 0:
                on_progress(meter.progress("comparing photos", done, total))
        return links

    def _by_pixels(
        self,
        labels: list[int],
        told: _Belongs,
        total: int,
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> _Belongs:
        meter = RateMeter()
        done = 0

        def belongs(one: int, others: list[int]) -> list[int]:
            nonlocal done
            done += 1
            on_progress(meter.progress("looking at pixels", min(done, total), total))
            others = told(one, others)
            ids = [labels[each] for each in others]
            same = self._same.same_as(labels[one], ids, cancel)
            return [each for each, label in zip(others, ids, strict=True) if label in same]

        return belongs


def _by_worth(facts: PictureFacts, neighbours: Neighbours) -> list[int]:
    """The best pictures first: more pixels, then less compressed, then the oldest.

    Those that links hold together follow each other, so that what was found of a picture is
    still at hand when it is compared again; which groups come of it is the same.
    """
    places = neighbours.linked
    pixels, size, whole = facts.pixels[places], facts.size[places], neighbours.components()[places]
    found: list[int] = places[np.lexsort((places, -size, -pixels, whole))].tolist()
    return found


def _near_same(facts: PictureFacts, heads: Heads, index: VectorIndex) -> Iterator[_Found]:
    """Pairs that may be one picture: alike by their vectors, or less so but near by their hash."""
    places = np.searchsorted(facts.labels, heads.labels)
    total = heads.blocks + blocks_of(len(facts.labels))

    def worth(one: Rows, other: Rows) -> NDArray[np.bool_]:
        # A camera's clock tells a burst from a copy. NaN (no clock) compares as False.
        return ~(np.abs(facts.taken[one] - facts.taken[other]) >= _EXPOSED_APART)

    def of(done: int, one: Rows, other: Rows, likeness: Scores) -> _Found:
        near = np.bitwise_count(facts.phash[one] ^ facts.phash[other]) <= _NEAR_HASH
        return done, total, one, other, likeness + near

    pairs = near_pairs(
        heads,
        index.rows,
        index.centre,
        _LIKELY_SAME,
        worth=lambda first, second: worth(places[first], places[second]),
    )
    for done, (first, second, likeness) in enumerate(pairs):
        yield of(done, places[first], places[second], likeness)
    for done, (first, second) in enumerate(near_hashes(facts.phash, _NEAR_HASH), heads.blocks):
        asked = worth(first, second)
        one, other = first[asked], second[asked]
        likeness = cosines(facts.labels, one, other, index.rows, index.centre)
        new = (likeness >= _LIKELY_BY_HASH) & (likeness < _LIKELY_SAME)
        yield of(done, one[new], other[new], likeness[new])


def _near_similar(facts: PictureFacts, heads: Heads, index: VectorIndex) -> Iterator[_Found]:
    """Pairs of one scene: very much alike, or less so but taken in one go."""
    places = np.searchsorted(facts.labels, heads.labels)

    def of(done: int, one: Rows, other: Rows, likeness: Scores) -> _Found:
        # Copies of one picture are another list's; an exposure of its own is no copy.
        apart = np.abs(facts.taken[one] - facts.taken[other]) >= _EXPOSED_APART
        keep = apart | ~same_picture(facts.phash[one], facts.phash[other], likeness)
        return done, heads.blocks, one[keep], other[keep], likeness[keep]

    for done, (first, second, likeness) in enumerate(
        near_pairs(heads, index.rows, index.centre, _VERY_LIKE)
    ):
        yield of(done, places[first], places[second], likeness)
    # By the clock, each photo is near those that follow within half a minute.
    taken = facts.taken[places]
    order = np.argsort(taken, kind="stable")[: int(np.isfinite(taken).sum())]
    ends = np.searchsorted(taken[order], taken[order] + _BURST_SECONDS, side="right")
    by_time, places = heads.taken(order), places[order]
    for first, second, likeness in near_pairs(
        by_time, index.rows, index.centre, _BURST_LIKENESS, ends
    ):
        new = likeness < _VERY_LIKE
        yield of(heads.blocks, places[first[new]], places[second[new]], likeness[new])
