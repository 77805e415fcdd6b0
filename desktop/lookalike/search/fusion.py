"""Fusion: several goals and descriptors to one score between -1 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def descriptor_weights(depth: float, style: float) -> dict[str, float]:
    """How much each descriptor counts: `depth` 0 is texture, 1 meaning; style is texture too."""
    texture = style + (1.0 - style) * (1.0 - depth)
    return {"meaning": 1.0 - texture, "texture": texture}


def fused(
    parts: Sequence[tuple[float, Mapping[str, Array]]], weights: Mapping[str, float]
) -> Array:
    """The score of n photos: float32 [n].

    `parts` holds, for each goal, its weight (negative: less like it) and its cosines by
    descriptor, float32 [n]. The sum is divided by the sum of the weights' sizes.
    """
    total = sum(abs(weight) for weight, _ in parts)
    score = sum(
        weight * share * scores[name]
        for weight, scores in parts
        for name, share in weights.items()
        if share
    )
    return np.asarray(score, np.float32) / np.float32(total or 1.0)
