"""Goals to scores: candidates from the indexes, then exact and smoothed scores of the best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from lookalike.errors import GoalError
from lookalike.progress import CancelToken
from lookalike.records import Goal, Part, Query
from lookalike.search.exact import best
from lookalike.search.fusion import Frame, joint_vectors, part_units, part_weights, spaces_of
from lookalike.search.index import VectorIndex
from lookalike.search.likeness import Likeness, likeness_of
from lookalike.search.ranking import COPY, DEPTH, QUICK_DEPTH, in_order, ranked
from lookalike.usecases.goals import Goals, Vectors
from lookalike.usecases.indexes import Indexes, Sample
from lookalike.usecases.recent import Recent

Labels = NDArray[np.int64]
Scores = NDArray[np.float32]

_ALL_BELOW = 100_000
"""Up to so many contents that a filter leaves are all compared."""
_KEPT = 32
"""Comparisons of one part with one goal: a few goals at both ends and in the middle of a dial."""
_NOTHING_LEFT = 0.02
"""The length of goals taken together, below which they have cancelled out."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Contents best first: `labels` int64 [n], their `scores` and their own part, `exact`.

    `likeness` is the scale by which they are alike; `complete` whether no other content could
    have been found.
    """

    labels: Labels
    scores: Scores
    exact: Scores
    likeness: Likeness
    complete: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with what it is compared by, opened once; `goal` is all goals as one, float32 [D].

    A joint vector's product with `goal` is its score. `weights` are the mean over the goals, each
    of which may have dials of its own.
    """

    query: Query
    weights: Mapping[Part, float]
    indexes: Mapping[str, VectorIndex]
    frame: Frame
    goal: Scores

    @property
    def size(self) -> int:
        """How many contents can be found."""
        return min(len(index) for index in self.indexes.values())

    @property
    def length(self) -> float:
        """What a perfect match could score."""
        return float(np.linalg.norm(self.goal))

    def exact(self, labels: Labels) -> Scores:
        """Each content by itself, float32 [n]; it has to be in every index."""
        scores: Scores = np.clip(self.joint(labels) @ self.goal, -1, 1)
        return scores

    def joint(self, labels: Labels) -> Scores:
        """The joint vectors of contents, float32 [n, D]."""
        rows = {name: index.rows(labels) for name, index in self.indexes.items()}
        return joint_vectors(rows, self.frame, self.weights)


class Scorer:
    """Scores the contents of the library for a query; embeds nothing but its goals."""

    def __init__(self, goals: Goals, indexes: Indexes) -> None:
        self._goals = goals
        self._indexes = indexes
        self._strangers: tuple[Sample, dict[Part, Scores]] | None = None
        self._compared: Recent[Scores] = Recent(_KEPT)

    @property
    def network(self) -> str:
        """What made the vectors that are compared now."""
        return self._indexes.network

    def parts(self, query: Query) -> dict[Part, float]:
        """The parts of vectors that count for a query, and how much: the mean over its goals."""
        total = sum(abs(goal.weight) for goal in query.goals) or 1.0
        counted: dict[Part, float] = {}
        for goal in query.goals:
            for part, weight in self.parts_of(query, goal).items():
                counted[part] = counted.get(part, 0.0) + weight * abs(goal.weight) / total
        return {part: counted[part] for part in self._indexes.parts if counted.get(part, 0.0) > 0}

    def parts_of(self, query: Query, goal: Goal) -> dict[Part, float]:
        """The same for one of its goals, by its own dials where it has them."""
        depth = query.depth if goal.depth is None else goal.depth
        style = query.style if goal.style is None else goal.style
        return part_weights(self._indexes.parts, depth, style)

    def asked(self, query: Query) -> Asked:
        """Open a query; raises GoalError if it has no positive goal or its goals cancel out."""
        if not any(goal.weight > 0 for goal in query.goals):
            raise GoalError("Name at least one goal to look for; goals to avoid are not enough.")
        if not all(math.isfinite(goal.weight) for goal in query.goals):
            raise GoalError("The weight of a goal has to be a number; set it anew.")
        weights = self.parts(query)
        indexes = {name: self._indexes.of(name) for name in spaces_of(weights)}
        frame = self._indexes.frame(indexes)
        total = sum(abs(goal.weight) for goal in query.goals)
        one = np.zeros(sum(part.size for part in weights), np.float32)
        for goal in query.goals:
            own = self.parts_of(query, goal)
            joint = self._joint(goal, frame, weights) * _against(own, weights)
            one += joint * np.float32(goal.weight / total)
        if len(query.goals) > 1 and float(np.linalg.norm(one)) < _NOTHING_LEFT:
            raise GoalError("These goals cancel each other out; leave one out or change a weight.")
        return Asked(query, weights, indexes, frame, one)

    def outside(self, query: Query, goal: Goal) -> float:
        """The score that a picture outside the library would get by itself."""
        asked = self.asked(query)
        return float(self._joint(goal, asked.frame, asked.weights) @ asked.goal)

    def scored(
        self, asked: Asked, wanted: int, among: Labels | None, cancel: CancelToken
    ) -> Scored:
        """The best `wanted` contents and more; with `among` int64, ascending, none but those."""
        depth = DEPTH if asked.query.thorough else QUICK_DEPTH
        wanted = max(wanted, depth)
        labels, complete = self._candidates(asked, wanted, among)
        cancel.check()
        first = self._first_scores(asked, labels)
        order = best(first, labels, wanted)
        labels, first = labels[order], first[order]
        cancel.check()
        top = labels[:depth]
        found = ranked(asked.goal, asked.joint(top))
        order, scores = in_order(found, asked.length, top)
        exact = np.clip(found.exact[order], -1, 1)
        # What was not ranked anew stays behind what was.
        rest = np.minimum(first[len(top) :], scores.min(initial=1.0))
        return Scored(
            np.concatenate([top[order], labels[len(top) :]]),
            np.concatenate([scores, rest]),
            np.concatenate([exact, first[len(top) :]]),
            likeness_of(found.exact, self._of_strangers(asked), asked.size, COPY * asked.length),
            complete,
        )

    def _of_strangers(self, asked: Asked) -> Scores:
        """The scores of a sample of the library; its parts are kept, so that dials are free."""
        sample, known = self._indexes.sample(), self._strangers
        if known is None or known[0] is not sample:
            known = self._strangers = sample, {}
        scores = np.zeros(len(next(iter(sample.rows.values()))), np.float32)
        start = 0
        for part, weight in asked.weights.items():
            units = known[1].get(part)
            if units is None:
                units = known[1][part] = part_units(sample.rows, asked.frame, part)
            goal = asked.goal[start : start + part.size]
            scores += np.float32(np.sqrt(weight)) * (units @ goal)
            start += part.size
        return scores

    def _joint(self, goal: Goal, frame: Frame, weights: Mapping[Part, float]) -> Scores:
        vectors = self._goals.seen(goal).vectors
        rows = {name: vectors[name][np.newaxis] for name in spaces_of(weights)}
        found: Scores = joint_vectors(rows, frame, weights)[0]
        return found

    def _first_scores(self, asked: Asked, labels: Labels) -> Scores:
        """The weighted sum of the parts' plain cosines, float32 [n]: who is looked at again."""
        goals = asked.query.goals
        total = sum(abs(goal.weight) for goal in goals)
        among = xxhash.xxh3_128_digest(labels.tobytes())
        scores = np.zeros(len(labels), np.float32)
        for goal in goals:
            vectors = self._goals.seen(goal).vectors
            for part, weight in self.parts_of(asked.query, goal).items():
                cosines = self._cosines(asked.indexes[part.space], part, vectors, labels, among)
                scores += np.float32(weight * goal.weight / total) * cosines
        # A content that one space does not hold yet cannot be compared: last.
        return np.clip(np.nan_to_num(scores, nan=-1.0), -1, 1)

    def _cosines(
        self, index: VectorIndex, part: Part, vectors: Vectors, labels: Labels, among: bytes
    ) -> Scores:
        """The cosines of one part with a goal's; kept, so that a dial only weighs them anew."""
        vector = vectors[part.space]
        key = (part, vector.tobytes(), index.centre.tobytes(), among)
        return self._compared.get(
            key, lambda: index.scores(vector, labels, [(part.start, part.stop, 1.0)])
        )

    def _candidates(self, asked: Asked, count: int, among: Labels | None) -> tuple[Labels, bool]:
        """Contents that can be among the best, and whether they are all there are."""
        if among is not None and len(among) <= _ALL_BELOW:
            return among, True
        goals = [goal for goal in asked.query.goals if goal.weight > 0]
        positive = [self._goals.seen(goal).vectors for goal in goals]
        found = [
            index.candidates(np.stack([vectors[name] for vectors in positive]), count)
            for name, index in asked.indexes.items()
        ]
        labels = np.unique(np.concatenate(found))
        if among is None:
            return labels, len(labels) >= asked.size
        return np.intersect1d(labels, among, assume_unique=True), False


def _against(own: Mapping[Part, float], weights: Mapping[Part, float]) -> Scores:
    """What makes a joint vector of `weights` a goal that counts by its `own`, float32 [D].

    Its product with a joint vector of a photo is then the sum of the parts' cosines by `own`.
    """
    ratios = [np.full(part.size, own.get(part, 0.0) / weight) for part, weight in weights.items()]
    return np.concatenate(ratios).astype(np.float32)
