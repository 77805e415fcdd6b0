"""The subject at a click: what the network holds together, cut out along the colours' edges.

First in the network's maps: places that look like the clicked ones against places that look like
the frame's, found by a few rounds of clustering (as GrabCut does with colours, but with what the
network sees, so that a shirt and the legs under it stay one). Then GrabCut (Rother et al. 2004)
draws the outline in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.planes import resized

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Array = NDArray[np.float32]
Point = tuple[float, float]

WORK_SIDE: Final = 320
"""Longest side in pixels at which the outline is drawn."""
_ROUNDS: Final = 8
_DISC: Final = 0.07  # of the longer side: what surely belongs to the subject around a click
_FRAME: Final = 0.04  # of each side: what is background unless it looks like the subject
_SUBJECTS, _GROUNDS = 3, 5  # clusters on either side
_SURE: Final = 0.9
_POSITION: Final = 0.35  # how much nearness in the picture counts beside what the network sees


def subject_at(picture: Picture, maps: Sequence[Array], clicks: Sequence[Point]) -> Mask:
    """The subject of uint8 [H, W, 3] at `clicks` (fractions x, y): bool [H, W].

    `maps` are taps float32 [C, h, w] of the whole picture, in its aspect.
    """
    cv2 = _opencv()
    height, width = picture.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    likely = subject_likelihood(maps, clicks)
    prior = cv2.resize(likely, size, interpolation=cv2.INTER_CUBIC)
    mask = _outlined(small, np.clip(prior, 0, 1), clicks)
    full = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full > 0.5, np.bool_)


def subject_likelihood(maps: Sequence[Array], clicks: Sequence[Point]) -> Array:
    """How likely each place is the subject's, float32 [h, w] at the finest map's resolution."""
    height = max(each.shape[1] for each in maps)
    width = max(each.shape[2] for each in maps)
    layers = []
    for each in maps:
        flat = resized(each, height, width).reshape(len(each), -1).T
        flat = (flat - flat.mean(axis=0)) / (flat.std(axis=0) + 1e-4)
        layers.append(flat / np.sqrt(flat.shape[1]))
    rows, columns = np.mgrid[0:height, 0:width]
    places = np.stack([columns.ravel() / width, rows.ravel() / height], axis=1) - 0.5
    seen = np.concatenate([*layers, places.astype(np.float32) * 2 * _POSITION * 3], axis=1)
    inside = _disc(height, width, clicks, _DISC).ravel()
    frame = _frame(height, width).ravel() & ~inside
    likely = _separated(seen, inside, frame)
    return likely.reshape(height, width)


def _separated(seen: Array, inside: Mask, frame: Mask) -> Array:
    """Two mixtures fitted in turns: float32 [n], how likely each row belongs to `inside`'s."""
    likely = np.full(len(seen), 0.5, np.float32)
    to_inside = _nearest(seen, _centres(seen[inside], 1))
    to_frame = _nearest(seen, _centres(seen[frame], _GROUNDS))
    for _ in range(_ROUNDS):
        apart = to_frame - to_inside
        likely = (1 / (1 + np.exp(-apart / (np.std(apart) * 0.35 + 1e-6)))).astype(np.float32)
        likely[inside] = 1.0
        # The frame is background only where it does not look like the subject.
        likely[frame] = np.minimum(likely[frame], 0.6)
        subject, ground = seen[likely > 0.6], seen[likely < 0.4]
        if len(subject) < _SUBJECTS or len(ground) < _GROUNDS:
            break
        to_inside = _nearest(seen, _centres(subject, _SUBJECTS))
        to_frame = _nearest(seen, _centres(ground, _GROUNDS))
    return likely


def _centres(rows: Array, count: int) -> Array:
    """Middles of `count` clusters (k-means with a fixed start)."""
    cv2 = _opencv()
    count = min(count, len(rows))
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_COUNT, 10, 0.0)
    _, _, centres = cv2.kmeans(
        np.ascontiguousarray(rows, np.float32), count, None, stop, 1, cv2.KMEANS_PP_CENTERS
    )
    found: Array = np.asarray(centres, np.float32)
    return found


def _nearest(rows: Array, centres: Array) -> Array:
    """The distance of each row to its nearest centre."""
    apart = ((rows[:, None, :] - centres[None]) ** 2).sum(axis=2)
    nearest: Array = np.sqrt(apart.min(axis=1))
    return nearest


def _outlined(small: Picture, prior: Array, clicks: Sequence[Point]) -> Mask:
    """GrabCut from the prior, and of its pieces those that a click lies in."""
    cv2 = _opencv()
    height, width = small.shape[:2]
    clicked = _disc(height, width, clicks, _DISC / 3)
    sides = np.where(prior > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    sides[prior > _SURE] = cv2.GC_FGD
    sides[prior < 1 - _SURE] = cv2.GC_BGD
    sides[clicked] = cv2.GC_FGD
    cv2.setRNGSeed(1)
    if (sides == cv2.GC_BGD).any() or (sides == cv2.GC_PR_BGD).any():
        model = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(
            cv2.cvtColor(small, cv2.COLOR_RGB2BGR), sides, None, *model, 3, cv2.GC_INIT_WITH_MASK
        )
    mask = np.isin(sides, (cv2.GC_FGD, cv2.GC_PR_FGD))
    _, pieces = cv2.connectedComponents(mask.astype(np.uint8))
    touched = set(pieces[clicked].tolist()) - {0}
    mask = np.isin(pieces, list(touched))
    # A hole is a part of the subject unless it is large.
    _, holes, facts, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8))
    small_holes = [
        number
        for number in range(1, len(facts))
        if facts[number, cv2.CC_STAT_AREA] < 0.01 * mask.size
    ]
    return np.asarray(mask | np.isin(holes, small_holes), np.bool_)


def _disc(height: int, width: int, clicks: Sequence[Point], radius: float) -> Mask:
    rows, columns = np.mgrid[0:height, 0:width]
    found = np.zeros((height, width), np.bool_)
    reach = max(radius * max(height, width), 0.75)
    for x, y in clicks:
        column, row = min(x * width, width - 1), min(y * height, height - 1)
        found |= (columns + 0.5 - column) ** 2 + (rows + 0.5 - row) ** 2 <= reach**2
        found[int(row), int(column)] = True
    return found


def _frame(height: int, width: int) -> Mask:
    found = np.ones((height, width), np.bool_)
    edge_y, edge_x = max(1, round(height * _FRAME)), max(1, round(width * _FRAME))
    found[edge_y : height - edge_y, edge_x : width - edge_x] = False
    return found


def _opencv() -> ModuleType:
    import cv2

    return cv2
