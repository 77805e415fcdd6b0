"""Where the cells of a grid are: sections of square cells, any number of them, in O(log n)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

GUTTER = 2
BREAK = 37
"""Height of the gap between two sections; an odd number, so that its hairline is in the middle."""


@dataclass(frozen=True, slots=True)
class Section:
    """A run of photos, and the word above it; the first section shows none."""

    title: str
    count: int


@dataclass(frozen=True, slots=True)
class _Placed:
    first: int
    count: int
    top: int


class GridLayout:
    """Cells fill the width: `columns` of them, each `step` pixels apart. Heights are in pixels."""

    def __init__(self, width: int, cell: int, sections: tuple[Section, ...]) -> None:
        self.width = max(1, width)
        self.columns = max(1, round((self.width + GUTTER) / (cell + GUTTER)))
        self.step = (self.width + GUTTER) // self.columns
        self.sections = tuple(section for section in sections if section.count)
        self.count = sum(section.count for section in self.sections)
        self._placed: list[_Placed] = []
        first, top = 0, 0
        for section in self.sections:
            top += BREAK - GUTTER if self._placed else 0
            self._placed.append(_Placed(first, section.count, top))
            first += section.count
            top += -(-section.count // self.columns) * self.step
        self.height = max(0, top - GUTTER)
        self._firsts = [placed.first for placed in self._placed]
        self._tops = [placed.top for placed in self._placed]

    def rect(self, index: int) -> tuple[int, int, int, int]:
        """x, y, width and height of a square cell; gutters take what rounding leaves."""
        top, column = self._row(index)
        x = column * (self.width + GUTTER) // self.columns
        return x, top, self.step - GUTTER, self.step - GUTTER

    def at(self, x: int, y: int) -> int:
        """The index of the cell at a point, or -1."""
        if not self._placed or not (0 <= x < self.width) or y < 0:
            return -1
        placed = self._placed[bisect_right(self._tops, y) - 1]
        column = min(self.columns - 1, x * self.columns // (self.width + GUTTER))
        offset = (y - placed.top) // self.step * self.columns + column
        return placed.first + offset if offset < placed.count else -1

    def between(self, top: int, bottom: int) -> range:
        """The cells of every row that meets the pixels from `top` to `bottom`."""
        if not self._placed:
            return range(0)
        return range(self._edge(top, 0), self._edge(bottom, 1))

    def beside(self, index: int, rows: int) -> int:
        """The cell `rows` below (negative: above), in the same column where there is one."""
        x, y, width, _ = self.rect(index)
        for _ in range(abs(rows)):
            y = self._next_row(y, 1 if rows > 0 else -1)
        found = self.at(x + width // 2, y)
        if found >= 0:
            return found
        # The row ends before this column: its last cell.
        return max(0, min(self.count, self._edge(y, 1)) - 1)

    def breaks(self, top: int, bottom: int) -> list[tuple[int, str]]:
        """The middle of each gap in sight and the title of the section after it."""
        found = []
        for placed, section in zip(self._placed[1:], self.sections[1:], strict=True):
            middle = placed.top - BREAK // 2 - 1
            if top - BREAK <= middle <= bottom + BREAK:
                found.append((middle, section.title))
        return found

    def _row(self, index: int) -> tuple[int, int]:
        placed = self._placed[bisect_right(self._firsts, index) - 1]
        row, column = divmod(index - placed.first, self.columns)
        return placed.top + row * self.step, column

    def _edge(self, y: int, rows: int) -> int:
        """The first cell of the row at `y`, or of the row after it."""
        y = max(0, y)
        placed = self._placed[bisect_right(self._tops, y) - 1]
        row = (y - placed.top) // self.step + rows
        return placed.first + min(placed.count, row * self.columns)

    def _next_row(self, y: int, way: int) -> int:
        number = bisect_right(self._tops, y) - 1
        placed = self._placed[number]
        row = (y - placed.top) // self.step + way
        rows = -(-placed.count // self.columns)
        if 0 <= row < rows:
            return placed.top + row * self.step
        number += way
        if not 0 <= number < len(self._placed):
            return y
        other = self._placed[number]
        return (
            other.top
            if way > 0
            else other.top + (-(-other.count // self.columns) - 1) * (self.step)
        )
