"""One photo as the network sees it, part by part: its vector, and what each place gave to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Part
from lookalike.vision.colours import CELL, COLOURS, colour_entries, colour_places
from lookalike.vision.descriptors import (
    LinearDescriptor,
    RootDescriptor,
    gram_entries,
    gram_places,
)
from lookalike.vision.planes import resized

Array = NDArray[np.float32]
Sums = NDArray[np.float64]
Picture = NDArray[np.uint8]

_PATCHES = 14
"""Along each side: patches as large as a place of the last map at the finer look."""


class PartLook(Protocol):
    """A part of a photo's vector, with its places at hand."""

    @property
    def vector(self) -> Sums:
        """The part as it is stored, float64 [D]."""

    def places(self, direction: Sums) -> Sums:
        """What each place gives to `direction` . vector, float64 [h, w], summing to it."""

    def patch(self, row: float, column: float) -> tuple[Sums, float]:
        """What a patch at a point (fractions) gives to the vector, and how much it counts of 1."""


@dataclass(frozen=True)
class Sight:
    """A picture as the network sees it: the looks of its parts by name, and finer maps."""

    parts: Mapping[str, PartLook]
    finer: tuple[Array, ...] = ()


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
        described = (flat - self.descriptor.mean) @ self.descriptor.projection.astype(np.float64)
        return np.asarray(described, np.float64)

    @cached_property
    def vector(self) -> Sums:
        """The descriptor of the pooled map."""
        pooled: Sums = self._pooling @ self._numbers
        return pooled

    def places(self, direction: Sums) -> Sums:
        """Linear in the map, so nothing is approximated."""
        return (self._pooling * (self._numbers @ direction)).reshape(self.size)

    def patch(self, row: float, column: float) -> tuple[Sums, float]:
        """The places in a fourteenth of the photo's sides."""
        here = np.zeros(self.size)
        here[_window(self.size, row, column)] = 1
        weights = self._pooling * here.ravel()
        return weights @ self._numbers, float(weights.sum())

    def shares(self, centre: Array) -> Sums:
        """What each place gives to the vector minus `centre` [D]: float64 [h w, D]."""
        shares: Sums = self._pooling[:, None] * (self._numbers - centre)
        return shares


@dataclass(frozen=True)
class RootLook:
    """The texture (a map [C, h, w]) or the colours (a picture [H, W, 3]) of a photo.

    `weights` float32 of any resolution, summing to 1; every place alike where there are none.
    """

    source: Array | Picture
    root: RootDescriptor
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

    def patch(self, row: float, column: float) -> tuple[Sums, float]:
        """The places in a fourteenth of the photo's sides, each with its share of the roots."""
        entries, multiplicity = self._entries
        if self.source.dtype == np.uint8:
            some, weight = self._colour_patch(row, column)
        else:
            planes = self._weighted
            here = planes[:, *_window(planes.shape[1:], row, column)]
            flat = here.reshape(len(here), -1)
            count = np.float32(planes[0].size)
            some = gram_entries((flat @ flat.T / count)[np.newaxis])[0]
            weight = self._counted(planes.shape[1:], row, column)
        return self.root.share(entries[0], multiplicity, some[0]), weight

    def _colour_patch(self, row: float, column: float) -> tuple[Array, float]:
        picture = self.source.astype(np.uint8)
        size = picture.shape[0] // CELL, picture.shape[1] // CELL
        even = np.full(size, 1 / (size[0] * size[1]), np.float32)
        shares = even if self.weights is None else _shares_at(self.weights, *size)
        here = np.zeros(size, np.float32)
        window = _window(size, row, column)
        here[window] = shares[window]
        return colour_entries(picture[np.newaxis], here), float(here.sum(dtype=np.float64))

    def _counted(self, size: tuple[int, ...], row: float, column: float) -> float:
        """The share of the weights that a patch has."""
        if self.weights is None:
            return float(np.zeros(size)[_window(size, row, column)].size / np.prod(size))
        shares = _shares_at(self.weights, *size)
        return float(shares[_window(size, row, column)].sum(dtype=np.float64))

    def _colour_places(self, picture: Picture, slopes: Sums) -> Sums:
        found = colour_places(picture, slopes)
        if self.weights is None:
            return found
        shares = resized(self.weights, *found.shape) * np.float32(self.weights.size)
        weighed: Sums = found * shares
        return weighed

    @cached_property
    def vector(self) -> Sums:
        """The part at length 1."""
        applied: Sums = self.root.apply(*self._entries)[0].astype(np.float64)
        return applied

    def places(self, direction: Sums) -> Sums:
        """Each entry's root is shared among places as the entry itself is."""
        entries, multiplicity = self._entries
        slopes, _ = self.root.slopes(entries[0], multiplicity, direction)
        if self.source.dtype == np.uint8:
            found = self._colour_places(self.source.astype(np.uint8), slopes)
        else:
            found = gram_places(self._weighted, slopes)
        # Rounding and the entries near zero: the little that no place can be held to.
        rest = float(self.vector @ direction) - float(found.sum())
        return found + rest / found.size


def part_look(
    part: Part, source: Array | Picture, meaning: LinearDescriptor, weights: Array | None = None
) -> PartLook:
    """The look of `part` at its map, or at the picture itself for the colours.

    `weights` float32 of any resolution say how much each place counts; None: all alike.
    """
    if part.space == "meaning":
        planes = source.astype(np.float32)
        shares = None if weights is None else _shares_at(weights, *planes.shape[1:])
        return LinearLook(planes, meaning, shares)
    root = RootDescriptor(part.name, part.size)
    shares = None if weights is None else _shares_at(weights, *weights.shape)
    return RootLook(source, root, shares)


def _window(size: tuple[int, ...], row: float, column: float) -> tuple[slice, ...]:
    """The places of a patch around a point (fractions): a fourteenth of each side, at least one."""
    found = []
    for places, at in zip(size, (row, column), strict=True):
        side = max(1, round(places / _PATCHES))
        start = min(max(round(at * places - side / 2), 0), places - side)
        found.append(slice(start, start + side))
    return tuple(found)


def _shares_at(weights: Array, rows: int, columns: int) -> Array:
    """Weights at another resolution, summing to 1; where all are 0, the same everywhere."""
    found = np.clip(resized(weights, rows, columns), 0, None)
    total = float(found.sum(dtype=np.float64))
    if total <= 0:
        return np.full((rows, columns), 1 / (rows * columns), np.float32)
    return np.asarray(found / total, np.float32)
