"""Top lists against sorting everything; copies count once; photos that go are dropped."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.top_lists import KEPT, TopLists, empty_lists


def hashes_of(count: int, seed: int = 0) -> np.ndarray:
    """Hashes with 32 bits of either kind, far from each other."""
    chance = np.random.default_rng(seed)
    bits = np.array([chance.permutation([0, 1] * 32) for _ in range(count)], np.uint64)
    return (bits << np.arange(64, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)


def places_of(labels: np.ndarray, filters: int) -> np.ndarray:
    """A place that tells which content it is of."""
    both = np.stack([labels % 9, labels // 9 % 9], axis=1)
    return np.repeat(both[:, None, :], filters, axis=1).astype(np.uint8)


@pytest.mark.parametrize("together", [1, 7, 64, 200])
def test_the_lists_are_what_sorting_everything_gives(together: int) -> None:
    chance = np.random.default_rng(1)
    values = chance.standard_normal((200, 40)).astype(np.float32)
    labels, hashes = np.arange(1, 201), hashes_of(200)
    lists = TopLists(empty_lists(40))
    for start in range(0, 200, together):
        part = slice(start, start + together)
        places = places_of(labels[part], 40)
        changed = lists.merge(labels[part], hashes[part], values[part], places)
        assert set(changed) <= set(range(40))
    order = np.argsort(-values, axis=0)[:KEPT].T
    assert np.array_equal(lists.lists["content"], labels[order])
    assert np.array_equal(lists.lists["value"], np.take_along_axis(values.T, order, axis=1))
    assert np.array_equal(lists.lists["row"], labels[order] % 9)
    assert np.array_equal(lists.lists["column"], labels[order] // 9 % 9)


def test_what_is_merged_again_changes_nothing() -> None:
    values = np.random.default_rng(2).standard_normal((30, 5)).astype(np.float32)
    labels, hashes = np.arange(1, 31), hashes_of(30)
    lists = TopLists(empty_lists(5))
    lists.merge(labels, hashes, values, places_of(labels, 5))
    before = lists.lists.copy()
    assert len(lists.merge(labels, hashes, values, places_of(labels, 5))) == 0
    assert np.array_equal(lists.lists, before)


@pytest.mark.parametrize("together", [1, 40])
def test_copies_of_a_picture_take_one_place(together: int) -> None:
    """Forty copies, a bit apart, with the largest values of all, come one by one or at once."""
    others = hashes_of(20)
    copies = np.repeat(hashes_of(1, seed=9), 40) ^ (1 << np.arange(40, dtype=np.uint64) % 6)
    hashes = np.concatenate([copies, others])
    labels = np.arange(1, 61)
    values = np.concatenate([np.linspace(50, 60, 40), np.linspace(1, 5, 20)])
    values = values.astype(np.float32)[:, None]
    lists = TopLists(empty_lists(1))
    for start in range(0, 60, together):
        part = slice(start, start + together)
        lists.merge(labels[part], hashes[part], values[part], places_of(labels[part], 1))
    found = lists.lists["content"][0]
    assert found[0] == 40
    assert set(found[1:]) <= set(range(41, 61))
    assert np.isfinite(lists.lists["value"]).all()


def test_flat_pictures_are_one_only_where_they_excite_alike() -> None:
    labels, hashes = np.array([1, 2, 3]), np.zeros(3, np.uint64)
    values = np.array([[5.0], [5.01], [3.0]], np.float32)
    lists = TopLists(empty_lists(1))
    lists.merge(labels, hashes, values, places_of(labels, 1))
    assert lists.lists["content"][0][:3].tolist() == [2, 3, 0]


def test_numbers_that_are_not_finite_enter_no_list() -> None:
    labels = np.array([1, 2, 3])
    values = np.array([[np.nan], [np.inf], [1.0]], np.float32)
    lists = TopLists(empty_lists(1))
    lists.merge(labels, hashes_of(3), values, places_of(labels, 1))
    assert lists.lists["content"][0][:2].tolist() == [3, 0]


def test_dropped_contents_leave_the_rest_in_order() -> None:
    values = np.arange(20, dtype=np.float32)[:, None].repeat(3, axis=1)
    labels = np.arange(1, 21)
    lists = TopLists(empty_lists(3))
    lists.merge(labels, hashes_of(20), values, places_of(labels, 3))
    assert lists.drop([20, 18, 3]).tolist() == [0, 1, 2]
    assert lists.lists["content"][0].tolist() == [19, 17, *range(16, 4, -1), 0, 0]
    assert lists.drop([3]).tolist() == []
