"""Watching a network's filters in the pass that embeds: the same numbers, for any network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.vision.encoder import Encoder
from lookalike.vision.filters import BINS, FilterLayout
from lookalike.vision.network.adding import add_network
from lookalike.vision.network.field import ReceptiveField
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.session import TOGETHER
from lookalike.vision.saliency import Saliency
from tests.drawn_photos import draw
from tests.unit.vision.network.architectures import hardswish_net, light, silu_net


def pictures(size: int) -> np.ndarray:
    drawn = [draw(kind, 3, (size, size)) for kind in ("discs", "leaves", "bricks")]
    return np.stack([np.asarray(each) for each in drawn])


def check(encoder: Encoder, places: bool) -> None:
    """The watched pass has the vectors of the plain one, and the peaks that saliency finds."""
    batch = pictures(encoder.size)
    watch, layout = encoder.watch(), FilterLayout(encoder.pack)
    encoded, plain = encoder.describe(batch, watch), encoder.describe(batch)
    for name, vectors in plain.vectors.items():
        np.testing.assert_allclose(encoded.vectors[name], vectors, rtol=1e-3, atol=1e-3)
    assert encoded.peaks is not None
    values, bins = encoded.peaks.values, encoded.peaks.bins
    assert values.shape == (3, layout.count)
    assert bins.max() < BINS
    saliency = Saliency(encoder.pack, threads=2)
    for tap in encoder.pack.taps[:: max(1, len(encoder.pack.taps) // 3)]:
        for index, picture in enumerate(batch):
            for each in saliency.filters(picture, tap.name)[:8]:
                number = layout.number(tap, each.filter)
                scale = max(abs(each.activation), 1e-3)
                assert values[index, number] == pytest.approx(each.activation, abs=2e-3 * scale)
                expected = [place // layout.kernel(tap) for place in each.place]
                if places:
                    assert bins[index, number].tolist() == expected


def test_the_default_network_is_watched_exactly() -> None:
    check(Encoder(NetworkPack.load(default_pack()), threads=2), places=True)


@pytest.mark.parametrize("name", ["alexnet", "squeezenet", "silu", "hardswish"])
def test_networks_that_people_add_are_watched_too(name: str, tmp_path: Path) -> None:
    import onnx

    made = {"silu": silu_net, "hardswish": hardswish_net}
    model = made[name]() if name in made else light(name)
    onnx.save(model, str(tmp_path / f"{name}.onnx"))
    added = add_network(tmp_path / f"{name}.onnx", tmp_path / "packs", name, None, None, "")
    check(Encoder(added.pack, threads=2), places=False)


def test_what_is_below_the_floor_needs_no_bin() -> None:
    encoder = Encoder(NetworkPack.load(default_pack()), threads=2)
    batch, watch = pictures(encoder.size), encoder.watch()
    whole = watch.run(batch)[1]
    watch.floor = np.full_like(watch.floor, np.inf)
    none = watch.run(batch)[1]
    assert np.array_equal(whole.values, none.values)
    assert whole.bins.any()
    assert not none.bins.any()


def test_a_batch_of_several_passes_is_as_its_pictures_alone() -> None:
    """More pictures than a CPU takes at a time, and not a multiple of them."""
    encoder = Encoder(NetworkPack.load(default_pack()), threads=2)
    batch, watch = np.concatenate([pictures(encoder.size)] * 2)[: TOGETHER + 1], encoder.watch()
    (together, *_), peaks = watch.run(batch)
    assert together.shape[0] == peaks.values.shape[0] == peaks.bins.shape[0] == TOGETHER + 1
    for place in range(len(batch)):
        (alone, *_), alone_peaks = watch.run(batch[place : place + 1])
        assert np.allclose(together[place], alone[0], atol=1e-4 * float(np.abs(alone).max()))
        assert np.allclose(peaks.values[place], alone_peaks.values[0], rtol=1e-3, atol=1e-3)


def test_a_part_is_what_the_places_of_a_bin_see() -> None:
    layout = FilterLayout(NetworkPack.load(default_pack()))
    stem, deep = layout.taps[0], layout.taps[-1]
    assert stem.field is not None
    x, y, width, height = layout.part(stem, stem.field, 2, 5)
    # 16 places of stride 2 and a field of 3 pixels, of 288.
    assert (x * 288, y * 288) == (160, 64)
    assert (width * 288, height * 288) == (33, 33)
    whole = ReceptiveField((851, 851), (32, 32), (-394, -394))
    for row, column in ((0, 0), (4, 4), (8, 8)):
        x, y, width, height = layout.part(deep, whole, row, column)
        assert (width, height) == (0.5, 0.5)
        assert 0 <= x <= 0.5
        assert 0 <= y <= 0.5
