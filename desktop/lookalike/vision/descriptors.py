"""Descriptors: maps of the network to the vectors that are stored and compared.

meaning: the mean over places of the last map, minus a reference mean, projected (Babenko &
Lempitsky 2015, sum pooling). texture: Gram matrices of shallower maps (Gatys et al. 2015) and a
colour histogram, their entries' signed square roots, each projected by fixed random signs
(Achlioptas 2003), and joined as parts of length 1.

Each is, for one photo, a sum over its places (see `looks`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

GRAM_SIZES = (120, 140, 140, 100)
"""Numbers of each tap's part, shallow to deep: 1,200 bytes a photo with meaning and colour."""
COLOUR_SIZE = 60
GRAM_SHARES = (1.0, 1.0, 0.25, 0.0)
"""Of the texture score, shallow to deep: the middle layers know a texture best. Style asks all."""
COLOUR_SHARE = 1.0
_SMALLEST = 1e-4
"""Of the largest entry: below it an entry's root is too steep to be split over places."""


@dataclass(frozen=True, slots=True)
class LinearDescriptor:
    """(pooled - mean) @ projection; `mean` float32 [C], `projection` float32 [C, D]."""

    mean: Array
    projection: Array

    @property
    def size(self) -> int:
        """D, the numbers of the descriptor."""
        return int(self.projection.shape[1])

    def apply(self, pooled: Array) -> Array:
        """float32 [..., C] to float32 [..., D]."""
        projected: Array = ((pooled - self.mean) @ self.projection).astype(np.float32)
        return projected


@dataclass(frozen=True, slots=True)
class RootDescriptor:
    """Signed square roots of sums over places, projected by random signs to length 1.

    `name` seeds the signs, so a descriptor stays the same for ever. Entries stand for
    `multiplicity` equal ones each.
    """

    name: str
    size: int

    def apply(self, entries: Array, multiplicity: Array) -> Array:
        """float32 [N, E] to float32 [N, size] of length 1 (zeros stay zero)."""
        rooted = np.sign(entries) * np.sqrt(np.abs(entries)) * np.sqrt(multiplicity)
        projected = rooted @ random_signs(self.name, entries.shape[1], self.size)
        length = np.linalg.norm(projected, axis=1, keepdims=True)
        unit: Array = (projected / np.maximum(length, 1e-12)).astype(np.float32)
        return unit

    def split(self, entries: Array, multiplicity: Array) -> Array:
        """What an entry's share is worth in the descriptor of `entries` float32 [E]: [E, size].

        A few places' entries, times this, are what those places give to it: each root is shared
        out as the entry itself is (exact by Euler's theorem, since a root is homogeneous). Over
        all places that sums to the descriptor but for the entries near zero, whose roots are too
        steep to be shared out.
        """
        values = entries.astype(np.float64)
        factor = np.sqrt(multiplicity.astype(np.float64))
        signs = random_signs(self.name, len(values), self.size)
        rooted = np.sign(values) * np.sqrt(np.abs(values)) * factor
        length = max(float(np.linalg.norm(rooted @ signs)), 1e-12)
        steady = np.abs(values) > _SMALLEST * max(float(np.abs(values).max(initial=0)), 1e-12)
        scale = np.zeros_like(values)
        scale[steady] = factor[steady] / np.sqrt(np.abs(values[steady]))
        shared: Array = signs * (scale / length).astype(np.float32)[:, None]
        return shared


@cache
def random_signs(name: str, rows: int, size: int) -> Array:
    """Signs -1 and +1, [rows, size], scaled to keep lengths; the same for ever for one `name`.

    Drawn from SHAKE-256 rather than a random generator, whose streams may change by version.
    """
    count = rows * size
    drawn = hashlib.shake_256(f"lookalike texture {name}".encode()).digest((count + 7) // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8), count=count)
    signs: Array = bits.astype(np.float32).reshape(rows, size) * 2 - 1
    scaled: Array = signs / np.float32(np.sqrt(size))
    return scaled


def gram_entries(gram: Array) -> tuple[Array, Array]:
    """The upper triangle of Gram matrices [N, C, C], and how often each stands in the whole."""
    rows, columns = np.triu_indices(gram.shape[-1])
    return gram[:, rows, columns], np.where(rows == columns, 1, 2).astype(np.float32)


def gram_cells(planes: Array, rows: int, columns: int) -> Iterator[Array]:
    """What cells of a map [C, h, w] give to the entries of its Gram matrix, a row at a time.

    Yields `rows` times float32 [columns, E]; over all cells they sum to the entries.
    """
    channels, height, width = planes.shape
    count = np.float32(height * width)
    down, across = (np.arange(n + 1) * side // n for n, side in ((rows, height), (columns, width)))
    for top, bottom in pairwise(down):
        grams = np.empty((columns, channels, channels), np.float32)
        for column, (left, right) in enumerate(pairwise(across)):
            flat = planes[:, top:bottom, left:right].reshape(channels, -1)
            grams[column] = flat @ flat.T / count
        yield gram_entries(grams)[0]


def gram_layout(taps: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Sizes and shares of the parts of `taps` Gram matrices, shallow to deep."""
    if taps == len(GRAM_SIZES):
        return GRAM_SIZES, GRAM_SHARES
    size = sum(GRAM_SIZES) // max(taps, 1)
    return (size,) * taps, tuple(0.5 ** max(0, place - taps // 2) for place in range(taps))
