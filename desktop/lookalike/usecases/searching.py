"""Goals to an answer: candidates, exact scores, ranking with their kin, same or similar."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.errors import GoalError
from lookalike.progress import CancelToken
from lookalike.records import Answer, Match, Part, Photo, Query
from lookalike.search.exact import Piece, best
from lookalike.search.fusion import joint_vectors, part_weights, spaces_of
from lookalike.search.index import VectorIndex
from lookalike.search.ranking import DEPTH, ranked
from lookalike.usecases.goals import Goals
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.same_pictures import SamePictures

Labels = NDArray[np.int64]
Scores = NDArray[np.float32]

_SLACK = 32
"""More candidates than asked for: some contents may have lost their last photo."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Contents best first: `labels` int64 [n], their `scores` and their own part, `exact`."""

    labels: Labels
    scores: Scores
    exact: Scores
    complete: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query with the parts that count and their indexes, opened once."""

    query: Query
    weights: Mapping[Part, float]
    indexes: Mapping[str, VectorIndex]

    @property
    def size(self) -> int:
        """How many contents can be found."""
        return min(len(index) for index in self.indexes.values())

    @property
    def total(self) -> float:
        """What the goals' weights add up to."""
        return sum(abs(goal.weight) for goal in self.query.goals) or 1.0


class Searcher:
    """Answers queries from the stored vectors; embeds nothing but the goals."""

    def __init__(
        self, catalogue: Catalogue, goals: Goals, indexes: Indexes, same: SamePictures
    ) -> None:
        self._catalogue = catalogue
        self._goals = goals
        self._indexes = indexes
        self._same = same

    def search(self, query: Query, cancel: CancelToken) -> Answer:
        """The photos nearest to the goals, best first: same pictures, then similar ones.

        Raises:
            GoalError: there is no positive goal, or one cannot be used.
            Cancelled: a newer query took its place.
        """
        started = time.perf_counter()
        asked = self._asked(query)
        wanted = query.k + _SLACK
        while True:
            scored = self._scored(asked, wanted, cancel)
            photos = self._catalogue.photos_of_contents(scored.labels[: wanted * 2].tolist())
            if len(photos) >= query.k or scored.complete or wanted >= asked.size:
                break
            wanted *= 4
        matches = self._matches(query, scored, photos, cancel)
        spent = (time.perf_counter() - started) * 1000
        return Answer(query, matches, spent, exact=scored.complete)

    def score_of(self, query: Query, photo: Photo) -> tuple[float, float]:
        """The score that ranks one photo for a query, and the part of it that is its own."""
        asked = self._asked(query)
        scored = self._scored(asked, query.k + _SLACK, CancelToken())
        place = np.flatnonzero(scored.labels == photo.content_id)
        exact = float(self._first_scores(asked, np.array([photo.content_id]))[0])
        if not len(place) or self._same.is_same(query, photo, exact):
            return exact, exact
        return float(scored.scores[place[0]]), exact

    def parts(self, query: Query) -> dict[Part, float]:
        """The parts of vectors that count for a query, and how much."""
        return part_weights(self._indexes.parts, query.depth, query.style)

    def _asked(self, query: Query) -> _Asked:
        if not any(goal.weight > 0 for goal in query.goals):
            raise GoalError("Name at least one goal to look for; goals to avoid are not enough.")
        weights = self.parts(query)
        return _Asked(query, weights, {name: self._indexes.of(name) for name in spaces_of(weights)})

    def _scored(self, asked: _Asked, wanted: int, cancel: CancelToken) -> Scored:
        wanted = max(wanted, DEPTH)
        labels = self._candidates(asked, wanted)
        cancel.check()
        exact = self._first_scores(asked, labels)
        order = best(exact, labels, wanted)
        labels, exact, complete = labels[order], exact[order], len(labels) >= asked.size
        cancel.check()
        scores = exact.copy()
        top = min(DEPTH, len(labels))
        scores[:top] = self._ranked(asked, labels[:top])
        # What was not ranked anew stays behind what was.
        scores[top:] = np.minimum(scores[top:], scores[:top].min(initial=1.0))
        order = np.lexsort((labels, -scores))
        if top and len(order) > 1:
            # The very nearest keeps its place: it may have no kin to vouch for it.
            order = np.concatenate([[0], order[order != 0]])
            scores[0] = scores.max()
        return Scored(labels[order], scores[order], exact[order], complete)

    def _ranked(self, asked: _Asked, labels: Labels) -> Scores:
        rows = {name: index.rows(labels) for name, index in asked.indexes.items()}
        centres = {name: index.centre for name, index in asked.indexes.items()}
        goals = [
            joint_vectors(self._rows_of_goal(asked, number), centres, asked.weights)[0]
            * np.float32(goal.weight / asked.total)
            for number, goal in enumerate(asked.query.goals)
        ]
        goal: Scores = np.sum(goals, axis=0, dtype=np.float32)
        return ranked(goal, joint_vectors(rows, centres, asked.weights)).smoothed

    def _rows_of_goal(self, asked: _Asked, number: int) -> dict[str, Scores]:
        vectors = self._goals.seen(asked.query.goals[number]).vectors
        return {name: vectors[name][np.newaxis] for name in asked.indexes}

    def _first_scores(self, asked: _Asked, labels: Labels) -> Scores:
        """Each content by itself, float32 [n]: the weighted sum of the parts' cosines."""
        pieces: dict[str, list[Piece]] = {}
        for part, weight in asked.weights.items():
            pieces.setdefault(part.space, []).append((part.start, part.stop, weight))
        scores = np.zeros(len(labels), np.float32)
        for goal in asked.query.goals:
            vectors = self._goals.seen(goal).vectors
            for name, index in asked.indexes.items():
                found = index.scores(vectors[name], labels, pieces[name])
                scores += np.float32(goal.weight / asked.total) * found
        # A content that one space does not hold yet cannot be compared: last.
        return np.clip(np.nan_to_num(scores, nan=-1.0), -1, 1)

    def _candidates(self, asked: _Asked, count: int) -> Labels:
        """Contents that can be among the best: near to any positive goal in any space."""
        goals = [goal for goal in asked.query.goals if goal.weight > 0]
        positive = [self._goals.seen(goal).vectors for goal in goals]
        found = [
            index.candidates(np.stack([vectors[name] for vectors in positive]), count)
            for name, index in asked.indexes.items()
        ]
        return np.unique(np.concatenate(found))

    def _matches(
        self,
        query: Query,
        scored: Scored,
        photos: Mapping[int, list[Photo]],
        cancel: CancelToken,
    ) -> tuple[Match, ...]:
        same = self._same.among(query, scored.labels, scored.exact, photos, cancel)
        wanted = np.array(sorted(same), np.int64)
        own = self._first_scores(self._asked(query), wanted)
        nearest_first = wanted[np.lexsort((wanted, -own))].tolist()
        # Two answers, in this order: the very picture, then what is like it.
        score = dict(zip(wanted.tolist(), own.tolist(), strict=True))
        first = self._catalogue.photos_of_contents(nearest_first)
        matches = [
            Match(photo, score[label], "same")
            for label in nearest_first
            for photo in first.get(label, [])
        ]
        for label, found in zip(scored.labels.tolist(), scored.scores.tolist(), strict=True):
            if len(matches) >= query.k:
                break
            if label not in same:
                matches += [Match(photo, found) for photo in photos.get(label, [])]
        return tuple(matches[: query.k])
