"""Checks a gradient against central finite differences of forward passes.

(f(x + e v) - f(x - e v)) / 2 e is the mean of the derivative along v between the two points. In
a deep network of rectifiers a float32 step that is long enough to rise above rounding crosses
thousands of kinks, where the derivative jumps; so the gradient is taken not at x alone but at
points between the two, and its mean is compared (the fundamental theorem of calculus). A smooth
network, whose derivative does not change on the way, is done after a few points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.network.gradients.builder import GRADIENT, SEED, build_gradient, from_float
from lookalike.vision.network.graph import ForwardGraph
from lookalike.vision.network.session import open_session

Array = NDArray[np.float64]

LARGEST_ERROR = 1e-2
"""Of a directional derivative, relative; what counts as agreement."""
_STEP, _LONGEST_STEP = 1 / 3000, 1 / 30
"""In deviations of the input: with few kinks between; longer where rounding would drown it."""
_ROUNDING, _TOLERATED = 6e-7, 1e-3
_POINTS = (6, 24, 96)
_STEADY = 2e-3


@dataclass(frozen=True, slots=True)
class _Tap:
    """A seeded tap as a function of the float entry, its gradient, and where to start."""

    value: Callable[[Array], float]
    gradient: Callable[[Array], Array]
    start: Array
    rounding: float


def gradient_error(
    forward: ForwardGraph,
    tap: str,
    picture: NDArray[np.uint8] | NDArray[np.float32],
    chance: np.random.Generator,
    threads: int = 0,
) -> float:
    """The worst relative error of the exact gradient of `tap` along two random directions.

    The tap's filters and places are weighed at random; `picture` is as the network takes it. One
    direction is fine noise, the other coarse. The error is relative to the derivative, or, where
    a direction happens to lie across the gradient, to the derivative typical of such directions.

    Raises:
        NoGradientError: the tap has no gradient.
    """
    seeded = _seeded(forward, tap, picture, chance, threads)
    gradient = seeded.gradient(seeded.start)
    typical = float(np.linalg.norm(gradient))
    step = _step(seeded, typical)
    if typical == 0.0:
        moved = seeded.value(seeded.start + 100 * step * chance.standard_normal(gradient.shape))
        return 0.0 if moved == seeded.value(seeded.start) else float("inf")
    worst = 0.0
    for grain in (1, 8):
        way = _direction(gradient.shape, grain, chance)
        error = _disagreement(seeded, way, step, typical)
        if error > LARGEST_ERROR:
            # One large kink on a long way; a wrong gradient agrees with no step.
            error = min(error, _disagreement(seeded, way, step / 10, typical))
        worst = max(worst, error)
    return worst


def _disagreement(seeded: _Tap, way: Array, step: float, typical: float) -> float:
    ends = [seeded.value(seeded.start + sign * step * way) for sign in (1, -1)]
    measured = (ends[0] - ends[1]) / (2 * step)
    expected = _mean_slope(seeded, way, step, typical)
    return abs(measured - expected) / max(abs(expected), typical)


def _step(seeded: _Tap, typical: float) -> float:
    """How far to go: far enough that the change stands out from float32 rounding."""
    deviation = max(float(seeded.start.std()), 1e-3)
    clear = seeded.rounding / (_TOLERATED * typical) if typical else 0.0
    return min(max(_STEP * deviation, clear), _LONGEST_STEP * deviation)


def _mean_slope(seeded: _Tap, way: Array, step: float, typical: float) -> float:
    """The mean along `way` of the derivative, by the midpoint rule."""

    def slopes(places: Array) -> Array:
        at = (seeded.start + place * step * way for place in places)
        return np.array([np.sum(seeded.gradient(each) * way) for each in at])

    ends, before = slopes(np.array([-1.0, 1.0])), float("inf")
    for count in _POINTS:
        found = slopes((np.arange(count) + 0.5) / count * 2 - 1)
        mean = float(found.mean())
        # A kink between the last point and the end shows in the end alone.
        steady = max(float(found.std()), float(np.abs(ends - mean).max())) < _STEADY * typical
        if steady or abs(mean - before) < 2 * _STEADY * typical:
            break
        before = mean
    return mean


def _direction(shape: tuple[int, ...], grain: int, chance: np.random.Generator) -> Array:
    """Normal noise in squares of `grain` along the two longest axes."""
    axes = np.argsort(shape)[-2:]
    coarse = [-(-size // grain) if axis in axes else size for axis, size in enumerate(shape)]
    noise = chance.standard_normal(coarse)
    for axis in axes:
        noise = noise.repeat(grain, axis=int(axis))
    return noise[tuple(slice(size) for size in shape)]


def _seeded(
    forward: ForwardGraph,
    tap: str,
    picture: NDArray[np.generic],
    chance: np.random.Generator,
    threads: int,
) -> _Tap:
    graph = build_gradient(forward, tap, exact_tap=True, float_input=True)
    backward = open_session(graph.model.SerializeToString(), threads, device="CPU")
    plain = from_float(forward, [tap])
    straight = open_session(plain.SerializeToString(), threads, device="CPU")
    seed = chance.standard_normal(forward.shape(tap)).astype(np.float32)
    weights = seed.astype(np.float64)
    entry = forward.entry

    def value(at: Array) -> float:
        (found,) = straight.run([tap], {entry: at.astype(np.float32)})
        return float(np.sum(found * weights))

    def gradient(at: Array) -> Array:
        (found,) = backward.run([GRADIENT], {entry: at.astype(np.float32), SEED: seed})
        return np.asarray(found, np.float64)

    start = np.asarray(picture, np.float64)
    (level,) = straight.run([tap], {entry: start.astype(np.float32)})
    rounding = _ROUNDING * float(np.linalg.norm(level * weights))
    return _Tap(value, gradient, start, rounding)
