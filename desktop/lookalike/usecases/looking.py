"""What the network sees in a photo: a layer's filters, and the saliency of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.photos.decode import load_picture, network_input
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.vision.overlay import signed_picture
from lookalike.vision.saliency import FilterActivation, Rule, Saliency, SaliencyMap
from lookalike.vision.segmentation import Point, subject_at
from lookalike.vision.sheet import Cell, sheet

Picture = NDArray[np.uint8]

LOOK_SIDE = 448
"""Longest side of the picture that is looked at, in pixels."""


_SUBJECT_DEPTHS = (0.6, 0.85)
"""Where in the ladder of taps a subject holds together: things, but still in their places."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject in a photo: `mask` uint8 [H, W], 0 or 255, the oriented photo's size."""

    mask: Picture

    @property
    def share(self) -> float:
        """How much of the photo it takes, 0 to 1."""
        return float(np.count_nonzero(self.mask) / max(self.mask.size, 1))


class Looking:
    """Saliency of single filters: illustrations of the network, not evidence of a match."""

    def __init__(self, network: NetworkInUse) -> None:
        self._network = network
        self._lock = Lock()
        self._saliency: Saliency | None = None

    def layers(self) -> tuple[str, ...]:
        """The layers that can be looked at, shallow to deep."""
        return tuple(tap.name for tap in self._network.pack.taps)

    def picture(self, path: str) -> Picture:
        """A photo at the size the network looks at: its aspect, sides of whole steps."""
        pack = self._network.pack
        picture = load_picture(path, LOOK_SIDE)
        if pack.fixed:
            return network_input(picture, pack.size)
        scale = LOOK_SIDE / max(picture.shape[:2])
        height, width = (
            max(1, round(side * scale / pack.multiple)) * pack.multiple
            for side in picture.shape[:2]
        )
        image = Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)
        return np.array(image)

    def filters(self, path: str, layer: str) -> tuple[FilterActivation, ...]:
        """The filters of a layer by how strongly they answer to a photo, strongest first.

        Raises:
            PhotoError: the photo cannot be read.
            NetworkError: there is no such layer.
        """
        return self._open().filters(self.picture(path), layer)

    def saliency(
        self, path: str, layer: str, number: int, rule: Rule
    ) -> tuple[Picture, SaliencyMap]:
        """The picture that was looked at, and what a filter's strongest neuron answers to in it.

        Raises:
            PhotoError: the photo cannot be read.
            NetworkError: no such layer or filter, or no gradient reaches that far.
        """
        picture = self.picture(path)
        return picture, self._open().map(picture, layer, number, rule)

    def subject(self, path: str, clicks: Sequence[Point]) -> Subject:
        """The subject of a photo at clicks (fractions x, y of the oriented photo).

        Raises:
            PhotoError: the photo cannot be read.
        """
        taps = [tap.name for tap in self._network.pack.taps]
        deep = sorted({round(depth * (len(taps) - 1)) for depth in _SUBJECT_DEPTHS})
        maps = self._network.encoder.maps(self.picture(path), [taps[place] for place in deep])
        mask = subject_at(load_picture(path), maps, clicks)
        return Subject(np.where(mask, np.uint8(255), np.uint8(0)))

    def saliency_sheet(self, picture: Picture, found: SaliencyMap) -> Image.Image:
        """The row of four: photo, the part the strongest neuron sees, positive, negative."""
        x, y, width, height = found.part
        part = picture[y : y + height, x : x + width]
        scale = float(max(found.positive.max(), found.negative.max(), 1e-12))
        cells = [
            Cell(picture, "photo"),
            Cell(part if part.size else picture, "the part it sees"),
            Cell(signed_picture(found.positive, scale), "positive saliency"),
            Cell(signed_picture(found.negative, scale), "negative saliency"),
        ]
        heading = f"{found.tap}, filter {found.filter}: activation {found.activation:.2f} at "
        heading += f"row {found.place[0]}, column {found.place[1]}; {found.rule} "
        heading += "(an illustration, not evidence)"
        return sheet(cells, 4, heading, legend=False)

    def _open(self) -> Saliency:
        pack = self._network.pack
        with self._lock:
            if self._saliency is None or self._saliency.pack is not pack:
                self._saliency = Saliency(pack)
            return self._saliency
