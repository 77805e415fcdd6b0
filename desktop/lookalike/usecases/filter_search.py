"""The photos of a library that a filter fires on most.

The lists hold the best sixteen of all photos exactly. Further down no value is stored (that would
be thousands of numbers a photo), so the stored vectors name candidates: photos like those that
lead the list, by texture for a shallow layer and by meaning for a deep one. They are looked at
again, and ranked by what the network says of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import Goal, Photo, Query
from lookalike.search.top_lists import KEPT
from lookalike.usecases.filters import Filters
from lookalike.usecases.searching import Searcher

CANDIDATES = 192
_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class FilterMatch:
    """A photo and a filter's largest value on it; `listed` if it is one of the library's best."""

    photo: Photo
    activation: float
    listed: bool


@dataclass(frozen=True, slots=True)
class FilterAnswer:
    """Photos by value, best first. `looked_at` were looked at again for it, out of `photos`.

    The listed ones are the best of every photo that was looked at while indexing; among the rest
    a photo can be missing that is unlike those.
    """

    layer: str
    filter: int
    name: str
    matches: tuple[FilterMatch, ...]
    looked_at: int
    photos: int


class FilterSearch:
    """Searches by one filter."""

    def __init__(self, filters: Filters, searcher: Searcher) -> None:
        self._filters, self._searcher = filters, searcher

    def search(
        self, layer: str, number: int, k: int, on_progress: OnProgress, cancel: CancelToken
    ) -> FilterAnswer:
        """The photos that a filter fires on most.

        Raises:
            NetworkError: there is no such layer or filter.
            Cancelled: another question took its place.
        """
        (top,) = self._filters.top(layer, [number], KEPT)
        matches = [FilterMatch(patch.photo, patch.activation, True) for patch in top.patches]
        candidates = self._candidates(layer, [match.photo for match in matches], cancel)
        meter, looked_at = RateMeter(), 0
        for start in range(0, len(candidates), _TOGETHER):
            cancel.check()
            part = candidates[start : start + _TOGETHER]
            values = self._filters.values(part, layer, number)
            matches += [
                FilterMatch(photo, float(value), False)
                for photo, value in zip(part, values, strict=True)
                if np.isfinite(value)
            ]
            looked_at += len(part)
            on_progress(meter.progress("looking", looked_at, len(candidates)))
        matches.sort(key=lambda match: (not match.listed, -match.activation, match.photo.id))
        embedded = self._filters.coverage()[1]
        fires = tuple(match for match in matches if match.activation > 0)[:k]
        return FilterAnswer(layer, number, top.name, fires, looked_at, embedded)

    def _candidates(self, layer: str, leading: list[Photo], cancel: CancelToken) -> list[Photo]:
        """Photos like those that lead the list, one of each content, without them."""
        if not leading:
            return []
        depth = next(each.depth for each in self._filters.layers() if each.name == layer)
        goals = tuple(Goal(photo_id=photo.id, name=photo.path) for photo in leading)
        query = Query(goals, CANDIDATES, depth, thorough=False)
        known = {photo.content_id for photo in leading}
        found: dict[int, Photo] = {}
        for match in self._searcher.search(query, cancel).matches:
            if match.photo.content_id not in known:
                found.setdefault(match.photo.content_id, match.photo)
        return list(found.values())
