"""Descriptors: maps of the network to the vectors that are stored and compared.

meaning: the mean over places of the last map, minus a reference mean, projected (Babenko &
Lempitsky 2015, sum pooling). texture: Gram matrices of shallower maps (Gatys et al. 2015), their
entries' signed square roots, projected by fixed random signs (Achlioptas 2003) and joined.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

TEXTURE_SIZE_PER_TAP = 64


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


@cache
def random_signs(tap: str, rows: int) -> Array:
    """Signs -1 and +1, [rows, 64], scaled to keep lengths; the same for ever for one `tap`.

    Drawn from SHAKE-256 rather than a random generator, whose streams may change by version.
    """
    count = rows * TEXTURE_SIZE_PER_TAP
    drawn = hashlib.shake_256(f"lookalike texture {tap}".encode()).digest((count + 7) // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8), count=count)
    signs: Array = bits.astype(np.float32).reshape(rows, TEXTURE_SIZE_PER_TAP) * 2 - 1
    scaled: Array = signs / np.float32(np.sqrt(TEXTURE_SIZE_PER_TAP))
    return scaled


def gram_descriptor(tap: str, gram: Array) -> Array:
    """Gram matrices float32 [N, C, C] of one tap to float32 [N, 64] of length 1.

    Off-diagonal entries stand for two in the full matrix, hence their factor sqrt(2).
    """
    channels = gram.shape[1]
    rows, columns = np.triu_indices(channels)
    entries = gram[:, rows, columns]
    rooted = np.sign(entries) * np.sqrt(np.abs(entries))
    rooted *= np.where(rows == columns, 1.0, np.sqrt(2.0)).astype(np.float32)
    projected = rooted @ random_signs(tap, len(rows))
    length = np.linalg.norm(projected, axis=1, keepdims=True)
    unit: Array = (projected / np.maximum(length, 1e-12)).astype(np.float32)
    return unit
