"""Which of the best answers are the goal's very picture: by hash at once, by pixels if thorough."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.errors import PhotoError
from lookalike.progress import CancelToken
from lookalike.records import Goal, Photo, Query
from lookalike.search.kinship import same_picture
from lookalike.usecases.decisions import read_apart
from lookalike.usecases.goals import Goals
from lookalike.usecases.hashes import Hashes
from lookalike.usecases.inner_views import InnerViews
from lookalike.vision.features import (
    Features,
    Proposal,
    extract,
    extract_coarse,
    glimpse,
    proposals,
)
from lookalike.vision.matching import SIDE, Overlap, greyed, overlap

Labels = NDArray[np.int64]
Scores = NDArray[np.float32]
Picture = NDArray[np.uint8]
_Load = Callable[[], Picture]
_LoadGoal = Callable[[], tuple[Picture, int]]
"""The goal in grey, and the longer side in pixels of what it was made from."""
_Describe = Callable[[Picture], Features]

LOOKED_AT = 100
"""Of the best answers, looked at again pixel by pixel, beside those whose hash is near."""
_LEAST_KEPT, _MOST_KEPT = 160 * 2**20, 2**30
_SHARE_OF_MEMORY = 16
_GREYS_KEPT = 128
_APART = 1.0
"""Seconds between two exposures: a camera's clock tells a burst from a copy."""
_NOT_AT_ALL = Overlap(0.0, 0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What pixels told of contents: `same` are the goal's picture, `shown` show what it shows.

    `shown` maps a content to how many details agree, the most first.
    """

    same: frozenset[int] = frozenset()
    shown: Mapping[int, int] = field(default_factory=dict)


class SamePictures:
    """Compares pixels on a few threads; remembers the features it has found, in bounded memory."""

    def __init__(
        self, catalogue: Catalogue, goals: Goals, hashes: Hashes, views: InnerViews
    ) -> None:
        self._catalogue = catalogue
        self._goals = goals
        self._hashes = hashes
        self._views = views
        self._lock = Lock()
        self._features: OrderedDict[object, Features] = OrderedDict()
        self._greys: OrderedDict[int, Picture] = OrderedDict()
        self._bytes = 0
        self._most = _kept_bytes()
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """Let go of the threads."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = None

    def among(
        self,
        query: Query,
        labels: Labels,
        scores: Scores,
        photos: Mapping[int, list[Photo]],
        cancel: CancelToken,
    ) -> Seen:
        """The contents that are the goal's picture; more than the answer so far may hold.

        `labels` int64 [n] best first and `scores` float32 [n], each content's own, are the
        answer so far. Only one goal, taken whole, can have a same picture.
        """
        if not self._asks(query) or not len(labels):
            return Seen()
        goal = query.goals[0]
        known = [place for place, label in enumerate(labels.tolist()) if label in photos]
        same = self._by_hash(goal, labels[known], scores[known], photos)
        if not query.thorough:
            return Seen(frozenset(self._not_told_apart(goal, same)))
        wanted = [*labels[known][:LOOKED_AT].tolist(), *sorted(same)]
        found = self._verdicts(goal, [*wanted, *self._of_hash(goal)], cancel)
        if not any(each.same or each.shown for each in found.values()):
            cancel.check()
            more = [label for label in self._views.near(goal) if label not in found]
            found |= self._verdicts(goal, more, cancel)
        same = (same - found.keys()) | {label for label, each in found.items() if each.same}
        same = self._not_told_apart(goal, same)
        shown = [label for label, each in found.items() if each.shown and label not in same]
        shown.sort(key=lambda label: -found[label].inliers)
        return Seen(frozenset(same), {label: found[label].inliers for label in shown})

    def is_same(self, query: Query, photo: Photo, score: float) -> bool:
        """Whether one photo with this own score is the goal's picture, judged as in `among`."""
        if not self._asks(query):
            return False
        label = photo.content_id
        verdicts = self._verdicts(query.goals[0], [label], CancelToken()) if query.thorough else {}
        if label in verdicts:
            same = {label} if verdicts[label].same else set()
        else:
            one, own = np.array([label]), np.array([score], np.float32)
            same = self._by_hash(query.goals[0], one, own, {label: [photo]})
        return bool(self._not_told_apart(query.goals[0], same))

    def same_as(self, label: int, others: Sequence[int], cancel: CancelToken) -> set[int]:
        """Which contents of the library are the picture of one of them, by their pixels.

        Those that cannot be read are none.
        """
        photos = self._goals.photos_of([label, *others])
        if label not in photos:
            return set()
        side = max(photos[label].facts.width, photos[label].facts.height)

        def load() -> tuple[Picture, int]:
            return self._grey_of(photos[label]), side

        rest = {each: photos[each] for each in others if each in photos}
        same: set[int] = set()
        # Most copies are whole, and tell by that: finding features takes many times as long.
        for describe in (glimpse, extract_coarse):
            verdicts = self._compared(label, load, rest, cancel, describe)
            found = {each for each, verdict in verdicts.items() if verdict.same}
            same |= found
            rest = {each: photo for each, photo in rest.items() if each not in found}
        return same

    @staticmethod
    def _asks(query: Query) -> bool:
        return len(query.goals) == 1 and query.goals[0].region is None

    def _by_hash(
        self, goal: Goal, labels: Labels, scores: Scores, photos: Mapping[int, list[Photo]]
    ) -> set[int]:
        hashes = np.array([photos[label][0].facts.phash for label in labels.tolist()], np.int64)
        hits = same_picture(hashes.view(np.uint64), self._goals.seen(goal).phash, scores)
        return set(labels[hits].tolist())

    def _not_told_apart(self, goal: Goal, labels: set[int]) -> set[int]:
        """Without those that a person said are not the goal's picture."""
        apart = read_apart(self._catalogue) if labels else None
        photo = self._goals.library_photo(goal) if apart else None
        if apart is None or photo is None:
            return labels
        return {label for label in labels if not apart.between(photo.content_id, label)}

    def _of_hash(self, goal: Goal) -> list[int]:
        try:
            return self._hashes.near(self._goals.picture(goal, SIDE))
        except PhotoError:
            return []

    def _verdicts(
        self, goal: Goal, labels: Sequence[int], cancel: CancelToken
    ) -> dict[int, Overlap]:
        """How each content lies on the goal; those that cannot be read left out."""
        photos = self._goals.photos_of(list(dict.fromkeys(labels)))
        taken = self._goals.seen(goal).taken
        apart = {label for label, photo in photos.items() if _exposed_apart(taken, photo)}
        rest = {label: photo for label, photo in photos.items() if label not in apart}

        def load() -> tuple[Picture, int]:
            picture = self._goals.picture(goal, SIDE)
            return greyed(picture), max(picture.shape)

        return dict.fromkeys(apart, _NOT_AT_ALL) | self._compared(
            self._goals.key(goal), load, rest, cancel
        )

    def _compared(
        self,
        key: object,
        load: _LoadGoal,
        others: Mapping[int, Photo],
        cancel: CancelToken,
        describe: _Describe = extract,
    ) -> dict[int, Overlap]:
        """How each of `others` lies on the goal that `load` gives; unreadable ones left out.

        `describe` tells what is compared first.
        """
        if not others:
            return {}
        try:
            grey, sharp = load()
        except PhotoError:
            return {}
        wanted = self._features_of(key, lambda: grey, describe)

        def features(label: int) -> Features | None:
            cancel.check()
            try:
                return self._features_of(label, partial(self._grey_of, others[label]), describe)
            except PhotoError:
                return None

        def laid_on(item: tuple[int, list[Proposal]]) -> Overlap | None:
            cancel.check()
            try:
                other = others[item[0]].facts
                sharpest = min(sharp, max(other.width, other.height))
                shown = self._grey_of(others[item[0]])
                return overlap(grey, shown, item[1], sharpest) or _NOT_AT_ALL
            except PhotoError:
                return None

        # Finding features takes a hundred times as long as comparing them.
        seen = dict(zip(others, self._threads().map(features, others), strict=True))
        ready = {label: each for label, each in seen.items() if each is not None}
        ways = dict(zip(ready, proposals(wanted, list(ready.values())), strict=True))
        found = {label: _NOT_AT_ALL for label, each in ways.items() if not each}
        likely = [(label, each) for label, each in ways.items() if each]
        for (label, _), verdict in zip(likely, self._threads().map(laid_on, likely), strict=True):
            if verdict is not None:
                found[label] = verdict
        return found

    def _grey_of(self, photo: Photo) -> Picture:
        """A photo at its thumbnail's size in grey, the last few kept."""
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

    def _features_of(self, key: object, grey: _Load, describe: _Describe) -> Features:
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


def _exposed_apart(taken: float | None, photo: Photo) -> bool:
    other = photo.facts.taken
    return taken is not None and other is not None and abs(taken - other) >= _APART


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
