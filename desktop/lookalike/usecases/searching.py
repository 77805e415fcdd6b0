"""Goals to an answer: compare, fuse, rank, tell same from similar."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.errors import GoalError
from lookalike.progress import CancelToken
from lookalike.records import Answer, Kind, Match, Photo, Query
from lookalike.search.exact import best, cosines
from lookalike.search.fusion import descriptor_weights, fused
from lookalike.search.kinship import same_picture
from lookalike.usecases.goals import Goals
from lookalike.usecases.indexes import Indexes


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
        weights = {
            name: share
            for name, share in descriptor_weights(query.depth, query.style).items()
            if share
        }
        tables = {name: self._indexes.table(name) for name in weights}
        labels = next(iter(tables.values())).labels
        parts = []
        for goal in query.goals:
            cancel.check()
            vectors = self._goals.seen(goal).vectors
            found = {name: cosines(tables[name].vectors, vectors[name]) for name in weights}
            parts.append((goal.weight, found))
        scores = fused(parts, weights)
        order = best(scores, labels, query.k)
        cancel.check()
        matches = self._matches(query, labels[order], scores[order])
        return Answer(query, matches, (time.perf_counter() - started) * 1000, exact=True)

    def _matches(
        self, query: Query, labels: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> tuple[Match, ...]:
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
        self,
        query: Query,
        labels: NDArray[np.int64],
        scores: NDArray[np.float32],
        photos: dict[int, list[Photo]],
    ) -> list[Kind]:
        """With one whole goal, which results are its very picture."""
        goal = query.goals[0]
        if len(query.goals) != 1 or goal.region is not None or not len(labels):
            return ["similar"] * len(labels)
        none = np.uint64(0)
        hashes = np.array(
            [
                np.uint64(found[0].facts.phash & 0xFFFFFFFFFFFFFFFF) if found else none
                for found in (photos.get(int(label)) for label in labels)
            ],
            np.uint64,
        )
        same = same_picture(hashes, self._goals.seen(goal).phash, scores)
        return ["same" if each else "similar" for each in same]
