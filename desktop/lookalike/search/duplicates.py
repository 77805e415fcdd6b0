"""Which photos of a whole library belong together: their links, strongest kept, and groups of them.

Which pairs there are is told by `near_pairs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Rows = NDArray[np.intp]


class Links:
    """Pairs of n photos that belong together; of each photo at most its `most` strongest.

    A thousand screenshots of one program are half a million pairs: the weak ones are dropped
    while they come, so that memory grows with the photos, not with their pairs.
    """

    def __init__(self, count: int, most: int) -> None:
        self._count = count
        self._most = most
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], Array]] = []
        self._held = 0
        self._room = max(1_000_000, 2 * count)

    def add(self, first: Rows, second: Rows, strength: Array) -> None:
        """Take in pairs of places and how strongly each belongs together, float32."""
        if len(first):
            self._parts.append((first.astype(np.int32), second.astype(np.int32), strength))
            self._held += len(first)
        if self._held > self._room:
            first_, second_, strength_ = self._pruned()
            self._parts = [(first_, second_, strength_)]
            self._held = len(first_)
            self._room = max(self._room, 2 * self._held)

    def __len__(self) -> int:
        return self._held

    def _pruned(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Array]:
        first, second, strength = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        keep = np.zeros(len(first), bool)
        for end in (first, second):
            order = np.lexsort((-strength, end))
            at = end[order]
            begins = np.flatnonzero(np.diff(at, prepend=-1))
            rank = np.arange(len(at)) - np.repeat(begins, np.diff(begins, append=len(at)))
            keep[order[rank < self._most]] = True
        return first[keep], second[keep], strength[keep]

    def neighbours(self) -> Neighbours:
        """Every photo's links, strongest first."""
        if not self._parts:
            empty = np.empty(0, np.int32)
            return Neighbours(np.zeros(self._count + 1, np.int64), empty)
        first, second, strength = self._pruned()
        ends = np.concatenate([first, second])
        others = np.concatenate([second, first])
        order = np.lexsort((others, -np.concatenate([strength, strength]), ends))
        counts = np.bincount(ends, minlength=self._count)
        return Neighbours(np.concatenate([[0], np.cumsum(counts)]), others[order])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Links as compressed rows: photo i's are `others[starts[i] : starts[i + 1]]`."""

    starts: NDArray[np.int64]
    others: NDArray[np.int32]

    def of(self, place: int) -> list[int]:
        """The photos that a photo is linked with, strongest first."""
        found: list[int] = self.others[self.starts[place] : self.starts[place + 1]].tolist()
        return found

    @property
    def degrees(self) -> NDArray[np.int64]:
        """How many links each photo has, int64 [n]."""
        return np.diff(self.starts)

    def components(self) -> NDArray[np.int64]:
        """A number for each photo, the same for all that links lead to from it, int64 [n]."""
        found = np.arange(len(self.starts) - 1)
        linked = self.linked
        while len(linked):
            least = np.minimum.reduceat(found[self.others], self.starts[linked])
            better = found.copy()
            better[linked] = np.minimum(found[linked], least)
            better = better[better]
            if np.array_equal(better, found):
                break
            found = better
        return found

    @property
    def linked(self) -> Rows:
        """The photos that have links, ascending."""
        return np.flatnonzero(self.degrees)


def stars(
    order: Iterable[int],
    neighbours: Neighbours,
    belongs: Callable[[int, list[int]], list[int]],
    depth: int = 1,
) -> Iterator[list[int]]:
    """Groups around a centre (star clustering, Aslam et al. 2004), the centre first.

    Photos become centres in `order` if no earlier group has them. `belongs(one, others)` says
    which of its linked `others` belong to a member. Up to `depth` links lead from the centre to
    a member, so no chain of likenesses can join what is not alike. No pair is asked for twice.
    """
    taken: set[int] = set()
    alone: set[int] = set()
    for centre in order:
        if centre in taken:
            continue
        taken.add(centre)
        group, ring = [centre], [centre]
        for _ in range(depth):
            outer: list[int] = []
            for member in ring:
                # Who is alone has asked all that were free, and this member was.
                free = [
                    other
                    for other in neighbours.of(member)
                    if other not in taken and other not in alone
                ]
                found = belongs(member, free) if free else []
                taken.update(found)
                outer += found
            group += outer
            ring = outer
        if len(group) > 1:
            yield group
        else:
            taken.discard(centre)
            alone.add(centre)
