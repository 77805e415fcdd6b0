"""The filters of the network in use: what excites them in this library, their names, their kin.

Lists are read from the catalogue; what is looked at anew goes through the same network and the
same square input as while indexing, so values can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.catalogue.store import Catalogue
from lookalike.errors import LookalikeError, NetworkError, PhotoError
from lookalike.photos.decode import network_input, whole_input
from lookalike.progress import CancelToken, OnProgress
from lookalike.records import Photo, Region
from lookalike.search.top_lists import SHOWN
from lookalike.usecases.embedding import Embedder
from lookalike.usecases.filter_lists import lists_of, space_of
from lookalike.usecases.filter_records import FilterTop, Firing, Layer, Patch, PatchSaliency
from lookalike.usecases.goals import Goals
from lookalike.usecases.looking import Looking
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.recent import Recent
from lookalike.vision.filters import FilterLayout, FilterWatch, Peaks
from lookalike.vision.network.pack import NetworkPack, Tap
from lookalike.vision.overlay import signed_picture
from lookalike.vision.saliency import Rule

Picture = NDArray[np.uint8]

PATCH_SIDE = 256
_LONGEST_NAME = 60
_KEPT = 48
"""Patches with their saliency, half a megabyte each."""
_FULL = 99.7
"""The percentile of a patch's saliency that is shown at full strength."""


class Filters:
    """What the window's network page and `lookalike filters` ask."""

    def __init__(
        self,
        catalogue: Catalogue,
        goals: Goals,
        network: NetworkInUse,
        embedder: Embedder,
        looking: Looking,
    ) -> None:
        self._catalogue, self._goals, self._network = catalogue, goals, network
        self._embedder, self._looking = embedder, looking
        self._lock = Lock()
        self._watch: tuple[NetworkPack, FilterWatch] | None = None
        self._seen: Recent[PatchSaliency] = Recent(_KEPT)

    # --- what there is

    def layers(self) -> tuple[Layer, ...]:
        """The ladder of the network in use, shallow to deep."""
        taps = self._network.pack.taps
        last = max(len(taps) - 1, 1)
        return tuple(
            Layer(tap.name, tap.channels, max(tap.field.size), place / last, tap.obstacle)
            for place, tap in enumerate(taps)
        )

    def coverage(self) -> tuple[int, int]:
        """How many contents the lists take into account, and how many are embedded."""
        encoder = self._network.encoder
        meaning = self._catalogue.space_id(encoder.spaces["meaning"])
        space = self._catalogue.space_id(*space_of(encoder))
        return self._catalogue.count_vectors(space), self._catalogue.count_vectors(meaning)

    def catch_up(self, on_progress: OnProgress, cancel: CancelToken) -> int:
        """Look at photos that were embedded before their filters were watched; returns how many.

        Raises Cancelled; what was looked at stays.
        """
        return self._embedder.look_for_filters(self._network.encoder, on_progress, cancel)

    def top(
        self, layer: str, numbers: Sequence[int] | None = None, most: int = SHOWN
    ) -> tuple[FilterTop, ...]:
        """The nine patches of each of these filters of a layer (None: of all of them).

        `most` may ask for up to the sixteen that are kept.

        Raises:
            NetworkError: there is no such layer or filter.
        """
        tap, layout = self._network.pack.tap(layer), self._layout()
        wanted = list(range(tap.channels)) if numbers is None else list(numbers)
        for number in wanted:
            _check_filter(tap, number)
        if not wanted:
            return ()
        first, count = min(wanted), max(wanted) - min(wanted) + 1
        start = layout.number(tap, first)
        space = self._catalogue.space_id(*space_of(self._network.encoder))
        lists = lists_of(self._catalogue.filter_tops(space, start, count), start, count)
        chosen = lists[[number - first for number in wanted]]
        photos = self._goals.photos_of(np.unique(chosen["content"]).tolist())
        names = self.names()
        return tuple(
            FilterTop(
                layer,
                number,
                names.get((layer, number), ""),
                self._patches(tap, row, photos)[:most],
            )
            for number, row in zip(wanted, chosen, strict=True)
        )

    def _patches(
        self, tap: Tap, row: NDArray[np.void], photos: dict[int, Photo]
    ) -> tuple[Patch, ...]:
        layout, field = self._layout(), tap.field
        found = [
            Patch(
                photos[int(each["content"])],
                float(each["value"]),
                layout.part(tap, field, int(each["row"]), int(each["column"])),
            )
            for each in row
            if int(each["content"]) in photos
        ]
        return tuple(found)

    # --- names

    def names(self) -> dict[tuple[str, int], str]:
        """(layer, filter) to its name, in the order of names; of the network in use."""
        return self._catalogue.filter_names(self._network.pack.name)

    def name(self, layer: str, number: int, name: str) -> None:
        """Call a filter by a name; "" takes it away.

        Raises:
            NetworkError: there is no such layer or filter.
            LookalikeError: the name is too long, or another filter has it.
        """
        _check_filter(self._network.pack.tap(layer), number)
        name = " ".join(name.split())
        if len(name) > _LONGEST_NAME:
            raise LookalikeError(
                f"A name has at most {_LONGEST_NAME} letters; choose a shorter one."
            )
        self._catalogue.name_filter(self._network.pack.name, layer, number, name)

    def called(self, name: str) -> tuple[str, int]:
        """The layer and the number of the filter with this name; raises LookalikeError."""
        names = self.names()
        for key, each in names.items():
            if each.casefold() == " ".join(name.split()).casefold():
                return key
        known = ", ".join(names.values()) or "none yet"
        raise LookalikeError(f"No filter is called {name}; named filters: {known}.")

    # --- one photo

    def strongest(self, path: str, layer: str, limit: int = 24) -> tuple[Firing, ...]:
        """The filters of a layer that a photo excites most, as shares of the library's best.

        Raises:
            PhotoError: the photo cannot be read.
            NetworkError: there is no such layer.
        """
        tap = self._network.pack.tap(layer)
        peaks = self.peaks(whole_input(path, self._network.pack.size)[np.newaxis])
        here = self._layout().slice_of(tap)
        values, bins = peaks.values[0, here], peaks.bins[0, here]
        return self._firing(tap, values, bins, limit)

    def at(self, path: str, layer: str, x: float, y: float, limit: int = 24) -> tuple[Firing, ...]:
        """The filters that fire at a place of a photo (fractions of it), strongest share first.

        Raises:
            PhotoError: the photo cannot be read.
            NetworkError: there is no such layer.
        """
        tap, size = self._network.pack.tap(layer), self._network.pack.size
        (found,) = self._network.encoder.maps(whole_input(path, size), [layer])
        rows, columns = found.shape[1:]
        row = min(int(min(max(y, 0.0), 1.0) * rows), rows - 1)
        column = min(int(min(max(x, 0.0), 1.0) * columns), columns - 1)
        kernel = self._layout().kernel(tap)
        bins = np.tile(np.array([row // kernel, column // kernel], np.uint8), (len(found), 1))
        fires = self._firing(tap, found[:, row, column], bins, len(found))
        return tuple(each for each in fires if each.activation > 0)[:limit]

    def _firing(
        self, tap: Tap, values: NDArray[np.float32], bins: NDArray[np.uint8], limit: int
    ) -> tuple[Firing, ...]:
        tops, field, layout = self.top(tap.name), tap.field, self._layout()
        best = np.array([each.best or np.nan for each in tops], np.float64)
        shares = np.where(best > 0, values / best, np.nan)
        # Where nothing is known of the library, the values themselves decide.
        order = np.lexsort((-values, -np.nan_to_num(shares, nan=-1e9)))[:limit]
        return tuple(
            Firing(
                int(number),
                float(values[number]),
                None if np.isnan(shares[number]) else float(shares[number]),
                layout.part(tap, field, int(bins[number][0]), int(bins[number][1])),
                tops[int(number)].name,
            )
            for number in order
        )

    # --- pictures

    def patch_picture(self, patch: Patch, side: int = PATCH_SIDE) -> Picture:
        """A patch cut from the photo, or from its thumbnail while it is away; raises PhotoError."""
        larger = side / max(patch.part[2:])
        whole = self._goals.picture_of(patch.photo, min(2048, round(larger)))
        return _cut(whole, patch.part, *_sides(patch, side))

    def small_patch_picture(self, patch: Patch, side: int) -> Picture:
        """The same from the thumbnail: at once, and sharp enough for a small cell."""
        whole = self._goals.small_picture_of(patch.photo)
        return _cut(whole, patch.part, *_sides(patch, side))

    def saliency(
        self, layer: str, number: int, patch: Patch, rule: Rule = "guided", side: int = PATCH_SIDE
    ) -> PatchSaliency:
        """A patch beside what in it excites the filter: an illustration, not evidence.

        The last ones are kept, so that going back to a filter costs nothing.

        Raises:
            PhotoError: neither the photo nor its thumbnail can be read.
            NetworkError: no gradient reaches so far.
        """
        network = self._network.pack.identity
        asked = (network, layer, number, patch.photo.content_id, patch.part, rule, side)
        return self._seen.get(asked, lambda: self._saliency(layer, number, patch, rule, side))

    def _saliency(
        self, layer: str, number: int, patch: Patch, rule: Rule, side: int
    ) -> PatchSaliency:
        seen = self._input(patch.photo)
        found = self._looking.map_of(seen, layer, number, rule)
        signed = found.saliency
        strongest = np.abs(_cut_array(signed, patch.part)).max(axis=2)
        scale = float(np.percentile(strongest, _FULL)) or 1.0
        sides = _sides(patch, side)
        return PatchSaliency(
            self.patch_picture(patch, side),
            _cut(signed_picture(np.maximum(signed, 0), scale), patch.part, *sides),
            _cut(signed_picture(np.maximum(-signed, 0), scale), patch.part, *sides),
        )

    # --- the network

    def peaks(self, batch: Picture) -> Peaks:
        """What excites each filter in pictures uint8 [N, S, S, 3]; raises NetworkError."""
        pack = self._network.pack
        with self._lock:
            if self._watch is None or self._watch[0] is not pack:
                self._watch = pack, self._network.encoder.watch()
            watch = self._watch[1]
        return watch.run(batch)[1]

    def values(self, photos: Sequence[Photo], layer: str, number: int) -> NDArray[np.float32]:
        """A filter's largest value on each photo's thumbnail, float32 [n]; NaN: unreadable."""
        place = self._layout().number(self._network.pack.tap(layer), number)
        found = np.full(len(photos), np.nan, np.float32)
        pictures: list[tuple[int, Picture]] = []
        for index, photo in enumerate(photos):
            try:
                small = self._goals.small_picture_of(photo)
            except PhotoError:
                continue
            pictures.append((index, network_input(small, self._network.pack.size)))
        if pictures:
            peaks = self.peaks(np.stack([picture for _, picture in pictures]))
            found[[index for index, _ in pictures]] = peaks.values[:, place]
        return found

    def part_of(self, layer: str, photo: Photo, number: int) -> Region:
        """The part of a photo that excites a filter most; raises PhotoError."""
        tap, layout = self._network.pack.tap(layer), self._layout()
        bins = self.peaks(self._input(photo)[np.newaxis]).bins[0, layout.number(tap, number)]
        return layout.part(tap, tap.field, int(bins[0]), int(bins[1]))

    def _input(self, photo: Photo) -> Picture:
        size = self._network.pack.size
        try:
            return whole_input(photo.path, size)
        except PhotoError:
            # Offline: its thumbnail is all there is.
            return network_input(self._goals.small_picture_of(photo), size)

    def _layout(self) -> FilterLayout:
        return FilterLayout(self._network.pack)


def _check_filter(tap: Tap, number: int) -> None:
    if not 0 <= number < tap.channels:
        raise NetworkError(f"The layer {tap.name} has the filters 0 to {tap.channels - 1}.")


def _sides(patch: Patch, side: int) -> tuple[int, int]:
    """Width and height of a patch in the photo's own aspect, the longer one `side`."""
    facts = patch.photo.facts
    width, height = patch.part[2] * facts.width, patch.part[3] * facts.height
    scale = side / max(width, height, 1e-6)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cut_array(whole: NDArray[np.float32], part: Region) -> NDArray[np.float32]:
    rows, columns = whole.shape[:2]
    x, y, w, h = part
    top, left = int(y * rows), int(x * columns)
    found: NDArray[np.float32] = whole[
        top : max(top + 1, round((y + h) * rows)), left : max(left + 1, round((x + w) * columns))
    ]
    return found


def _cut(whole: Picture, part: Region, width: int, height: int) -> Picture:
    rows, columns = whole.shape[:2]
    x, y, w, h = part
    box = (x * columns, y * rows, (x + w) * columns, (y + h) * rows)
    image = Image.fromarray(whole)
    return np.array(image.resize((width, height), Image.Resampling.BICUBIC, box=box))
