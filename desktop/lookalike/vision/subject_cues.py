"""Cues of a subject at a click: how much each place goes with what was clicked, or with the rest.

Every cue is a relation inside one photo (likeness, distance, contrast), none is a feature of one
network, so that what is learned on one network's cues holds for another's. First cues come from
the clicks and the frame; a second round compares with what the first answer held for subject and
ground (auto-context, Tu & Bai 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.planes import resized

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]
Point = tuple[float, float]

NEAR: Final = 0.035
"""Of the longer side: how far around a click surely belongs to the subject."""
_WIDE: Final = 0.1
_GROUNDS: Final = 4
_ROUNDS: Final = 6


def grid_size(height: int, width: int, longest: int = 64) -> tuple[int, int]:
    """Rows and columns of the grid that the cues lie on, in the photo's aspect."""
    scale = longest / max(height, width)
    return max(4, round(height * scale)), max(4, round(width * scale))


class SubjectCues:
    """The cues of one photo and its clicks, on a grid [rows, columns]."""

    def __init__(self, picture: Picture, maps: Sequence[Array], clicks: Sequence[Point]) -> None:
        cv2 = _opencv()
        self.rows, self.columns = grid_size(*picture.shape[:2])
        small = cv2.resize(picture, (self.columns, self.rows), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        self.lab: Array = (lab / np.float32(25)).transpose(2, 0, 1)
        self.clicks = clicks
        self.features = [_directions(each) for each in maps]
        self.edges = _edges(self.lab)

    def first(self) -> Array:
        """Cues from the clicks and the frame, float32 [cues, rows, columns]."""
        found, grounds = [], []
        for features in self.features:
            of_click, ground = self._likeness(features)
            found += [*of_click, ground]
            grounds.append(ground)
        like, colour_ground = self._colours()
        found += [like, colour_ground]
        rows, columns = self.rows, self.columns
        click, frame = self._clicked(), _frame(rows, columns)
        found += [geodesic(click, self.edges), geodesic(frame, self.edges)]
        found += [_apart(self.clicks, rows, columns), _to_frame(rows, columns)]
        deep = grounds[len(grounds) // 2 :]
        for ground in (np.mean(grounds, axis=0), np.mean(deep, axis=0), colour_ground):
            found += self._ways(ground)
        return np.stack(found).astype(np.float32)

    def second(self, likely: Array) -> Array:
        """Cues that compare with `likely` float32 [rows, columns], the first answer."""
        cv2 = _opencv()
        found: list[Array] = [likely]
        widths = (scale * max(likely.shape) for scale in (0.03, 0.1))
        found += [cv2.GaussianBlur(likely, (0, 0), width) for width in widths]
        found += [self._sided(features, likely) for features in (*self.features, self.lab)]
        found.append(geodesic(self._clicked(), (1 - likely) ** 2 * 2))
        found.append(geodesic(likely > max(0.7, float(np.quantile(likely, 0.9))), self.edges))
        found.append(geodesic(likely < min(0.3, float(np.quantile(likely, 0.1))), self.edges))
        found.append(np.full_like(likely, likely.mean()))
        return np.stack(found).astype(np.float32)

    def _clicked(self) -> NDArray[np.bool_]:
        return _around(self.clicks, self.rows, self.columns, NEAR) > 0.6

    def _ways(self, ground: Array) -> list[Array]:
        """What is as unlike the ground as the clicked place is, and the ways through it.

        A thing of many colours on a plain ground is all that a way from the click reaches that
        never crosses the ground; how plain the frame is says how much that tells.
        """
        frame = _frame(self.rows, self.columns)
        at_frame = float(np.median(ground[frame]))
        near = _around(self.clicks, self.rows, self.columns, NEAR)
        at_click = float((ground * near).sum() / near.sum())
        unlike = np.clip((at_frame - ground) / max(at_frame - at_click, 0.05), 0, 1)
        spread = float(np.mean(np.abs(ground[frame] - at_frame)))
        return [
            unlike,
            geodesic(self._clicked(), (1 - unlike) ** 2),
            geodesic(frame, unlike**2),
            np.full_like(ground, at_frame - at_click),
            np.full_like(ground, spread),
        ]

    def _likeness(self, features: Array) -> tuple[list[Array], Array]:
        """Likeness to the clicked, to what is around it, to what that is like; to the frame."""
        rows, columns = features.shape[1:]
        flat = features.reshape(len(features), -1)
        apart = _apart(self.clicks, rows, columns)
        near = _around(self.clicks, rows, columns, NEAR).ravel()
        clicked = _mean_of(flat, near)
        like = clicked @ flat
        wide = _mean_of(flat, _around(self.clicks, rows, columns, _WIDE).ravel()) @ flat
        kin = np.clip(like, 0, None) ** 3 * np.exp(-((apart.ravel() / 0.3) ** 2) / 2)
        grown = _mean_of(flat, kin + near) @ flat
        whole = _frame(rows, columns).ravel()
        frame = whole & (apart.ravel() > 0.12)
        ground = _nearest_of(flat, frame if frame.any() else whole, _GROUNDS)
        like, wide, grown, ground = (
            resized(each.reshape(rows, columns).astype(np.float32), self.rows, self.columns)
            for each in (like, wide, grown, ground)
        )
        return [like, wide, grown], ground

    def _colours(self) -> tuple[Array, Array]:
        """Likeness to the clicked colour, and to the frame's."""
        flat = self.lab.reshape(3, -1)
        near = _around(self.clicks, self.rows, self.columns, NEAR).ravel()
        clicked = (flat * near).sum(axis=1) / near.sum()
        like = np.exp(-(((flat - clicked[:, None]) ** 2).sum(axis=0)))
        frame = _frame(self.rows, self.columns).ravel()
        ground = _nearness(flat, frame.astype(np.float32), _GROUNDS)
        size = (self.rows, self.columns)
        return like.reshape(size), np.exp(-ground).reshape(size)

    def _sided(self, features: Array, likely: Array) -> Array:
        """Nearer to the likely subject's kinds than to the ground's: above 0."""
        size = features.shape[1:]
        side = resized(likely, *size).ravel()
        flat = features.reshape(len(features), -1)
        to_subject = _nearness(flat, np.clip(side - 0.5, 0, None) + 1e-4 * side, 3)
        to_ground = _nearness(flat, np.clip(0.5 - side, 0, None) + 1e-4 * (1 - side), 5)
        apart = (to_ground - to_subject).reshape(size).astype(np.float32)
        return resized(apart, self.rows, self.columns)


def _directions(planes: Array) -> Array:
    """A map [C, h, w] with each channel made even over the photo, and each place at length 1."""
    mean = planes.mean(axis=(1, 2), keepdims=True)
    spread = planes.std(axis=(1, 2), keepdims=True) + 1e-3 * float(planes.std() + 1e-6)
    even = (planes - mean) / spread
    length = np.sqrt((even**2).sum(axis=0, keepdims=True))
    directed: Array = (even / np.maximum(length, 1e-6)).astype(np.float32)
    return directed


def _mean_of(flat: Array, weights: Array) -> Array:
    mean = flat @ weights
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)


def _nearest_of(flat: Array, chosen: NDArray[np.bool_], count: int) -> Array:
    """The likeness of each place to the most alike of `count` kinds among the chosen."""
    centres = _kinds(flat[:, chosen].T, np.ones(int(chosen.sum()), np.float32), count)
    length = np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-6)
    nearest: Array = (centres / length @ flat).max(axis=0)
    return nearest


def _nearness(flat: Array, weights: Array, count: int) -> Array:
    """The squared distance of each place to the nearest of `count` kinds of the weighted ones."""
    chosen = weights > 0
    centres = _kinds(flat[:, chosen].T, weights[chosen], count)
    apart = (flat**2).sum(axis=0) - 2 * centres @ flat + (centres**2).sum(axis=1)[:, None]
    nearest: Array = np.maximum(apart.min(axis=0), 0)
    return nearest


def _kinds(rows: Array, weights: Array, count: int) -> Array:
    """Weighted k-means from far-apart starts (the heaviest first), float32 [count, D]."""
    count = min(count, len(rows))
    centres = [rows[int(weights.argmax())]]
    far = ((rows - centres[0]) ** 2).sum(axis=1)
    for _ in range(count - 1):
        centres.append(rows[int((far * weights).argmax())])
        far = np.minimum(far, ((rows - centres[-1]) ** 2).sum(axis=1))
    middles = np.stack(centres)
    squares = (rows**2).sum(axis=1)[:, None]
    for _ in range(_ROUNDS):
        apart = squares - 2 * rows @ middles.T + (middles**2).sum(axis=1)
        share = (apart.argmin(axis=1)[:, None] == np.arange(len(middles))) * weights[:, None]
        total = share.sum(axis=0)
        kept = total > 0
        middles[kept] = (share.T @ rows)[kept] / total[kept, None]
    return np.asarray(middles, np.float32)


def geodesic(start: NDArray[np.bool_], cost: Array) -> Array:
    """The cheapest way from `start` to each place in steps along rows and columns, 0 to 4.

    Minimal sums along a line are running minima of what is left after its own sum, so that a
    few sweeps over whole rows and columns do (Toivanen 1996).
    """
    if not start.any():
        return np.full(cost.shape, 4.0, np.float32)
    step = cost.astype(np.float64) + 0.5 / max(cost.shape)
    found = np.where(start, 0.0, 1e3)
    for _ in range(4):
        for axis in (0, 1):
            run = np.cumsum(step, axis=axis)
            found = np.minimum(found, np.minimum.accumulate(found - run, axis=axis) + run)
            back = np.flip(np.cumsum(np.flip(step, axis), axis=axis), axis)
            swept = np.flip(np.minimum.accumulate(np.flip(found - back, axis), axis=axis), axis)
            found = np.minimum(found, swept + back)
    return np.minimum(found, 4.0).astype(np.float32)


def _edges(lab: Array) -> Array:
    """How much the colour changes at each place, float32 [rows, columns]."""
    down = np.abs(np.diff(lab, axis=1, prepend=lab[:, :1])).sum(axis=0)
    across = np.abs(np.diff(lab, axis=2, prepend=lab[:, :, :1])).sum(axis=0)
    changes: Array = np.maximum(down, across) ** 2 * np.float32(0.3)
    return np.asarray(np.minimum(changes, 2.0), np.float32)


def _apart(clicks: Sequence[Point], rows: int, columns: int) -> Array:
    """The distance to the nearest click, in longer sides."""
    longest = max(rows, columns)
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    apart = [np.hypot(x - cx * columns, y - cy * rows) / longest for cx, cy in clicks]
    return np.asarray(np.min(apart, axis=0), np.float32)


def _around(clicks: Sequence[Point], rows: int, columns: int, reach: float) -> Array:
    """Weights around the clicks, never all zero."""
    apart = _apart(clicks, rows, columns)
    width = max(reach, 0.5 / max(rows, columns))
    weights: Array = np.exp(-((apart / width) ** 2) / 2).astype(np.float32)
    weights[np.unravel_index(int(apart.argmin()), apart.shape)] = 1.0
    return weights


def _frame(rows: int, columns: int) -> NDArray[np.bool_]:
    found = np.ones((rows, columns), np.bool_)
    edge = max(1, round(0.03 * max(rows, columns)))
    if min(rows, columns) > 2 * edge:
        found[edge:-edge, edge:-edge] = False
    return found


def _to_frame(rows: int, columns: int) -> Array:
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    inner = np.minimum(np.minimum(y, rows - y), np.minimum(x, columns - x))
    return np.asarray(inner / max(rows, columns), np.float32)


def _opencv() -> ModuleType:
    import cv2

    return cv2
