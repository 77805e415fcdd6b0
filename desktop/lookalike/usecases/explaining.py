"""A match explained: which pixels made it, checked, and drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.catalogue.store import Catalogue
from lookalike.photos.decode import load_picture, network_input
from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Part, Photo, Query
from lookalike.search.fusion import spaces_of
from lookalike.usecases.goals import GOAL_SIDE, Goals, Picture
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.searching import Searcher
from lookalike.vision.covering import RANDOM_TRIES, covered, random_area, strongest_area
from lookalike.vision.evidence import (
    Evidence,
    helped_and_hurt,
    map_size,
    place_sums,
    scaled_to,
    spread_all,
)
from lookalike.vision.looks import PartLook
from lookalike.vision.overlay import render_overlay, shared_scale
from lookalike.vision.sheet import Cell, sheet

Array = NDArray[np.float32]

FINE_LOOK = 448
"""Side of the finer look at a result: 14 x 14 places point far better than 7 x 7."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a photo answers a goal.

    The maps are signed float32 [h, w] in each oriented photo's aspect; each sums to
    score - baseline. `score` is what ranked the photo; `baseline` is the part of it that the
    finer look does not give to any place, `neighbours` what of that the score owes to the photos
    around goal and result. `positive` and `negative` are the sums of the result's map above and
    below zero. The pictures are uint8 [H, W, 3].
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
    check: dict[str, float] = field(default_factory=dict)


class Explainer:
    """Computes evidence from the network that ranked, and draws it."""

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

    def explain(self, query: Query, photo: Photo, check: bool, cancel: CancelToken) -> Explanation:
        """Explain a library photo by its thumbnail, which is at hand within a millisecond.

        Decoding an original would cost more than all the network's looks together.
        """
        picture = self._goals.small_picture_of(photo)
        score, exact = self._searcher.score_of(query, photo)
        return self._explain(query, picture, score, score - exact, check, cancel)

    def explain_path(self, query: Query, path: str, check: bool) -> Explanation:
        """Explain any image file, in the library or not, from its own pixels; raises PhotoError."""
        picture = load_picture(path, GOAL_SIDE)
        photo = self._catalogue.photo_by_path(os.path.realpath(path))
        score = exact = 0.0
        if photo is not None:
            score, exact = self._searcher.score_of(query, photo)
        else:
            score = exact = self._searcher.score_outside(query, Goal(path=path))
        return self._explain(query, picture, score, score - exact, check, CancelToken())

    def _explain(
        self,
        query: Query,
        picture: Picture,
        score: float,
        neighbours: float,
        check: bool,
        cancel: CancelToken,
    ) -> Explanation:
        weights = self._searcher.parts(query)
        looks = [self._goals.look(goal, tuple(weights)) for goal in query.goals]
        cancel.check()
        fine = network_input(picture, FINE_LOOK)
        result = self._network.encoder.look(fine, tuple(weights))
        cancel.check()
        evidence = self._evidence(query, weights, looks, result)
        shown = next(place for place, goal in enumerate(query.goals) if goal.weight > 0)
        goal_map = spread_all(evidence.goals[shown], *map_size(*looks[shown][0].shape[:2]))
        result_map = spread_all(evidence.result, *map_size(*picture.shape[:2]))
        # With several goals the one that is shown carries its own share, the rest is told apart.
        if len(query.goals) > 1:
            goal_map = scaled_to(goal_map, evidence.score)
        positive, negative = helped_and_hurt(result_map)
        found: dict[str, float] = {}
        if check:
            found = self._cover_check(query, weights, looks, fine, result_map, evidence, cancel)
        return Explanation(
            looks[shown][0],
            picture,
            goal_map,
            result_map,
            score,
            score - evidence.score,
            positive,
            negative,
            neighbours,
            found,
        )

    def _evidence(
        self,
        query: Query,
        weights: Mapping[Part, float],
        looks: Sequence[tuple[Picture, dict[str, PartLook]]],
        result: Mapping[str, PartLook],
    ) -> Evidence:
        """The place sums of every goal and every part that counts, by their weights."""
        total = sum(abs(goal.weight) for goal in query.goals) or 1.0
        frame = self._indexes.frame(spaces_of(weights))
        evidence = Evidence()
        for goal, (_, look) in zip(query.goals, looks, strict=True):
            evidence.goals.append([])
            for part, weight in weights.items():
                centre = frame.centres[part.space][part.start : part.stop]
                metric = frame.metrics.get(part.space)
                sums = place_sums(look[part.name], result[part.name], centre, metric)
                evidence.add(sums, weight * goal.weight / total)
        return evidence

    def _cover_check(
        self,
        query: Query,
        weights: Mapping[Part, float],
        looks: Sequence[tuple[Picture, dict[str, PartLook]]],
        fine: Picture,
        result_map: Array,
        evidence: Evidence,
        cancel: CancelToken,
    ) -> dict[str, float]:
        """Blur the strongest fifth of the evidence, and as much at random; how the score falls."""
        encoder = self._network.encoder

        def fall(mask: NDArray[np.bool_]) -> float:
            cancel.check()
            look = encoder.look(covered(fine, mask), tuple(weights))
            return evidence.score - self._evidence(query, weights, looks, look).score

        strongest = strongest_area(result_map, FINE_LOOK)
        chance = [fall(random_area(FINE_LOOK, seed)) for seed in range(RANDOM_TRIES)]
        return {
            "covered": float(strongest.mean()),
            "fall": fall(strongest),
            "random_fall": float(np.mean(chance)),
        }

    def overlays(self, explanation: Explanation, strength: float) -> tuple[Picture, Picture]:
        """Goal and result with their evidence, on one shared scale."""
        scale = shared_scale(explanation.goal_map, explanation.result_map)
        return (
            render_overlay(explanation.goal_picture, explanation.goal_map, scale, strength),
            render_overlay(explanation.result_picture, explanation.result_map, scale, strength),
        )

    def explanation_sheet(self, explanation: Explanation) -> Image.Image:
        """Goal and result, plain and with their evidence on one scale, and the numbers."""
        scale = shared_scale(explanation.goal_map, explanation.result_map)
        pictures = (
            ("goal", explanation.goal_picture, explanation.goal_map),
            ("result", explanation.result_picture, explanation.result_map),
        )
        cells = []
        for name, picture, evidence in pictures:
            cells.append(Cell(picture, name))
            shown = render_overlay(picture, evidence, scale)
            helped, hurt = helped_and_hurt(evidence)
            cells.append(
                Cell(shown, f"{name}, evidence", f"helped {helped:+.3f}  hurt {hurt:+.3f}")
            )
        heading = f"score {explanation.score:.3f} = places "
        heading += (
            f"{explanation.score - explanation.baseline:.3f} + rest {explanation.baseline:+.3f}"
        )
        check = explanation.check
        if check:
            heading += f"; covering the strongest fifth takes {check['fall']:.3f},"
            heading += f" a random fifth {check['random_fall']:.3f}"
        return sheet(cells, 2, heading)

    def contact_sheet(self, answer: Answer) -> Image.Image:
        """The goal and the nearest photos, each with its evidence."""
        goal = answer.query.goals[0]
        cells = [Cell(self._goals.picture(goal), "goal", goal.name)]
        for match in answer.matches[:11]:
            found = self.explain(answer.query, match.photo, False, CancelToken())
            shown = render_overlay(
                found.result_picture,
                found.result_map,
                shared_scale(found.goal_map, found.result_map),
            )
            name = os.path.basename(match.photo.path)
            cells.append(Cell(shown, f"{match.score:.3f}  {match.kind}", name))
        return sheet(cells, 4)
