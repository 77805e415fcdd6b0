"""Evidence of a match: which places of goal and result made their likeness, exactly.

Every part of a vector is a sum over the photo's places, so the cosine of two photos splits into
a sum over the places of either one, the other held fixed (Stylianou et al. 2019 show the same
for pooled features). Nothing is approximated: a map sums to the score it explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.looks import PartLook

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
    goal: PartLook, result: PartLook, centre: Array, metric: Array | None = None
) -> PlaceSums:
    """Split the cosine of one part of two photos over the places of either.

    `centre` float32 [D] is taken off both vectors, which are then compared in `metric` float32
    [D, D] (their products with it), as the search does. Both shares sum to the score. A photo
    whose vector is the centre is like nothing: score 0.
    """
    columns = np.eye(len(centre)) if metric is None else metric.astype(np.float64)
    goal_unit, goal_length = _direction(goal, centre, columns)
    result_unit, result_length = _direction(result, centre, columns)
    return PlaceSums(
        float(goal_unit @ result_unit),
        _shares(goal, columns @ result_unit, goal_length, centre),
        _shares(result, columns @ goal_unit, result_length, centre),
    )


@dataclass
class Evidence:
    """The place sums of all goals and parts, each times its weight; `score` is what they add to."""

    score: float = 0.0
    goals: list[list[NDArray[np.float64]]] = field(default_factory=list)
    result: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, sums: PlaceSums, weight: float) -> None:
        """Take in one part of the newest goal."""
        self.score += weight * sums.score
        self.goals[-1].append(weight * sums.goal)
        self.result.append(weight * sums.result)


def spread_all(sums: Sequence[NDArray[np.float64]], height: int, width: int) -> Array:
    """Place sums of any resolutions as one smooth map float32 [height, width], sum kept."""
    total = np.zeros((height, width))
    for each in sums:
        total += spread(each, height, width)
    return total.astype(np.float32)


def scaled_to(evidence: Array, total: float) -> Array:
    """The map with a constant added everywhere so that it sums to `total`."""
    rest = total - float(evidence.sum(dtype=np.float64))
    moved: Array = (evidence + rest / evidence.size).astype(np.float32)
    return moved


def _direction(
    look: PartLook, centre: Array, columns: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    apart = (look.vector - centre) @ columns
    length = max(float(np.linalg.norm(apart)), 1e-12)
    return apart / length, length


def _shares(
    look: PartLook, direction: NDArray[np.float64], length: float, centre: Array
) -> NDArray[np.float64]:
    places = look.places(direction)
    shares: NDArray[np.float64] = (places - float(centre @ direction) / places.size) / length
    return shares


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
