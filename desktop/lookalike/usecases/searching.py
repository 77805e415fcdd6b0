"""A query to an answer: scored contents and words to photos, same or similar, and their end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.catalogue.words import WordHits
from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Match, Part, Photo, Query, Region
from lookalike.search.kinship import first_of_each
from lookalike.usecases.decisions import read_apart
from lookalike.usecases.places import LOOKED_AT as PLACES_AMONG
from lookalike.usecases.places import PlaceByPlace
from lookalike.usecases.same_pictures import SamePictures, Seen
from lookalike.usecases.scoring import Asked, Scored, Scorer
from lookalike.usecases.words import Words

Labels = NDArray[np.int64]
_ById = Mapping[int, list[Photo]]

_SLACK = 32
"""More candidates than asked for: some contents may have lost their last photo."""

OnAnswer = Callable[[Answer], None]


class Ranked(NamedTuple):
    """A photo's score, the part of it that is its `own`, and the part of the photo compared."""

    score: float
    own: float
    part: Region | None = None


def ignore_answer(_answer: Answer) -> None:
    """The receiver for callers that wait for the end."""


class Searcher:
    """Answers queries from the stored vectors; embeds nothing but the goals."""

    def __init__(
        self,
        catalogue: Catalogue,
        scorer: Scorer,
        same: SamePictures,
        places: PlaceByPlace,
        words: Words,
    ) -> None:
        self._catalogue = catalogue
        self._scorer = scorer
        self._same = same
        self._places = places
        self._words = words

    def search(
        self, query: Query, cancel: CancelToken, on_answer: OnAnswer = ignore_answer
    ) -> Answer:
        """The photos nearest to the goals, best first: same pictures, then similar ones.

        With words, only photos that they find; by words alone, the surest first. `on_answer`
        gets the answer so far each time the order has settled a little more.

        Raises:
            GoalError: there is no positive goal and no word, or a goal cannot be used.
            Cancelled: a newer query took its place.
        """
        started = time.perf_counter()
        hits = self._words.found(query.words) if query.words.strip() else None
        if hits is not None and not query.goals:
            answer = Answer(query, self._by_words(query, hits), 0.0, exact=True)
        else:
            answer = self._by_one_network(query, hits, cancel, on_answer)
        note = ""
        if not answer.matches:
            note = _why_empty(query, hits, self._catalogue.counts().photos)
        spent = (time.perf_counter() - started) * 1000
        return replace(answer, milliseconds=spent, note=note)

    def ranked(self, query: Query, photo: Photo) -> Ranked:
        """How a query ranks one photo: what an answer would say of it, found for it alone.

        Place by place only where the answer would be: not for same pictures, nor behind the best.
        """
        asked, by_place = self._wide(self._scorer.asked(query))
        own = float(asked.exact(np.array([photo.content_id]))[0])
        among = self._words.found(query.words).contents if query.words.strip() else None
        among = None if among is None else np.unique(among)
        scored = self._scorer.scored(asked, asked.query.k + _SLACK, among, CancelToken())
        places = np.flatnonzero(scored.labels == photo.content_id)
        place = int(places[0]) if len(places) else len(scored.labels)
        if self._same.is_same(query, photo, own, place) or not len(places):
            return Ranked(own, own)
        if by_place and place < PLACES_AMONG:
            best = self._places.best(asked, photo)
            if best is not None:
                return Ranked(best[0], best[0], best[1])
        return Ranked(float(scored.scores[place]), own)

    def own_score_of(self, query: Query, photo: Photo) -> float:
        """The part of a photo's score that is its own, without its neighbours'."""
        return float(self._scorer.asked(query).exact(np.array([photo.content_id]))[0])

    def score_outside(self, query: Query, goal: Goal) -> float:
        """The score that a picture outside the library would get by itself."""
        return self._scorer.outside(query, goal)

    def parts(self, query: Query) -> dict[Part, float]:
        """The parts of vectors that count for a query, and how much."""
        return self._scorer.parts(query)

    def parts_of(self, query: Query, goal: Goal) -> dict[Part, float]:
        """The parts that count for one of its goals."""
        return self._scorer.parts_of(query, goal)

    def _wide(self, asked: Asked) -> tuple[Asked, bool]:
        """The query as it is scored, and whether its best are looked at place by place."""
        query = asked.query
        if not (query.thorough and self._places.asks(asked)):
            return asked, False
        # What is looked at again may come from behind the answer's end.
        return replace(asked, query=replace(query, k=max(query.k, PLACES_AMONG))), True

    def _by_one_network(
        self, query: Query, hits: WordHits | None, cancel: CancelToken, on_answer: OnAnswer
    ) -> Answer:
        """Asked again if another network was chosen meanwhile: vectors of two say nothing."""
        while True:
            network = self._scorer.network
            try:
                answer = self._by_goals(query, hits, cancel, on_answer)
            except ValueError:  # goal and photos of two networks differ in their numbers
                if network == self._scorer.network:
                    raise
                continue
            if network == self._scorer.network:
                return answer

    def _by_goals(
        self, query: Query, hits: WordHits | None, cancel: CancelToken, on_answer: OnAnswer
    ) -> Answer:
        asked, by_place = self._wide(self._scorer.asked(query))
        wide = asked.query
        among = None if hits is None else np.unique(hits.contents)
        allowed = None if hits is None else frozenset(hits.ids.tolist())
        wanted = wide.k + _SLACK
        while True:
            scored = self._scorer.scored(asked, wanted, among, cancel)
            photos = self._photos(scored.labels[: wanted * 2].tolist(), allowed)
            if len(photos) >= wide.k or scored.complete or wanted >= asked.size:
                break
            wanted *= 4

        def answer(seen: Seen) -> Answer:
            matches = self._matches(asked, scored, seen, photos, allowed)
            ends = _ends(matches[: query.k], scored)
            return Answer(query, self._grouped(asked, matches), 0.0, scored.complete, ends)

        def asked_of(each: Query) -> Seen:
            return self._same.among(each, scored.labels, scored.exact, photos, cancel, so_far)

        def so_far(seen: Seen) -> None:
            if on_answer is not ignore_answer:
                on_answer(_cut(answer(seen)))

        if query.thorough and on_answer is not ignore_answer:
            so_far(asked_of(replace(query, thorough=False)))
        found = answer(asked_of(query))
        if by_place:
            on_answer(_cut(found))
            for matches in self._places.settled(asked, found.matches, cancel):
                ends = _ends(matches[: query.k], scored)
                found = replace(found, matches=matches, likeness_ends=ends)
                on_answer(_cut(found))
        return _cut(found)

    def _matches(
        self,
        asked: Asked,
        scored: Scored,
        seen: Seen,
        photos: _ById,
        allowed: frozenset[int] | None,
    ) -> list[Match]:
        """Matches in order, at most `k`."""
        first = self._photos([*seen.same, *seen.shown], allowed)
        # Two answers, in this order: the very picture, then what is like it.
        wanted = np.array(sorted(seen.same), np.int64)
        own = asked.exact(wanted)
        order = np.lexsort((wanted, -own))
        found = [
            Match(photo, score, "same")
            for label, score in zip(wanted[order].tolist(), own[order].tolist(), strict=True)
            for photo in first.get(label, [])
        ]
        ranked = list(zip(scored.labels.tolist(), scored.scores.tolist(), strict=True))
        # Of these, what shows the very thing, as its pixels tell, comes first: it is alike
        # whatever its score, and may lie beyond what the scores have found.
        shown = np.array(list(seen.shown), np.int64)
        scores = dict(zip(seen.shown, asked.exact(shown).tolist(), strict=True))
        scores |= {label: score for label, score in ranked if label in scores}
        found += [
            Match(photo, scores[label], details=details)
            for label, details in seen.shown.items()
            for photo in first.get(label, [])
        ]
        for label, score in ranked:
            if len(found) >= asked.query.k:
                break
            if label not in seen.same and label not in scores:
                found += [Match(photo, score) for photo in photos.get(label, [])]
        return found[: asked.query.k]

    def _grouped(self, asked: Asked, matches: list[Match]) -> tuple[Match, ...]:
        """The matches with a number for those that are one picture."""
        labels = np.array([match.photo.content_id for match in matches], np.int64)
        hashes = np.array([match.photo.facts.phash for match in matches], np.int64)
        kinds = np.array([match.kind == "same" for match in matches])
        firsts = first_of_each(
            hashes.view(np.uint64), lambda places: asked.joint(labels[places]), labels, kinds
        )
        parted = read_apart(self._catalogue).parted(labels.tolist(), firsts.tolist())
        counts = Counter(parted)
        several = sorted(place for place, count in counts.items() if count > 1)
        shared = {place: number for number, place in enumerate(several, 1)}
        return tuple(
            replace(match, group=shared.get(first))
            for match, first in zip(matches, parted, strict=True)
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


def _ends(matches: Sequence[Match], scored: Scored) -> int:
    """Where likeness ends; the same picture and what shows the very thing is alike anyhow."""
    sure = [match.kind == "same" or match.details > 0 for match in matches]
    scores = [np.inf if each else match.score for each, match in zip(sure, matches, strict=True)]
    return scored.likeness.end(np.array(scores, np.float32))


def _cut(answer: Answer) -> Answer:
    """No more than was asked for."""
    return replace(answer, matches=answer.matches[: answer.query.k])


def _why_empty(query: Query, hits: WordHits | None, photos: int) -> str:
    if not photos:
        return "The library is empty; add a folder of photos first."
    if hits is not None and not len(hits.ids):
        return f"No photo of the library is called, labelled or dated “{query.words.strip()}”."
    return "No photo of the library can be compared with this goal yet; read its folders again."
