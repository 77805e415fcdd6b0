"""Where likeness ends: by the strangers of one query, and at a clear step."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.likeness import likeness_cut, likeness_end


def strangers(middle: float, spread: float, count: int = 2000) -> np.ndarray:
    return np.random.default_rng(0).normal(middle, spread, count).astype(np.float32)


def test_the_cut_follows_what_strangers_get() -> None:
    best = np.linspace(0.9, 0.0, 90, dtype=np.float32)
    low, high = (likeness_cut(best, strangers(middle, 0.05), 10_000) for middle in (0.0, 0.4))
    assert high - low == pytest.approx(0.4, abs=0.03)
    narrow, wide = (likeness_cut(best, strangers(0, spread), 10_000) for spread in (0.03, 0.1))
    assert wide > 2 * narrow


def test_hardly_a_stranger_is_alike_however_many_there_are() -> None:
    for size in (1000, 100_000):
        scores = np.random.default_rng(1).normal(0, 0.1, size).astype(np.float32)
        cut = likeness_cut(np.sort(scores)[-200:], scores[:2000], size)
        assert (scores >= cut).sum() <= 12


def test_a_large_class_does_not_end_with_its_first_few() -> None:
    """Their scores overlap with the strangers' best: a strict border alone would halve them."""
    chance = np.random.default_rng(2)
    others = chance.normal(0, 0.1, 5000).astype(np.float32)
    alike = chance.normal(0.37, 0.05, 250).astype(np.float32)
    scores = np.sort(np.concatenate([others, alike]))[-512:]
    cut = likeness_cut(scores, others[:2000], 5250)
    few = likeness_cut(np.sort(np.concatenate([others, alike[:5]]))[-512:], others[:2000], 5005)
    assert (alike >= cut).mean() > 0.7 > (alike >= few).mean() + 0.1
    assert (others >= cut).sum() <= 0.2 * (scores >= cut).sum()


def test_photos_that_are_alike_do_not_move_the_border() -> None:
    crowd = np.concatenate([strangers(0, 0.1), np.full(200, 0.8, np.float32)])
    best = np.linspace(0.8, 0.2, 61, dtype=np.float32)
    assert likeness_cut(best, crowd, 10_000) == pytest.approx(
        likeness_cut(best, strangers(0, 0.1), 10_000), abs=0.06
    )


def test_a_clear_step_ends_likeness() -> None:
    best = np.array([0.92, 0.9, 0.88, 0.55, 0.54, 0.53, 0.52], np.float32)
    cut = likeness_cut(best, strangers(0, 0.1), 1000)
    assert 0.55 < cut <= 0.88


def test_the_end_is_where_the_order_agrees_best_with_the_cut() -> None:
    scores = np.array([0.9, 0.8, 0.3, 0.7, 0.2, 0.1, 0.6], np.float32)
    assert likeness_end(scores, 0.5) == 2
    assert likeness_end(scores[[0, 1, 2, 3, 6]], 0.5) == 5
    assert likeness_end(scores, 0.95) == 0
    assert likeness_end(scores, 0.0) == 7
    assert likeness_end(scores[:0], 0.5) == 0


def test_a_library_of_one_or_none_has_an_end_too() -> None:
    one = np.array([0.9], np.float32)
    assert 0 < likeness_cut(one, one, 1) < 1
    assert 0 < likeness_cut(one[:0], one[:0], 0) < 1
