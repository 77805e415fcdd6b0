"""Pairs of places: which of them are shown as speaking for a match, and which against it."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.vision.pairs import Pairs


def pairs(values: list[list[float]]) -> Pairs:
    array = np.array(values, np.float64)
    return Pairs(array, (1, array.shape[0]), (1, array.shape[1]))


def ground(places: int = 12) -> list[list[float]]:
    """Pairs too faint to show, as many for the match as against it at every place."""
    return [[0.01 * (-1) ** (row + column) for column in range(places)] for row in range(places)]


def test_what_stands_out_is_shown_and_the_ground_is_not() -> None:
    values = ground()
    values[2][3], values[5][7] = 1.0, -1.0
    helping, hurting = pairs(values).standing_out()
    assert (np.argwhere(helping) == [[2, 3]]).all()
    assert helping.sum() == 1.0
    assert hurting[5, 7] == -1.0


def test_a_place_that_takes_more_than_it_gives_is_shown_with_what_it_took() -> None:
    values = ground()
    values[2][3] = 1.0
    values[0] = [0.05] * 12
    values[8] = [*[-0.02] * 6, *[0.01] * 6]
    helping, hurting = pairs(values).standing_out()
    assert hurting[8].sum() == pytest.approx(-0.06)
    assert not helping[8].any()


def test_what_a_place_makes_good_does_not_count_against_it() -> None:
    values = ground()
    values[2][3] = 1.0
    values[8] = [0.03, *[-0.01, 0.01] * 5, -0.01]
    assert not pairs(values).standing_out()[1][8, 1:11].any()


@pytest.mark.parametrize("seed", range(5))
def test_no_pair_counts_twice_or_for_more_than_it_is(seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal((20, 30)) ** 3
    helping, hurting = Pairs(values, (4, 5), (5, 6)).standing_out()
    assert not (helping * hurting).any()
    assert (np.abs(helping + hurting) <= np.abs(values)).all()
    assert ((helping + hurting) * values >= 0).all()


@pytest.mark.parametrize("value", [0.0, 0.5, -0.5])
def test_pairs_all_alike_are_all_for_the_match_or_all_against_it(value: float) -> None:
    helping, hurting = pairs([[value] * 4] * 3).standing_out()
    assert helping.sum() == max(value, 0) * 12
    assert hurting.sum() == min(value, 0) * 12
