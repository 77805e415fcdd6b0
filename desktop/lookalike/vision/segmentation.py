"""The subject at a click: what the network holds together, cut out along the colours' edges.

Every place is judged by its cues (`subject_cues`): by a small perceptron from the clicks alone,
by a second one from what the first found. GrabCut (Rother et al. 2004) then draws the outline in
pixels, started from that rather than from a rectangle.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.subject_cues import Point, SubjectCues

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Array = NDArray[np.float32]

DEPTHS: Final = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the ladder of taps: where the cues are looked for."""
LOOK_SIDE: Final = 512
"""About the longest side of the look whose maps the cues are made of."""
WORK_SIDE: Final = 320
"""Longest side in pixels at which the outline is drawn."""
_SURE_SUBJECT, _SURE_GROUND = 0.85, 0.02
_CLICKED: Final = 0.02  # of the longer side: what surely belongs to the subject around a click
_ROUNDS: Final = 2
_SMALL_HOLE: Final = 0.005  # of the photo
_MOST: Final = 4.0  # deviations: what lies beyond tells no more


@dataclass(frozen=True, slots=True)
class Perceptron:
    """A small network of rectified layers with one logistic answer."""

    mean: Array
    spread: Array
    layers: tuple[tuple[Array, Array], ...]

    def __call__(self, cues: Array) -> Array:
        """Cues float32 [C, h, w] to how likely each place is the subject's, float32 [h, w]."""
        rows = cues.reshape(len(cues), -1).T
        rows = np.clip((rows - self.mean) / self.spread, -_MOST, _MOST)
        for number, (weights, bias) in enumerate(self.layers):
            rows = rows @ weights + bias
            if number + 1 < len(self.layers):
                rows = np.maximum(rows, 0)
        likely = 1 / (1 + np.exp(-np.clip(rows[:, 0], -30, 30)))
        return np.asarray(likely.reshape(cues.shape[1:]), np.float32)


@dataclass(frozen=True, slots=True)
class SubjectHead:
    """Both judgements: from the clicks, and from what the first one found."""

    first: Perceptron
    second: Perceptron

    @classmethod
    def load(cls, pack: NetworkPack) -> SubjectHead:
        """Read what `models.subject` has learned; raises NetworkError if it is damaged."""
        if pack.subject is None:
            raise NetworkError(f"The network {pack.name} cannot find subjects; install it again.")
        pack.check([pack.subject.name])
        try:
            with open(pack.subject, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(*(_perceptron(arrays, name) for name in ("first", "second")))
        except (OSError, KeyError, ValueError, BadZipFile, zlib.error) as error:
            raise NetworkError(
                f"The file {pack.subject.name} of the network {pack.name} is of another version; "
                "install it again."
            ) from error

    def likelihood(self, cues: SubjectCues) -> Array:
        """How likely each place of the grid is the subject's, float32 [rows, columns]."""
        given = cues.first()
        likely = self.first(given)
        return self.second(np.concatenate([given, cues.second(likely)]))


def _perceptron(arrays: np.lib.npyio.NpzFile, name: str) -> Perceptron:
    count = int(arrays[f"{name}.count"])
    layers = ((arrays[f"{name}.weights.{n}"], arrays[f"{name}.bias.{n}"]) for n in range(count))
    return Perceptron(arrays[f"{name}.mean"], arrays[f"{name}.spread"], tuple(layers))


def outline(
    picture: Picture,
    likely: Array,
    clicks: Sequence[Point],
    inside: Mask | None = None,
    outside: Mask | None = None,
) -> Mask:
    """The subject's mask, bool [H, W] of `picture`'s own size (uint8 [H, W, 3]).

    `inside` and `outside`, bool of any size, were painted by hand: they are obeyed.
    """
    cv2 = _opencv()
    height, width = picture.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    prior = cv2.resize(likely, size, interpolation=cv2.INTER_CUBIC)
    sure = _discs(size[1], size[0], clicks) | _fitted(inside, size)
    never = _fitted(outside, size)
    mask = _cut(small, prior, sure & ~never, never)
    full = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    found = np.asarray(full > 0.5, np.bool_)
    for x, y in clicks:
        at = min(int(y * height), height - 1), min(int(x * width), width - 1)
        # What was clicked is never lost, however small the photo.
        found[at] |= not _fitted(outside, (width, height))[at]
    return found


def _cut(small: Picture, prior: Array, sure: Mask, never: Mask) -> Mask:
    """GrabCut from the prior, and of its pieces those that surely belong to the subject."""
    cv2 = _opencv()
    sides = np.where(prior > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    sides[prior > _SURE_SUBJECT] = cv2.GC_FGD
    sides[prior < _SURE_GROUND] = cv2.GC_BGD
    sides[sure] = cv2.GC_FGD
    sides[never] = cv2.GC_BGD
    subject = np.isin(sides, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if subject.any() and not subject.all():
        cv2.setRNGSeed(1)
        model = np.zeros((1, 65)), np.zeros((1, 65))
        bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
        cv2.grabCut(bgr, sides, None, *model, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(sides, (cv2.GC_FGD, cv2.GC_PR_FGD))
    _, pieces = cv2.connectedComponents(mask.astype(np.uint8))
    mask = np.isin(pieces, list(set(pieces[sure].tolist()) - {0}))
    return mask | _small_holes(mask, never)


def _small_holes(mask: Mask, never: Mask) -> Mask:
    """A hole is a part of the subject unless it is large, or was painted."""
    cv2 = _opencv()
    _, holes, facts, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8))
    small = [
        number
        for number in range(1, len(facts))
        if facts[number, cv2.CC_STAT_AREA] < _SMALL_HOLE * mask.size
    ]
    return np.asarray(np.isin(holes, small) & ~never, np.bool_)


def _discs(height: int, width: int, clicks: Sequence[Point]) -> Mask:
    rows, columns = np.mgrid[0:height, 0:width]
    found = np.zeros((height, width), np.bool_)
    reach = max(_CLICKED * max(height, width), 0.75)
    for x, y in clicks:
        column, row = min(x * width, width - 1), min(y * height, height - 1)
        found |= (columns + 0.5 - column) ** 2 + (rows + 0.5 - row) ** 2 <= reach**2
        found[int(row), int(column)] = True
    return found


def _fitted(mask: Mask | None, size: tuple[int, int]) -> Mask:
    if mask is None:
        return np.zeros((size[1], size[0]), np.bool_)
    cv2 = _opencv()
    sized = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(sized > 0.25, np.bool_)


def _opencv() -> ModuleType:
    import cv2

    return cv2
