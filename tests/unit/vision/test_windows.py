"""Windows of a photo: their means by summed areas are those of adding up, and they reach all."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.vision.windows import as_region, frames, window_means


@pytest.mark.parametrize("shape", [(14, 14), (9, 14), (1, 1), (2, 20)])
def test_means_are_those_of_the_places(shape: tuple[int, int]) -> None:
    places = np.random.default_rng(0).standard_normal((*shape, 6)).astype(np.float32)
    means = window_means(places)
    found = frames(*shape)
    assert found[0] == (0, 0, *shape)
    assert len(means) == len(found) == len(set(found))
    for mean, (top, left, bottom, right) in zip(means, found, strict=True):
        assert 0 <= top < bottom <= shape[0]
        assert 0 <= left < right <= shape[1]
        wanted = places[top:bottom, left:right].mean(axis=(0, 1))
        assert mean == pytest.approx(wanted, abs=1e-4)


def test_an_object_anywhere_has_a_window_of_its_own() -> None:
    chance = np.random.default_rng(1)
    regions = [as_region(frame, 14, 14) for frame in frames(14, 14)]
    for _ in range(100):
        side = chance.uniform(0.35, 0.5)
        x, y = chance.uniform(0, 1 - side, 2)

        def overlap(region, x=x, y=y, side=side) -> float:
            left, top, across, down = region
            wide = min(left + across, x + side) - max(left, x)
            high = min(top + down, y + side) - max(top, y)
            inside = max(wide, 0) * max(high, 0)
            return inside / (side * side + across * down - inside)

        assert max(map(overlap, regions)) > 0.5
