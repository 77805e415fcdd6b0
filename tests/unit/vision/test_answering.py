"""What answers to a place: all places together are the whole likeness, whatever is compared."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lookalike.vision.answering import Answering
from lookalike.vision.descriptors import LinearDescriptor, RootDescriptor
from lookalike.vision.evidence import Comparison, likeness, pairs_between, sign_of
from lookalike.vision.looks import LinearLook, PartLook, RootLook, Sight

SIDE, CHANNELS = 28, 6
KINDS = ("meaning", "texture", "colour")


def look(kind: str, chance: np.random.Generator, weighted: bool, side: int = SIDE) -> PartLook:
    weights = None
    if weighted:
        weights = chance.random((side, side)).astype(np.float32)
        weights /= weights.sum()
    planes = np.maximum(chance.normal(0.3, 1, (CHANNELS, side, side)), 0).astype(np.float32)
    if kind == "meaning":
        projection = np.random.default_rng(7).normal(size=(CHANNELS, 5)).astype(np.float32)
        descriptor = LinearDescriptor(np.full(CHANNELS, 0.2, np.float32), projection)
        return LinearLook(planes, descriptor, weights)
    if kind == "colour":
        picture = chance.integers(0, 256, (side, side, 3), dtype=np.uint8)
        picture = picture.repeat(8, axis=0).repeat(8, axis=1)
        return RootLook(picture, RootDescriptor("colour", 30), (SIDE, SIDE), weights)
    return RootLook(planes, RootDescriptor("block", 12), (SIDE, SIDE), weights)


def compared(
    kinds: tuple[str, ...], weighted: bool, sign: int = 1, side: int = SIDE
) -> tuple[Sight, Sight, list[Comparison]]:
    chance = np.random.default_rng(3)
    first, second = (
        Sight(
            {
                kind: look(kind, chance, weighted, SIDE if kind == "meaning" else side)
                for kind in kinds
            }
        )
        for _ in range(2)
    )
    parts = []
    for place, kind in enumerate(kinds):
        centre = chance.normal(0, 0.1, len(first.parts[kind].vector)).astype(np.float32)
        parts.append(Comparison(kind, sign * (0.2 + 0.3 * place), centre))
    return first, second, parts


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kinds", [(kind,) for kind in KINDS] + [KINDS])
def test_all_places_together_are_the_likeness(kinds: tuple[str, ...], weighted: bool) -> None:
    for sign in (1, -1):
        first, second, parts = compared(kinds, weighted, sign)
        answering = Answering(pairs_between(first, second, parts), sign_of(parts))
        middles = (np.arange(SIDE) + 0.5) / SIDE
        total = sum(
            float(ask(row, column, (30, 20)).sum(dtype=np.float64)) / 2
            for row, column in itertools.product(middles, middles)
            for ask in (answering.in_result, answering.in_goal)
        )
        assert total == pytest.approx(likeness(first, second, parts), abs=1e-4)


@pytest.mark.parametrize("side", [9, 14, 33, 100])
def test_maps_of_any_size_are_shared_out_to_the_same_places(side: int) -> None:
    """Finer maps, coarser ones, and such as do not divide evenly."""
    first, second, parts = compared(KINDS, True, side=side)
    assert first.size == (SIDE, SIDE)
    for each in first.parts.values():
        zero = np.zeros(len(each.vector), np.float32)
        assert each.shares(zero).sum(axis=0) == pytest.approx(each.vector, abs=1e-6)
    pairs = pairs_between(first, second, parts)
    assert pairs.score == pytest.approx(likeness(first, second, parts), abs=1e-6)


def test_what_does_not_count_gives_nothing() -> None:
    """Not even its part of what all photos have in common."""
    chance = np.random.default_rng(5)
    weights = np.zeros((SIDE, SIDE), np.float32)
    weights[:, : SIDE // 2] = 2 / SIDE**2
    for kind in KINDS:
        part = look(kind, chance, False)
        object.__setattr__(part, "weights", weights)
        centre = chance.normal(0, 0.1, len(part.vector)).astype(np.float32)
        shares = part.shares(centre).reshape(SIDE, SIDE, -1)
        assert np.abs(shares[:, SIDE // 2 + 1 :]).max() < 1e-6
        assert np.abs(shares[:, : SIDE // 2]).max() > 1e-3


@pytest.mark.parametrize("at", [(0.0, 0.0), (1.0, 1.0), (0.5, 0.999)])
def test_the_edges_have_places_too(at: tuple[float, float]) -> None:
    first, second, parts = compared(KINDS, False)
    answering = Answering(pairs_between(first, second, parts))
    assert np.isfinite(answering.in_result(*at, (40, 40))).all()
    assert np.isfinite(answering.in_goal(*at, (40, 40))).all()
