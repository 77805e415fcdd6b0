"""Which of the best answers are the goal's very picture: by hash at once, by pixels if thorough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

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
from lookalike.usecases.pixel_looks import NOT_AT_ALL, Describe, PixelLooks, Shown
from lookalike.vision.features import extract, extract_coarse, glimpse
from lookalike.vision.matching import SIDE, Overlap, greyed

Labels = NDArray[np.int64]
Scores = NDArray[np.float32]
Picture = NDArray[np.uint8]

LOOKED_AT = 100
"""Of the best answers, looked at again pixel by pixel, beside those whose hash is near."""
CLOSELY = 8
"""Of these, looked at closely without a hint from the coarse look, which costs a third."""
HINTED = 12
"""And with a hint, the surest."""
_APART = 1.0
"""Seconds between two exposures: a camera's clock tells a burst from a copy."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What pixels told of contents: `same` are the goal's picture, `shown` show what it shows.

    `shown` maps a content to how many details agree, the most first.
    """

    same: frozenset[int] = frozenset()
    shown: Mapping[int, int] = field(default_factory=dict)


OnSeen = Callable[[Seen], None]


def ignore_seen(_seen: Seen) -> None:
    """The receiver for callers that wait for the end."""


class SamePictures:
    """Judges what the pixels of the best answers tell."""

    def __init__(
        self, catalogue: Catalogue, goals: Goals, hashes: Hashes, views: InnerViews
    ) -> None:
        self._catalogue = catalogue
        self._goals = goals
        self._hashes = hashes
        self._views = views
        self._looks = PixelLooks(goals)

    def close(self) -> None:
        """Let go of the threads."""
        self._looks.close()

    def among(
        self,
        query: Query,
        labels: Labels,
        scores: Scores,
        photos: Mapping[int, list[Photo]],
        cancel: CancelToken,
        on_seen: OnSeen = ignore_seen,
    ) -> Seen:
        """The contents that are the goal's picture; more than the answer so far may hold.

        `labels` int64 [n] best first and `scores` float32 [n], each content's own, are the
        answer so far. Only one goal, taken whole, can have a same picture. `on_seen` gets what
        a coarse look has told, before the close one.
        """
        if not self._asks(query) or not len(labels):
            return Seen()
        goal = query.goals[0]
        known = [place for place, label in enumerate(labels.tolist()) if label in photos]
        near = self._by_hash(goal, labels[known], scores[known], photos)
        if not query.thorough:
            return Seen(frozenset(self._not_told_apart(goal, near)))

        def seen(found: Mapping[int, Overlap]) -> Seen:
            same = (near - found.keys()) | {label for label, each in found.items() if each.same}
            same = self._not_told_apart(goal, same)
            shown = [label for label, each in found.items() if each.shown and label not in same]
            shown.sort(key=lambda label: -found[label].inliers)
            return Seen(frozenset(same), {label: found[label].inliers for label in shown})

        hashed = [*sorted(near), *self._of_hash(goal)]
        best = labels[known][:LOOKED_AT].tolist()
        coarse = self._verdicts(goal, [*best, *hashed], cancel, extract_coarse)
        on_seen(seen(coarse))
        found = self._closely(goal, coarse, {*best[:CLOSELY], *hashed}, cancel)
        if not any(each.same or each.shown for each in found.values()):
            cancel.check()
            more = [label for label in self._views.near(goal) if label not in found]
            coarse = self._verdicts(goal, more, cancel, extract_coarse)
            found |= self._closely(goal, coarse, set(more[:CLOSELY]), cancel)
        return seen(found)

    def is_same(self, query: Query, photo: Photo, score: float, place: int) -> bool:
        """Whether one photo is the goal's picture, judged as in `among`.

        It has this own score and is at this place of the answer so far.
        """
        if not self._asks(query):
            return False
        goal, label = query.goals[0], photo.content_id
        one, own = np.array([label]), np.array([score], np.float32)
        same = self._by_hash(goal, one, own, {label: [photo]})
        if query.thorough:
            hashed = label in same or label in self._of_hash(goal)
            looked, closely = place < LOOKED_AT or hashed, place < CLOSELY or hashed
            if not looked:
                more = self._views.near(goal)
                looked, closely = label in more, label in more[:CLOSELY]
            if looked:
                coarse = self._verdicts(goal, [label], CancelToken(), extract_coarse)
                anyhow = {label} if closely else set()
                found = self._closely(goal, coarse, anyhow, CancelToken())
                same = {each for each in found if found[each].same} if found else same
        return bool(self._not_told_apart(goal, same))

    def same_as(self, label: int, others: Sequence[int], cancel: CancelToken) -> set[int]:
        """Which contents of the library are the picture of one of them, by their pixels.

        Those that cannot be read are none.
        """
        photos = self._goals.photos_of([label, *others])
        if label not in photos:
            return set()
        side = max(photos[label].facts.width, photos[label].facts.height)

        def load() -> tuple[Picture, int]:
            return self._looks.grey_of(photos[label]), side

        rest = {each: photos[each] for each in others if each in photos}
        same: set[int] = set()
        # Most copies are whole, and tell by that: finding features takes many times as long.
        for describe in (glimpse, extract_coarse):
            verdicts = self._looks.compared(Shown(label, load), rest, cancel, describe)
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
        self,
        goal: Goal,
        labels: Sequence[int],
        cancel: CancelToken,
        describe: Describe,
    ) -> dict[int, Overlap]:
        """How each content lies on the goal; those that cannot be read left out."""
        photos = self._goals.photos_of(list(dict.fromkeys(labels)))
        taken = self._goals.seen(goal).taken
        apart = {label for label, photo in photos.items() if _exposed_apart(taken, photo)}
        rest = {label: photo for label, photo in photos.items() if label not in apart}
        compared = self._looks.compared(self._shown(goal), rest, cancel, describe)
        return {**dict.fromkeys(apart, NOT_AT_ALL), **compared}

    def _closely(
        self, goal: Goal, coarse: Mapping[int, Overlap], anyhow: set[int], cancel: CancelToken
    ) -> dict[int, Overlap]:
        """The verdicts of a coarse look, those that are open after a close one.

        Looked at are those of `anyhow`, and what the coarse look hints at.
        """
        open_ones = [label for label, each in coarse.items() if not each.same]
        photos = self._goals.photos_of([label for label in open_ones if label not in anyhow])
        hinted = set(self._looks.hinted(self._shown(goal), photos, cancel)[:HINTED])
        wanted = [label for label in open_ones if label in anyhow or label in hinted]
        return {**coarse, **self._verdicts(goal, wanted, cancel, extract)}

    def _shown(self, goal: Goal) -> Shown:
        def load() -> tuple[Picture, int]:
            picture = self._goals.picture(goal, SIDE)
            return greyed(picture), max(picture.shape)

        return Shown(self._goals.key(goal), load)


def _exposed_apart(taken: float | None, photo: Photo) -> bool:
    other = photo.facts.taken
    return taken is not None and other is not None and abs(taken - other) >= _APART
