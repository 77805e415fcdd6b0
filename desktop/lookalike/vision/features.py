"""Local features of a picture, and the ways another may lie on it that they propose.

SIFT (Lowe 2004), square-rooted (Arandjelovic & Zisserman 2012). Matches that agree on one turn
and one scale, as in a Hough transform, are put to RANSAC (Fischler & Bolles 1981). Most pairs
have none and cost a fraction of a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Array = NDArray[np.float32]
Matrix = NDArray[np.float64]

POINTS: Final = 500
"""Features of a picture, the strongest: 75 kB."""
LEAST_INLIERS: Final = 8
LEAST_HINTS: Final = 3
"""Enough to look closely (see `hints`). Of 45 pictures that only the close look tells, on walls,
cropped, turned and framed, 93 % have them; of unrelated ones 15 %."""
_LEAST_CONTRAST: Final = 0.004
_CLEAR: Final = 0.005  # of a response
_FEW: Final = 200  # with fewer clear ones, fainter ones are taken too: fog, night, plain walls
_GLANCE_GOAL: Final = 200  # of the strongest features: enough to see whether there is anything
_GLANCE: Final = 128
_AT_ONCE: Final = 16
_RATIO: Final = 0.8
_LEAST_AGREEING: Final = 5
_TURN: Final = 20.0  # degrees
_SCALE: Final = 0.6  # octaves
_SMALL: Final = 32
_LEAST_WHOLE: Final = 0.65
_RANSAC_PIXELS: Final = 4.0
_MOST_TILT: Final = 2.5
_ONE_TONE: Final = 8  # grey levels
_NEARLY_ALL: Final = 0.85
_LEAST_WITHIN, _MOST_WITHIN = 0.1, 0.97  # of a picture's area, what lies within its margins


def opencv() -> ModuleType:
    """OpenCV, loaded when it is needed; its type stubs are narrower than what it takes."""
    import cv2

    return cv2


@dataclass(frozen=True, slots=True)
class Whole:
    """A picture at 32 x 32, `small` float32, and where it lies: `to_unit` [3, 3] maps pixels."""

    small: Array
    to_unit: Matrix


@dataclass(frozen=True, slots=True)
class Features:
    """A picture's features, strongest first, and the picture itself at 32 x 32.

    `points` float32 [n, 2] in pixels of a grey picture of `shape` (h, w), `turns` float32 [n] in
    degrees, `scales` float32 [n] in octaves, `sift` uint8 [n, 128]; `wholes`: all of it and, where
    it has plain margins, what lies within them.
    """

    shape: tuple[int, int]
    points: Array
    turns: Array
    scales: Array
    sift: NDArray[np.uint8]
    wholes: tuple[Whole, ...]

    @property
    def nbytes(self) -> int:
        """What they hold in memory."""
        told = self.points.nbytes + self.turns.nbytes + self.scales.nbytes + self.sift.nbytes
        return told + sum(each.small.nbytes for each in self.wholes)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A map from pixels of one grey picture to another's, [3, 3], and the features behind it."""

    matrix: Matrix
    inliers: int


def extract(grey: Picture) -> Features:
    """The features of a grey picture uint8 [h, w]."""
    cv2 = opencv()

    finder = cv2.SIFT_create(nfeatures=POINTS, contrastThreshold=_LEAST_CONTRAST)
    keys, found = finder.detectAndCompute(grey, None)
    responses = np.array([key.response for key in keys], np.float32)
    strongest = np.argsort(-responses, kind="stable")[:POINTS]
    clear = np.count_nonzero(responses[strongest] >= _CLEAR)
    if clear >= _FEW:
        strongest = strongest[:clear]
    told = np.array(
        [(*keys[place].pt, keys[place].angle, keys[place].size) for place in strongest], np.float32
    ).reshape(-1, 4)
    found = np.empty((0, 128), np.float32) if found is None else found[strongest]
    rooted = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9))
    return Features(
        (grey.shape[0], grey.shape[1]),
        told[:, :2].copy(),
        told[:, 2].copy(),
        np.log2(np.maximum(told[:, 3], 1e-3)),
        np.clip(np.rint(rooted * 512), 0, 255).astype(np.uint8),
        _wholes(grey),
    )


def extract_coarse(grey: Picture) -> Features:
    """The same at half the size, in the picture's own pixels: less fine, for a third of the time.

    Of 26 changes of 53 pictures it tells 93.0 %, `extract` 94.5 %: crops to a third lose most.
    """
    height, width = (max(1, side // 2) for side in grey.shape)
    half = extract(
        np.asarray(opencv().resize(grey, (width, height), interpolation=opencv().INTER_AREA))
    )
    grown = np.array([grey.shape[1] / width, grey.shape[0] / height], np.float32)
    return replace(
        half,
        shape=(grey.shape[0], grey.shape[1]),
        wholes=_wholes(grey),
        points=(half.points + 0.5) * grown - 0.5,
        scales=half.scales + np.float32(1.0),
    )


def glimpse(grey: Picture) -> Features:
    """A grey picture as a whole alone, without features: what `proposals` lays whole on whole."""
    return Features(
        (grey.shape[0], grey.shape[1]),
        np.empty((0, 2), np.float32),
        np.empty(0, np.float32),
        np.empty(0, np.float32),
        np.empty((0, 128), np.uint8),
        _wholes(grey),
    )


def _wholes(grey: Picture) -> tuple[Whole, ...]:
    cv2 = opencv()

    height, width = grey.shape
    boxes = [(0, 0, width, height)]
    inner = _within_margins(grey)
    if inner is not None:
        boxes.append(inner)
    found = []
    for x, y, wide, tall in boxes:
        part = grey[y : y + tall, x : x + wide]
        small = cv2.resize(part, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
        to_unit = np.array([[1 / wide, 0, -x / wide], [0, 1 / tall, -y / tall], [0, 0, 1.0]])
        found.append(Whole(np.asarray(small, np.float32), to_unit))
    return tuple(found)


def _within_margins(grey: Picture) -> tuple[int, int, int, int] | None:
    """x, y, width and height within plain margins: a border, bars, a viewer; None without any.

    A line belongs to a margin as long as nearly all of it is of the picture's edge's tone: a
    word or a button may stand in it.
    """
    x, y, right, bottom = 0, 0, grey.shape[1], grey.shape[0]
    for _ in range(2):  # bars above first, then those beside, or the other way round
        part = grey[y:bottom, x:right].astype(np.int16)
        top, end = _plain_lines(part)
        y, bottom = y + top, bottom - end
        left, end = _plain_lines(grey[y:bottom, x:right].astype(np.int16).T)
        x, right = x + left, right - end
    cut = (right - x) * (bottom - y) / grey.size
    if not _LEAST_WITHIN < cut < _MOST_WITHIN or min(right - x, bottom - y) < _SMALL:
        return None
    return x, y, right - x, bottom - y


def _plain_lines(part: NDArray[np.int16]) -> tuple[int, int]:
    """How many of the first and of the last rows are of their edge's tone; not all."""
    if min(part.shape) < 2:
        return 0, 0
    counts = []
    for rows in (part, part[::-1]):
        plain = (np.abs(rows - np.median(rows[0])) <= _ONE_TONE).mean(axis=1) >= _NEARLY_ALL
        counts.append(int(plain.argmin()) if not plain.all() else 0)
    return counts[0], counts[1]


def proposals(goal: Features, results: Sequence[Features]) -> list[list[Proposal]]:
    """The ways each result may lie on the goal: as a whole, and by their features, if any.

    Many at once: a glance at the strongest features of all rules most of them out.
    """
    found = _whole_ways(goal, results) if results else []
    for start in range(0, len(results), _AT_ONCE):
        part = results[start : start + _AT_ONCE]
        for place, flip in _likely(goal, part):
            matched = _matched(goal, part[place], flip)
            agreed = _agreed(*matched) if matched is not None else None
            if agreed is not None:
                found[start + place].append(agreed)
    return found


def _likely(goal: Features, results: Sequence[Features]) -> Iterator[tuple[int, bool]]:
    """Which results have features that agree on a turn and a scale, and whether flipped."""
    mine = min(len(goal.sift), _GLANCE_GOAL)
    if mine < _LEAST_AGREEING:
        return
    sift = goal.sift[:mine]
    wanted = _unit(np.concatenate([sift, mirrored(sift)]))
    stacked = np.zeros((len(results), _GLANCE, 128), np.uint8)
    for place, result in enumerate(results):
        stacked[place, : min(len(result.sift), _GLANCE)] = result.sift[:_GLANCE]
    likeness: Array = wanted @ _unit(stacked.reshape(-1, 128)).T
    best, kept = _by_far(likeness.reshape(2, mine, len(results), _GLANCE))
    for place, result in enumerate(results):
        for flip in (False, True):
            first = np.flatnonzero(kept[int(flip), :, place])
            if len(first) < _LEAST_AGREEING:
                continue
            second = best[int(flip), first, place]
            if _agreeing(goal, result, first, second, flip).sum() >= _LEAST_AGREEING:
                yield place, flip


def hints(coarse: Features, close: Features, result: Features) -> float:
    """How many matches agree on a turn and a scale, flipped or not; by chance, one or two.

    Of a coarse and a close look at the goal with a coarse one at the result: what is small in the
    goal is as large as in the result only closely. That has twice the features, and counts half.
    """
    return max(_hints(coarse, result), _hints(close, result) / 2)


def _hints(goal: Features, result: Features) -> int:
    if min(len(goal.sift), len(result.sift)) < LEAST_HINTS:
        return 0
    ways = [(*_matches(goal, result, flip), flip) for flip in (False, True)]
    return max(int(_agreeing(goal, result, *way).sum()) for way in ways)


def mirrored(sift: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """SIFT of the mirrored picture from SIFT: 4 x 4 cells and 8 directions, left to right."""
    cells = sift.reshape(-1, 4, 4, 8)[:, ::-1]
    turned = cells[..., (-np.arange(8)) % 8]
    return np.ascontiguousarray(turned.reshape(-1, 128))


def _matched(goal: Features, result: Features, flip: bool) -> tuple[Array, Array] | None:
    """Points of both that belong together, agreeing on a turn and a scale; None if too few."""
    if min(len(goal.points), len(result.points)) < LEAST_INLIERS:
        return None
    first, second = _matches(goal, result, flip)
    agreeing = _agreeing(goal, result, first, second, flip)
    if agreeing.sum() < LEAST_INLIERS:
        return None
    return goal.points[first[agreeing]], result.points[second[agreeing]]


def _matches(
    goal: Features, result: Features, flip: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of the goal's features have one of the result's by far likest to them, and which."""
    sift = mirrored(goal.sift) if flip else goal.sift
    likeness: Array = _unit(sift) @ _unit(result.sift).T
    best, kept = _by_far(likeness)
    return np.flatnonzero(kept), best[kept]


def _unit(sift: NDArray[np.uint8]) -> Array:
    """As vectors of length 1."""
    return np.asarray(sift, np.float32) / np.float32(512)


def _by_far(likeness: Array) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The likest of the last axis, and whether it is so by far (Lowe's ratio); changes its input.

    Distances of unit vectors: d^2 = 2 - 2 cos.
    """
    best = likeness.argmax(axis=-1)
    places = best[..., np.newaxis]
    top = np.take_along_axis(likeness, places, -1)[..., 0]
    np.put_along_axis(likeness, places, -1, -1)
    return best, (1 - top) < _RATIO**2 * (1 - likeness.max(axis=-1))


def _agreeing(
    goal: Features,
    result: Features,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    flip: bool,
) -> NDArray[np.bool_]:
    """Which matches agree on one turn and one scale, as most do: bool [n]."""
    if not len(first):
        return np.zeros(0, bool)
    turns = 180 - goal.turns[first] if flip else goal.turns[first]
    turn = result.turns[second] - turns
    scale = result.scales[second] - goal.scales[first]
    apart = np.abs((turn[:, np.newaxis] - turn + 180) % 360 - 180)
    agree = (apart < _TURN) & (np.abs(scale[:, np.newaxis] - scale) < _SCALE)
    chosen: NDArray[np.bool_] = agree[agree.sum(axis=1).argmax()]
    return chosen


def _agreed(first: Array, second: Array) -> Proposal | None:
    """The map from `first` to `second` that most points agree on."""
    cv2 = opencv()

    matrix, mask = cv2.estimateAffine2D(
        first, second, method=cv2.RANSAC, ransacReprojThreshold=_RANSAC_PIXELS, maxIters=500
    )
    if matrix is None or _spots(first, mask) < LEAST_INLIERS or not _plausible(matrix):
        return None
    whole, spots = np.vstack([matrix, [0, 0, 1]]), _spots(first, mask)
    if len(first) >= 2 * LEAST_INLIERS:
        # A picture seen from the side: a perspective, where that explains more.
        bent, mask = cv2.findHomography(first, second, cv2.RANSAC, _RANSAC_PIXELS, maxIters=500)
        if bent is not None and _spots(first, mask) > spots and _plausible(bent[:2] / bent[2, 2]):
            whole, spots = bent, _spots(first, mask)
    return Proposal(whole, spots)


def _spots(points: Array, mask: NDArray[np.uint8]) -> int:
    """Inliers, several at one spot counted once."""
    return len(np.unique(points[mask[:, 0] > 0] // 6, axis=0))


def _plausible(matrix: Matrix) -> bool:
    """A photo of a picture may be turned, scaled and somewhat tilted, not squashed flat."""
    values = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(values[1] > 0.1 and values[0] < 10 and values[0] / values[1] < _MOST_TILT)


def _whole_ways(goal: Features, results: Sequence[Features]) -> list[list[Proposal]]:
    """The best of the eight ways to lay each whole result on the whole goal, if any is good.

    Besides, what is within the margins of the one on the whole other.
    """
    whole, *inner = goal.wholes
    all_of_each = [each.wholes[0] for each in results]
    found = [list(each) for each in _laid_whole(whole, all_of_each)]
    for part in inner:
        for place, ways in enumerate(_laid_whole(part, all_of_each)):
            found[place] += ways
    places = [place for place, each in enumerate(results) if len(each.wholes) > 1]
    if places:
        laid = _laid_whole(whole, [results[place].wholes[1] for place in places])
        for place, ways in zip(places, laid, strict=True):
            found[place] += ways
    return found


def _laid_whole(goal: Whole, results: Sequence[Whole]) -> list[list[Proposal]]:
    ways = list(_EIGHT)
    # What the result looks like if it has to be turned and flipped so to look like the goal.
    undone = [np.rot90(goal.small, -turns) for turns, _ in ways]
    wanted = [each[:, ::-1] if flip else each for each, (_, flip) in zip(undone, ways, strict=True)]
    likeness = _standard(np.stack(wanted)) @ _standard(np.stack([each.small for each in results])).T
    found: list[list[Proposal]] = []
    for result, best, height in zip(results, likeness.argmax(0), likeness.max(0), strict=True):
        matrix = np.linalg.inv(result.to_unit) @ _EIGHT[ways[best]] @ goal.to_unit
        found.append([Proposal(matrix, 0)] if height >= _LEAST_WHOLE else [])
    return found


def _standard(pictures: Array) -> Array:
    """Pictures [n, h, w] as rows of mean 0 and length 1; flat ones of length 0."""
    rows = pictures.reshape(len(pictures), -1)
    apart = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(apart, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1.0, apart / np.maximum(length, 1e-6), 0), np.float32)


def _eight_ways() -> dict[tuple[int, bool], Matrix]:
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
