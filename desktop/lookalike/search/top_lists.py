"""Of every filter the contents that excite it most, each picture once; numbers only.

A list holds more than is shown, so that it stays full when photos go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.search.kinship import MOST_BITS_APART, tells

Labels = NDArray[np.int64]
Values = NDArray[np.float32]
Places = NDArray[np.uint8]
Hashes = NDArray[np.uint64]

SHOWN: Final = 9
KEPT: Final = 16
RECORD: Final = np.dtype(
    [("content", "<i8"), ("hash", "<u8"), ("value", "<f4"), ("row", "u1"), ("column", "u1")]
)
"""One entry, 22 bytes: a content, its perceptual hash, the value and its coarse place."""

_ALIKE = 0.01
"""Pictures whose hash tells nothing are one where their values differ by less than this share."""
_CHUNK = 256


def empty_lists(filters: int) -> NDArray[np.void]:
    """Lists [filters, KEPT] with nothing in them: no content is 0."""
    lists = np.zeros((filters, KEPT), RECORD)
    lists["value"] = -np.inf
    return lists


class TopLists:
    """The lists of one network, RECORD [F, KEPT], best first."""

    def __init__(self, lists: NDArray[np.void]) -> None:
        self.lists = lists

    @property
    def floor(self) -> Values:
        """What a value has to be above to enter a list, float32 [F]."""
        return np.ascontiguousarray(self.lists["value"][:, -1])

    def merge(self, labels: Labels, hashes: Hashes, values: Values, places: Places) -> Labels:
        """Take in n contents: values [n, F], places [n, F, 2]; returns the filters that changed.

        Of pictures that are one (see `same_picture`; here without the cosine, which is not at
        hand) the one with the larger value stays.
        """
        values = np.where(np.isfinite(values), values, -np.inf).astype(np.float32)
        _silence_copies(labels, hashes, values)
        asked = np.flatnonzero((values > self.floor).any(axis=0))
        changed = []
        for start in range(0, len(asked), _CHUNK):
            part = asked[start : start + _CHUNK]
            found = _best_of(self.lists[part], labels, hashes, values[:, part], places[:, part])
            different = (found != self.lists[part]).any(axis=1)
            self.lists[part] = found
            changed.append(part[different])
        return np.concatenate(changed) if changed else np.empty(0, np.int64)

    def drop(self, labels: Sequence[int]) -> Labels:
        """Take contents out of every list; returns the filters that changed."""
        gone = np.isin(self.lists["content"], np.asarray(labels, np.int64))
        gone &= self.lists["content"] > 0
        changed = np.flatnonzero(gone.any(axis=1))
        for number in changed:
            rest = self.lists[number][~gone[number]]
            self.lists[number] = empty_lists(1)[0]
            self.lists[number, : len(rest)] = rest
        return changed


def _silence_copies(labels: Labels, hashes: Hashes, values: Values) -> None:
    """Among what comes in, leave each picture its largest value alone, in place."""
    near = np.bitwise_count(hashes[:, None] ^ hashes[None, :]) <= MOST_BITS_APART
    near |= labels[:, None] == labels[None, :]
    for first, second in zip(*np.nonzero(np.triu(near, 1)), strict=True):
        one, other = values[first], values[second]
        same = (labels[first] == labels[second]) | tells(hashes[first]) & tells(hashes[second])
        with np.errstate(invalid="ignore"):  # silenced ones: they stay so
            alike = np.abs(one - other) <= _ALIKE * np.maximum(np.abs(one), np.abs(other))
        copies = (same | alike) & np.isfinite(one) & np.isfinite(other)
        weaker = copies & (other <= one)
        values[second][weaker] = -np.inf
        values[first][copies & ~weaker] = -np.inf


def _best_of(
    lists: NDArray[np.void], labels: Labels, hashes: Hashes, values: Values, places: Places
) -> NDArray[np.void]:
    """Lists [F, KEPT] joined with n contents, RECORD [F, KEPT] best first."""
    count = min(KEPT, len(labels))
    order = np.argpartition(-values, count - 1, axis=0)[:count].T
    filters = np.arange(len(lists))[:, None]
    new = np.zeros(order.shape, RECORD)
    new["content"], new["hash"] = labels[order], hashes[order]
    new["value"] = values.T[filters, order]
    new["row"], new["column"] = places[order, filters, 0], places[order, filters, 1]
    both = np.concatenate([lists, new], axis=1)
    both = both[filters, np.lexsort((both["content"], -both["value"]), axis=1)]
    keep = _first_of_each(both)
    # What stays moves to the front; the order among it does not change.
    order = np.argsort(~keep, axis=1, kind="stable")[:, :KEPT]
    found = both[filters, order]
    missing = ~keep[filters, order]
    found[missing] = empty_lists(1)[0, 0]
    return found


def _first_of_each(both: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which entries stay: those with a value, that are no copy of one that stays before them."""
    keep = np.isfinite(both["value"]) & (both["content"] > 0)
    telling = tells(both["hash"])
    for place in range(1, both.shape[1]):
        before, this = both[:, :place], both[:, place : place + 1]
        near = np.bitwise_count(before["hash"] ^ this["hash"]) <= MOST_BITS_APART
        size = np.maximum(np.abs(before["value"]), np.abs(this["value"]))
        with np.errstate(invalid="ignore"):
            alike = np.abs(before["value"] - this["value"]) <= _ALIKE * size
        near &= (telling[:, :place] & telling[:, place : place + 1]) | alike
        near |= before["content"] == this["content"]
        keep[:, place] &= ~(near & keep[:, :place]).any(axis=1)
    found: NDArray[np.bool_] = keep
    return found
