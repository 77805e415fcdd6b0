"""Is one picture the other in another size, crop, compression, turn or filter? By its pixels.

`features` proposes how one picture lies in the other; then the pixels decide: laid over the goal,
the result must correlate with it in nearly every part that has something to see. A likeness of
subject, however close, does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.features import Proposal, opencv
from lookalike.vision.registration import Settled, settled

Picture = NDArray[np.uint8]
Array = NDArray[np.float32]
Sums = NDArray[np.float64]

SIDE: Final = 320
"""Longest side of the pictures that are compared."""
_GLANCE: Final = 96  # longest side at which pixels are laid on one another first
_CLOSE: Final = 192  # and then: here another exposure of one scene comes apart
_BLOCKS: Final = 6
_LEAST_AGREEMENT: Final = 0.6
_LEAST_BESIDES: Final = 0.35
_LEAST_COMMON: Final = 0.75
_LEAST_DETAIL: Final = 0.84
_LEAST_DETAIL_SETTLED: Final = 0.7  # of what was seen not to have moved
_LEAST_INSIDE: Final = 0.93
_LEAST_SHOWN: Final = 0.85
_PLENTY_OF_FEATURES: Final = 20
_MOST_BENT: Final = 0.02  # copies stay below 0.003; a camera that moved gives 0.06 to 0.09
_MOST_BENT_UNSEEN: Final = 0.003
_LEAST_INSIDE_UNSEEN: Final = 0.995
_SURE: Final = 0.9  # above it no finer fit is looked for
_LEAST_COVERED: Final = 0.04
_MOST_OF_BLOCK: Final = 0.6
_PLENTY: Final = 24.0  # grey levels: more does not make a block count for more
_TO_CENTRES: Final = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_TO_CORNERS: Final = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
_FLAT: Final = 4.0  # grey levels: a block that varies less says nothing
_NO_EDGES: Final = 1.5  # grey levels: in such a block compression alone is compared
_FEWEST_BLOCKS: Final = 4
_BLURRED_ALREADY: Final = 1.5  # times the edges of the other: one of them has lost its own
_SOFTENINGS: Final = (1.0, 2.0)
_GRAINS: Final = (1.0, 3.0)  # pixels


@dataclass(frozen=True, slots=True)
class Overlap:
    """How two pictures lie on one another.

    `agreement` is the correlation of their blocks by what there is to see in either, `common` by
    what there is in both (what is pasted on a plain ground is in one alone), `detail` the
    median correlation of the blocks' edges alone, `inside` the share of the one picture that
    lies within the other, whichever is larger. `inliers` are matching features (0: laid on
    whole). `bend` is how far the map is from keeping parallels (0: a flat copy; seen from the
    side, some hundredths), as a share of the diagonal. `settled` is how the blocks lie by the
    best affine map; None where that was not asked or cannot be measured.
    """

    agreement: float
    detail: float
    inside: float
    inliers: int
    bend: float = 0.0
    settled: Settled | None = None
    common: float = 0.0

    @property
    def same(self) -> bool:
        """Whether they are one picture; another shot of one scene differs in its details.

        What is written or pasted over it may take half of it: the rest must be its own.
        """
        if self.settled is None:
            # Where nothing tells whether a camera moved, no border may show that it did.
            flat = self.bend <= _MOST_BENT_UNSEEN and self.inside >= _LEAST_INSIDE_UNSEEN
            return self.likely and self.detail >= _LEAST_DETAIL and flat
        return self.likely and self.settled.one_exposure

    @property
    def likely(self) -> bool:
        """Whether they may be one picture: worth a look at whether anything moved."""
        return (
            self._agrees
            and self.detail >= _LEAST_DETAIL_SETTLED
            and self.inside >= _LEAST_INSIDE
            and self.bend <= _MOST_BENT
        )

    @property
    def _agrees(self) -> bool:
        """What is pasted on a plain ground agrees with nothing: what both show counts."""
        return self.agreement >= _LEAST_AGREEMENT or (
            self.agreement >= _LEAST_BESIDES and self.common >= _LEAST_COMMON
        )

    @property
    def shown(self) -> bool:
        """Whether at least they show one thing: features and pixels agree, the details do not.

        A painting and a photograph of it on its wall; two photos of one burst. Where the map is
        bent or light hides a part, pixels may not agree; features in plenty suffice then.
        """
        enough = self.agreement >= _LEAST_SHOWN or self.inliers >= _PLENTY_OF_FEATURES
        return self.inliers > 0 and enough


def greyed(picture: Picture) -> Picture:
    """uint8 [H, W, 3] to what is compared: grey, uint8 [h, w], the longer side `SIDE`."""
    cv2 = opencv()

    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(picture, size, interpolation=way)
    return np.asarray(cv2.cvtColor(resized, cv2.COLOR_RGB2GRAY), np.uint8)


def overlap(
    goal: Picture, result: Picture, ways: Sequence[Proposal], sharp: int = SIDE
) -> Overlap | None:
    """The best of the ways the result lies on the goal, both grey; None where none holds.

    `sharp` is the longest side that the smaller of the two files had: nothing finer is compared.
    """
    close = min(_CLOSE, max(_GLANCE, sharp))
    best: Overlap | None = None
    for way in ways:
        laid = laid_on(goal, result, way, _GLANCE)
        if laid is not None and laid.likely and close > _GLANCE:
            laid = laid_on(goal, result, way, close)
        if laid is not None and laid.likely:
            laid = replace(laid, settled=settled(goal, result, way.matrix, sharp))
        if laid is not None and (best is None or _order(laid) > _order(best)):
            best = laid
        if best is not None and best.same:
            break
    return best


def _order(laid: Overlap) -> tuple[bool, float]:
    return laid.same, laid.agreement


def laid_on(goal: Picture, result: Picture, way: Proposal, grain: int) -> Overlap | None:
    """Compare the pixels where the result lies on the goal, both grey, uint8 [h, w].

    The smaller one is looked at with `grain` pixels along its longer side.
    """
    cv2 = opencv()

    matrix, first = way.matrix, goal
    area = abs(float(np.linalg.det(matrix[:2, :2]))) * goal.size / result.size
    if area > 1:
        # The result is a part of the goal: it is compared at its own size.
        goal, result, area = result, goal, 1 / area
        matrix = np.asarray(np.linalg.inv(matrix), np.float64)
        matrix = matrix / matrix[2, 2]
    height, width = goal.shape
    scale = grain / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    step = np.diag([width / size[0], height / size[1], 1.0])
    whole = _TO_CORNERS @ matrix @ step @ _TO_CENTRES
    stretch = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2])))) / scale
    # The finer of the two is softened: a picture much smaller than the other shows no more.
    source = _blurred(result.astype(np.float32), 0.5 * max(stretch, 1.0))
    small = _blurred(
        cv2.resize(goal, size, interpolation=cv2.INTER_AREA).astype(np.float32),
        max(0.6, 0.6 / stretch),
    )
    best = _compared(small, source, whole)
    if best is not None and way.inliers and (best[0] < _SURE or best[1] < _SURE):
        better = _refined(small, source, whole)
        best = max(best, _compared(small, source, better) or best) if better is not None else best
    if best is None:
        return None
    agreement, detail, covered, common = best
    inside = max(covered, min(1.0, covered * area))
    bend = _bend(way.matrix, first.shape)
    return Overlap(agreement, detail, inside, way.inliers, bend, common=common)


def _bend(matrix: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """How far a map of a picture's corners is from a parallelogram, by its diagonal."""
    height, width = shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    mapped = corners @ matrix.T
    one, two, three, four = mapped[:, :2] / mapped[:, 2:]
    across = float(np.linalg.norm(one - three))
    return float(np.linalg.norm(one - two + three - four)) / max(across, 1e-9)


def _compared(
    small: Array, source: Array, whole: NDArray[np.float64]
) -> tuple[float, float, float, float] | None:
    """Agreement, detail, the covered share of `small` with `source` mapped on it; `common`."""
    cv2 = opencv()

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
    most, least, likeness = _blocks(small, _blurred(mapped, 0.6), seen)
    return (
        _agreement(most, likeness),
        _detail(small, mapped, seen),
        covered,
        _agreement(least, likeness),
    )


def _agreement(spread: Sums, likeness: Sums) -> float:
    """The mean correlation of blocks, each by its spread."""
    weights = np.where(spread >= _FLAT, np.minimum(spread, _PLENTY), 0)
    return float(weights @ np.maximum(likeness, 0) / max(weights.sum(), 1e-9))


def _detail(small: Array, mapped: Array, seen: NDArray[np.bool_]) -> float:
    """The median correlation of the blocks' edges; a blurred picture's with a blurred one's.

    The finest edges that there are: where compression alone is that fine, coarser ones.
    """
    for grain in _GRAINS:
        one, other = _edges(small, grain), _edges(mapped, grain)
        found = _median_of_edges(one, other, seen)
        if found is not None:
            break
    else:
        return _median_of_edges(_edges(small), _edges(mapped), seen, fewest=0) or 0.0
    ratio = float(one[seen].std() / max(other[seen].std(), 1e-6)) if seen.any() else 1.0
    if found < _SURE and max(ratio, 1 / max(ratio, 1e-6)) > _BLURRED_ALREADY:
        for sigma in _SOFTENINGS:
            if ratio > 1:
                softer = _median_of_edges(_edges(_blurred(small, sigma), grain), other, seen)
            else:
                softer = _median_of_edges(one, _edges(_blurred(mapped, sigma), grain), seen)
            found = max(found, softer or 0.0)
    return found


def _median_of_edges(
    one: Array, other: Array, seen: NDArray[np.bool_], fewest: int = _FEWEST_BLOCKS
) -> float | None:
    """The median correlation of blocks that have edges in both; None where few have."""
    _, spread, likeness = _blocks(one, other, seen)
    telling = spread >= (_NO_EDGES if fewest else 0)
    return float(np.median(likeness[telling])) if telling.sum() >= max(fewest, 1) else None


def _edges(grey: Array, grain: float = 1.0) -> Array:
    cv2 = opencv()
    return np.asarray(
        cv2.GaussianBlur(grey, (0, 0), grain) - cv2.GaussianBlur(grey, (0, 0), 3 * grain)
    )


def _refined(small: Array, source: Array, whole: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The map moved to where the pixels correlate best (ECC, Evangelidis & Psarakis 2008)."""
    cv2 = opencv()

    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)
    start = (whole / whole[2, 2]).astype(np.float32)
    try:
        _, found = cv2.findTransformECC(small, source, start, cv2.MOTION_HOMOGRAPHY, stop, None, 3)
    except cv2.error:
        return None  # it did not converge
    return np.asarray(found, np.float64)


def _blurred(grey: Array, sigma: float) -> Array:
    cv2 = opencv()

    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32) if sigma > 0.3 else grey


def _blocks(first: Array, second: Array, seen: NDArray[np.bool_]) -> tuple[Sums, Sums, Sums]:
    """Of each of 6 x 6 blocks that both show, in grey levels: its larger and smaller spread.

    And the correlation.
    """
    mask = seen.astype(np.float64)
    one, two = first * mask, second * mask
    stacked = np.stack([mask, one, two, one * one, two * two, one * two, np.ones_like(mask)])
    starts = [np.arange(_BLOCKS) * side // _BLOCKS for side in first.shape]
    summed = np.add.reduceat(np.add.reduceat(stacked, starts[0], axis=1), starts[1], axis=2)
    count, one, two, one_one, two_two, both, size = summed.reshape(7, -1)
    shown = count >= _MOST_OF_BLOCK * size
    count, one, two = count[shown], one[shown], two[shown]
    spread_one = np.sqrt(np.maximum(one_one[shown] / count - (one / count) ** 2, 0))
    spread_two = np.sqrt(np.maximum(two_two[shown] / count - (two / count) ** 2, 0))
    common = both[shown] / count - one * two / count**2
    product = spread_one * spread_two
    likeness = np.where(product > 1e-6, common / np.maximum(product, 1e-6), 0.0)
    return np.maximum(spread_one, spread_two), np.minimum(spread_one, spread_two), likeness
