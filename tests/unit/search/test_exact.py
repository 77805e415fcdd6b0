"""Exact comparison: cosines as double precision computes them, and the best of them."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.exact import best, centred_cosines, unit
from tests.unit.search.sources import drawn, true_cosines


@pytest.mark.parametrize("count", [1, 3, 16_384, 16_385])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_centred_cosines_are_those_of_double_precision(count: int, shift: float) -> None:
    vectors, goal = drawn(count, 48), drawn(1, 48, seed=2)[0]
    centre = np.full(48, shift, np.float32)
    found = centred_cosines(vectors, goal.astype(np.float32), centre)
    assert found.dtype == np.float32
    assert np.allclose(found, true_cosines(vectors, goal, centre), atol=1e-5)


def test_a_photo_is_wholly_like_itself_and_a_zero_like_nothing() -> None:
    vectors = drawn(20, 48)
    vectors[7] = 0
    zero = np.zeros(48, np.float32)
    for row in (0, 19):
        scores = centred_cosines(vectors, vectors[row].astype(np.float32), zero)
        assert scores[row] == pytest.approx(1, abs=1e-6)
        assert scores[7] == 0
    assert np.array_equal(centred_cosines(vectors, zero, zero), np.zeros(20))


def test_scores_stay_cosines_for_vectors_very_near_the_centre() -> None:
    centre = drawn(1, 48)[0].astype(np.float32)
    near = (centre + np.random.default_rng(0).standard_normal((50, 48)) * 1e-3).astype(np.float16)
    found = centred_cosines(near, centre + 1, centre)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1


def test_the_best_come_first_and_equals_by_label() -> None:
    scores = np.array([0.5, 0.9, 0.5, -1, 0.9, 0.5], np.float32)
    labels = np.array([60, 50, 40, 30, 20, 10])
    assert labels[best(scores, labels, 6)].tolist() == [20, 50, 10, 40, 60, 30]
    assert labels[best(scores, labels, 2)].tolist() == [20, 50]
    assert len(best(scores, labels, 100)) == 6
    assert len(best(scores, labels, 0)) == 0
    assert len(best(scores[:0], labels[:0], 5)) == 0


def test_what_has_no_score_comes_last() -> None:
    scores = np.array([np.nan, 0.1, np.nan, -0.5], np.float32)
    labels = np.arange(4)
    assert best(scores, labels, 4).tolist()[:2] == [1, 3]
    assert best(scores, labels, 2).tolist() == [1, 3]


def test_unit_length() -> None:
    rows = unit(np.array([[3, 4], [0, 0], [1e-3, 0]], np.float32))
    assert np.allclose(rows, [[0.6, 0.8], [0, 0], [1, 0]])
