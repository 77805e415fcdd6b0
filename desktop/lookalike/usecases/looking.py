"""What the network sees in a photo: a layer's filters, and the saliency of one of them."""

from __future__ import annotations

import os
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lookalike.errors import PhotoError
from lookalike.photos.decode import load_picture
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.recent import Recent
from lookalike.vision.overlay import WARM, signed_picture
from lookalike.vision.saliency import FilterActivation, Rule, Saliency, SaliencyMap
from lookalike.vision.sheet import Cell, sheet
from lookalike.vision.steps import LONGEST, in_aspect, whole_steps
from lookalike.words import mark

__all__ = ["FilterActivation", "Looking", "Rule", "SaliencyMap"]

Picture = NDArray[np.uint8]

LOOK_SIDE = 448
"""About the longest side of the picture that is looked at, in pixels."""
_KEPT = 12
"""Of the last maps, some three megabytes each."""
_CELL_SIDE = 320
_BRIGHT = 99.9
"""Percentile of what is above 0 that is shown at full brightness: one pixel shall not dim all."""


class Looking:
    """Saliency of single filters: illustrations of the network, not evidence of a match."""

    def __init__(self, network: NetworkInUse) -> None:
        self._network = network
        self._lock = Lock()
        self._saliency: Saliency | None = None
        self._kept: Recent[tuple[Picture, SaliencyMap]] = Recent(_KEPT)

    def layers(self) -> tuple[str, ...]:
        """The layers that can be looked at, shallow to deep."""
        return tuple(tap.name for tap in self._network.pack.taps)

    def picture(self, path: str) -> Picture:
        """A photo at the size the network looks at: nearly its aspect, sides of whole steps.

        Raises:
            PhotoError: the photo cannot be read.
        """
        return self._looked_at(path)[1]

    def _looked_at(self, path: str) -> tuple[Picture, Picture]:
        """A photo in its own aspect, and as the network takes it: the same where that fits."""
        pack = self._network.pack
        picture = _loaded(path, 2 * LOOK_SIDE)
        height, width = picture.shape[:2]
        if LOOK_SIDE * min(width, height) < pack.multiple * max(width, height):
            picture = _loaded(path, LONGEST * LOOK_SIDE)
            height, width = picture.shape[:2]
        columns = rows = pack.size
        if not pack.fixed:
            columns, rows = whole_steps(width, height, LOOK_SIDE, pack.multiple)
        shown = _resized(picture, *in_aspect(width, height, max(columns, rows)))
        if shown.shape[:2] == (rows, columns):
            return shown, shown
        return shown, _resized(picture, columns, rows)

    def filters(self, path: str, layer: str) -> tuple[FilterActivation, ...]:
        """The filters of a layer by how strongly they answer to a photo, strongest first.

        Raises:
            PhotoError: the photo cannot be read.
            NetworkError: there is no such layer.
        """
        return self._open().filters(self.picture(path), layer)

    def saliency(
        self,
        path: str,
        layer: str,
        number: int,
        rule: Rule = "guided",
        at: tuple[float, float] | None = None,
    ) -> tuple[Picture, SaliencyMap]:
        """A photo as it was looked at, and what a filter's strongest neuron answers to in it.

        Or the neuron `at` a point of the photo (x, y, as fractions).

        The picture uint8 [H, W, 3], the map and the part are of one size, in the oriented photo's
        aspect to a pixel. The last ones are kept while their files stay what they were.

        Raises:
            PhotoError: the photo cannot be read.
            NetworkError: no such layer or filter, or no gradient reaches that far.
        """

        def look() -> tuple[Picture, SaliencyMap]:
            shown, seen = self._looked_at(path)
            found = self._open().map(seen, layer, number, rule, at=at)
            return shown, found.fitted(shown.shape[1], shown.shape[0])

        asked = (self._network.pack.identity, _file(path), layer, number, rule, at)
        return self._kept.get(asked, look)

    def map_of(self, picture: Picture, layer: str, number: int, rule: Rule) -> SaliencyMap:
        """What a filter's strongest neuron answers to in a picture the network can take.

        Raises:
            NetworkError: no such layer or filter, or no gradient reaches that far.
        """
        return self._open().map(picture, layer, number, rule)

    def saliency_cells(self, picture: Picture, found: SaliencyMap) -> list[Cell]:
        """The lecture's row of four: photo, the part the strongest neuron sees, its saliency."""
        x, y, width, height = found.part
        inside = slice(y, y + height), slice(x, x + width)
        shown = [
            _resized_to(signed_picture(each[inside], _bright(each)), _CELL_SIDE)
            for each in (found.positive, found.negative)
        ]
        seen = "and, through sums, the whole photo" if found.everywhere else ""
        return [
            Cell(_outlined(picture, found.part), mark("photo")),
            Cell(_resized_to(picture[inside], _CELL_SIDE), mark("the part it sees"), seen),
            Cell(shown[0], mark("positive saliency in that part")),
            Cell(shown[1], mark("negative saliency in that part")),
        ]

    def saliency_sheet(self, picture: Picture, found: SaliencyMap) -> Image.Image:
        """That row as one picture."""
        heading = f"{found.tap}, filter {found.filter}: activation {found.activation:.2f} at "
        heading += f"row {found.place[0]}, column {found.place[1]}; {found.rule} "
        heading += "(an illustration, not evidence)"
        if not found.fires:
            heading += "; this filter does not fire here"
        return sheet(self.saliency_cells(picture, found), 4, heading, legend=False)

    def _open(self) -> Saliency:
        pack = self._network.pack
        with self._lock:
            if self._saliency is None or self._saliency.pack is not pack:
                self._saliency = Saliency(pack)
            return self._saliency


def _file(path: str) -> tuple[str, int, int]:
    """What tells a file from the one that was there before."""
    try:
        facts = os.stat(path)
    except OSError:
        return path, 0, 0
    return path, facts.st_size, facts.st_mtime_ns


def _loaded(path: str, side: int) -> Picture:
    try:
        return load_picture(path, side)
    except PhotoError as error:
        raise PhotoError(f"{path} cannot be looked at. {error}") from error


def _resized(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture
    image = Image.fromarray(picture)
    return np.array(image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))


def _resized_to(picture: Picture, side: int) -> Picture:
    return _resized(picture, *in_aspect(picture.shape[1], picture.shape[0], side))


def _bright(saliency: NDArray[np.float32]) -> float:
    above = saliency[saliency > 0]
    return float(np.percentile(above, _BRIGHT)) if above.size else 1.0


def _outlined(picture: Picture, part: tuple[int, int, int, int]) -> Picture:
    """The picture with a line around a part of it; as it is where the part is all of it."""
    x, y, width, height = part
    if (height, width) == picture.shape[:2]:
        return picture
    image = Image.fromarray(picture)
    thick = max(1, round(max(image.size) / 200))
    box = [x - thick, y - thick, x + width + thick - 1, y + height + thick - 1]
    ImageDraw.Draw(image).rectangle(box, outline=WARM, width=thick)
    return np.array(image)
