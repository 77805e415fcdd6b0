"""int8 beside float32: made, compared, kept or refused; CUDA beside the CPU where there is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from lookalike.errors import NetworkError
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.adding import add_network
from lookalike.vision.network.cuda import why_not_cuda
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.quantising import quantised
from lookalike.vision.network.session import open_session
from lookalike.vision.precision import add_int8, agreement
from tests.drawn_photos import KINDS, draw
from tests.unit.vision.network.architectures import Net, classifier, plain_net
from tests.unit.vision.network.test_reading import saved


def photos(size: int, each: int) -> np.ndarray:
    """Drawn scenes, uint8 [4 * each, size, size, 3], kinds in turn."""
    images = [draw(kind, number) for number in range(each) for kind in KINDS]
    return np.stack([np.asarray(image.resize((size, size)), np.uint8) for image in images])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> NetworkPack:
    """A person's network with BatchNorm and rectifiers."""
    folder = tmp_path_factory.mktemp("own")
    return add_network(saved(plain_net(), folder), folder / "packs", "own").pack


def test_the_default_network_ranks_alike_in_int8() -> None:
    """On drawn photos, which are farther from its training than any photo."""
    pack = NetworkPack.load(default_pack())
    found = agreement(pack, photos(pack.size, 3), threads=1)
    assert found.cosine > 0.9
    assert found.worst > 0.7
    assert found.same_nearest >= 0.5


def test_both_graphs_have_the_same_outputs() -> None:
    pack = NetworkPack.load(default_pack())
    exact, small = (onnx.load(str(pack.graphs[each])) for each in ("float32", "int8"))
    assert [each.name for each in exact.graph.output] == [each.name for each in small.graph.output]
    whole, eighth = (
        sum(node.op_type == "Conv" and node.input[1].endswith(end) for node in model.graph.node)
        for model, end in ((exact, ".weight"), (small, "_DequantizeLinear_Output"))
    )
    assert eighth == whole - 2, "all but the first and the last convolution are in int8"


def test_descriptors_and_looks_come_from_the_same_int8_graph() -> None:
    """Evidence reads the maps that ranked: pooled and Gram vectors follow from them."""
    encoder = Encoder(NetworkPack.load(default_pack()), "int8", threads=1)
    assert all("/int8/" in key for key in encoder.spaces.values())
    picture = photos(encoder.size, 1)[0]
    stored = encoder.encode(picture[np.newaxis])
    looks = encoder.look(picture, encoder.parts).parts
    for part in encoder.parts:
        vector = stored[part.space][0, part.start : part.stop]
        np.testing.assert_allclose(looks[part.name].vector, vector, rtol=2e-3, atol=2e-3)


def test_classes_of_int8_are_those_of_float32() -> None:
    pack = NetworkPack.load(default_pack())
    pictures = photos(pack.size, 2)
    exact, small = (
        Encoder(pack, each, threads=1).describe(pictures).classes for each in ("float32", "int8")
    )
    assert exact is not None
    assert small is not None
    assert np.abs(exact - small).max() < 0.25
    best = np.argsort(-small, axis=1)[:, :10]
    assert np.mean([top in ten for top, ten in zip(exact.argmax(axis=1), best, strict=True)]) > 0.8


def test_a_persons_network_in_int8(own: NetworkPack, tmp_path: Path) -> None:
    shutil.copytree(own.folder, tmp_path / "own")
    pack = NetworkPack.load(tmp_path / "own")
    found = add_int8(pack, photos(64, 16), threads=1)
    assert found.holds
    assert "cosine" in found.told
    made = NetworkPack.load(tmp_path / "own", verify=True)
    assert set(made.graphs) == {"float32", "int8"}
    assert made.graphs["int8"].name in made.checksums
    assert made.taps == own.taps
    assert made.graphs["int8"].stat().st_size < made.graphs["float32"].stat().st_size
    exact, small = (Encoder(made, each, threads=1) for each in ("float32", "int8"))
    assert set(exact.spaces.values()).isdisjoint(small.spaces.values())
    pictures = photos(64, 1)
    rows = small.encode(pictures)["meaning"]
    assert not np.array_equal(rows, exact.encode(pictures)["meaning"])
    assert [len(each) for each in small.maps(pictures[0], [tap.name for tap in made.taps])] == [
        tap.channels for tap in made.taps
    ]
    with pytest.raises(NetworkError, match="has an int8 graph already"):
        add_int8(made, photos(64, 16))


def test_calibrating_twice_gives_the_same_graph(own: NetworkPack) -> None:
    model = onnx.load(str(own.graphs["float32"]))
    first, second = (quantised(model, photos(64, 2)).SerializeToString() for _ in range(2))
    assert first == second


def untouched(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_too_few_photos_are_refused(own: NetworkPack) -> None:
    before = untouched(own.folder)
    for count in (0, 1, 7):
        with pytest.raises(NetworkError, match="int8 takes photos"):
            add_int8(own, photos(64, 2)[:count])
    assert untouched(own.folder) == before


def test_a_network_that_ranks_otherwise_in_int8_stays_in_float32(tmp_path: Path) -> None:
    """One filter a million times the others leaves them less than one step of 255."""
    net = Net("uneven", 32)
    scale = np.ones((16, 1, 1, 1), np.float32)
    scale[0] = 1e6
    value = net.op("Relu", net.conv("input", 16, 3, 2))
    value = net.op("Mul", value, net.weight(scale.reshape(1, 16, 1, 1)))
    value = net.conv(value, 16, 1)
    model = net.model(classifier(net, net.op("Relu", value)))
    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.shape == (16, 16, 1, 1):
            eye = np.eye(16, dtype=np.float32)[:, :, None, None].copy()
            eye[0] *= 1e-6
            tensor.CopyFrom(onnx.numpy_helper.from_array(eye, tensor.name))
    pack = add_network(saved(model, tmp_path), tmp_path / "packs").pack
    before = untouched(pack.folder)
    with pytest.raises(NetworkError, match="ranks otherwise in int8"):
        add_int8(pack, photos(32, 16), threads=1)
    assert untouched(pack.folder) == before


@pytest.mark.skipif(bool(why_not_cuda()), reason=f"no CUDA here: {why_not_cuda()}")
def test_cuda_computes_what_the_cpu_computes() -> None:
    pack = NetworkPack.load(default_pack())
    pictures = photos(pack.size, 1)
    names = ["pooled", "last", *(f"{tap}.gram" for tap in pack.texture)]
    graph = pack.graphs["float32"]
    there, here = (
        open_session(graph, device=device).run(names, {"image": pictures}) for device in ("", "CPU")
    )
    for name, ours, theirs in zip(names, there, here, strict=True):
        assert np.abs(ours - theirs).max() <= 1e-2 * np.abs(theirs).max(), name
