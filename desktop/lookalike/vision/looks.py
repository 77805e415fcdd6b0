"""One photo as the network sees it, part by part: its vector, and what each place gave to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Part
from lookalike.vision.colours import COLOURS, colour_entries, colour_places
from lookalike.vision.descriptors import (
    LinearDescriptor,
    RootDescriptor,
    gram_entries,
    gram_places,
)

Array = NDArray[np.float32]
Sums = NDArray[np.float64]
Picture = NDArray[np.uint8]


class PartLook(Protocol):
    """A part of a photo's vector, with its places at hand."""

    @property
    def vector(self) -> Sums:
        """The part as it is stored, float64 [D]."""

    def places(self, direction: Sums) -> Sums:
        """What each place gives to `direction` . vector, float64 [h, w], summing to it."""


@dataclass(frozen=True)
class LinearLook:
    """The meaning of a last map float32 [C, h, w]."""

    look: Array
    descriptor: LinearDescriptor

    @cached_property
    def vector(self) -> Sums:
        """The descriptor of the map's mean."""
        pooled = self.look.mean(axis=(1, 2), dtype=np.float64)
        described: Sums = (pooled - self.descriptor.mean) @ self.descriptor.projection.astype(
            np.float64
        )
        return described

    def places(self, direction: Sums) -> Sums:
        """Linear in the map, so nothing is approximated."""
        return self.descriptor.places(self.look, direction)


@dataclass(frozen=True)
class RootLook:
    """The texture (a map [C, h, w]) or the colours (a picture [H, W, 3]) of a photo."""

    source: Array | Picture
    root: RootDescriptor
    scale: float

    @cached_property
    def _entries(self) -> tuple[Array, Array]:
        if self.source.dtype == np.uint8:
            return colour_entries(self.source[np.newaxis].astype(np.uint8)), np.ones(
                COLOURS, np.float32
            )
        flat = self.source.reshape(self.source.shape[0], -1).astype(np.float32)
        return gram_entries((flat @ flat.T / np.float32(flat.shape[1]))[np.newaxis])

    @cached_property
    def vector(self) -> Sums:
        """The part at length `scale`."""
        applied: Sums = self.root.apply(*self._entries)[0].astype(np.float64) * self.scale
        return applied

    def places(self, direction: Sums) -> Sums:
        """Each entry's root is shared among places as the entry itself is."""
        entries, multiplicity = self._entries
        slopes, _ = self.root.slopes(entries[0], multiplicity, direction * self.scale)
        if self.source.dtype == np.uint8:
            found = colour_places(self.source.astype(np.uint8), slopes)
        else:
            found = gram_places(self.source.astype(np.float32), slopes)
        # Rounding and the entries near zero: the little that no place can be held to.
        rest = float(self.vector @ direction) - float(found.sum())
        return found + rest / found.size


def part_look(part: Part, source: Array | Picture, meaning: LinearDescriptor) -> PartLook:
    """The look of `part` at its map, or at the picture itself for the colours."""
    if part.space == "meaning":
        return LinearLook(source.astype(np.float32), meaning)
    return RootLook(source, RootDescriptor(part.name, part.size), float(np.sqrt(part.share)))
