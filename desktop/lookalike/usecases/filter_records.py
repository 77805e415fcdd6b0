"""What is told of filters: layers, their patches, where they fire, what in a patch excites them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Photo, Region

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layer:
    """A rung of the ladder. `sees` is the side of a place's receptive field in input pixels.

    `depth` runs from 0 (edges) to 1 (things); `obstacle` names what keeps saliency away, or "".
    """

    name: str
    filters: int
    sees: float
    depth: float
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a photo (fractions of it, upright) that excites a filter, and how much."""

    photo: Photo
    activation: float
    part: Region


@dataclass(frozen=True, slots=True)
class FilterTop:
    """A filter and what of the library excites it most, best first; every picture once."""

    layer: str
    filter: int
    name: str
    patches: tuple[Patch, ...]

    @property
    def best(self) -> float | None:
        """The largest value in the library; None while nothing was looked at."""
        return self.patches[0].activation if self.patches else None


@dataclass(frozen=True, slots=True)
class Firing:
    """A filter on one photo. `share` is its value as a share of the library's best, if known."""

    filter: int
    activation: float
    share: float | None
    part: Region
    name: str = ""


@dataclass(frozen=True, slots=True)
class PatchSaliency:
    """A patch and what in it excites the filter: uint8 [H, W, 3] each, of one size."""

    picture: Picture
    positive: Picture
    negative: Picture
