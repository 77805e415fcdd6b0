"""What answers to a patch: all patches together are the whole likeness."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lookalike.vision.answering import answers
from lookalike.vision.descriptors import LinearDescriptor, RootDescriptor
from lookalike.vision.evidence import Comparison
from lookalike.vision.looks import LinearLook, PartLook, RootLook

SIDE, CHANNELS = 28, 6


def look(kind: str, chance: np.random.Generator, weighted: bool) -> PartLook:
    weights = None
    if weighted:
        weights = chance.random((SIDE, SIDE)).astype(np.float32)
        weights /= weights.sum()
    planes = np.maximum(chance.normal(0.3, 1, (CHANNELS, SIDE, SIDE)), 0).astype(np.float32)
    if kind == "meaning":
        projection = np.random.default_rng(7).normal(size=(CHANNELS, 5)).astype(np.float32)
        descriptor = LinearDescriptor(np.full(CHANNELS, 0.2, np.float32), projection)
        return LinearLook(planes, descriptor, weights)
    if kind == "colour":
        picture = chance.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        picture = picture.repeat(8, axis=0).repeat(8, axis=1)
        return RootLook(picture, RootDescriptor("colour", 30), weights)
    return RootLook(planes, RootDescriptor("block", 12), weights)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["meaning", "texture", "colour"])
def test_all_patches_together_are_the_cosine(kind: str, weighted: bool) -> None:
    chance = np.random.default_rng(3)
    first, second = look(kind, chance, weighted), look(kind, chance, weighted)
    centre = chance.normal(0, 0.1, len(first.vector)).astype(np.float32)
    by = Comparison(kind, 1.0, centre)
    step = SIDE if kind == "meaning" else 14
    middles = (np.arange(step) + 0.5) / step
    total = sum(
        answers(first, second, by, (row, column)).sum()
        for row, column in itertools.product(middles, middles)
    )
    cosine = float(by.direction(first)[0] @ by.direction(second)[0])
    assert total == pytest.approx(cosine, abs=2e-3)


@pytest.mark.parametrize("kind", ["meaning", "texture", "colour"])
@pytest.mark.parametrize("at", [(0.0, 0.0), (1.0, 1.0), (0.5, 0.999)])
def test_the_edges_have_patches_too(kind: str, at: tuple[float, float]) -> None:
    chance = np.random.default_rng(5)
    first, second = look(kind, chance, False), look(kind, chance, False)
    by = Comparison(kind, 1.0, np.zeros(len(first.vector), np.float32))
    assert np.isfinite(answers(first, second, by, at)).all()
