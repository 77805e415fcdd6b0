"""A subject of a photo, found at clicks, corrected by brushes, and made a goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.errors import LookalikeError
from lookalike.photos.decode import load_with_size
from lookalike.records import Goal
from lookalike.usecases.goals import Goals, Picture
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.vision.masks import mask_bytes, painted_bytes, rest_bytes
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.segmentation import DEPTHS, LOOK_SIDE, SubjectHead, outline
from lookalike.vision.steps import whole_steps
from lookalike.vision.subject_cues import Point, SubjectCues

Mask = NDArray[np.bool_]

_WORK_SIDE = 640


@dataclass(frozen=True)
class Subject:
    """A subject in a photo: `mask` bool [H, W] over `picture` uint8 [H, W, 3], the whole photo.

    `likely` float32 [h, w] is what it was outlined from, so that brushes can correct it.
    """

    picture: Picture
    mask: Mask
    likely: NDArray[np.float32]
    clicks: tuple[Point, ...]

    @property
    def share(self) -> float:
        """How much of the photo it takes, 0 to 1."""
        return float(self.mask.mean())

    def corrected(self, inside: Mask, outside: Mask) -> Subject:
        """With painted places (bool of any size) taken in and left out, and outlined anew."""
        mask = outline(self.picture, self.likely, self.clicks, inside, outside)
        return replace(self, mask=mask)

    def as_goal(self, goal: Goal, *, background: bool = False) -> Goal:
        """`goal` searched by this subject alone, or by all that is around it."""
        return replace(goal, region=None, mask=mask_bytes(~self.mask if background else self.mask))

    def full_size(self, width: int, height: int) -> Picture:
        """The mask at another size, uint8 [height, width], 0 or 255."""
        grey = Image.fromarray(self.mask.astype(np.uint8) * 255)
        sized = grey.resize((width, height), Image.Resampling.BILINEAR)
        return np.where(np.asarray(sized) > 127, np.uint8(255), np.uint8(0))


class Segmenter:
    """Finds subjects with the network in use; what it has learned holds for any network."""

    def __init__(self, network: NetworkInUse, goals: Goals) -> None:
        self._network = network
        self._goals = goals

    @cached_property
    def _head(self) -> SubjectHead:
        return SubjectHead.load(NetworkPack.load(default_pack()))

    def subject(self, goal: Goal, clicks: Sequence[Point]) -> Subject:
        """The subject of the goal's whole photo at clicks (fractions x, y of it).

        Raises:
            GoalError: the photo cannot be read.
            LookalikeError: there is no click.
        """
        return self._found(self._goals.whole_picture(goal, _WORK_SIDE), clicks)

    @staticmethod
    def in_this_style(goal: Goal, weight: float = 1.0) -> tuple[Goal, Goal]:
        """A part of a photo as it counts, and beside it the style of the rest of that photo.

        `weight` is how much the style counts against the part. Raises GoalError where there is no
        rest.
        """
        rest = replace(
            goal,
            region=None,
            mask=rest_bytes(goal.region, goal.mask),
            depth=1.0,
            style=1.0,
            weight=goal.weight * weight,
            name=f"{goal.name}, the style around it",
        )
        return goal, rest

    @staticmethod
    def painted(goal: Goal, places: Mask, *, take_in: bool) -> Goal:
        """`goal` with places of its whole photo, bool [H, W], painted in or out.

        Raises GoalError where nothing of it would be left.
        """
        mask = painted_bytes(goal.region, goal.mask, places, take_in)
        return replace(goal, region=None, mask=mask)

    def subject_of_file(self, path: str, clicks: Sequence[Point]) -> Picture:
        """The mask of the oriented photo's own size, uint8 [H, W], 0 or 255; raises PhotoError."""
        picture, (width, height) = load_with_size(path, _WORK_SIDE)
        return self._found(picture, clicks).full_size(width, height)

    def _found(self, picture: Picture, clicks: Sequence[Point]) -> Subject:
        if not clicks:
            raise LookalikeError("Click on the subject to find it.")
        maps = self._network.encoder.maps(self._looked_at(picture), self._taps())
        likely = self._head.likelihood(SubjectCues(picture, maps, clicks))
        return Subject(picture, outline(picture, likely, clicks), likely, tuple(clicks))

    def _looked_at(self, picture: Picture) -> Picture:
        pack = self._network.pack
        size = (pack.size, pack.size)
        if not pack.fixed:
            height, width = picture.shape[:2]
            size = whole_steps(width, height, LOOK_SIDE, pack.multiple)
        return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))

    def _taps(self) -> list[str]:
        taps = [tap.name for tap in self._network.pack.taps]
        return [taps[round(depth * (len(taps) - 1))] for depth in DEPTHS]
