"""One photo as the network sees it, part by part: its vector, and what each place gave to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Part
from lookalike.vision.colours import COLOURS, colour_cells, colour_entries
from lookalike.vision.descriptors import (
    LinearDescriptor,
    RootDescriptor,
    gram_cells,
    gram_entries,
)
from lookalike.vision.planes import resized

Array = NDArray[np.float32]
Sums = NDArray[np.float64]
Picture = NDArray[np.uint8]

CELLS: Final = (14, 14)
"""Of what is shared out where no last map says how many places there are."""


class PartLook(Protocol):
    """A part of a photo's vector, with its places at hand."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of places."""

    @property
    def vector(self) -> Sums:
        """The part as it is stored, float64 [D]."""

    def shares(self, centre: Array) -> Sums:
        """What each place gives to the vector minus `centre` [D]: float64 [h w, D].

        A place has the part of the centre that it counts for.
        """


@dataclass(frozen=True)
class Sight:
    """A picture as the network sees it: the looks of its parts by name, and finer maps.

    All parts have the same places.
    """

    parts: Mapping[str, PartLook]
    finer: tuple[Array, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of places."""
        return next(iter(self.parts.values())).size


@dataclass(frozen=True)
class LinearLook:
    """The meaning of a last map float32 [C, h, w].

    Pooled by `weights` float32 [h, w], which sum to 1; by the mean where there are none.
    """

    look: Array
    descriptor: LinearDescriptor
    weights: Array | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of places."""
        return self.look.shape[1], self.look.shape[2]

    @cached_property
    def _pooling(self) -> Sums:
        count = self.size[0] * self.size[1]
        if self.weights is None:
            return np.full(count, 1 / count)
        return self.weights.astype(np.float64).ravel()

    @cached_property
    def _numbers(self) -> Sums:
        """The descriptor of each place by itself, float64 [h w, D]."""
        flat = self.look.reshape(len(self.look), -1).T
        described = (flat - self.descriptor.mean) @ self.descriptor.projection
        return np.asarray(described, np.float64)

    @cached_property
    def vector(self) -> Sums:
        """The descriptor of the pooled map."""
        pooled: Sums = self._pooling @ self._numbers
        return pooled

    def shares(self, centre: Array) -> Sums:
        """Linear in the map, so nothing is approximated."""
        shares: Sums = self._pooling[:, None] * (self._numbers - centre)
        return shares


@dataclass(frozen=True)
class RootLook:
    """The texture (a map [C, h, w]) or the colours (a picture [H, W, 3]) of a photo.

    `weights` float32 of any resolution, summing to 1; every place alike where there are none.
    """

    source: Array | Picture
    root: RootDescriptor
    size: tuple[int, int] = CELLS
    weights: Array | None = None

    @cached_property
    def _weighted(self) -> Array:
        """The map whose plain Gram matrix is the weighted one's."""
        planes = self.source.astype(np.float32)
        if self.weights is None:
            return planes
        shares = resized(self.weights, *planes.shape[1:]) * np.float32(self.weights.size)
        return np.asarray(planes * np.sqrt(shares), np.float32)

    @cached_property
    def _entries(self) -> tuple[Array, Array]:
        if self.source.dtype == np.uint8:
            picture = self.source.astype(np.uint8)
            entries = colour_entries(picture[np.newaxis], self.weights)
            return entries, np.ones(COLOURS, np.float32)
        flat = self._weighted.reshape(self.source.shape[0], -1)
        return gram_entries((flat @ flat.T / np.float32(flat.shape[1]))[np.newaxis])

    @cached_property
    def vector(self) -> Sums:
        """The part at length 1."""
        applied: Sums = self.root.apply(*self._entries)[0].astype(np.float64)
        return applied

    def shares(self, centre: Array) -> Sums:
        """Each entry's root is shared among places as the entry itself is."""
        # Rounding and the entries near zero: the little that no place can be held to.
        rest = self.vector - self._given.sum(axis=0)
        return np.asarray(self._given + self._counting[:, None] * (rest - centre), np.float64)

    @cached_property
    def _given(self) -> Sums:
        """What each place gives to the vector, float64 [h w, D]."""
        entries, multiplicity = self._entries
        worth = self.root.split(entries[0], multiplicity)
        if self.source.dtype == np.uint8:
            cells = colour_cells(self.source.astype(np.uint8), *self.size, self.weights)
            return (cells @ worth).astype(np.float64)
        rows = [cells @ worth for cells in gram_cells(self._weighted, *self.size)]
        return np.concatenate(rows).astype(np.float64)

    @cached_property
    def _counting(self) -> Sums:
        """How much each place counts, float64 [h w], summing to 1."""
        even = np.ones(self.size, np.float32)
        shares = _shares_at(even if self.weights is None else self.weights, *self.size)
        return shares.astype(np.float64).ravel()


def part_look(
    part: Part,
    source: Array | Picture,
    meaning: LinearDescriptor,
    cells: tuple[int, int],
    weights: Array | None = None,
) -> PartLook:
    """The look of `part` at its map, or at the picture itself for the colours.

    `cells` are the rows and columns of places that a texture or the colours are shared out to.
    `weights` float32 of any resolution say how much each place counts; None: all alike.
    """
    if part.space == "meaning":
        planes = source.astype(np.float32)
        shares = None if weights is None else _shares_at(weights, *planes.shape[1:])
        return LinearLook(planes, meaning, shares)
    root = RootDescriptor(part.name, part.size)
    shares = None if weights is None else _shares_at(weights, *weights.shape)
    return RootLook(source, root, cells, shares)


def _shares_at(weights: Array, rows: int, columns: int) -> Array:
    """Weights at another resolution, summing to 1; where all are 0, the same everywhere."""
    found = np.clip(resized(weights, rows, columns), 0, None)
    total = float(found.sum(dtype=np.float64))
    if total <= 0:
        return np.full((rows, columns), 1 / (rows * columns), np.float32)
    return np.asarray(found / total, np.float32)
