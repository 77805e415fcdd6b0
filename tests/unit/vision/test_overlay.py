"""Evidence is drawn as strong as what it tells."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.vision.overlay import (
    COLD,
    TOLD,
    WARM,
    own_scale,
    render_overlay,
    shared_scale,
    smoothed,
)

_SIDE = 64


def _map(told: float) -> np.ndarray:
    """Evidence float32 [64, 64] in its left upper quarter, `told` in all."""
    evidence = np.zeros((_SIDE, _SIDE), np.float32)
    evidence[: _SIDE // 2, : _SIDE // 2] = told / (_SIDE // 2) ** 2
    return evidence


@pytest.mark.parametrize(("told", "share"), [(0.3, 1.0), (TOLD, 1.0), (TOLD / 10, 0.1)])
def test_what_hardly_tells_is_drawn_fainter(told: float, share: float) -> None:
    drawn = smoothed(_map(told))
    assert own_scale(drawn) / shared_scale(drawn) == pytest.approx(share, rel=0.02)


def test_the_map_that_tells_more_sets_the_scale_of_both() -> None:
    strong, faint = smoothed(_map(0.2)), smoothed(_map(0.0001))
    assert shared_scale(strong, faint) == own_scale(strong)


def test_no_evidence_is_drawn_grey_without_numbers_that_are_none() -> None:
    picture = np.full((_SIDE, _SIDE, 3), (200, 40, 40), np.uint8)
    nothing = smoothed(np.zeros((_SIDE, _SIDE), np.float32))
    shown = render_overlay(picture, nothing, shared_scale(nothing), 1.0)
    assert np.isfinite(shared_scale(nothing))
    assert np.ptp(shown.astype(int), axis=2).max() < np.ptp(picture.astype(int), axis=2).max() / 2


@pytest.mark.parametrize(("sign", "colour"), [(1, WARM), (-1, COLD)])
def test_for_is_warm_and_against_is_cold(sign: int, colour: tuple[int, int, int]) -> None:
    picture = np.full((_SIDE, _SIDE, 3), 128, np.uint8)
    drawn = smoothed(sign * _map(0.3))
    shown = render_overlay(picture, drawn, shared_scale(drawn), 1.0)
    towards = np.sign(np.array(colour) - 128)
    assert (np.sign(shown[8, 8].astype(int) - shown[-8, -8]) == towards).all()
