"""Near pairs against brute force, links that stay bounded, groups that do not chain."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search import duplicates
from lookalike.search.duplicates import Links, heads_of, near_pairs, stars
from lookalike.search.exact import unit


def clustered(count: int, dim: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((count // 12, dim)) * np.arange(1, dim + 1) ** -0.5
    noise = chance.standard_normal((count, dim)) * np.arange(1, dim + 1) ** -0.5
    return (centres[chance.integers(0, len(centres), count)] + 0.5 * noise).astype(np.float32)


@pytest.mark.parametrize(("dim", "least"), [(160, 0.5), (160, 0.9), (24, 0.7)])
def test_near_pairs_are_those_of_comparing_all(monkeypatch, dim: int, least: float) -> None:
    monkeypatch.setattr(duplicates, "BLOCK", 150)  # several blocks, the last one not full
    monkeypatch.setattr(duplicates, "_DENSE", 400)  # both ways of comparing in full
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
