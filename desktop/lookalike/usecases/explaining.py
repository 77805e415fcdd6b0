"""A match explained: which pixels made it, and whether they did."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.errors import GoalError, PhotoError
from lookalike.photos.decode import load_picture, network_input
from lookalike.progress import CancelToken
from lookalike.records import Goal, Match, Part, Photo, Query, Region
from lookalike.search.fusion import Frame, spaces_of
from lookalike.usecases.goals import FINE_LOOK, GOAL_SIDE, Goals, Picture
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.searching import Ranked, Searcher
from lookalike.vision.answering import Answering
from lookalike.vision.covering import Look, covering_check
from lookalike.vision.evidence import (
    Comparison,
    Evidence,
    gather,
    helped_and_hurt,
    likeness,
    map_size,
    part_of,
    resized_sum,
    scaled_to,
    set_in,
    sign_of,
)
from lookalike.vision.looks import Sight

Array = NDArray[np.float32]

_WHOLE: Region = (0.0, 0.0, 1.0, 1.0)
_KEPT = 12
_SHOWN_SIDE = 448
"""Of the goal's picture under its evidence; larger ones are laid over when they are asked for."""


@dataclass(frozen=True)
class Explanation:
    """Why a photo answers a goal.

    The maps are signed float32 [h, w] in each oriented photo's aspect; each sums to
    score - baseline. `score` is what ranked the photo; `baseline` is the part of it that no place
    can be held to: the faint likeness of everything with everything, and `neighbours`, what the
    score owes to the photos around goal and result. `positive` and `negative` are the sums of the
    result's map above and below zero, `shares` what of score - baseline each goal gave. The
    pictures are uint8 [H, W, 3]; of the goal's, `frame` was compared, of the result's `part`, and
    in that alone `check` covers (see `covering_check`).
    """

    goal_picture: Picture
    result_picture: Picture
    goal_map: Array
    result_map: Array
    score: float
    baseline: float
    positive: float
    negative: float
    neighbours: float = 0.0
    shares: tuple[float, ...] = ()
    frame: Region = _WHOLE
    part: Region | None = None
    answering: Answering | None = None
    check: dict[str, float] = field(default_factory=dict)

    def answers_in_result(self, x: float, y: float) -> Array | None:
        """Which places of the result answer to a point of the goal (fractions): as its map.

        None outside the frame, and where the photo was compared by a part of it.
        """
        left, top, across, down = self.frame
        row, column = (y - top) / down, (x - left) / across
        if self.answering is None or not (0 <= row <= 1 and 0 <= column <= 1):
            return None
        return self.answering.in_result(row, column, self.result_map.shape)

    def answers_in_goal(self, x: float, y: float) -> Array | None:
        """Which places of the goal answer to a point of the result (fractions): as its map."""
        answering = self.answering
        if answering is None or not (0 <= x <= 1 and 0 <= y <= 1):
            return None
        shape = self.goal_map.shape
        return set_in(shape, self.frame, lambda *size: answering.in_goal(y, x, size))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query with what its evidence is made of: how parts compare, and looks at the goals.

    `parts` is what the result has to be looked at for, `weights` and `sights` are the goals'.
    """

    query: Query
    parts: tuple[Part, ...]
    weights: Sequence[Mapping[Part, float]]
    frame: Frame
    sights: Sequence[Sight]

    def by(self, place: int) -> list[Comparison]:
        """How each part is compared for the goal at `place`."""
        goal = self.query.goals[place]
        total = sum(abs(each.weight) for each in self.query.goals) or 1.0
        return [
            Comparison(
                part.name,
                weight * goal.weight / total,
                self.frame.centres[part.space][part.start : part.stop],
                self.frame.metrics.get(part.space),
            )
            for part, weight in self.weights[place].items()
        ]

    def score(self, result: Sight) -> float:
        """The likeness of the looks alone."""
        sights = enumerate(self.sights)
        return sum(likeness(sight, result, self.by(place)) for place, sight in sights)


class Explainer:
    """Computes evidence from the network that ranked."""

    def __init__(
        self,
        catalogue: Catalogue,
        network: NetworkInUse,
        goals: Goals,
        indexes: Indexes,
        searcher: Searcher,
    ) -> None:
        self._catalogue = catalogue
        self._network = network
        self._goals = goals
        self._indexes = indexes
        self._searcher = searcher
        self._lock = Lock()
        self._kept: OrderedDict[object, Explanation] = OrderedDict()

    def explain(
        self,
        query: Query,
        result: Photo | Match,
        check: bool,
        cancel: CancelToken,
        keep: bool = True,
    ) -> Explanation:
        """Explain a library photo by its thumbnail, which is at hand within a millisecond.

        A match of an answer to the query brings the score that ranked it along; for a photo it
        is found anew. Decoding an original would cost more than all the network's looks together.
        The last few explanations are kept while goals, photo and library stay what they were; not
        one to `keep` pushes none of them out.
        """
        key = self._key(query, result)
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = self._found(query, result, cancel)
        if check and not found.check:
            found = self._checked(query, found, cancel)
        if not keep:
            return found
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _found(self, query: Query, result: Photo | Match, cancel: CancelToken) -> Explanation:
        if isinstance(result, Match):
            photo, own = result.photo, self._searcher.own_score_of(query, result.photo)
            ranked = Ranked(result.score, own, result.part)
        else:
            photo, ranked = result, self._searcher.ranked(query, result)
        return self._explain(query, self._goals.small_picture_of(photo), ranked, cancel)

    def explain_path(self, query: Query, path: str, check: bool) -> Explanation:
        """Explain any image file, in the library or not, from its own pixels; raises PhotoError."""
        try:
            picture = load_picture(path, GOAL_SIDE)
        except PhotoError as error:
            raise PhotoError(f"{os.path.basename(path)} cannot be explained. {error}") from error
        photo = self._catalogue.photo_by_path(os.path.realpath(path))
        if photo is not None and _unchanged(photo):
            ranked = self._searcher.ranked(query, photo)
        else:
            score = self._searcher.score_outside(query, Goal(path=path))
            ranked = Ranked(score, score)
        found = self._explain(query, picture, ranked, CancelToken())
        return self._checked(query, found, CancelToken()) if check else found

    def _key(self, query: Query, result: Photo | Match) -> object:
        goals = tuple(
            (self._goals.key(goal), goal.weight, goal.depth, goal.style) for goal in query.goals
        )
        sizes = tuple(
            len(self._indexes.of(space)) for space in spaces_of(self._searcher.parts(query))
        )
        dials = query.k, query.depth, query.style, query.places and query.thorough, query.words
        if isinstance(result, Match):
            photo, ranked = result.photo, (result.score, result.part)
        else:
            photo, ranked = result, None
        return goals, dials, photo.id, photo.content_id, ranked, sizes

    def _asked(self, query: Query) -> _Asked:
        if not any(goal.weight > 0 for goal in query.goals):
            raise GoalError("Name at least one goal to look for; goals to avoid are not enough.")
        parts = self._searcher.parts(query)
        weights = [self._searcher.parts_of(query, goal) for goal in query.goals]
        sights = [
            self._goals.look(goal, tuple(own))
            for goal, own in zip(query.goals, weights, strict=True)
        ]
        frame = self._indexes.frame(spaces_of(parts))
        return _Asked(query, tuple(parts), weights, frame, sights)

    def _fine(self, picture: Picture) -> Picture:
        return network_input(picture, self._network.encoder.look_side(FINE_LOOK))

    def _explain(
        self, query: Query, picture: Picture, ranked: Ranked, cancel: CancelToken
    ) -> Explanation:
        if ranked.part is None:
            return self._explain_whole(query, picture, ranked, cancel)
        return self._explain_part(query, picture, ranked, ranked.part, cancel)

    def _explain_whole(
        self, query: Query, picture: Picture, ranked: Ranked, cancel: CancelToken
    ) -> Explanation:
        asked = self._asked(query)
        cancel.check()
        result = self._network.encoder.look(self._fine(picture), asked.parts, finer=True)
        cancel.check()
        shown = next(place for place, goal in enumerate(query.goals) if goal.weight > 0)
        whole = self._goals.whole_picture(query.goals[shown], _SHOWN_SIDE)
        frame = self._goals.frame(query.goals[shown]) or _WHOLE
        size, result_size = map_size(*whole.shape[:2]), map_size(*picture.shape[:2])
        evidence = Evidence(result_size)
        for place, sight in enumerate(asked.sights):
            gather(sight, result, asked.by(place), size, frame, evidence)
        told = sum(evidence.told)
        goal_map = evidence.goals[shown]
        # With several goals the one that is shown carries its own share, the rest is told apart.
        if len(query.goals) > 1:
            goal_map = scaled_to(goal_map, told)
        positive, negative = helped_and_hurt(evidence.result)
        return Explanation(
            goal_picture=whole,
            result_picture=picture,
            goal_map=goal_map,
            result_map=evidence.result,
            score=ranked.score,
            baseline=ranked.score - told,
            positive=positive,
            negative=negative,
            neighbours=ranked.score - ranked.own,
            shares=tuple(evidence.told),
            frame=frame,
            answering=Answering(evidence.pairs[shown], sign_of(asked.by(shown))),
        )

    def _explain_part(
        self, query: Query, picture: Picture, ranked: Ranked, part: Region, cancel: CancelToken
    ) -> Explanation:
        """Explain a photo that was compared by a part of it: nothing outside it is evidence."""
        found = self._explain_whole(query, part_of(picture, part), ranked, cancel)
        size = map_size(*picture.shape[:2])
        whole = set_in(size, part, lambda *inner: resized_sum(found.result_map, *inner))
        return replace(found, result_picture=picture, result_map=whole, answering=None, part=part)

    def _checked(self, query: Query, found: Explanation, cancel: CancelToken) -> Explanation:
        """The same with what covering the evidence does to the likeness of the looks."""
        asked = self._asked(query)
        encoder, parts = self._network.encoder, asked.parts
        score: Look = lambda picture: asked.score(encoder.look(picture, parts))  # noqa: E731
        picture, evidence = found.result_picture, found.result_map
        if found.part is not None:
            picture, evidence = part_of(picture, found.part), part_of(evidence, found.part)
        check = covering_check(self._fine(picture), evidence, score, cancel)
        return replace(found, check=check)


def _unchanged(photo: Photo) -> bool:
    """Whether the file is still what was read of it."""
    try:
        facts = os.stat(photo.path)
    except OSError:
        return True
    return (facts.st_size, facts.st_mtime_ns) == (photo.size, photo.mtime_ns)
