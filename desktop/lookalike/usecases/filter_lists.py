"""Keeps, of every filter, what in the library excites it most, while photos are embedded.

Derived data, keyed by network and precision: made anew when it is missing, dropped with its
photos. The network tells each filter's largest value in the very pass that embeds (see
`vision.filters`); what was seen is merged into the lists every few hundred photos.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.errors import NetworkError
from lookalike.search.top_lists import RECORD, TopLists, empty_lists
from lookalike.vision.encoder import Encoder
from lookalike.vision.filters import FilterWatch, Peaks

if TYPE_CHECKING:
    from lookalike.vision.encoder import Encoded

_TOGETHER: Final = 512
"""Photos merged in one go: a list changes seldom, and merging costs the same for one as for all."""
_VERSION: Final = 1


def space_of(encoder: Encoder) -> tuple[str, int]:
    """The key and the size of the space in which a network's filters are numbered through."""
    pack = encoder.pack
    taps = ",".join(f"{tap.name}:{tap.channels}" for tap in pack.taps)
    key = f"{pack.identity}/{encoder.precision}/{pack.preprocessing}/{pack.size}"
    mark = f"{zlib.crc32(taps.encode()):08x}"
    return f"{key}/filters-{_VERSION}-{mark}", sum(tap.channels for tap in pack.taps)


def lists_of(tops: dict[int, bytes], first: int, count: int) -> NDArray[np.void]:
    """What the catalogue keeps as RECORD [count, KEPT]; empty where it keeps nothing sound."""
    lists = empty_lists(count)
    for number, each in tops.items():
        if len(each) == lists[0].nbytes:
            lists[number - first] = np.frombuffer(each, RECORD)
    return lists


class FilterLists:
    """Opens the lists of networks for those who embed, and drops photos from them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def watching(self, encoder: Encoder) -> Watching:
        """To be used around the embedding of photos, in a `with`."""
        return Watching(self._catalogue, encoder)

    def drop(self, contents: Sequence[int]) -> None:
        """Take contents that have gone out of the lists of every network."""
        if not contents:
            return
        for space, count in self._catalogue.spaces_with_filter_tops():
            lists = TopLists(lists_of(self._catalogue.filter_tops(space, 0, count), 0, count))
            changed = lists.drop(contents)
            if len(changed):
                self._catalogue.put_filter_tops(space, _rows(lists, changed))


class Watching:
    """Embeds, watches, and merges what was seen. Call `open` and `describe` in any one thread."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder) -> None:
        self._catalogue, self.encoder = catalogue, encoder
        self._watch: FilterWatch | None = None
        self._opened = False
        self._lists: TopLists | None = None
        self._space = -1
        self._seen: list[tuple[int, int, Peaks, int]] = []

    def __enter__(self) -> Self:
        key, count = space_of(self.encoder)
        self._space = self._catalogue.ensure_space(key, count)
        tops = self._catalogue.filter_tops(self._space, 0, count)
        self._lists = TopLists(lists_of(tops, 0, count))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    def open(self) -> bool:
        """Open the network, watched if it can be (returns whether); else it embeds all the same."""
        if self._opened:
            return self._watch is not None
        self._opened = True
        with suppress(NetworkError):
            watch = self.encoder.watch()
            if self._lists is not None:
                watch.floor = self._lists.floor
            self._watch = watch
        return self._watch is not None

    def describe(self, batch: NDArray[np.uint8]) -> Encoded:
        """The network over a batch, watched if it can be."""
        self.open()
        return self.encoder.describe(batch, self._watch)

    def take(self, contents: Sequence[int], hashes: Sequence[int], encoded: Encoded) -> None:
        """What was seen in these contents, with their perceptual hashes, row by row."""
        if encoded.peaks is None:
            return
        for row, (content, phash) in enumerate(zip(contents, hashes, strict=True)):
            self._seen.append((content, phash, encoded.peaks, row))
        if len(self._seen) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Merge and write what was seen."""
        if not self._seen or self._lists is None or self._watch is None:
            return
        seen, self._seen = self._seen, []
        labels = np.array([content for content, *_ in seen], np.int64)
        hashes = np.array([phash for _, phash, *_ in seen], np.int64).view(np.uint64)
        values = np.stack([peaks.values[row] for *_, peaks, row in seen])
        bins = np.stack([peaks.bins[row] for *_, peaks, row in seen])
        changed = self._lists.merge(labels, hashes, values, bins)
        self._watch.floor = self._lists.floor
        self._catalogue.put_filter_tops(self._space, _rows(self._lists, changed), labels.tolist())


def _rows(lists: TopLists, filters: NDArray[np.int64]) -> list[tuple[int, bytes]]:
    return [(int(number), lists.lists[number].tobytes()) for number in filters]
