"""Evidence of a match: which places of goal and result made their likeness, exactly.

The descriptor is linear in the mean over places of the last map, so the cosine of two photos
splits into a sum over the places of either one, the other held fixed (Stylianou et al. 2019
show the same for pooled features). Nothing is approximated: a map sums to the score it explains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.descriptors import LinearDescriptor

Array = NDArray[np.float32]

LONGEST_SIDE = 448
"""Of a finished map, in pixels."""


@dataclass(frozen=True, slots=True)
class PlaceSums:
    """The likeness of two looks, `score`, and its share at each place, float64 [h, w]."""

    score: float
    goal: NDArray[np.float64]
    result: NDArray[np.float64]


def place_sums(
    goal: Array, result: Array, descriptor: LinearDescriptor, centre: Array
) -> PlaceSums:
    """Split the cosine of two last maps, float32 [C, h, w] each (sizes may differ).

    `centre` float32 [D] is taken off both descriptors, as the search does. Both shares sum to
    the score. A photo whose descriptor is the centre is like nothing: score 0.
    """
    goal_places, goal_unit, goal_length = _described(goal, descriptor, centre)
    result_places, result_unit, result_length = _described(result, descriptor, centre)
    return PlaceSums(
        float(goal_unit @ result_unit),
        goal_places @ result_unit / goal_length,
        result_places @ goal_unit / result_length,
    )


def _described(
    look: Array, descriptor: LinearDescriptor, centre: Array
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Each place's part of the descriptor [h, w, D], the descriptor's direction, its length."""
    count = look.shape[1] * look.shape[2]
    columns = look.transpose(1, 2, 0).astype(np.float64) - descriptor.mean
    places = (columns @ descriptor.projection.astype(np.float64) - centre) / count
    whole = places.sum(axis=(0, 1))
    length = max(float(np.linalg.norm(whole)), 1e-12)
    return places, whole / length, length


def spread(sums: NDArray[np.float64], height: int, width: int) -> Array:
    """Place sums [h, w] as a smooth map float32 [height, width] with the very same sum.

    Every place's share is spread by a cubic B-spline whose weights sum to one.
    """
    rows, columns = _spline(sums.shape[0], height), _spline(sums.shape[1], width)
    smooth: Array = (rows @ sums @ columns.T).astype(np.float32)
    return smooth


def _spline(places: int, pixels: int) -> NDArray[np.float64]:
    """Weights [pixels, places]; every column sums to one."""
    at = (np.arange(pixels) + 0.5) * places / pixels - 0.5
    apart = np.abs(at[:, None] - np.arange(places)[None, :])
    near = 2 / 3 - apart**2 + apart**3 / 2
    far = np.clip(2 - apart, 0, None) ** 3 / 6
    weights = np.where(apart < 1, near, far)
    # A place narrower than a pixel can miss every pixel's middle: then the nearest one takes it.
    missed = weights.sum(axis=0) == 0
    weights[apart.argmin(axis=0)[missed], np.flatnonzero(missed)] = 1.0
    spread_out: NDArray[np.float64] = weights / weights.sum(axis=0)
    return spread_out


def map_size(height: int, width: int) -> tuple[int, int]:
    """Height and width of the map for a photo of this size: its aspect, longest side 448."""
    scale = LONGEST_SIDE / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def helped_and_hurt(evidence: Array) -> tuple[float, float]:
    """The sums of what spoke for the match and of what spoke against it (at most 0)."""
    positive = float(np.sum(evidence, where=evidence > 0, dtype=np.float64))
    negative = float(np.sum(evidence, where=evidence < 0, dtype=np.float64))
    return positive, negative
