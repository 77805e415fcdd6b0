"""The export refuses a graph that drifted; torch is not needed to see it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from models.drift import DriftError, Pictures, check_float, check_int8, run
from models.efficientnet_lite import Array
from models.export import replace_pack, unchanged
from models.pictures import pictures_of
from onnx import numpy_helper

from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.packing import PackDraft
from tests.drawn_photos import save_photos

SIZE = 96


@pytest.fixture(scope="module")
def graphs() -> dict[str, onnx.ModelProto]:
    pack = NetworkPack.load(default_pack())
    return {precision: onnx.load(str(path)) for precision, path in pack.graphs.items()}


def original(pixels: Pictures) -> Array:
    """The committed graph stands for the torch network it was once compared with."""
    return run(onnx.load(str(NetworkPack.load(default_pack()).graphs["float32"])), "last", pixels)


def spoiled(model: onnx.ModelProto, name: str, factor: float) -> onnx.ModelProto:
    """The same graph with one weight multiplied."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    tensor = next(each for each in made.graph.initializer if each.name == name)
    array = numpy_helper.to_array(tensor)
    tensor.CopyFrom(numpy_helper.from_array((array * factor).astype(array.dtype), name))
    return made


def test_a_true_graph_passes(graphs: dict[str, onnx.ModelProto]) -> None:
    assert check_float(graphs["float32"], original) <= 1e-6


@pytest.mark.parametrize(
    ("name", "factor"),
    [("stem.conv.weight", 1.01), ("block-07.project.bias", 1.1), ("head.conv.weight", np.nan)],
)
def test_a_graph_that_drifted_is_refused(
    name: str, factor: float, graphs: dict[str, onnx.ModelProto]
) -> None:
    with pytest.raises(DriftError, match="float32 graph is off"):
        check_float(spoiled(graphs["float32"], name, factor), original)


def test_an_int8_graph_that_drifted_is_refused(graphs: dict[str, onnx.ModelProto]) -> None:
    pictures = np.random.default_rng(3).integers(0, 256, (8, SIZE // 8, SIZE // 8, 3), np.uint8)
    pictures = pictures.repeat(8, axis=1).repeat(8, axis=2)
    scale = next(
        each.name
        for each in graphs["int8"].graph.initializer
        if each.name.startswith("block-07.depthwise.weight") and each.name.endswith("_scale")
    )
    with pytest.raises(DriftError, match="int8 graph has a cosine"):
        check_int8(spoiled(graphs["int8"], scale, 3.0), graphs["float32"], pictures)


def test_a_pack_is_replaced_with_its_checksums(
    graphs: dict[str, onnx.ModelProto], tmp_path: Path
) -> None:
    pack = NetworkPack.load(default_pack())
    draft = PackDraft(
        name=pack.name,
        size=pack.size,
        multiple=pack.multiple,
        taps=pack.taps,
        texture=pack.texture,
        graphs={each: path.read_bytes() for each, path in pack.graphs.items()},
        arrays={"meaning.mean": np.zeros(3, np.float32)},
        classes=pack.classes,
        labels=b"cat\n",
    )
    folder = tmp_path / "out"
    replace_pack(folder, draft)
    first = NetworkPack.load(folder, verify=True)
    assert first.checksums["network.onnx"] == pack.checksums["network.onnx"]
    rounded = {"meaning.mean": np.full(3, 1e-8, np.float32)}
    replace_pack(folder, dataclasses.replace(draft, arrays=rounded))
    assert NetworkPack.load(folder, verify=True).checksums == first.checksums
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_arrays_that_differ_by_more_than_rounding_are_new(tmp_path: Path) -> None:
    path = tmp_path / "descriptors.npz"
    np.savez(path, mean=np.zeros(3, np.float32))
    new = {"mean": np.full(3, 1e-3, np.float32)}
    assert unchanged(new, path) is new
    assert unchanged(new, tmp_path / "none.npz") is new
    other = {"mean": np.zeros(4, np.float32)}
    assert unchanged(other, path) is other


def test_the_packs_checksums_are_those_of_its_files() -> None:
    told = json.loads((default_pack() / "pack.json").read_text())
    assert set(told["checksums"]) >= {*told["graphs"].values(), told["descriptors"]}
    for name, expected in told["checksums"].items():
        assert hashlib.sha256((default_pack() / name).read_bytes()).hexdigest() == expected


def test_a_persons_photos_calibrate(tmp_path: Path) -> None:
    save_photos(tmp_path, 2)
    (tmp_path / "notes.txt").write_text("no photo")
    pictures = pictures_of(tmp_path, SIZE)
    assert pictures.dtype == np.uint8
    assert pictures.shape[1:] == (SIZE, SIZE, 3)
    assert len(pictures) == len(list(tmp_path.glob("*.jpg")))
    assert len(pictures_of(tmp_path / "nowhere", SIZE)) == 0
