"""The check of evidence: as much is covered at random as was pointed at."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lookalike.progress import CancelToken
from lookalike.vision.covering import covering_check, random_area

SIDE = 224


def picture() -> NDArray[np.uint8]:
    """Fine black and white squares: what is blurred of them is grey."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    squares = ((rows // 4 + columns // 4) % 2 * 255).astype(np.uint8)
    return np.repeat(squares[..., None], 3, axis=2)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
def test_random_areas_have_the_size_that_is_asked_for(share: float) -> None:
    areas = [random_area(SIDE, seed, share) for seed in range(4)]
    for area in areas:
        assert area.mean() == pytest.approx(share, abs=0.005)
    assert any((areas[0] != other).any() for other in areas[1:])


def test_evidence_is_compared_with_chance_of_its_own_size() -> None:
    """The score is the contrast of one corner less that of another."""
    shown = picture()
    for_it, against = (slice(0, 48), slice(0, 48)), (slice(150, 182), slice(150, 182))

    def score(seen: NDArray[np.uint8]) -> float:
        return float(seen[for_it].std() - seen[against].std()) / 255

    evidence = np.zeros((SIDE, SIDE), np.float32)
    evidence[for_it], evidence[against] = 1, -1
    check = covering_check(shown, evidence, score, CancelToken())
    assert check["covered"] == pytest.approx(48**2 / SIDE**2, rel=0.02)
    assert check["negative_covered"] == pytest.approx(32**2 / SIDE**2, rel=0.02)
    assert check["fall"] > 0.3
    assert check["rise"] > 0.3
    assert abs(check["random_fall"]) < check["fall"] / 3
    assert abs(check["random_rise"]) < check["rise"] / 3


def test_what_nothing_speaks_against_is_not_covered() -> None:
    evidence = np.ones((SIDE, SIDE), np.float32)
    evidence[:40] = 2
    check = covering_check(picture(), evidence, lambda seen: float(seen.std()), CancelToken())
    assert (check["negative_covered"], check["rise"], check["random_rise"]) == (0.0, 0.0, 0.0)
    assert 0 < check["covered"] <= 0.2
