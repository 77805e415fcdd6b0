"""Photos of the library laid on a picture by their pixels, on a few threads; looks are kept."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import PhotoError
from lookalike.progress import CancelToken
from lookalike.records import Photo
from lookalike.usecases.goals import Goals
from lookalike.vision.features import (
    LEAST_HINTS,
    Features,
    Proposal,
    extract,
    extract_coarse,
    hints,
    proposals,
)
from lookalike.vision.matching import Overlap, greyed, overlap

Picture = NDArray[np.uint8]
Told = TypeVar("Told")
Describe = Callable[[Picture], Features]

_LEAST_KEPT, _MOST_KEPT = 160 * 2**20, 2**30
_SHARE_OF_MEMORY = 16
_GREYS_KEPT = 128
_TOLD_KEPT = 2048
"""Verdicts, and hints: of about the last ten goals, so that the dials move without a look."""
NOT_AT_ALL = Overlap(0.0, 0.0, 0.0, 0)


class Shown(NamedTuple):
    """The picture that photos are laid on, by a key that tells it from others.

    `load` gives it in grey, and the longer side in pixels of what it was made from.
    """

    key: object
    load: Callable[[], tuple[Picture, int]]


class PixelLooks:
    """Compares pixels; remembers the features it has found, in bounded memory; thread-safe."""

    def __init__(self, goals: Goals) -> None:
        self._goals = goals
        self._lock = Lock()
        self._features: OrderedDict[object, Features] = OrderedDict()
        self._greys: OrderedDict[int, Picture] = OrderedDict()
        self._verdicts: OrderedDict[tuple[object, int], Overlap] = OrderedDict()
        self._hints: OrderedDict[tuple[object, int], float] = OrderedDict()
        self._bytes = 0
        self._most = _kept_bytes()
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """Let go of the threads."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = None

    def compared(
        self,
        shown: Shown,
        others: Mapping[int, Photo],
        cancel: CancelToken,
        describe: Describe = extract,
    ) -> dict[int, Overlap]:
        """How each of `others`, by content, lies on a picture; unreadable ones left out.

        `describe` tells what is compared first.
        """
        known = self._known(self._verdicts, (describe, shown.key), others)
        rest = {label: photo for label, photo in others.items() if label not in known}
        if not rest:
            return known
        try:
            grey, sharp = shown.load()
        except PhotoError:
            return {}
        wanted = self._features_of(shown.key, lambda: grey, describe)

        def laid_on(item: tuple[int, list[Proposal]]) -> Overlap | None:
            cancel.check()
            if not item[1]:
                return NOT_AT_ALL
            try:
                other = rest[item[0]].facts
                sharpest = min(sharp, max(other.width, other.height))
                kept = self.grey_of(rest[item[0]])
                return overlap(grey, kept, item[1], sharpest) or NOT_AT_ALL
            except PhotoError:
                return None

        ready = self._described(rest, cancel, describe)
        ways = list(zip(ready, proposals(wanted, list(ready.values())), strict=True))
        laid = zip(ways, self._threads().map(laid_on, ways), strict=True)
        found = {label: verdict for (label, _), verdict in laid if verdict is not None}
        self._keep(self._verdicts, (describe, shown.key), found)
        return known | found

    def hinted(self, shown: Shown, others: Mapping[int, Photo], cancel: CancelToken) -> list[int]:
        """Which of `others` may yet lie on the picture, as a coarse look hints; surest first."""
        told = self._known(self._hints, shown.key, others)
        rest = {label: photo for label, photo in others.items() if label not in told}
        try:
            grey = shown.load()[0] if rest else None
        except PhotoError:
            return []
        if grey is not None:
            goal = [
                self._features_of(shown.key, lambda: grey, describe)
                for describe in (extract_coarse, extract)
            ]
            ready = self._described(rest, cancel, extract_coarse)
            counts = self._threads().map(partial(hints, *goal), ready.values())
            found = dict(zip(ready, counts, strict=True))
            self._keep(self._hints, shown.key, found)
            told |= found
        likely = [label for label, count in told.items() if count >= LEAST_HINTS]
        return sorted(likely, key=lambda label: -told[label])

    def _known(
        self, kept: Mapping[tuple[object, int], Told], key: object, labels: Iterable[int]
    ) -> dict[int, Told]:
        with self._lock:
            return {label: kept[key, label] for label in labels if (key, label) in kept}

    def _keep(
        self, kept: OrderedDict[tuple[object, int], Told], key: object, found: Mapping[int, Told]
    ) -> None:
        with self._lock:
            kept.update(((key, label), each) for label, each in found.items())
            while len(kept) > _TOLD_KEPT:
                kept.popitem(last=False)

    def grey_of(self, photo: Photo) -> Picture:
        """A photo at its thumbnail's size in grey, the last few kept; raises PhotoError."""
        with self._lock:
            if photo.content_id in self._greys:
                self._greys.move_to_end(photo.content_id)
                return self._greys[photo.content_id]
        grey = greyed(self._goals.small_picture_of(photo))
        with self._lock:
            self._greys[photo.content_id] = grey
            if len(self._greys) > _GREYS_KEPT:
                self._greys.popitem(last=False)
        return grey

    def _described(
        self, others: Mapping[int, Photo], cancel: CancelToken, describe: Describe
    ) -> dict[int, Features]:
        """The features of photos, side by side: finding them takes far longer than comparing."""

        def features(label: int) -> Features | None:
            cancel.check()
            try:
                return self._features_of(label, partial(self.grey_of, others[label]), describe)
            except PhotoError:
                return None

        seen = zip(others, self._threads().map(features, others), strict=True)
        return {label: each for label, each in seen if each is not None}

    def _features_of(
        self, key: object, grey: Callable[[], Picture], describe: Describe
    ) -> Features:
        """What `describe` says of a picture, found once as long as it is kept."""
        key = (describe, key)
        with self._lock:
            if key in self._features:
                self._features.move_to_end(key)
                return self._features[key]
        found = describe(grey())
        with self._lock:
            if key not in self._features:
                self._features[key] = found
                self._bytes += found.nbytes
            while self._bytes > self._most:
                self._bytes -= self._features.popitem(last=False)[1].nbytes
        return found

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(
                    os.cpu_count() or 1, thread_name_prefix="same-pictures"
                )
            return self._pool


def _kept_bytes() -> int:
    """How many bytes of features are kept: a share of the machine's memory, within bounds.

    Finding them takes longer than indexing a photo, so a batch over a large library must not
    find them again for every goal.
    """
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows tells in another way
        memory = 0
    return min(max(memory // _SHARE_OF_MEMORY, _LEAST_KEPT), _MOST_KEPT)
