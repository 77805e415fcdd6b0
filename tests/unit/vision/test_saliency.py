"""Saliency of the default network: places, parts, rules, and the saturation trap."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.errors import NetworkError
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.saliency import Saliency, SaliencyMap


@pytest.fixture(scope="module")
def saliency() -> Saliency:
    return Saliency(NetworkPack.load(default_pack()), threads=2)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    chance = np.random.default_rng(6)
    coarse = chance.integers(0, 256, (8, 12, 3), dtype=np.uint8)
    return coarse.repeat(16, axis=0).repeat(16, axis=1)


def test_filters_are_listed_by_strength(saliency: Saliency, picture: np.ndarray) -> None:
    found = saliency.filters(picture, "block-05")
    assert len(found) == 80
    assert [each.activation for each in found] == sorted(
        (each.activation for each in found), reverse=True
    )
    assert {each.filter for each in found} == set(range(80))


def test_the_part_is_the_receptive_field(saliency: Saliency, picture: np.ndarray) -> None:
    found = saliency.map(picture, "block-00", 3, place=(0, 95))
    x, y, w, h = found.part
    assert (y, x + w) == (0, 192)
    assert w < 20
    assert h < 20
    seen = saliency.pack.tap("block-00").field
    assert seen.stride == (2, 2)


def test_a_saturated_neuron_still_has_a_picture(saliency: Saliency, picture: np.ndarray) -> None:
    """At the clip of a ReLU6 the exact derivative is zero: the value before it is looked at."""
    strongest = saliency.filters(picture, "stem")[0]
    assert strongest.activation > 6
    found = saliency.map(picture, "stem", strongest.filter, "gradient")
    assert found.positive.max() > 0


def test_only_positive_influence_passes_the_guided_rules(
    saliency: Saliency, picture: np.ndarray
) -> None:
    maps = {
        rule: saliency.map(picture, "block-10", 5, rule)  # type: ignore[arg-type]
        for rule in ("gradient", "guided", "deconvnet")
    }
    assert len({each.place for each in maps.values()}) == 1
    assert not np.allclose(maps["gradient"].saliency, maps["guided"].saliency)
    assert not np.allclose(maps["deconvnet"].saliency, maps["guided"].saliency)


def test_a_weighting_of_all_places_adds_up(saliency: Saliency, picture: np.ndarray) -> None:
    """The gradient is linear in its seed."""
    shape = (40, 16, 24)
    one, other = np.random.default_rng(0).standard_normal((2, *shape)).astype("f")
    parts = [saliency.weighted(picture, "block-03", each, "gradient") for each in (one, other)]
    both = saliency.weighted(picture, "block-03", one + other, "gradient")
    np.testing.assert_allclose(both, parts[0] + parts[1], atol=1e-4 * np.abs(both).max())


def test_a_chosen_place_and_the_strongest_agree(saliency: Saliency, picture: np.ndarray) -> None:
    strongest = saliency.map(picture, "block-07", 11)
    chosen = saliency.map(picture, "block-07", 11, place=strongest.place)
    np.testing.assert_allclose(strongest.saliency, chosen.saliency)
    assert strongest.activation == chosen.activation
    rows, columns = picture.shape[0] / 16, picture.shape[1] / 16
    at = (strongest.place[1] + 0.5) / columns, (strongest.place[0] + 0.5) / rows
    pointed = saliency.map(picture, "block-07", 11, at=at)
    assert pointed.place == strongest.place
    np.testing.assert_allclose(strongest.saliency, pointed.saliency)
    assert saliency.map(picture, "block-07", 11, at=(2.0, -1.0)).place == (0, columns - 1)


@pytest.mark.parametrize(
    ("tap", "index", "rule", "place", "pattern"),
    [
        ("nowhere", 0, "guided", None, "no layer nowhere"),
        ("stem", 32, "guided", None, "filters 0 to 31"),
        ("stem", -1, "guided", None, "filters 0 to 31"),
        ("stem", 0, "magic", None, "no rule magic"),
        ("stem", 0, "guided", (64, 0), "64 x 96 places"),
    ],
)
def test_what_cannot_be_asked(
    saliency: Saliency,
    picture: np.ndarray,
    tap: str,
    index: int,
    rule: str,
    place: tuple[int, int] | None,
    pattern: str,
) -> None:
    with pytest.raises(NetworkError, match=pattern):
        saliency.map(picture, tap, index, rule, place)  # type: ignore[arg-type]


def test_odd_sizes_are_refused(saliency: Saliency) -> None:
    with pytest.raises(NetworkError, match="multiples of 32"):
        saliency.map(np.zeros((100, 128, 3), np.uint8), "stem", 0)


def test_few_sessions_stay_open(saliency: Saliency, picture: np.ndarray) -> None:
    for tap in ("stem", "block-00", "block-01", "block-02"):
        saliency.map(picture, tap, 0)
    assert [tap for tap, _ in saliency._open] == ["block-00", "block-01", "block-02"]


def test_large_networks_keep_fewer_sessions(
    picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the bytes of their graphs; the one that is asked is always there."""
    monkeypatch.setattr("lookalike.vision.saliency._BYTES", 1_000_000)
    monkeypatch.setattr("lookalike.vision.saliency._SMALL", 0)
    saliency = Saliency(NetworkPack.load(default_pack()), threads=1)
    for tap in ("stem", "block-00", "last", "stem"):
        saliency.map(picture, tap, 0)
        assert tap in {name for name, _ in saliency._open}
        assert sum(each.size for each in saliency._open.values()) < 1_000_000 or tap == "last"
    assert saliency._read is None


def test_a_picture_at_another_size(saliency: Saliency, picture: np.ndarray) -> None:
    found = saliency.map(picture, "block-02", 3)
    half = found.fitted(96, 64)
    assert half.saliency.shape == (64, 96, 3)
    assert half.saliency.dtype == np.float32
    x, y, w, h = half.part
    assert x <= found.part[0] / 2 < found.part[0] / 2 + found.part[2] / 2 <= x + w <= 96
    assert y <= found.part[1] / 2 < found.part[1] / 2 + found.part[3] / 2 <= y + h <= 64
    whole = np.s_[2 * y : 2 * (y + h), 2 * x : 2 * (x + w)]
    np.testing.assert_allclose(
        half.saliency[y : y + h, x : x + w].sum() * 4, found.saliency[whole].sum(), rtol=1e-3
    )
    assert found.fitted(192, 128) is found


def test_a_map_of_nothing() -> None:
    nothing = SaliencyMap("t", 0, "guided", np.zeros((2, 2, 3), "f"), -1.0, (0, 0), (0, 0, 2, 2))
    assert not nothing.positive.any()
    assert not nothing.negative.any()
    assert not nothing.fires
