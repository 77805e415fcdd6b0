"""Ranking with kin, and the library's metric: what they may and may not change."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.exact import unit
from lookalike.search.kinship import first_of_each, same_picture
from lookalike.search.metric import fitted
from lookalike.search.ranking import in_order, ranked

DIM = 32


def clusters(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around 8 centres, and which centre each has."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((8, DIM)) * 0.6
    of = np.arange(count) % 8
    return unit((centres[of] + chance.standard_normal((count, DIM))).astype(np.float32)), of


def precision(vectors: np.ndarray, of: np.ndarray, smooth: bool) -> float:
    """P@10 over all vectors as goals, each left out of its own answer."""
    hits = 0.0
    for place, vector in enumerate(vectors):
        rest = np.delete(vectors, place, axis=0)
        found = ranked(vector, rest)
        scores = found.smoothed if smooth else found.exact
        hits += (np.delete(of, place)[np.argsort(-scores)[:10]] == of[place]).mean()
    return hits / len(vectors)


def test_kin_lift_what_belongs_together() -> None:
    vectors, of = clusters(240)
    assert precision(vectors, of, smooth=True) > precision(vectors, of, smooth=False) + 0.02


def test_kin_of_kin_lift_each_other_along_a_path() -> None:
    """A street walked along: its end is less like its beginning than strangers are."""
    angles = np.linspace(0, 0.5 * np.pi, 40)
    street = np.zeros((40, 202), np.float32)
    street[:, 0], street[:, 1] = np.cos(angles), np.sin(angles)
    strangers = np.zeros((200, 202), np.float32)
    strangers[:, 0] = 0.12
    strangers[np.arange(200), np.arange(2, 202)] = np.sqrt(1 - 0.12**2)
    found = ranked(street[0], np.concatenate([street[1:], strangers]))
    end, others = slice(36, 39), slice(39, None)
    assert found.exact[end].max() < found.exact[others].min()
    assert found.smoothed[end].min() > found.smoothed[others].max()


def test_the_goal_in_the_library_changes_no_score_of_another() -> None:
    vectors, _ = clusters(200)
    goal = vectors[17]
    without = np.delete(vectors, 17, axis=0)
    copies = np.concatenate([vectors, goal[np.newaxis]])
    expected = ranked(goal, without).smoothed
    assert np.delete(ranked(goal, vectors).smoothed, 17) == pytest.approx(expected, abs=1e-5)
    assert np.delete(ranked(goal, copies).smoothed, [17, 200]) == pytest.approx(expected, abs=1e-5)


def test_copies_come_first_then_the_nearest_then_by_kin() -> None:
    vectors, _ = clusters(200)
    labels = np.arange(200)
    found = ranked(vectors[3], vectors)
    order, scores = in_order(found, 1.0, labels)
    others = np.argsort(-found.exact)
    assert order[0] == 3
    assert order[1] == others[1]
    assert (np.diff(scores) <= 0).all()
    assert sorted(order.tolist()) == labels.tolist()


def test_one_candidate_or_a_goal_of_no_length_is_left_as_it_is() -> None:
    vectors, _ = clusters(16)
    for goal, candidates in ((vectors[0], vectors[:1]), (np.zeros(DIM, np.float32), vectors)):
        found = ranked(goal, candidates)
        assert (found.smoothed == found.exact).all()
        order, _ = in_order(found, float(np.linalg.norm(goal)), np.arange(len(candidates)))
        assert len(order) == len(candidates)


def test_the_metric_draws_in_wide_directions_and_leaves_few_photos_alone() -> None:
    chance = np.random.default_rng(0)
    spread = np.ones(DIM, np.float32)
    spread[0] = 20
    rows = (chance.standard_normal((5000, DIM)) * spread).astype(np.float32)
    columns = fitted(rows, rows.mean(axis=0))
    stretched = (rows - rows.mean(axis=0)) @ columns
    before, after = (np.sort(each.std(axis=0))[::-1] for each in (rows, stretched))
    assert 1.2 < after[0] / after[1] < 0.7 * before[0] / before[1]
    few = fitted(rows[:1], np.zeros(DIM, np.float32))
    one, other = rows[1] @ few, rows[2] @ few
    plain = unit(rows[1]) @ unit(rows[2])
    assert unit(one) @ unit(other) == pytest.approx(float(plain), abs=0.05)
    assert np.isfinite(fitted(rows[:0], np.zeros(DIM, np.float32))).all()


def test_pictures_are_joined_with_the_first_and_never_by_a_chain() -> None:
    told = 0x0F0F0F0F0F0F0F0F
    hashes = np.array([told, told ^ 0b11111, told ^ 0b1111111111, 0x3333333333333333], np.uint64)
    asked: list[int] = []

    def vectors(places: np.ndarray) -> np.ndarray:
        asked.extend(places.tolist())
        return np.tile(unit(np.ones(DIM, np.float32)), (len(places), 1))

    labels, none = np.array([1, 2, 3, 4]), np.zeros(4, bool)
    assert first_of_each(hashes, vectors, labels, none).tolist() == [0, 0, 2, 3]
    assert first_of_each(hashes, vectors, np.array([1, 2, 3, 1]), none).tolist() == [0, 0, 2, 0]
    said = np.array([True, False, True, False])
    assert first_of_each(hashes, vectors, labels, said).tolist() == [0, 0, 0, 3]
    assert first_of_each(hashes[:0], vectors, labels[:0], none[:0]).tolist() == []
    assert asked[:3] == [0, 1, 2]


def test_pictures_are_joined_as_one_by_one_however_many_there_are() -> None:
    chance = np.random.default_rng(3)
    told = chance.integers(0, 2**63, 90, dtype=np.int64).view(np.uint64)
    hashes = told[chance.integers(0, 90, 1300)]
    hashes ^= np.uint64(1) << chance.integers(0, 60, 1300).astype(np.uint64)
    places = unit(chance.standard_normal((1300, 2)).astype(np.float32))
    labels, one = chance.integers(0, 1200, 1300), chance.random(1300) < 0.002
    expected: list[int] = []
    for place in range(1300):
        heads = [head for head, first in enumerate(expected) if first == head]
        cosines = places[heads] @ places[place]
        near = same_picture(hashes[heads], int(hashes[place]), cosines)
        near |= (labels[heads] == labels[place]) | (one[heads] & one[place])
        expected.append(heads[int(np.argmax(near))] if near.any() else place)
    found = first_of_each(hashes, lambda asked: places[asked], labels, one)
    assert found.tolist() == expected
    assert len(set(expected)) < 1200
