"""The second look for a goal that may be a part of a photo: the best answers place by place."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import PhotoError
from lookalike.photos.decode import network_input
from lookalike.progress import CancelToken
from lookalike.records import Match, Photo, Region
from lookalike.search.fusion import joint_vectors
from lookalike.usecases.goals import Goals
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.scoring import Asked
from lookalike.vision.windows import as_region, frames, window_means

Places = NDArray[np.float16]

PLACES_LOOK = 416
"""About the side of the look: 13 x 13 places find an object of a third of the photo's side."""
LOOKED_AT = 100
_AT_ONCE = 12
"""Photos between two orders that are shown."""
_KEPT_BYTES = 64 * 2**20


class PlaceByPlace:
    """Finds the window of each photo that is likest to the goals; keeps looks, bounded."""

    def __init__(self, goals: Goals, network: NetworkInUse) -> None:
        self._goals = goals
        self._network = network
        self._lock = Lock()
        self._looks: OrderedDict[object, Places] = OrderedDict()
        self._bytes = 0

    @staticmethod
    def asks(asked: Asked) -> bool:
        """Whether a query is about places: it says so, and compares by meaning alone."""
        return asked.query.places and all(part.space == "meaning" for part in asked.weights)

    def settled(
        self, asked: Asked, matches: Sequence[Match], cancel: CancelToken
    ) -> Iterator[tuple[Match, ...]]:
        """The matches in a better and better order: what has been looked at, best first, ahead.

        Same pictures stay in front. The last one given is the answer; raises Cancelled.
        """
        front = [match for match in matches if match.kind == "same"]
        waiting = [match for match in matches if match.kind != "same"]
        looked: list[Match] = []
        rest = waiting[LOOKED_AT:]
        waiting = waiting[:LOOKED_AT]

        def best(match: Match) -> tuple[float, Region] | None:
            cancel.check()
            return self.best(asked, match.photo)

        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="places") as pool:
            for start in range(0, len(waiting), _AT_ONCE):
                part = waiting[start : start + _AT_ONCE]
                # Whole looks side by side: the network alone does not fill every core.
                for match, found in zip(part, pool.map(best, part), strict=True):
                    looked.append(
                        match if found is None else replace(match, score=found[0], part=found[1])
                    )
                # What shows the very thing, as its details tell, stays ahead.
                looked.sort(key=lambda match: (-match.details, -match.score))
                yield (*front, *looked, *waiting[start + _AT_ONCE :], *_behind(looked, rest))
        if not waiting:
            yield tuple(matches)

    def best(self, asked: Asked, photo: Photo) -> tuple[float, Region] | None:
        """The score of a photo's likest window, and where it is; None if it cannot be read."""
        places = self._places(photo, self._picture(photo))
        if places is None:
            return None
        rows = {"meaning": window_means(places.astype(np.float32))}
        scores = joint_vectors(rows, asked.frame, asked.weights) @ asked.goal
        best, size = int(scores.argmax()), places.shape[:2]
        score = float(np.clip(scores[best], -1, 1))
        return score, as_region(frames(*size)[best], *size)

    def _key(self, photo: Photo) -> object:
        return self._network.pack.name, photo.content_id

    def _picture(self, photo: Photo) -> NDArray[np.uint8] | None:
        """What the network is to look at; None if it has looked already, or cannot."""
        with self._lock:
            if self._key(photo) in self._looks:
                return None
        try:
            side = self._network.encoder.look_side(PLACES_LOOK)
            return network_input(self._goals.small_picture_of(photo), side)
        except PhotoError:
            return None

    def _places(self, photo: Photo, picture: NDArray[np.uint8] | None) -> Places | None:
        key = self._key(photo)
        with self._lock:
            if key in self._looks:
                self._looks.move_to_end(key)
                return self._looks[key]
        if picture is None:
            return None
        found = self._network.encoder.places(picture).astype(np.float16)
        with self._lock:
            if key not in self._looks:
                self._looks[key] = found
                self._bytes += found.nbytes
            while self._bytes > _KEPT_BYTES:
                self._bytes -= self._looks.popitem(last=False)[1].nbytes
        return found


def _behind(looked: Sequence[Match], rest: Sequence[Match]) -> list[Match]:
    """What is not looked at stays behind, also by its score."""
    least = min((match.score for match in looked), default=1.0)
    return [replace(match, score=min(match.score, least)) for match in rest]
