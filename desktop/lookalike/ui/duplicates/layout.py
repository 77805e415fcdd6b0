"""Where groups and their photos are: a heading, then cells that wrap, for any number of groups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QRect

HEADING = 44
GAP = 8
CAPTION = 36
_BELOW = 16
MARGIN = 16


class GroupLayout:
    """`counts` are the photos of each group; one without photos takes no room."""

    def __init__(self, width: int, cell: int, counts: Sequence[int]) -> None:
        self.width = max(1, width)
        self._room = max(1, self.width - 2 * MARGIN)
        self.columns = max(1, (self._room + GAP) // (cell + GAP))
        self.cell = min(cell, self._room)
        self._counts = counts
        step = self.cell + CAPTION + GAP
        heights = [
            HEADING + -(-count // self.columns) * step + _BELOW if count else 0 for count in counts
        ]
        self._step = step
        self._tops = [0, *accumulate(heights)]
        self._firsts = [0, *accumulate(counts)]

    @property
    def height(self) -> int:
        """Of everything, in pixels."""
        return self._tops[-1]

    @property
    def count(self) -> int:
        """How many photos there are."""
        return self._firsts[-1]

    def place_of(self, index: int) -> tuple[int, int]:
        """The group of a photo, and its place in it."""
        group = bisect_right(self._firsts, index) - 1
        return group, index - self._firsts[group]

    def index_of(self, group: int, place: int) -> int:
        """The number of a photo among all."""
        return self._firsts[group] + place

    def heading(self, group: int) -> QRect:
        """Where the words above a group are."""
        return QRect(MARGIN, self._tops[group], self._room, HEADING)

    def rect(self, index: int) -> QRect:
        """Where a photo is, without its caption."""
        group, place = self.place_of(index)
        row, column = divmod(place, self.columns)
        return QRect(
            MARGIN + column * (self.cell + GAP),
            self._tops[group] + HEADING + row * self._step,
            self.cell,
            self.cell,
        )

    def caption(self, index: int) -> QRect:
        """Where the words below a photo are."""
        cell = self.rect(index)
        return QRect(cell.left(), cell.bottom() + 1, cell.width(), CAPTION)

    def top(self, group: int) -> int:
        """Where a group begins."""
        return self._tops[group]

    def at(self, x: int, y: int) -> int:
        """The photo at a point (its caption counts), or -1."""
        if not 0 <= y < self.height:
            return -1
        group = bisect_right(self._tops, y) - 1
        row = (y - self._tops[group] - HEADING) // self._step
        column = (x - MARGIN) // (self.cell + GAP)
        if row < 0 or not 0 <= column < self.columns:
            return -1
        place = row * self.columns + column
        return self.index_of(group, place) if place < self._counts[group] else -1

    def groups_between(self, top: int, bottom: int) -> range:
        """The groups that meet the pixels from `top` to `bottom`."""
        if not self._counts:
            return range(0)
        first = bisect_right(self._tops, max(0, top)) - 1
        last = bisect_right(self._tops, max(0, bottom)) - 1
        return range(min(first, len(self._counts)), min(last + 1, len(self._counts)))

    def photos_between(self, top: int, bottom: int) -> range:
        """The photos of every row that meets them."""
        groups = self.groups_between(top, bottom)
        if not groups:
            return range(0)
        first = self._row_at(groups.start, top) * self.columns
        last = (self._row_at(groups.stop - 1, bottom) + 1) * self.columns
        return range(
            self.index_of(groups.start, min(first, self._counts[groups.start])),
            self.index_of(groups.stop - 1, min(last, self._counts[groups.stop - 1])),
        )

    def _row_at(self, group: int, y: int) -> int:
        return max(0, (y - self._tops[group] - HEADING) // self._step)

    def beside(self, index: int, rows: int) -> int:
        """The photo a row below (1) or above (-1), in the same column where there is one."""
        if not self.count:
            return -1
        group, place = self.place_of(index)
        column = place % self.columns
        wanted = place + rows * self.columns
        if 0 <= wanted < self._counts[group]:
            return self.index_of(group, wanted)
        last_row = (self._counts[group] - 1) // self.columns
        if rows > 0 and place // self.columns < last_row:
            return self.index_of(group, self._counts[group] - 1)
        group += 1 if rows > 0 else -1
        while 0 <= group < len(self._counts) and not self._counts[group]:
            group += 1 if rows > 0 else -1
        if not 0 <= group < len(self._counts):
            return index
        row = 0 if rows > 0 else (self._counts[group] - 1) // self.columns
        return self.index_of(group, min(self._counts[group] - 1, row * self.columns + column))
