"""Near pairs against brute force, links that stay bounded, groups that do not chain."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search import near_pairs as pairs_module
from lookalike.search.duplicates import Links, stars
from lookalike.search.exact import unit
from lookalike.search.kinship import tells
from lookalike.search.near_pairs import heads_of, near_hashes, near_pairs


def clustered(count: int, dim: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((count // 12, dim)) * np.arange(1, dim + 1) ** -0.5
    noise = chance.standard_normal((count, dim)) * np.arange(1, dim + 1) ** -0.5
    return (centres[chance.integers(0, len(centres), count)] + 0.5 * noise).astype(np.float32)


@pytest.mark.parametrize(("dim", "least"), [(160, 0.5), (160, 0.9), (24, 0.7)])
def test_near_pairs_are_those_of_comparing_all(monkeypatch, dim: int, least: float) -> None:
    monkeypatch.setattr(pairs_module, "BLOCK", 150)  # several blocks, the last one not full
    monkeypatch.setattr(pairs_module, "_DENSE", 400)  # both ways of comparing in full
    vectors = clustered(700, dim, seed=dim)
    centre = vectors.mean(axis=0)
    labels = np.arange(700) * 3 + 5
    heads = heads_of(lambda: [(labels[:300], vectors[:300]), (labels[300:], vectors[300:])], centre)
    found = {}
    blocks = 0
    for first, second, likeness in near_pairs(
        heads, lambda wanted: vectors[(wanted - 5) // 3], centre, least
    ):
        blocks += 1
        found |= {
            (int(one), int(other)): float(value)
            for one, other, value in zip(first, second, likeness, strict=True)
        }
    apart = unit(vectors - centre)
    cosines = apart @ apart.T
    wanted = {(i, j) for i, j in np.argwhere(cosines >= least).tolist() if i < j}
    assert len(wanted) > 20
    assert set(found) == wanted
    assert all(abs(value - cosines[pair]) < 1e-4 for pair, value in found.items())
    assert blocks == heads.blocks


def test_a_window_compares_each_with_those_before_its_end_alone(monkeypatch) -> None:
    monkeypatch.setattr(pairs_module, "BLOCK", 64)
    monkeypatch.setattr(pairs_module, "_TILE", 48)
    vectors = clustered(500, 80, seed=1)
    centre = vectors.mean(axis=0)
    heads = heads_of(lambda: [(np.arange(500), vectors)], centre)
    order = np.random.default_rng(0).permutation(500)
    ends = np.minimum(np.sort(np.random.default_rng(1).integers(0, 90, 500)) + np.arange(500), 500)
    found = {
        pair
        for first, second, _ in near_pairs(
            heads.taken(order), lambda wanted: vectors[wanted], centre, 0.6, ends
        )
        for pair in zip(first.tolist(), second.tolist(), strict=True)
    }
    apart = unit(vectors - centre)[order]
    near = np.argwhere(apart @ apart.T >= 0.6).tolist()
    wanted = {(i, j) for i, j in near if i < j < ends[i]}
    assert len(wanted) > 20
    assert found == wanted

    def odd(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return (first + second) % 2 == 1

    some = {
        pair
        for first, second, _ in near_pairs(
            heads.taken(order), lambda wanted: vectors[wanted], centre, 0.6, ends, odd
        )
        for pair in zip(first.tolist(), second.tolist(), strict=True)
    }
    assert some == {(i, j) for i, j in wanted if (i + j) % 2 == 1}


def test_near_hashes_are_those_of_comparing_all(monkeypatch) -> None:
    monkeypatch.setattr(pairs_module, "BLOCK", 150)
    chance = np.random.default_rng(0)
    hashes = chance.integers(0, 2**63, 700).astype(np.uint64)
    hashes[300:600] = hashes[:300] ^ (np.uint64(1) << chance.integers(0, 60, 300).astype(np.uint64))
    hashes[600:650] = 3  # they tell nothing
    found = [
        pair
        for first, second in near_hashes(hashes, 12)
        for pair in zip(first.tolist(), second.tolist(), strict=True)
    ]
    bits = np.bitwise_count(hashes[:, np.newaxis] ^ hashes)
    telling = tells(hashes)
    wanted = {
        (i, j) for i, j in np.argwhere(bits <= 12).tolist() if i < j and telling[i] and telling[j]
    }
    assert len(wanted) >= 300
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert list(near_hashes(hashes[:0], 12)) == []


def test_no_photos_have_no_pairs() -> None:
    heads = heads_of(list, np.zeros(4, np.float32))
    assert list(near_pairs(heads, lambda _: np.empty((0, 4), np.float32), np.zeros(4), 0.5)) == []
    assert heads.blocks == 0


def test_links_keep_the_strongest_of_each_photo_in_bounded_memory() -> None:
    count, most = 3000, 10
    links = Links(count, most)
    chance = np.random.default_rng(0)
    strengths = {}
    for _ in range(60):
        first, second = np.sort(chance.integers(0, count, (2, 60_000)), axis=0)
        kept = first < second
        strength = chance.random(60_000).astype(np.float32)
        links.add(first[kept], second[kept], strength[kept])
        assert len(links) <= 1_100_000
        for one, other, value in zip(first[kept], second[kept], strength[kept], strict=True):
            if one == 7 or other == 7:
                strengths[int(other if one == 7 else one), float(value)] = float(value)
    best = sorted(strengths, key=lambda key: -key[1])[:most]
    found = links.neighbours().of(7)
    assert found[:most] == [place for place, _ in best]


def test_a_chain_of_likenesses_is_no_group() -> None:
    links = Links(4000, 64)
    chain = np.arange(3999)
    links.add(chain, chain + 1, np.full(3999, 0.9, np.float32))
    neighbours = links.neighbours()
    for depth in (1, 2):
        groups = list(stars(range(4000), neighbours, lambda _, others: others, depth))
        assert max(len(group) for group in groups) <= 2 * depth + 1
        assert len({place for group in groups for place in group}) == sum(map(len, groups))


def test_what_does_not_belong_stays_free_for_another_group() -> None:
    links = Links(4, 8)
    links.add(np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3, np.float32))
    apart = {(0, 1), (1, 0)}

    def belongs(one: int, others: list[int]) -> list[int]:
        return [other for other in others if (one, other) not in apart]

    assert list(stars([0, 1, 2, 3], links.neighbours(), belongs)) == [[1, 2]]
