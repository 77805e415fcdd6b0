"""Has the camera moved between two pictures? Told by how their blocks lie after the best fit.

A copy is made by a computer: cut, scaled, squashed, turned or flipped, it lies on its original by
one affine map, to a tenth of a pixel. Between two exposures the hand has moved: perspective
bends the map, near things pass before far ones, and no affine map fits everywhere. Every block's
displacement is measured (Lucas & Kanade 1981, with its standard error), one affine map is fitted
to them robustly, and what is left over tells. Blocks that were written or pasted over are
outliers; what is compared is standardised in its surroundings, so that a change of tone is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.features import Picture, opencv

Array = NDArray[np.float32]
Matrix = NDArray[np.float64]
Sums = NDArray[np.float64]

_GRAIN: Final = 320
"""Longest side in pixels of what is compared, at most."""
_COARSEST: Final = 64
_BLOCKS: Final = 6
_FEWEST: Final = 12
_ROUNDS: Final = 5
_SETTLED: Final = 0.02  # pixels: a round that moves the map less is the last
_FARTHEST: Final = 2.0  # pixels a round
_SURROUNDINGS: Final = 16  # the sixteenth part of a side, around each pixel
_BLACK, _WHITE = 3.0, 252.0
_FAINT: Final = 4.0  # grey levels squared: flatter surroundings are not stretched
_MOST_OF_BLOCK: Final = 0.6
_LEAST_GRADIENT: Final = 0.002
_STEADY: Final = 0.05  # pixels: no block is measured better than that
_FLOOR: Final = 0.05
_ERRORS: Final = 4.5  # the standard error takes pixels for independent; neighbours are not
_TURNED: Final = 0.33  # pixels at a side's ends: turned by less, a picture stands upright
_ON_FRAME: Final = 0.6  # pixels
_LEVEL: Final = 0.05  # pixels at a side's ends
_NO_STEP: Final = 0.05  # pixels: a map that lays corners on corners
_LEAST_INSIDE: Final = 0.98
_LEFT_OUT_TURNED: Final = 0.33  # pixels of a side


@dataclass(frozen=True, slots=True)
class Settled:
    """How one picture lies on another by the affine map that fits their blocks best.

    `moved` is the blocks' median displacement from that map and `error` its standard error, both
    in pixels of what was compared, of which its longer side has `longest`; `turned` how far its
    axes are from upright, in degrees; `inside` the share of the one picture that lies within the
    other, whichever is larger; `off_frame` how far the one's corners are from the other's, where
    farthest, in pixels; `blocks` how many could be measured. `stayed` is
    their median displacement from the map that lays frame on frame, where that was proposed.
    """

    moved: float
    error: float
    turned: float
    inside: float
    off_frame: float
    longest: int
    blocks: int
    stayed: float = math.inf

    @property
    def one_exposure(self) -> bool:
        """Whether nothing moved between them, as far as can be measured.

        A copy is whole or a part of the other; what is turned besides has to be so exactly,
        since a hand that turns a camera also brings something new in at its edges. Frames that
        lie on one another, or axes that are level, to a fraction of a pixel are not met by
        chance: then twice as much may come from sampling the picture anew.
        """
        at_ends = float(np.deg2rad(self.turned)) * self.longest / 2
        upright = at_ends <= _TURNED + self.error
        whole = _LEAST_INSIDE if upright else 1 - _LEFT_OUT_TURNED / self.longest
        exact = self.off_frame <= _ON_FRAME or at_ends <= _LEVEL
        most = (_FLOOR + _ERRORS * self.error) * (2 if exact else 1)
        fits = self.moved <= most and self.inside >= whole
        return fits or self.stayed <= _FLOOR + _ERRORS * self.error


def settled(goal: Picture, result: Picture, matrix: Matrix, sharp: int) -> Settled | None:
    """Fit the map `matrix`, pixels of `goal` to those of `result`, both grey uint8 [h, w].

    `sharp` is the longest side that the smaller of the two files had: nothing finer is compared.
    None where too few blocks have anything to measure by.
    """
    if abs(float(np.linalg.det(matrix[:2, :2]))) * goal.size > result.size:
        goal, result = result, goal
        matrix = np.asarray(np.linalg.inv(matrix), np.float64)
    small, source, whole = _prepared(goal, result, matrix / matrix[2, 2], sharp)
    affine = _affine(whole, small.shape)
    on_frame = _frames(affine, small.shape, source.shape)[1] <= _NO_STEP
    stayed = math.inf
    for number in range(_ROUNDS):
        blocks = _displaced(small, source, affine)
        if blocks is None:
            return None
        error = float(np.median(blocks.error))
        if on_frame and not number:
            stayed = float(np.median(np.hypot(*blocks.by.T)))
        fit, left = _fitted(blocks)
        affine = affine @ fit
        if np.abs(_corners(small.shape) @ (fit - np.eye(3)).T).max() < _SETTLED:
            break
    return Settled(
        float(np.median(left)),
        error,
        _off_axes(affine),
        *_frames(affine, small.shape, source.shape),
        max(small.shape),
        len(left),
        stayed,
    )


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Of n blocks: `at` their middles, `by` their displacement, [n, 2]; `error` float64 [n]."""

    at: Sums
    by: Sums
    error: Sums


def _prepared(
    goal: Picture, result: Picture, matrix: Matrix, sharp: int
) -> tuple[Array, Array, Matrix]:
    """The goal no finer than the result shows it, the result as fine, and the map between them."""
    cv2 = opencv()

    height, width = goal.shape
    stretch = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    own = max(height, width)
    grain = max(_COARSEST, min(_GRAIN, sharp, own, own * stretch))
    size = max(8, round(width * grain / own)), max(8, round(height * grain / own))
    stretch *= own / grain
    small = cv2.resize(goal, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), max(0.6, 0.6 / stretch))
    source = cv2.GaussianBlur(result.astype(np.float32), (0, 0), 0.5 * max(stretch, 1.0))
    step = np.diag([width / size[0], height / size[1], 1.0])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return small, source, np.linalg.inv(half) @ matrix @ step @ half


def _standardised(grey: Array) -> Array:
    """Less the mean of its surroundings, by their spread."""
    cv2 = opencv()

    side = 2 * (max(grey.shape) // _SURROUNDINGS) + 1
    apart = grey - cv2.blur(grey, (side, side))
    spread = np.sqrt(cv2.blur(apart * apart, (side, side)) + _FAINT)
    return np.asarray(apart / spread, np.float32)


def _corners(shape: tuple[int, ...]) -> Sums:
    """Homogeneous, in order around the picture, [4, 3]."""
    height, width = shape
    return np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)


def _affine(whole: Matrix, shape: tuple[int, ...]) -> Matrix:
    """The affine map that is nearest to a perspective one over a picture."""
    height, width = shape
    x, y = np.meshgrid(np.linspace(0, width, 5), np.linspace(0, height, 5))
    spots = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1)
    mapped = spots @ whole.T
    rows = np.linalg.lstsq(spots, mapped[:, :2] / mapped[:, 2:], rcond=None)[0].T
    return np.vstack([rows, [0, 0, 1]])


def _displaced(small: Array, source: Array, affine: Matrix) -> _Blocks | None:
    """How far each block lies from where the map puts it; None if too few have gradients."""
    cv2 = opencv()

    size, way = small.shape[::-1], cv2.WARP_INVERSE_MAP
    mapped = cv2.warpAffine(
        source, affine[:2], size, flags=cv2.INTER_LINEAR | way, borderMode=cv2.BORDER_REPLICATE
    )
    mapped = cv2.GaussianBlur(mapped, (0, 0), 0.6)
    shown = cv2.warpAffine(
        np.ones(source.shape, np.uint8), affine[:2], size, flags=cv2.INTER_NEAREST | way
    )
    # Where a change of tone has burnt out one of them, its edges are not the picture's.
    burnt = (small > _WHITE) ^ (mapped > _WHITE) | (small < _BLACK) ^ (mapped < _BLACK)
    shown &= ~burnt
    edge = cv2.BORDER_CONSTANT
    seen = cv2.erode(shown, np.ones((5, 5), np.uint8), borderType=edge, borderValue=1)
    standard, mapped = _standardised(small), _standardised(mapped)
    mean = (standard + mapped) / 2
    right, down = (cv2.Sobel(mean, cv2.CV_32F, *axis, ksize=3) / 8 for axis in ((1, 0), (0, 1)))
    apart = standard - mapped
    mask = seen.astype(np.float32)
    right, down, apart = right * mask, down * mask, apart * mask
    pieces = [mask, right * right, right * down, down * down, right * apart, down * apart]
    count, rr, rd, dd, ra, da, aa, full = _block_sums([*pieces, apart * apart, np.ones_like(mask)])
    determinant = rr * dd - rd * rd
    weakest = (rr + dd - np.sqrt(np.maximum((rr + dd) ** 2 - 4 * determinant, 0))) / 2
    good = (count > _MOST_OF_BLOCK * full) & (weakest > _LEAST_GRADIENT * count)
    if good.sum() < _FEWEST:
        return None
    determinant = np.where(good, determinant, 1)
    by = np.stack([dd * ra - rd * da, rr * da - rd * ra], axis=1) / determinant[:, np.newaxis]
    rest = np.maximum(aa - by[:, 0] * ra - by[:, 1] * da, 0) / np.maximum(count, 1)
    error = np.sqrt(rest / np.where(good, weakest, 1))
    return _Blocks(_middles(small.shape)[good], by[good], error[good])


def _starts(side: int) -> NDArray[np.intp]:
    return np.arange(_BLOCKS) * side // _BLOCKS


def _block_sums(pieces: list[Array]) -> Sums:
    stacked = np.stack(pieces)
    rows = np.add.reduceat(stacked, _starts(stacked.shape[1]), axis=1)
    summed: Sums = np.add.reduceat(rows, _starts(stacked.shape[2]), axis=2, dtype=np.float64)
    return summed.reshape(len(pieces), -1)


def _middles(shape: tuple[int, ...]) -> Sums:
    down, across = ((_starts(side) + np.append(_starts(side)[1:], side)) / 2 for side in shape)
    x, y = np.meshgrid(across, down)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _fitted(blocks: _Blocks) -> tuple[Matrix, Sums]:
    """The affine map of the blocks' displacements, and what each is off it.

    Iteratively reweighted least squares with Tukey's weights.
    """
    reach = max(float(blocks.at.max()), 1.0)
    basis = np.column_stack([np.ones(len(blocks.at)), blocks.at / reach])
    by = np.clip(blocks.by, -_FARTHEST, _FARTHEST)
    trust = 1 / (blocks.error**2 + _STEADY**2)
    weights: Sums = trust
    left: Sums = np.zeros(len(by))
    found: Sums = np.zeros((3, 2))
    for _ in range(6):
        weighted = weights[:, np.newaxis] * basis
        squares = weighted.T @ basis + 1e-9 * np.eye(3)
        found = np.asarray(np.linalg.solve(squares, weighted.T @ by), np.float64)
        left = np.asarray(np.hypot(*(by - basis @ found).T), np.float64)
        cut = max(4.5 * float(np.median(left)), _STEADY)
        weights = np.asarray(trust * np.maximum(1 - (left / cut) ** 2, 0) ** 2, np.float64)
    fit = np.eye(3)
    fit[:2] += np.column_stack([found[1:].T / reach, found[0]])
    return fit, left


def _off_axes(affine: Matrix) -> float:
    """How far, in degrees, a map turns either axis from being level or upright."""
    turns = np.degrees(np.arctan2(affine[1, :2], affine[0, :2]))
    return float(np.abs((turns + 45) % 90 - 45).max())


def _frames(affine: Matrix, small: tuple[int, ...], source: tuple[int, ...]) -> tuple[float, float]:
    """The share of either picture that the other covers, the larger; and `off_frame`."""
    cv2 = opencv()

    half = np.array([0.5, 0.5, 0])  # pixels are counted from their middles
    mapped = ((_corners(small) - half) @ affine.T)[:, :2].astype(np.float32)
    frame = (_corners(source) - half)[:, :2].astype(np.float32)
    common, _ = cv2.intersectConvexConvex(mapped, frame)
    area = abs(float(np.linalg.det(affine[:2, :2]))) * small[0] * small[1]
    least = min(area, float(source[0] * source[1]))
    apart = np.linalg.norm(mapped[:, np.newaxis] - frame, axis=2).min(axis=1).max()
    by = float(np.sqrt(area / (small[0] * small[1])))
    return min(1.0, float(common) / max(least, 1e-9)), float(apart) / max(by, 1e-9)
