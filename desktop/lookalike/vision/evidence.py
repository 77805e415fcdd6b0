"""Evidence of a match: which places of goal and result made their likeness, exactly.

Every part of a vector is a sum over the photo's places, so the likeness of two photos splits into
a sum over pairs of their places (Stylianou et al. 2019 show it for pooled features), whatever
the dials. The pairs that stand out are shown; nothing is approximated: a finished map sums to
what it is said to show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Region
from lookalike.vision.finer import attention
from lookalike.vision.looks import PartLook, Sight
from lookalike.vision.pairs import Pairs
from lookalike.vision.planes import resized

Array = NDArray[np.float32]
Sums = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)

LONGEST_SIDE = 448
"""Of a finished map, in pixels."""


@dataclass(frozen=True, slots=True)
class PhotoShares:
    """What the places of one photo gave, float64 [h, w].

    `pointed` (none below 0) lies where finer maps say; `even` is spread evenly around each place.
    """

    pointed: Sums
    even: Sums

    @property
    def total(self) -> float:
        """Their sum."""
        return float(self.pointed.sum() + self.even.sum())


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the part `name` of vectors is compared: `weight` (signed) times the cosine.

    `centre` float32 [D] is taken off both vectors, which are then multiplied by `metric` float32
    [D, D], as the search does; None: by nothing.
    """

    name: str
    weight: float
    centre: Array
    metric: Array | None = None

    def direction(self, look: PartLook) -> tuple[Sums, float]:
        """The compared vector at length 1, and its length."""
        apart = self.measured(look.vector - self.centre)
        length = max(float(np.linalg.norm(apart)), 1e-12)
        return apart / length, length

    def measured(self, vectors: Sums) -> Sums:
        """Vectors float64 [..., D] in the metric, which is no finer than float32 itself."""
        if self.metric is None:
            return vectors
        return np.asarray(vectors.astype(np.float32) @ self.metric, np.float64)


def pairs_between(goal: Sight, result: Sight, parts: Sequence[Comparison]) -> Pairs:
    """What each pair of places gives to the likeness by `parts`, whose weights have one sign.

    The likeness is the sum of the parts' cosines, each times its weight without the sign.
    """
    first, second = _joint_shares(goal, parts), _joint_shares(result, parts)
    return Pairs(first @ second.T, goal.size, result.size)


def _joint_shares(look: Sight, parts: Sequence[Comparison]) -> Sums:
    """What each place gives to the photo's joint vector (see `search.fusion`), [places, D].

    A part whose vector is the centre is like nothing, and gives nothing.
    """
    pieces = []
    for by in parts:
        apart = by.measured(look.parts[by.name].shares(by.centre))
        length = max(float(np.linalg.norm(apart.sum(axis=0))), 1e-12)
        pieces.append(apart * (np.sqrt(abs(by.weight)) / length))
    return np.concatenate(pieces, axis=1)


def _shares_of(pairs: Pairs) -> tuple[PhotoShares, PhotoShares]:
    """What the places of goal and result gave in the pairs that stand out."""
    helping, hurting = pairs.standing_out()
    goal, result = (
        PhotoShares(helping.sum(axis=axis).reshape(size), hurting.sum(axis=axis).reshape(size))
        for axis, size in ((1, pairs.goal), (0, pairs.result))
    )
    return goal, result


class Evidence:
    """The shares of all goals, each times its weight.

    `told` is what each goal's map sums to, `pairs` its pairs of places, `result` float32 of
    `size` the map of all of them.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.told: list[float] = []
        self.goals: list[Array] = []
        self.pairs: list[Pairs] = []
        self.result: Array = np.zeros(size, np.float32)


def gather(
    goal: Sight,
    result: Sight,
    parts: Sequence[Comparison],
    size: tuple[int, int],
    frame: Region,
    evidence: Evidence,
) -> None:
    """Take one goal into `evidence`, by the comparisons of its parts.

    `size` is height and width of the goal's finished map, whose part `frame` was looked at.
    """
    pairs, sign = pairs_between(goal, result, parts), sign_of(parts)
    of_goal, of_result = _shares_of(pairs)
    asking = _Asking(result, goal, of_result.pointed)
    goal_map = sign * set_in(size, frame, partial(_laid_out, of_goal, asking))
    asking = _Asking(goal, result, of_goal.pointed)
    evidence.result += sign * _laid_out(of_result, asking, *evidence.result.shape)
    evidence.told.append(sign * of_goal.total)
    evidence.pairs.append(pairs)
    evidence.goals.append(goal_map)


def sign_of(parts: Sequence[Comparison]) -> int:
    """-1 for a goal to avoid, else 1."""
    return -1 if any(by.weight < 0 for by in parts) else 1


def set_in(size: tuple[int, ...], frame: Region, made: Callable[[int, int], Array]) -> Array:
    """A map of `size` that is 0 but in `frame`, where it is what `made` makes of that size."""
    whole = np.zeros(size, np.float32)
    inside = _within(size, frame)
    whole[inside] = made(*whole[inside].shape)
    return whole


def part_of(whole: NDArray[Scalar], frame: Region) -> NDArray[Scalar]:
    """What of a picture or map [h, w, ...] lies in `frame`, at least one pixel."""
    return np.ascontiguousarray(whole[_within(whole.shape, frame)])


def _within(size: tuple[int, ...], frame: Region) -> tuple[slice, slice]:
    height, width = size[:2]
    x, y, across, down = frame
    top, left = min(int(y * height), height - 1), min(int(x * width), width - 1)
    bottom = min(max(top + 1, round((y + down) * height)), height)
    right = min(max(left + 1, round((x + across) * width)), width)
    return slice(top, bottom), slice(left, right)


def likeness(goal: Sight, result: Sight, parts: Sequence[Comparison]) -> float:
    """The weighted likeness of two looks alone, without its places."""
    total = 0.0
    for by in parts:
        first, _ = by.direction(goal.parts[by.name])
        second, _ = by.direction(result.parts[by.name])
        total += by.weight * float(first @ second)
    return total


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whose places, with what evidence, look for their like in the other photo."""

    asking: Sight
    asked: Sight
    sums: Sums


def _laid_out(shares: PhotoShares, by: _Asking, height: int, width: int) -> Array:
    """Shares as a map: what is pointed goes where the photo looks like the other's places."""
    laid: Array = np.zeros((height, width), np.float32)
    if shares.even.any():
        laid = spread(shares.even, height, width)
    if shares.pointed.any():
        where = attention(by.asking.finer, by.asked.finer, by.sums)
        laid = laid + spread(shares.pointed, height, width, where)
    return laid


def scaled_to(evidence: Array, total: float) -> Array:
    """The map with a constant added everywhere so that it sums to `total`."""
    rest = total - float(evidence.sum(dtype=np.float64))
    moved: Array = (evidence + rest / evidence.size).astype(np.float32)
    return moved


def resized_sum(evidence: Array, height: int, width: int) -> Array:
    """The map at another size, float32 [height, width], with the same sum."""
    across = evidence.size / (height * width)
    return scaled_to(resized(evidence, height, width) * np.float32(across), _sum(evidence))


def _sum(evidence: Array) -> float:
    return float(evidence.sum(dtype=np.float64))


def spread(sums: Sums, height: int, width: int, where: Array | None = None) -> Array:
    """Place sums [h, w] as a smooth map float32 [height, width] with the very same sum.

    Every place's share is spread by a cubic B-spline whose weights sum to one; with `where`
    (above 0, of any resolution) inside that spline by it.
    """
    rows, columns = _spline(sums.shape[0], height), _spline(sums.shape[1], width)
    if where is None:
        return np.asarray(rows @ sums.astype(np.float32) @ columns.T, np.float32)
    finer = resized(where, height, width)
    reached = rows.T @ finer @ columns
    return np.asarray(finer * (rows @ (sums / reached).astype(np.float32) @ columns.T), np.float32)


@lru_cache(maxsize=64)
def _spline(places: int, pixels: int) -> Array:
    """Weights [pixels, places]; every column sums to one."""
    at = (np.arange(pixels) + 0.5) * places / pixels - 0.5
    apart = np.abs(at[:, None] - np.arange(places)[None, :])
    near = 2 / 3 - apart**2 + apart**3 / 2
    far = np.clip(2 - apart, 0, None) ** 3 / 6
    weights = np.where(apart < 1, near, far)
    # A place narrower than a pixel can miss every pixel's middle: then the nearest one takes it.
    missed = weights.sum(axis=0) == 0
    weights[apart.argmin(axis=0)[missed], np.flatnonzero(missed)] = 1.0
    spread_out: Array = (weights / weights.sum(axis=0)).astype(np.float32)
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
