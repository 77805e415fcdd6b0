"""A query to an answer: scored contents and words to photos, same or similar, and their end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.catalogue.words import WordHits
from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Match, Part, Photo, Query
from lookalike.search.kinship import first_of_each
from lookalike.search.likeness import likeness_end
from lookalike.usecases.same_pictures import SamePictures
from lookalike.usecases.scoring import Asked, Scored, Scorer
from lookalike.usecases.words import Words

Labels = NDArray[np.int64]
_ById = Mapping[int, list[Photo]]

_SLACK = 32
"""More candidates than asked for: some contents may have lost their last photo."""


class Searcher:
    """Answers queries from the stored vectors; embeds nothing but the goals."""

    def __init__(
        self, catalogue: Catalogue, scorer: Scorer, same: SamePictures, words: Words
    ) -> None:
        self._catalogue = catalogue
        self._scorer = scorer
        self._same = same
        self._words = words

    def search(self, query: Query, cancel: CancelToken) -> Answer:
        """The photos nearest to the goals, best first: same pictures, then similar ones.

        With words, only photos that they find; by words alone, the surest first.

        Raises:
            GoalError: there is no positive goal and no word, or a goal cannot be used.
            Cancelled: a newer query took its place.
        """
        started = time.perf_counter()
        hits = self._words.found(query.words) if query.words.strip() else None
        if hits is not None and not query.goals:
            answer = Answer(query, self._by_words(query, hits), 0.0, exact=True)
        else:
            answer = self._by_goals(query, hits, cancel)
        note = ""
        if not answer.matches:
            note = _why_empty(query, hits, self._catalogue.counts().photos)
        spent = (time.perf_counter() - started) * 1000
        return replace(answer, milliseconds=spent, note=note)

    def score_of(self, query: Query, photo: Photo) -> tuple[float, float]:
        """The score that ranks one photo for a query, and the part of it that is its own."""
        asked = self._scorer.asked(query)
        scored = self._scorer.scored(asked, query.k + _SLACK, None, CancelToken())
        place = np.flatnonzero(scored.labels == photo.content_id)
        exact = float(asked.exact(np.array([photo.content_id]))[0])
        if not len(place) or self._same.is_same(query, photo, exact):
            return exact, exact
        return float(scored.scores[place[0]]), exact

    def score_outside(self, query: Query, goal: Goal) -> float:
        """The score that a picture outside the library would get by itself."""
        return self._scorer.outside(query, goal)

    def parts(self, query: Query) -> dict[Part, float]:
        """The parts of vectors that count for a query, and how much."""
        return self._scorer.parts(query)

    def _by_goals(self, query: Query, hits: WordHits | None, cancel: CancelToken) -> Answer:
        asked = self._scorer.asked(query)
        among = None if hits is None else np.unique(hits.contents)
        allowed = None if hits is None else frozenset(hits.ids.tolist())
        wanted = query.k + _SLACK
        while True:
            scored = self._scorer.scored(asked, wanted, among, cancel)
            photos = self._photos(scored.labels[: wanted * 2].tolist(), allowed)
            if len(photos) >= query.k or scored.complete or wanted >= asked.size:
                break
            wanted *= 4
        same = self._same.among(query, scored.labels, scored.exact, photos, cancel)
        matches, own = self._matches(asked, scored, same, photos, allowed)
        ends = likeness_end(own, scored.cut)
        return Answer(query, self._grouped(asked, matches), 0.0, scored.complete, ends)

    def _matches(
        self,
        asked: Asked,
        scored: Scored,
        same: set[int],
        photos: _ById,
        allowed: frozenset[int] | None,
    ) -> tuple[list[Match], NDArray[np.float32]]:
        """Matches in order, and each one's own score, at most `k`."""
        wanted = np.array(sorted(same), np.int64)
        own = asked.exact(wanted)
        order = np.lexsort((wanted, -own))
        first = self._photos(wanted.tolist(), allowed)
        # Two answers, in this order: the very picture, then what is like it.
        found = [
            (Match(photo, score, "same"), np.inf)
            for label, score in zip(wanted[order].tolist(), own[order].tolist(), strict=True)
            for photo in first.get(label, [])
        ]
        rows = (scored.labels.tolist(), scored.scores.tolist(), scored.exact.tolist())
        for label, score, exact in zip(*rows, strict=True):
            if len(found) >= asked.query.k:
                break
            if label not in same:
                found += [(Match(photo, score), exact) for photo in photos.get(label, [])]
        found = found[: asked.query.k]
        return [match for match, _ in found], np.array([exact for _, exact in found], np.float32)

    def _grouped(self, asked: Asked, matches: list[Match]) -> tuple[Match, ...]:
        """The matches with a number for those that are one picture."""
        labels = np.array([match.photo.content_id for match in matches], np.int64)
        hashes = np.array([match.photo.facts.phash for match in matches], np.int64)
        kinds = np.array([match.kind == "same" for match in matches])
        firsts = first_of_each(hashes.view(np.uint64), asked.joint(labels), labels, kinds)
        counts = np.bincount(firsts, minlength=len(firsts))
        shared = {place: number for number, place in enumerate(np.flatnonzero(counts > 1), 1)}
        return tuple(
            replace(match, group=shared.get(first))
            for match, first in zip(matches, firsts.tolist(), strict=True)
        )

    def _by_words(self, query: Query, hits: WordHits) -> tuple[Match, ...]:
        order = np.lexsort((-hits.ids, -hits.scores))[: query.k]
        scores = dict(zip(hits.ids[order].tolist(), hits.scores[order].tolist(), strict=True))
        photos = self._catalogue.photos(list(scores))
        return tuple(Match(photo, scores[photo.id]) for photo in photos)

    def _photos(
        self, contents: Sequence[int], allowed: frozenset[int] | None
    ) -> dict[int, list[Photo]]:
        found = self._catalogue.photos_of_contents(contents)
        if allowed is None:
            return found
        kept = {
            content: [photo for photo in photos if photo.id in allowed]
            for content, photos in found.items()
        }
        return {content: photos for content, photos in kept.items() if photos}


def _why_empty(query: Query, hits: WordHits | None, photos: int) -> str:
    if not photos:
        return "The library is empty; add a folder of photos first."
    if hits is not None and not len(hits.ids):
        return f"No photo of the library is called, labelled or dated “{query.words.strip()}”."
    return "No photo of the library can be compared with this goal yet; read its folders again."
