"""Explanations drawn: overlays on one scale, and sheets for papers and teaching."""

from __future__ import annotations

import os
from collections.abc import Callable

from PIL import Image

from lookalike.records import Answer, Match
from lookalike.usecases.explaining import Explanation
from lookalike.usecases.goals import Picture
from lookalike.vision.evidence import helped_and_hurt
from lookalike.vision.overlay import STRENGTH, own_scale, render_overlay, shared_scale, smoothed
from lookalike.vision.sheet import Cell, sheet

_RESULTS = 11


def overlays(found: Explanation, strength: float = STRENGTH) -> tuple[Picture, Picture]:
    """Goal and result with their evidence, on one shared scale."""
    goal, result = smoothed(found.goal_map), smoothed(found.result_map)
    scale = shared_scale(goal, result)
    return (
        render_overlay(found.goal_picture, goal, scale, strength),
        render_overlay(found.result_picture, result, scale, strength),
    )


def answering(
    found: Explanation, side: int, at: tuple[float, float], strength: float
) -> Picture | None:
    """The other picture with the places that answer to a point of goal (0) or result (1)."""
    picture = found.result_picture if side == 0 else found.goal_picture
    evidence = (found.answers_in_result if side == 0 else found.answers_in_goal)(*at)
    if evidence is None:
        return None
    drawn = smoothed(evidence)
    return render_overlay(picture, drawn, own_scale(drawn), strength)


def explanation_sheet(found: Explanation) -> Image.Image:
    """Goal and result, plain and with their evidence on one scale, and the numbers."""
    pictures = (
        ("goal", found.goal_picture, found.goal_map),
        ("result", found.result_picture, found.result_map),
    )
    cells = []
    for (name, picture, evidence), shown in zip(pictures, overlays(found), strict=True):
        cells.append(Cell(picture, name))
        helped, hurt = helped_and_hurt(evidence)
        cells.append(Cell(shown, f"{name}, evidence", f"helped {helped:+.3f}  hurt {hurt:+.3f}"))
    heading = f"score {found.score:.3f} = places {found.score - found.baseline:.3f}"
    if found.neighbours:
        heading += f" + photos like both {found.neighbours:.3f}"
    heading += f" + no single place {found.baseline - found.neighbours:.3f}"
    if found.check:
        heading += f"; covering the strongest {found.check['covered']:.0%} takes"
        heading += f" {found.check['fall']:.3f}, as much at random {found.check['random_fall']:.3f}"
    return sheet(cells, 2, heading)


def contact_sheet(
    answer: Answer, goal: Picture, explain: Callable[[Match], Explanation]
) -> Image.Image:
    """The goal and the nearest photos, each with its evidence."""
    cells = [Cell(goal, "goal", answer.query.goals[0].name)]
    for match in answer.matches[:_RESULTS]:
        found = explain(match)
        _, shown = overlays(found)
        name = os.path.basename(match.photo.path)
        cells.append(Cell(shown, f"{match.score:.3f}  {match.kind}", name))
    return sheet(cells, 4)
