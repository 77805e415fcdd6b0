"""The part of the picture that one place of a tap sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """In pixels of the network's input, along (rows, columns).

    Place i sees the pixels from offset + i * stride up to size further; the offset is negative
    where the first place looks into the padding. With `everywhere` the value also depends on the
    whole picture through a global sum (squeeze and excite, normalisation over places): the field
    is then what the local path sees.
    """

    size: Pair
    stride: Pair
    offset: Pair
    everywhere: bool = False

    def rectangle(
        self, row: int, column: int, height: int, width: int
    ) -> tuple[int, int, int, int]:
        """x, y, w, h of what a place sees, clipped to a picture of `height` and `width`."""
        top, bottom = self._span(0, row, height)
        left, right = self._span(1, column, width)
        return left, top, right - left, bottom - top

    def _span(self, axis: int, place: int, limit: int) -> tuple[int, int]:
        start = self.offset[axis] + place * self.stride[axis]
        first = min(max(math.floor(start), 0), limit - 1)
        last = min(max(math.ceil(start + self.size[axis]), first + 1), limit)
        return first, last

    def to_json(self) -> dict[str, Any]:
        """As plain lists and numbers."""
        return {
            "size": list(self.size),
            "stride": list(self.stride),
            "offset": list(self.offset),
            "everywhere": self.everywhere,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> ReceptiveField:
        """From what `to_json` gave; raises KeyError, TypeError or ValueError if it is not so."""
        return cls(
            _pair(told["size"]), _pair(told["stride"]), _pair(told["offset"]), told["everywhere"]
        )


def _pair(values: Any) -> Pair:  # noqa: ANN401
    rows, columns = values
    return float(rows), float(columns)
