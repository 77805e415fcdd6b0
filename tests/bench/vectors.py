"""Synthetic vectors shaped like real ones: many clusters, a decaying spectrum, unequal sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def shaped_vectors(count: int, dim: int = 320, seed: int = 0) -> NDArray[np.float16]:
    """float16 [count, dim]: clusters of very unequal size around centres, both with spectra that
    fall off as measured on photos (a few directions carry most, none carries nothing)."""
    chance = np.random.default_rng(seed)
    clusters = max(8, count // 200)
    spectrum = (np.arange(1, dim + 1) ** -0.5).astype(np.float32)
    centres = chance.standard_normal((clusters, dim), dtype=np.float32) * spectrum
    of = (clusters * chance.random(count) ** 2).astype(np.int64)
    made = np.empty((count, dim), np.float16)
    for start in range(0, count, 65536):
        part = of[start : start + 65536]
        noise = chance.standard_normal((len(part), dim), dtype=np.float32) * spectrum
        made[start : start + len(part)] = centres[part] + 0.7 * noise
    return made
