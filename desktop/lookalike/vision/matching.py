"""Is one picture the other in another size, crop, compression, turn or filter? By its pixels.

Local features (SIFT, Lowe 2004; square-rooted, Arandjelovic & Zisserman 2012) propose how one
picture lies in the other (RANSAC, Fischler & Bolles 1981); pictures too plain for them are laid
on one another whole, in the eight ways a picture can be turned and flipped. Then the pixels
decide: laid over the goal, the result must correlate with it in nearly every part that has
something to see. A likeness of subject, however close, does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Array = NDArray[np.float32]

SIDE: Final = 320
"""Longest side of the pictures that are compared."""
_POINTS: Final = 1000
_POINTS_FLIPPED: Final = 300
_RATIO: Final = 0.8
_LEAST_INLIERS: Final = 8
_GRAIN: Final = 96  # longest side at which pixels are laid on one another
_BLOCKS: Final = 6
_LEAST_AGREEMENT: Final = 0.8
_LEAST_DETAIL: Final = 0.88
_LEAST_INSIDE: Final = 0.93
_LEAST_WHOLE: Final = 0.65
_SURE: Final = 0.9  # above it no finer fit is looked for
_LEAST_COVERED: Final = 0.04
_MOST_OF_BLOCK: Final = 0.6
_PLENTY: Final = 24.0  # grey levels: more does not make a block count for more
_TO_CENTRES: Final = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_TO_CORNERS: Final = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
_FLAT: Final = 4.0  # grey levels: a block that varies less says nothing


@dataclass(frozen=True, slots=True)
class Visible:
    """A picture made ready: grey uint8 [h, w], and points float32 [n, 2] with SIFT [n, 128]."""

    grey: NDArray[np.uint8]
    points: Array
    features: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How two pictures lie on one another.

    `agreement` is the correlation of their blocks by what there is to see in each, `detail` the
    median correlation of the blocks' edges alone, `inside` the share of the one picture that
    lies within the other, whichever is larger. `inliers` are matching features (0: laid on
    whole).
    """

    agreement: float
    detail: float
    inside: float
    inliers: int

    @property
    def same(self) -> bool:
        """Whether they are one picture; another shot of one scene differs in its details."""
        return (
            self.agreement >= _LEAST_AGREEMENT
            and self.detail >= _LEAST_DETAIL
            and self.inside >= _LEAST_INSIDE
        )


def _opencv() -> ModuleType:
    """OpenCV, loaded when it is needed; its type stubs are narrower than what it takes."""
    import cv2

    return cv2


def prepare(picture: Picture) -> Visible:
    """uint8 [H, W, 3] to what is compared."""
    cv2 = _opencv()

    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=way), cv2.COLOR_RGB2GRAY)
    finder = cv2.SIFT_create(nfeatures=_POINTS, contrastThreshold=0.015)
    keys, found = finder.detectAndCompute(grey, None)
    strongest = np.argsort([-key.response for key in keys], kind="stable")
    points = np.array([keys[place].pt for place in strongest], np.float32).reshape(-1, 2)
    found = np.empty((0, 128), np.float32) if found is None else found[strongest]
    rooted = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9))
    features = np.clip(np.rint(rooted * 512), 0, 255).astype(np.uint8)
    return Visible(np.asarray(grey, np.uint8), points, features)


def overlap(goal: Visible, result: Visible) -> Overlap | None:
    """The best way the result lies on the goal, or None where there is none to be found."""
    found = [laid_on(goal, result, matrix, 0) for matrix in _whole_way(goal, result)]
    for flip in (False, True):
        matrix, inliers = _by_features(goal, result, flip)
        if matrix is not None:
            found.append(laid_on(goal, result, matrix, inliers))
            break
    ways = [each for each in found if each is not None]
    return max(ways, key=lambda way: (way.same, way.agreement), default=None)


def _by_features(
    goal: Visible, result: Visible, flip: bool
) -> tuple[NDArray[np.float64] | None, int]:
    """The map that most matching features agree on, in pixels, and how many do."""
    if len(goal.points) < _LEAST_INLIERS or len(result.points) < _LEAST_INLIERS:
        return None, 0
    first, second = goal.features, result.features
    if flip:
        first, second = mirrored(first[:_POINTS_FLIPPED]), second[:_POINTS_FLIPPED]
    likeness = (first.astype(np.float32) / 512) @ (second.astype(np.float32) / 512).T
    best = likeness.argmax(axis=1)
    rows = np.arange(len(best))
    top = likeness[rows, best]
    likeness[rows, best] = -1
    runner_up = likeness.max(axis=1)
    # Distances of unit vectors: d^2 = 2 - 2 cos.
    kept = (1 - top) < _RATIO**2 * (1 - runner_up)
    if kept.sum() < _LEAST_INLIERS:
        return None, 0
    return _agreed_map(goal.points[rows[kept]], result.points[best[kept]])


def _agreed_map(first: Array, second: Array) -> tuple[NDArray[np.float64] | None, int]:
    """The map from `first` to `second` that most points agree on, and how many spots do."""
    cv2 = _opencv()

    matrix, mask = cv2.estimateAffine2D(
        first, second, method=cv2.RANSAC, ransacReprojThreshold=4.0, maxIters=1000
    )
    if matrix is None or _spots(first, mask) < _LEAST_INLIERS or not _plausible(matrix):
        return None, 0
    whole, spots = np.vstack([matrix, [0, 0, 1]]), _spots(first, mask)
    if len(first) >= 2 * _LEAST_INLIERS:
        # A picture seen from the side: a perspective, where that explains more.
        bent, mask = cv2.findHomography(first, second, cv2.RANSAC, 4.0, maxIters=1000)
        if bent is not None and _spots(first, mask) > spots and _plausible(bent[:2] / bent[2, 2]):
            whole, spots = bent, _spots(first, mask)
    return whole, spots


def _spots(points: Array, mask: NDArray[np.uint8]) -> int:
    """Inliers, several at one spot counted once."""
    return len(np.unique(points[mask[:, 0] > 0] // 6, axis=0))


def _plausible(matrix: NDArray[np.float64]) -> bool:
    """A photo of a picture may be turned, scaled and somewhat tilted, not squashed flat."""
    values = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(values[1] > 0.1 and values[0] < 10 and values[0] / values[1] < 2.5)


def mirrored(features: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """SIFT of the mirrored picture from SIFT: 4 x 4 cells and 8 directions, left to right."""
    cells = features.reshape(-1, 4, 4, 8)[:, ::-1]
    turned = cells[..., (-np.arange(8)) % 8]
    return np.ascontiguousarray(turned.reshape(-1, 128))


def _whole_way(goal: Visible, result: Visible) -> list[NDArray[np.float64]]:
    """The best of the eight ways to lay the whole result on the whole goal, in pixels, if any."""
    cv2 = _opencv()

    small = cv2.resize(goal.grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    other = cv2.resize(result.grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    height, width = goal.grey.shape
    to_unit = np.array([[1 / width, 0, 0], [0, 1 / height, 0], [0, 0, 1]])
    from_unit = np.array([[result.grey.shape[1], 0, 0], [0, result.grey.shape[0], 0], [0, 0, 1]])
    ways = []
    for turn, matrix in _EIGHT.items():
        laid = np.rot90(other[:, ::-1] if turn[1] else other, turn[0])
        ways.append((correlation(small, laid), matrix))
    likeness, matrix = max(ways, key=lambda way: way[0])
    return [from_unit @ matrix @ to_unit] if likeness > _LEAST_WHOLE else []


def _eight_ways() -> dict[tuple[int, bool], NDArray[np.float64]]:
    """Points of np.rot90(flipped, turns) to points of the unflipped picture, in the unit square."""
    turn = np.array([[0.0, -1, 1], [1, 0, 0], [0, 0, 1]])  # one np.rot90: (x, y) was (1 - y, x)
    flip = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]])
    ways = {}
    for turns in range(4):
        turned = np.linalg.matrix_power(turn, turns)
        ways[turns, False] = turned
        ways[turns, True] = flip @ turned
    return ways


_EIGHT: Final = _eight_ways()


def laid_on(
    goal: Visible, result: Visible, matrix: NDArray[np.float64], inliers: int
) -> Overlap | None:
    """Compare the pixels where the result lies on the goal.

    `matrix` float64 [3, 3] takes points of the goal to points of the result, both in pixels.
    """
    cv2 = _opencv()

    area = abs(float(np.linalg.det(matrix[:2, :2]))) * goal.grey.size / result.grey.size
    if area > 1:
        # The result is a part of the goal: it is compared at its own size.
        goal, result, area = result, goal, 1 / area
        matrix = np.asarray(np.linalg.inv(matrix), np.float64)
        matrix = matrix / matrix[2, 2]
    height, width = goal.grey.shape
    scale = _GRAIN / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    step = np.diag([width / size[0], height / size[1], 1.0])
    whole = _TO_CORNERS @ matrix @ step @ _TO_CENTRES
    stretch = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2])))) / scale
    # The finer of the two is softened: a picture much smaller than the other shows no more.
    source = _blurred(result.grey.astype(np.float32), 0.5 * max(stretch, 1.0))
    small = _blurred(
        cv2.resize(goal.grey, size, interpolation=cv2.INTER_AREA).astype(np.float32),
        max(0.6, 0.6 / stretch),
    )
    best = _compared(small, source, whole)
    if best is not None and inliers and (best[0] < _SURE or best[1] < _SURE):
        better = _refined(small, source, whole)
        best = max(best, _compared(small, source, better) or best) if better is not None else best
    if best is None:
        return None
    agreement, detail, covered = best
    return Overlap(agreement, detail, max(covered, min(1.0, covered * area)), inliers)


def _compared(
    small: Array, source: Array, whole: NDArray[np.float64]
) -> tuple[float, float, float] | None:
    """Agreement, detail and the covered share of `small` when `source` is mapped on it."""
    cv2 = _opencv()

    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = small.shape[::-1]
    mapped = cv2.warpPerspective(source, whole, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(
        np.ones(source.shape, np.uint8), whole, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    covered = float(inside.mean())
    if covered < _LEAST_COVERED:
        return None
    edge = cv2.BORDER_CONSTANT
    seen = cv2.erode(inside, np.ones((3, 3), np.uint8), borderType=edge, borderValue=1) > 0
    grey = _blocks(small, _blurred(mapped, 0.6), seen)
    edges = _blocks(_edges(small), _edges(mapped), seen)
    weights = np.array([min(spread, _PLENTY) for spread, _ in grey if spread >= _FLAT])
    values = np.array([max(0.0, found) for spread, found in grey if spread >= _FLAT])
    agreement = float(weights @ values / weights.sum()) if len(weights) else 0.0
    detail = float(np.median([found for _, found in edges])) if edges else 0.0
    return agreement, detail, covered


def _edges(grey: Array) -> Array:
    cv2 = _opencv()
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1) - cv2.GaussianBlur(grey, (0, 0), 3))


def _refined(small: Array, source: Array, whole: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The map moved to where the pixels correlate best (ECC, Evangelidis & Psarakis 2008)."""
    cv2 = _opencv()

    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)
    start = (whole / whole[2, 2]).astype(np.float32)
    try:
        _, found = cv2.findTransformECC(small, source, start, cv2.MOTION_HOMOGRAPHY, stop, None, 3)
    except cv2.error:
        return None  # it did not converge
    return np.asarray(found, np.float64)


def _blurred(grey: Array, sigma: float) -> Array:
    cv2 = _opencv()

    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32) if sigma > 0.3 else grey


def _blocks(first: Array, second: Array, seen: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Of each of 6 x 6 blocks that both show: its spread in grey levels, and the correlation."""
    found = []
    for rows in np.array_split(np.arange(first.shape[0]), _BLOCKS):
        for columns in np.array_split(np.arange(first.shape[1]), _BLOCKS):
            place = np.ix_(rows, columns)
            mask = seen[place]
            if mask.size and mask.mean() >= _MOST_OF_BLOCK:
                one, two = first[place][mask], second[place][mask]
                found.append((float(max(one.std(), two.std())), correlation(one, two)))
    return found


def correlation(first: Array, second: Array) -> float:
    """Pearson's correlation of two sets of grey values; 0 where one is flat."""
    one, two = first - first.mean(), second - second.mean()
    size = float(np.sqrt((one * one).sum() * (two * two).sum()))
    return float((one * two).sum()) / size if size > 1e-6 else 0.0
