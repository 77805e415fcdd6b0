"""A match explained: which pixels made it, checked, and drawn."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.catalogue.store import Catalogue
from lookalike.photos.decode import load_picture, network_input
from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Photo, Query
from lookalike.search.exact import centred_cosines
from lookalike.search.fusion import descriptor_weights, fused
from lookalike.usecases.goals import GOAL_SIDE, Goals, Picture
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.searching import Searcher
from lookalike.vision.covering import RANDOM_TRIES, covered, random_area, strongest_area
from lookalike.vision.evidence import helped_and_hurt, map_size, place_sums, spread
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
    finer look does not give to any place. `positive` and `negative` are the sums of the result's
    map above and below zero. The pictures are uint8 [H, W, 3].
    """

    goal_picture: Picture
    result_picture: Picture
    goal_map: Array
    result_map: Array
    score: float
    baseline: float
    positive: float
    negative: float
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
        score = float(self._searcher.scores(query, np.array([photo.content_id]))[0])
        return self._explain(query, picture, score, check, cancel)

    def explain_path(self, query: Query, path: str, check: bool) -> Explanation:
        """Explain any image file, in the library or not, from its own pixels; raises PhotoError."""
        picture = load_picture(path, GOAL_SIDE)
        photo = self._catalogue.photo_by_path(os.path.realpath(path))
        if photo is not None:
            score = float(self._searcher.scores(query, np.array([photo.content_id]))[0])
        else:
            score = self._score_outside(query, path)
        return self._explain(query, picture, score, check, CancelToken())

    def _score_outside(self, query: Query, path: str) -> float:
        """The score a photo would get if it were in the library."""
        result = self._goals.seen(Goal(path=path)).vectors
        weights = descriptor_weights(query.depth, query.style)
        parts = []
        for goal in query.goals:
            vectors = self._goals.seen(goal).vectors
            found = {
                name: centred_cosines(
                    result[name][np.newaxis].astype(np.float16),
                    vectors[name],
                    self._indexes.of(name).centre,
                )
                for name in weights
            }
            parts.append((goal.weight, found))
        return float(fused(parts, weights)[0])

    def _explain(
        self, query: Query, picture: Picture, score: float, check: bool, cancel: CancelToken
    ) -> Explanation:
        encoder = self._network.encoder
        goal = next(each for each in query.goals if each.weight > 0)
        goal_picture, goal_look = self._goals.look(goal)
        cancel.check()
        result_look = encoder.look(network_input(picture, FINE_LOOK))["last"]
        cancel.check()
        centre = self._indexes.of("meaning").centre
        sums = place_sums(goal_look, result_look, encoder.meaning, centre)
        goal_map = spread(sums.goal, *map_size(*goal_picture.shape[:2]))
        result_map = spread(sums.result, *map_size(*picture.shape[:2]))
        positive, negative = helped_and_hurt(result_map)
        found: dict[str, float] = {}
        if check:
            found = self._cover_check(picture, goal_look, result_map, sums.score, cancel)
        return Explanation(
            goal_picture,
            picture,
            goal_map,
            result_map,
            score,
            score - sums.score,
            positive,
            negative,
            found,
        )

    def _cover_check(
        self,
        picture: Picture,
        goal_look: Array,
        evidence: Array,
        score: float,
        cancel: CancelToken,
    ) -> dict[str, float]:
        """Blur the strongest fifth of the evidence, and as much at random; how the score falls."""
        encoder = self._network.encoder
        fine = network_input(picture, FINE_LOOK)
        centre = self._indexes.of("meaning").centre

        def fall(mask: NDArray[np.bool_]) -> float:
            cancel.check()
            look = encoder.look(covered(fine, mask))["last"]
            return score - place_sums(goal_look, look, encoder.meaning, centre).score

        strongest = strongest_area(evidence, FINE_LOOK)
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
