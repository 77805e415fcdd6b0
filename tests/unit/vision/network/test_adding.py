"""A person's own network becomes a pack: preprocessing, taps, names, files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from lookalike.errors import NetworkError
from lookalike.records.networks import NetworkInput
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.adding import add_network
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.verification import verify
from tests.unit.vision.network.architectures import Net, classifier, layernorm_net, light, silu_net
from tests.unit.vision.network.test_reading import saved, small

PICTURE = np.random.default_rng(4).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)


def run(pack: NetworkPack, name: str, pictures: np.ndarray = PICTURE) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(pack.graphs["float32"]))
    return session.run([name], {"image": pictures})[0]


def original(model: onnx.ModelProto, value: str, pictures: np.ndarray) -> np.ndarray:
    model.graph.output.append(onnx.ValueInfoProto(name=value))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run([value], {"input": pictures.astype(np.float32)})[0]


@pytest.mark.parametrize(
    ("given", "mean", "std", "flip"),
    [
        (NetworkInput(), (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), False),
        (
            NetworkInput(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
            (127.5,) * 3,
            (127.5,) * 3,
            False,
        ),
        (NetworkInput(mean=(104, 117, 123), order="BGR"), (104, 117, 123), (1, 1, 1), True),
        (NetworkInput(mean=(0, 0, 0), std=(255, 255, 255)), (0, 0, 0), (255, 255, 255), False),
    ],
)
def test_the_preprocessing_is_inside(
    given: NetworkInput, mean: tuple, std: tuple, flip: bool, tmp_path: Path
) -> None:
    net, value = small()
    model = net.model(value)
    pack = add_network(saved(model, tmp_path), tmp_path / "packs", given=given).pack
    pictures = PICTURE[..., ::-1] if flip else PICTURE
    wanted = (pictures - np.array(mean)) / np.array(std)
    theirs = original(model, value, wanted.transpose(0, 3, 1, 2))
    np.testing.assert_allclose(run(pack, "last"), theirs, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(run(pack, "pooled"), theirs.mean(axis=(2, 3)), rtol=1e-3, atol=1e-4)


def test_a_network_with_channels_last(tmp_path: Path) -> None:
    net = Net("keras", 32)
    value = net.op("Transpose", "input", perm=[0, 3, 1, 2])
    net.channels[value] = 3
    value = net.op("Relu", net.conv(value, 8, 3, 2))
    model = net.model(value, ["N", 32, 32, 3])
    added = add_network(saved(model, tmp_path), tmp_path / "packs")
    assert added.preprocessing.layout == "NHWC"
    theirs = original(model, value, PICTURE / 127.5 - 1)
    np.testing.assert_allclose(run(added.pack, "last"), theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "number", "std"), [("Sub", 127.0, 1), ("Sub", 0.5, 255), ("Mul", 1 / 255, 1)]
)
def test_a_normalisation_inside_the_network_is_seen(
    kind: str, number: float, std: float, tmp_path: Path
) -> None:
    net = Net("inside", 32)
    value = net.op(kind, "input", net.weight(np.float32(number)), channels=3)
    model = net.model(net.op("Relu", net.conv(value, 8, 3, 2)))
    asked = add_network(saved(model, tmp_path), tmp_path / "packs").preprocessing
    assert asked.source == "inside the network"
    assert (asked.mean, asked.std) == ((0, 0, 0), (std, std, std))


def test_metadata_of_the_file_is_believed(tmp_path: Path) -> None:
    net, value = small()
    model = net.model(value)
    helper.set_model_props(
        model, {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255"}
    )
    asked = add_network(saved(model, tmp_path), tmp_path / "packs").preprocessing
    assert (asked.order, asked.std) == ("BGR", (1, 1, 1))


def test_sizes_and_batches_written_into_the_graph_are_freed(tmp_path: Path) -> None:
    """ShuffleNet reshapes to [1, groups, ...] with the picture's size in numbers."""
    path = saved(light("shufflenet"), tmp_path)
    pack = add_network(path, tmp_path / "packs", "shuffle").pack
    assert (pack.size, pack.multiple, pack.fixed) == (224, 32, False)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 96, 64, 3), dtype=np.uint8)
    maps = run(pack, "last", pictures)
    assert maps.shape == (3, 544, 3, 2)
    np.testing.assert_allclose(run(pack, "last", pictures[1:2])[0], maps[1], rtol=1e-3, atol=1e-3)


def test_another_size_than_the_file_was_exported_for(tmp_path: Path) -> None:
    added = add_network(
        saved(silu_net(64), tmp_path), tmp_path / "packs", given=NetworkInput(size=96)
    )
    assert added.pack.size == 96


def test_a_network_of_one_size(tmp_path: Path) -> None:
    """An offset for every place (as position embeddings have) fixes the size of the picture."""
    net = Net("fixed", 32)
    value = net.conv("input", 8, 3, 2)
    places = net.weight(net.chance.standard_normal((1, 8, 16, 16)).astype("f"))
    value = net.op("Relu", net.conv(net.op("Add", value, places), 8, 3, 2))
    path = saved(net.model(value), tmp_path)
    added = add_network(path, tmp_path / "packs")
    assert added.pack.fixed
    assert added.pack.multiple == added.pack.size == 32
    assert "32 x 32 pixels and no other" in added.pack.limits[0]
    assert verify(added.pack).holds
    with pytest.raises(NetworkError, match="32 x 32"):
        add_network(path, tmp_path / "packs", "other", given=NetworkInput(size=64))


def test_taps_are_ordered_and_described(tmp_path: Path) -> None:
    pack = add_network(saved(layernorm_net(), tmp_path), tmp_path / "packs").pack
    sizes = [tap.field.size[0] for tap in pack.taps if tap.field]
    assert len(sizes) == len(pack.taps) == 9
    assert sizes == sorted(sizes)
    assert pack.taps[-1].name == "last"
    assert all(tap.obstacle == "" for tap in pack.taps)
    for tap in pack.taps:
        assert run(pack, tap.name, np.zeros((1, 64, 64, 3), np.uint8)).shape == (
            1, tap.channels, 64 // tap.stride, 64 // tap.stride
        )  # fmt: skip


def test_names_of_modules_are_kept_readable(tmp_path: Path) -> None:
    net, _ = small()
    for node in net.nodes:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name.startswith("relu"):
                    names[index] = f"/layer{name[-1]}/act/Relu_output_0"
    pack = add_network(saved(net.model(net.nodes[-1].output[0]), tmp_path), tmp_path / "packs").pack
    assert [tap.name for tap in pack.taps] == ["layer1.act.Relu", "last"]


def test_a_size_that_is_asked_for_hides_no_tap(tmp_path: Path) -> None:
    """Exporters of today ask for the batch's size at the start and use it at the end."""
    net = Net("dynamic", 32)
    batch = net.op("Shape", "input", start=0, end=1)
    value = net.op("Relu", net.conv("input", 8, 3, 2))
    value = net.op("Relu", net.conv(value, 16, 3, 2))
    shape = net.op("Concat", batch, net.weight(np.array([-1])), axis=0)
    flat = net.op("Reshape", net.op("GlobalAveragePool", value), shape, channels=16)
    weight = net.weight(net.chance.standard_normal((16, 10)).astype("f"))
    path = saved(net.model(net.op("MatMul", flat, weight)), tmp_path)
    pack = add_network(path, tmp_path / "packs").pack
    assert [tap.channels for tap in pack.taps] == [8, 16]
    assert not any(tap.field.everywhere for tap in pack.taps)


def test_names_that_torch_notes_are_taken(tmp_path: Path) -> None:
    net, value = small()
    scopes = ["['', 'stem', 'stem.act', 'relu']", "['', 'layers.0', 'relu_1']"]
    relus = [node for node in net.nodes if node.op_type == "Relu"]
    for node, scope in zip(relus, scopes, strict=True):
        node.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=scope)
    last = net.op("Relu", net.conv(value, 16))
    pack = add_network(saved(net.model(last), tmp_path), tmp_path / "packs").pack
    assert [tap.name for tap in pack.taps] == ["stem.act", "layers.0", "last"]


def test_an_operator_without_a_gradient_is_named(tmp_path: Path) -> None:
    net = Net("blocked", 32)
    value = net.op("Relu", net.conv("input", 8, 3, 2))
    value = net.op("Relu", net.conv(net.op("Celu", value), 8))
    added = add_network(saved(net.model(value), tmp_path), tmp_path / "packs")
    assert [tap.obstacle for tap in added.pack.taps] == ["", "Celu"]
    assert added.pack.limits == (
        "There is no saliency from last on: the operator Celu has no gradient.",
    )
    assert verify(added.pack).holds


def test_the_projection_is_orthonormal_and_at_most_320_wide(tmp_path: Path) -> None:
    for width, classes, size in ((24, 10, 24), (400, 10, 320), (400, 100, 100)):
        net = Net("wide", 32)
        value = net.op("Relu", net.conv("input", width, 3, 2))
        path = saved(net.model(classifier(net, value, classes)), tmp_path)
        pack = add_network(path, tmp_path / "packs", f"wide-{width}-{classes}").pack
        with np.load(pack.descriptors) as arrays:
            projection = arrays["meaning.projection"]
        assert projection.shape == (width, size)
        np.testing.assert_allclose(projection.T @ projection, np.eye(size), atol=1e-4)


def test_adding_twice_gives_the_same_files(tmp_path: Path) -> None:
    path = saved(silu_net(), tmp_path)
    first, second = (add_network(path, tmp_path / "packs", name).pack for name in ("a", "b"))
    assert first.checksums == second.checksums


def test_names_and_what_is_there_already(tmp_path: Path) -> None:
    net, value = small()
    path = saved(net.model(value), tmp_path)
    packs = tmp_path / "packs"
    assert add_network(path, packs).pack.name == "net"
    with pytest.raises(NetworkError, match="called net already"):
        add_network(path, packs)
    for name in ("../up", "a b", "", "Ä", ".hidden"):
        if name:
            with pytest.raises(NetworkError, match="cannot be called"):
                add_network(path, packs, name)
    assert sorted(each.name for each in packs.iterdir()) == ["net"]


def test_a_full_or_forbidden_folder_leaves_nothing(tmp_path: Path) -> None:
    net, value = small()
    path = saved(net.model(value), tmp_path)
    (tmp_path / "packs").write_text("a file, not a folder")
    with pytest.raises(NetworkError, match="cannot be kept"):
        add_network(path, tmp_path / "packs")


def test_labels_and_licence_are_kept(tmp_path: Path) -> None:
    net, value = small()
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    pack = add_network(
        saved(net.model(value), tmp_path),
        tmp_path / "packs",
        labels=tmp_path / "labels.txt",
        licence="MIT",
    ).pack
    assert pack.labels is not None
    assert pack.labels.read_text() == "cat\ndog\n"
    assert pack.licence == "MIT"
    pack.check()


def test_a_damaged_pack_is_told(tmp_path: Path) -> None:
    net, value = small()
    pack = add_network(saved(net.model(value), tmp_path), tmp_path / "packs").pack
    data = bytearray(pack.graphs["float32"].read_bytes())
    data[len(data) // 2] ^= 1
    pack.graphs["float32"].write_bytes(bytes(data))
    found = verify(pack)
    assert not found.holds
    assert "network.onnx" in found.problems[0]
    told = json.loads((pack.folder / "pack.json").read_text())
    told["graphs"]["float32"] = "../../net.onnx"
    (pack.folder / "pack.json").write_text(json.dumps(told))
    with pytest.raises(NetworkError, match="outside its folder"):
        NetworkPack.load(pack.folder)


def test_a_layer_by_its_name() -> None:
    pack = NetworkPack.load(default_pack())
    assert pack.tap("last").channels == 1280
    with pytest.raises(NetworkError, match="no layer nowhere"):
        pack.tap("nowhere")


def test_the_encoder_takes_any_pack(tmp_path: Path) -> None:
    pack = add_network(saved(silu_net(), tmp_path), tmp_path / "packs").pack
    encoder = Encoder(pack, threads=1)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    found = encoder.encode(pictures)
    assert {name: rows.shape for name, rows in found.items()} == {
        name: (3, size) for name, size in encoder.dimensions.items()
    }
    meaning = encoder.meaning.apply(run(pack, "last", pictures).mean(axis=(2, 3)))
    np.testing.assert_allclose(meaning, found["meaning"], rtol=1e-3, atol=1e-4)
