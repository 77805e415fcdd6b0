"""Where likeness ends: by the strangers of one query, and by the best of its answer."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.likeness import Likeness, likeness_of

COPY = 0.97


def strangers(middle: float, spread: float, count: int = 2000) -> np.ndarray:
    return np.random.default_rng(0).normal(middle, spread, count).astype(np.float32)


def scores(*each: float) -> np.ndarray:
    return np.array(each, np.float32)


def test_the_scale_follows_what_strangers_get() -> None:
    best = scores(0.5, 0.4, 0.3)
    low, high = (likeness_of(best, strangers(middle, 0.05), 10_000, COPY) for middle in (0, 0.4))
    assert high.middle - low.middle == pytest.approx(0.4, abs=0.03)
    assert low.some
    assert not high.some
    assert not likeness_of(best, strangers(0, 0.2), 10_000, COPY).some


def test_where_nothing_is_like_the_goal_nothing_is_alike() -> None:
    ends = []
    for seed in range(20):
        for size in (1000, 100_000):
            drawn = np.random.default_rng(seed).normal(0, 0.1, size).astype(np.float32)
            best = -np.sort(-drawn)[:200]
            ends.append(likeness_of(best, drawn[:2000], size, COPY).end(best))
    assert np.mean(np.array(ends) > 0) <= 0.3
    assert np.median(ends) == 0


def test_a_large_class_does_not_end_with_its_first_few() -> None:
    chance = np.random.default_rng(2)
    others = chance.normal(0, 0.1, 5000).astype(np.float32)
    alike = chance.normal(0.6, 0.03, 250).astype(np.float32)
    both = -np.sort(-np.concatenate([others, alike]))[:512]
    end = likeness_of(both, others[:2000], 5250, COPY).end(both)
    assert 200 <= end <= 250


def test_photos_that_are_alike_do_not_move_the_strangers() -> None:
    crowd = np.concatenate([strangers(0, 0.1), np.full(200, 0.8, np.float32)])
    best = np.linspace(0.8, 0.2, 61, dtype=np.float32)
    moved = likeness_of(best, crowd, 10_000, COPY)
    still = likeness_of(best, strangers(0, 0.1), 10_000, COPY)
    assert moved.middle == pytest.approx(still.middle, abs=0.03)


def test_the_end_is_a_share_of_the_way_up_to_the_best() -> None:
    scale = Likeness(0.1, COPY, some=True)
    assert scale.end(scores(0.9, 0.9, 0.9, 0.8, 0.75, 0.7, 0.2)) == 5
    assert scale.end(scores(0.5, 0.5, 0.5, 0.45, 0.4, 0.3)) == 4
    assert scale.end(scores(0.05, 0.01)) == 0
    assert scale.end(scores()) == 0


def test_copies_are_alike_and_say_nothing_about_the_others() -> None:
    for some, ends in ((True, 5), (False, 3)):
        scale = Likeness(0.0, COPY, some)
        assert scale.end(scores(np.inf, 1.0, 0.98, 0.5, 0.49, 0.2)) == ends
    # A copy alone does not make anything else alike.
    assert not likeness_of(scores(1.0, 0.1), strangers(0, 0.1), 1000, COPY).some


def test_a_library_of_one_or_none_has_an_end_too() -> None:
    one = scores(0.9)
    assert likeness_of(one, one, 1, COPY).end(one) == 1
    assert likeness_of(one[:0], one[:0], 0, COPY).end(one[:0]) == 0
