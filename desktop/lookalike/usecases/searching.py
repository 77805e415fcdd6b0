"""Goals to an answer: candidates, exact scores, fusion, same or similar."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.errors import GoalError
from lookalike.progress import CancelToken
from lookalike.records import Answer, Kind, Match, Photo, Query
from lookalike.search.exact import best
from lookalike.search.fusion import descriptor_weights, fused
from lookalike.search.index import VectorIndex
from lookalike.search.kinship import same_picture
from lookalike.usecases.goals import Goals
from lookalike.usecases.indexes import Indexes

Labels = NDArray[np.int64]
Scores = NDArray[np.float32]

_SLACK = 32
"""More candidates than asked for: some contents may have lost their last photo."""


class Searcher:
    """Answers queries from the stored vectors; embeds nothing but the goals."""

    def __init__(self, catalogue: Catalogue, goals: Goals, indexes: Indexes) -> None:
        self._catalogue = catalogue
        self._goals = goals
        self._indexes = indexes

    def search(self, query: Query, cancel: CancelToken) -> Answer:
        """The photos nearest to the goals, best first.

        Raises:
            GoalError: there is no positive goal, or one cannot be used.
            Cancelled: a newer query took its place.
        """
        if not any(goal.weight > 0 for goal in query.goals):
            raise GoalError("Name at least one goal to look for; goals to avoid are not enough.")
        started = time.perf_counter()
        indexes = {
            name: self._indexes.of(name)
            for name, share in descriptor_weights(query.depth, query.style).items()
            if share
        }
        size = min(len(index) for index in indexes.values())
        wanted = query.k + _SLACK
        while True:
            labels = self._candidates(query, indexes, wanted)
            cancel.check()
            scores = self.scores(query, labels, indexes)
            order = best(scores, labels, wanted)
            matches = self._matches(query, labels[order], scores[order])
            if len(matches) >= query.k or len(labels) >= size or wanted >= size:
                break
            wanted *= 4
        spent = (time.perf_counter() - started) * 1000
        return Answer(query, matches, spent, exact=len(labels) >= size)

    def scores(
        self, query: Query, labels: Labels, indexes: Mapping[str, VectorIndex] | None = None
    ) -> Scores:
        """The score of each label for a query, float32 [n]; what ranks and what is explained."""
        weights = descriptor_weights(query.depth, query.style)
        parts = []
        for goal in query.goals:
            vectors = self._goals.seen(goal).vectors
            found = {
                name: (indexes or {})
                .get(name, self._indexes.of(name))
                .scores(vectors[name], labels)
                for name, share in weights.items()
                if share
            }
            parts.append((goal.weight, found))
        return fused(parts, weights)

    def _candidates(self, query: Query, indexes: Mapping[str, VectorIndex], count: int) -> Labels:
        """Photos that can be among the best: near to any positive goal in any descriptor."""
        positive = [self._goals.seen(goal).vectors for goal in query.goals if goal.weight > 0]
        found = [
            index.candidates(np.stack([vectors[name] for vectors in positive]), count)
            for name, index in indexes.items()
        ]
        return np.unique(np.concatenate(found))

    def _matches(self, query: Query, labels: Labels, scores: Scores) -> tuple[Match, ...]:
        photos = self._catalogue.photos_of_contents([int(label) for label in labels])
        kinds = self._kinds(query, labels, scores, photos)
        matches = [
            Match(photo, float(score), kind)
            for label, score, kind in zip(labels, scores, kinds, strict=True)
            for photo in photos.get(int(label), [])
        ]
        # Two answers, in this order: the very picture, then what is like it.
        matches.sort(key=lambda match: match.kind != "same")
        return tuple(matches[: query.k])

    def _kinds(
        self, query: Query, labels: Labels, scores: Scores, photos: dict[int, list[Photo]]
    ) -> list[Kind]:
        """With one whole goal, which results are its very picture."""
        goal = query.goals[0]
        if len(query.goals) != 1 or goal.region is not None or not len(labels):
            return ["similar"] * len(labels)
        hashes = np.zeros(len(labels), np.uint64)
        for place, label in enumerate(labels):
            if found := photos.get(int(label)):
                hashes[place] = np.uint64(found[0].facts.phash & 0xFFFFFFFFFFFFFFFF)
        same = same_picture(hashes, self._goals.seen(goal).phash, scores)
        return ["same" if each else "similar" for each in same]
