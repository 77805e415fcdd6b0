"""Descriptors: linear where they say so, and the same for ever."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.vision.descriptors import LinearDescriptor
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack


@pytest.fixture
def small() -> LinearDescriptor:
    chance = np.random.default_rng(3)
    mean = chance.standard_normal(12).astype(np.float32)
    return LinearDescriptor(mean, chance.standard_normal((12, 5)).astype(np.float32))


def test_a_linear_descriptor_is_the_projection_of_what_differs_from_the_mean(
    small: LinearDescriptor,
) -> None:
    pooled = np.random.default_rng(4).standard_normal((7, 12)).astype(np.float32)
    expected = (pooled.astype(np.float64) - small.mean) @ small.projection.astype(np.float64)
    assert small.size == 5
    assert np.allclose(small.apply(pooled), expected, atol=1e-5)
    assert np.allclose(small.apply(pooled[0]), expected[0], atol=1e-5)
    assert small.apply(pooled).dtype == np.float32
    assert np.allclose(small.apply(small.mean), 0, atol=1e-6)


def test_a_linear_descriptor_of_a_mean_is_the_mean_of_descriptors(
    small: LinearDescriptor,
) -> None:
    pooled = np.random.default_rng(5).standard_normal((64, 12)).astype(np.float32)
    whole = small.apply(pooled.mean(axis=0))
    assert np.allclose(whole, small.apply(pooled).mean(axis=0), atol=1e-5)


def test_the_meaning_that_comes_with_the_program_keeps_lengths() -> None:
    """Its projection is orthonormal, so that distances between photos are kept."""
    meaning = Encoder(NetworkPack.load(default_pack())).meaning
    products = meaning.projection.T.astype(np.float64) @ meaning.projection
    assert np.allclose(products, np.eye(meaning.size), atol=1e-4)
    assert np.isfinite(meaning.mean).all()


def test_descriptors_are_made_of_the_very_pixels() -> None:
    """One pixel block more or less is seen, and what is the same is the same."""
    encoder = Encoder(NetworkPack.load(default_pack()), threads=1)
    chance = np.random.default_rng(6)
    picture = chance.integers(0, 255, (encoder.size, encoder.size, 3)).astype(np.uint8)
    changed = picture.copy()
    changed[40:80, 40:80] = 0
    rows = encoder.encode(np.stack([picture, changed, picture]))
    for each in rows.values():
        assert np.allclose(each[0], each[2], atol=1e-4 * np.linalg.norm(each[0]))
        assert np.abs(each[0] - each[1]).max() > 1e-3 * np.linalg.norm(each[0])
