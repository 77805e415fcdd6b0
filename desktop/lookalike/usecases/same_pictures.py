"""Which of the best answers are the goal's very picture: by hash at once, by pixels if thorough."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import PhotoError
from lookalike.progress import CancelToken
from lookalike.records import Goal, Photo, Query
from lookalike.search.exact import best
from lookalike.search.kinship import same_picture
from lookalike.usecases.goals import Goals
from lookalike.usecases.indexes import Indexes
from lookalike.vision.matching import SIDE, Visible, overlap, prepare

Labels = NDArray[np.int64]
Scores = NDArray[np.float32]

_LOOKED_AT = 24
"""Of the best answers, looked at again pixel by pixel; as many more as long as some are same."""
_TURNED = 4
"""As many for each quarter turn of the goal, whose meaning the network sees differently."""
_KEPT = 1500  # prepared pictures, about 0.1 MB each
_APART = 1.0
"""Seconds between two exposures: a camera's clock tells a burst from a copy."""


class SamePictures:
    """Compares pixels on a few threads; remembers the pictures it has prepared."""

    def __init__(self, goals: Goals, indexes: Indexes) -> None:
        self._goals = goals
        self._indexes = indexes
        self._lock = Lock()
        self._prepared: OrderedDict[object, Visible] = OrderedDict()
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
    ) -> set[int]:
        """The contents that are the goal's picture; more than the answer so far may hold.

        `labels` int64 [n] best first and `scores` float32 [n], each content's own, are the
        answer so far. Only one goal, taken whole, can have a same picture.
        """
        goal = query.goals[0]
        if not self._asks(query) or not len(labels):
            return set()
        known = [place for place, label in enumerate(labels.tolist()) if label in photos]
        same = self._by_hash(goal, labels[known], scores[known], photos)
        if query.thorough:
            wanted = labels[known].tolist()
            found = self._verdicts(goal, [*same, *self._of_turned(goal)], cancel)
            for start in range(0, len(wanted), _LOOKED_AT):
                part = [label for label in wanted[start : start + _LOOKED_AT] if label not in found]
                more = self._verdicts(goal, part, cancel)
                found |= more
                if not any(more.values()):
                    break
            same = (same - found.keys()) | {label for label, each in found.items() if each}
        return same

    def is_same(self, query: Query, photo: Photo, score: float) -> bool:
        """Whether one photo with this own score is the goal's picture, judged as in `among`."""
        if not self._asks(query):
            return False
        label = photo.content_id
        verdicts = self._verdicts(query.goals[0], [label], CancelToken()) if query.thorough else {}
        if label in verdicts:
            return verdicts[label]
        one, own = np.array([label]), np.array([score], np.float32)
        return bool(self._by_hash(query.goals[0], one, own, {label: [photo]}))

    def same_as(self, label: int, others: Sequence[int], cancel: CancelToken) -> set[int]:
        """Which contents of the library are the picture of one of them, by their pixels.

        Those that cannot be read are none.
        """
        photos = self._goals.photos_of([label, *others])
        if label not in photos:
            return set()

        def ready(each: int) -> Visible | None:
            if cancel.cancelled:
                return None
            return self._ready(each, partial(self._goals.small_picture_of, photos[each]))

        wanted = ready(label)
        rest = [each for each in others if each in photos]
        found = set()
        if wanted is not None and rest:
            for each, picture in zip(rest, self._threads().map(ready, rest), strict=True):
                cancel.check()
                laid = overlap(wanted, picture) if picture is not None else None
                if laid is not None and laid.same:
                    found.add(each)
        return found

    @staticmethod
    def _asks(query: Query) -> bool:
        return len(query.goals) == 1 and query.goals[0].region is None

    def _by_hash(
        self, goal: Goal, labels: Labels, scores: Scores, photos: Mapping[int, list[Photo]]
    ) -> set[int]:
        hashes = np.array([photos[label][0].facts.phash for label in labels.tolist()], np.int64)
        hits = same_picture(hashes.view(np.uint64), self._goals.seen(goal).phash, scores)
        return set(labels[hits].tolist())

    def _of_turned(self, goal: Goal) -> list[int]:
        """Contents near to the goal turned by a quarter, a half and three quarters."""
        index = self._indexes.of("meaning")
        turned = self._goals.turned(goal)
        labels = index.candidates(turned, _TURNED)
        found: list[int] = []
        for vector in turned:
            order = best(index.scores(vector, labels), labels, _TURNED)
            found += labels[order].tolist()
        return found

    def _verdicts(self, goal: Goal, labels: Sequence[int], cancel: CancelToken) -> dict[int, bool]:
        """For each content whether it is the goal's picture; those that cannot be read left out."""
        wanted = self._ready(self._goals.key(goal), lambda: self._goals.picture(goal, SIDE))
        if wanted is None:
            return {}
        photos = self._goals.photos_of(list(dict.fromkeys(labels)))
        apart = {label for label, photo in photos.items() if self._exposed_apart(goal, photo)}
        found = dict.fromkeys(apart, False)

        def ready(label: int) -> Visible | None:
            if cancel.cancelled:
                return None
            return self._ready(label, lambda: self._goals.small_picture_of(photos[label]))

        # Preparing takes ten times as long as comparing, and lets the interpreter go meanwhile.
        rest = [label for label in photos if label not in apart]
        for label, picture in zip(rest, self._threads().map(ready, rest), strict=True):
            cancel.check()
            if picture is not None:
                laid = overlap(wanted, picture)
                found[label] = laid is not None and laid.same
        return found

    def _exposed_apart(self, goal: Goal, photo: Photo) -> bool:
        taken = self._goals.seen(goal).taken
        other = photo.facts.taken
        return taken is not None and other is not None and abs(taken - other) >= _APART

    def _ready(self, key: object, picture: Callable[[], NDArray[np.uint8]]) -> Visible | None:
        with self._lock:
            if key in self._prepared:
                self._prepared.move_to_end(key)
                return self._prepared[key]
        try:
            found = prepare(picture())
        except PhotoError:
            return None
        with self._lock:
            self._prepared[key] = found
            while len(self._prepared) > _KEPT:
                self._prepared.popitem(last=False)
        return found

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(
                    os.cpu_count() or 1, thread_name_prefix="same-pictures"
                )
            return self._pool
