"""Fusion: what the dials make of the parts of stored vectors, and their joint vectors.

A joint vector is each part minus the library's mean of it, in the library's metric of its space,
at length 1, times the root of its weight: the weighted sum of the parts' cosines is then one
product of joint vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Part
from lookalike.search.exact import unit

Array = NDArray[np.float32]


def part_weights(parts: Sequence[Part], depth: float, style: float) -> dict[Part, float]:
    """How much each part counts, summing to 1; parts that do not count are left out.

    `depth` 0 is texture, 1 meaning; `style` mixes in the weights of style.
    """
    weights = {}
    for part in parts:
        dial = depth if part.space == "meaning" else 1.0 - depth
        weight = (1.0 - style) * dial * part.share + style * part.style_share
        if weight > 0:
            weights[part] = weight
    return weights


def spaces_of(weights: Mapping[Part, float]) -> tuple[str, ...]:
    """The spaces that the parts lie in, each once."""
    return tuple(dict.fromkeys(part.space for part in weights))


@dataclass(frozen=True, slots=True)
class Frame:
    """What vectors of a library are compared in, by space.

    `centres` float32 [d] is the library's mean, `metrics` float32 [d, d] (see `search.metric`)
    for the spaces that have one.
    """

    centres: Mapping[str, Array]
    metrics: Mapping[str, Array]


def part_units(rows: Mapping[str, Array], frame: Frame, part: Part) -> Array:
    """One part of n photos as it is compared, of length 1: float32 [n, size]."""
    place = slice(part.start, part.stop)
    apart = rows[part.space][:, place] - frame.centres[part.space][place]
    if part.space in frame.metrics:
        apart = apart @ frame.metrics[part.space]
    return unit(apart)


def joint_vectors(rows: Mapping[str, Array], frame: Frame, weights: Mapping[Part, float]) -> Array:
    """The joint vectors of n photos, float32 [n, D], from their rows by space [n, d]."""
    pieces = [
        part_units(rows, frame, part) * np.float32(np.sqrt(weight))
        for part, weight in weights.items()
    ]
    return np.concatenate(pieces, axis=1)
