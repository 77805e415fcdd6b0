"""Groups of same pictures, and of similar ones taken in one go, each with its reason."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

from lookalike.catalogue.store import Catalogue
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import DuplicateGroup, Photo
from lookalike.search.duplicates import BLOCK, groups, near_pairs
from lookalike.search.kinship import MOST_BITS_APART
from lookalike.usecases.goals import Goals
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.same_pictures import SamePictures

GroupKind = Literal["same", "similar"]

_LIKELY_SAME = 0.75
"""Pairs at least this alike are compared pixel by pixel; hashes near each other need less."""
_LIKELY_BY_HASH = 0.5
_BURST_LIKENESS = 0.6
_BURST_SECONDS = 30.0
_VERY_LIKE = 0.85
"""Alike enough to be shown together whenever they were taken."""

_Pair = tuple[int, int]


class Duplicates:
    """Looks for groups in the whole library; nothing is embedded or decoded but what is alike."""

    def __init__(
        self, catalogue: Catalogue, goals: Goals, indexes: Indexes, same: SamePictures
    ) -> None:
        self._catalogue = catalogue
        self._goals = goals
        self._indexes = indexes
        self._same = same

    def find(
        self, kind: GroupKind, on_progress: OnProgress, cancel: CancelToken
    ) -> list[DuplicateGroup]:
        """Groups of `kind`, the best photo of each first; raises Cancelled.

        Same pictures are told by their pixels. Similar ones are alike and taken within half a
        minute, or very much alike; a group of same pictures alone is none of those.
        """
        least = _LIKELY_BY_HASH if kind == "same" else _BURST_LIKENESS
        labels, pairs = self._near(least, on_progress, cancel)
        contents = sorted({label for pair in pairs for label in pair})
        photos = self._goals.photos_of(contents)
        if kind == "same":
            kept = self._same_pairs(pairs, photos, on_progress, cancel)
            # Equal files share a content: they are same pictures without a look.
            kept |= {(label, label): 1.0 for label in labels}
        else:
            kept = {
                pair: likeness
                for pair, likeness in pairs.items()
                if _similar(pair, likeness, photos)
            }
        return self._groups(kind, list(kept))

    def _near(
        self, least: float, on_progress: OnProgress, cancel: CancelToken
    ) -> tuple[list[int], dict[_Pair, float]]:
        index = self._indexes.of("meaning")
        labels = np.sort(index.all_labels())
        vectors = index.rows(labels).astype(np.float16)
        blocks = -(-len(labels) // BLOCK)
        meter = RateMeter()
        pairs: dict[_Pair, float] = {}
        for done, (first, second, likeness) in enumerate(near_pairs(vectors, index.centre, least)):
            cancel.check()
            one, other = labels[first].tolist(), labels[second].tolist()
            pairs.update(zip(zip(one, other, strict=True), likeness.tolist(), strict=True))
            on_progress(meter.progress("comparing photos", done + 1, blocks * (blocks + 1) // 2))
        return labels.tolist(), pairs

    def _same_pairs(
        self,
        pairs: dict[_Pair, float],
        photos: dict[int, Photo],
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> dict[_Pair, float]:
        likely = {
            (one, other): likeness
            for (one, other), likeness in pairs.items()
            if one in photos
            and other in photos
            and (likeness >= _LIKELY_SAME or _near_hash(photos[one], photos[other]))
        }
        meter, kept = RateMeter(), {}
        for done, ((one, other), likeness) in enumerate(likely.items()):
            cancel.check()
            if self._same.one_picture(photos[one], photos[other]):
                kept[one, other] = likeness
            on_progress(meter.progress("looking at pixels", done + 1, len(likely)))
        return kept

    def _groups(self, kind: GroupKind, pairs: list[_Pair]) -> list[DuplicateGroup]:
        found = []
        for contents in groups(pairs):
            photos = self._catalogue.photos_of_contents(contents)
            members = [photo for each in contents for photo in photos.get(each, [])]
            if len(members) > 1:
                members.sort(key=_worth, reverse=True)
                found.append(DuplicateGroup(kind, tuple(members), _reason(kind, members)))
        return found


def _near_hash(one: Photo, other: Photo) -> bool:
    apart = (one.facts.phash ^ other.facts.phash) & 0xFFFFFFFFFFFFFFFF
    return apart.bit_count() <= 2 * MOST_BITS_APART


def _similar(pair: _Pair, likeness: float, photos: dict[int, Photo]) -> bool:
    if pair[0] not in photos or pair[1] not in photos:
        return False
    one, other = (photos[each].facts.taken for each in pair)
    near = one is not None and other is not None and abs(one - other) <= _BURST_SECONDS
    return near or likeness >= _VERY_LIKE


def _worth(photo: Photo) -> tuple[int, float, bool, float]:
    """What makes a photo the one to keep: more pixels, less compressed, says when, older."""
    pixels = photo.facts.width * photo.facts.height
    return pixels, photo.size / max(pixels, 1), photo.facts.taken is not None, -photo.mtime_ns


def _reason(kind: GroupKind, photos: list[Photo]) -> str:
    """Why they are a group, in a few words; `photos` best first."""
    if kind == "similar":
        times = sorted(photo.facts.taken for photo in photos if photo.facts.taken is not None)
        if len(times) == len(photos):
            gap = max(later - earlier for earlier, later in pairwise(times))
            return f"same scene, at most {gap:,.0f} s apart"
        return "very much alike"
    best = photos[0]
    if len({photo.content_id for photo in photos}) == 1:
        return "equal files"
    pixels = [photo.facts.width * photo.facts.height for photo in photos]
    if min(pixels) < max(pixels):
        return f"same picture; the largest is {best.facts.width} x {best.facts.height}"
    return "same picture, of one size; the least compressed is first"
