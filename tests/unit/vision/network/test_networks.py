"""The lecture's architectures and more: added, verified, embedded, looked into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnx_ad
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper

from lookalike.vision.encoder import Encoder
from lookalike.vision.network.adding import add_network
from lookalike.vision.network.gradients.builder import build_gradient, from_float
from lookalike.vision.network.graph import ForwardGraph, attribute
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.verification import forward_graph, picture_of, verify
from lookalike.vision.saliency import RULES, Saliency
from tests.unit.vision.network.architectures import (
    LIGHT,
    hardswish_net,
    layernorm_net,
    light,
    resnet152,
    silu_net,
)

ASSEMBLED: dict[str, Callable[[], ModelProto]] = {
    "silu": silu_net,
    "hardswish": hardswish_net,
    "layernorm": layernorm_net,
    "resnet152": resnet152,
}
QUICK = ["default", "silu", "hardswish", "layernorm"]
HEAVY = [*LIGHT, "resnet152"]
EVERY = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in HEAVY)]


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], NetworkPack]:
    """Packs by name, made once."""
    folder = tmp_path_factory.mktemp("packs")

    def pack(name: str) -> NetworkPack:
        if name == "default":
            return NetworkPack.load(default_pack())
        if not (folder / name).exists():
            model = light(name) if name in LIGHT else ASSEMBLED[name]()
            file = folder / f"{name}.onnx"
            onnx.save(model, file)
            added = add_network(file, folder)
            file.unlink()
            assert added.pack.limits == ()
        return NetworkPack.load(folder / name)

    return pack


Packs = Callable[[str], NetworkPack]


@pytest.mark.parametrize("name", EVERY)
def test_verified_against_finite_differences(name: str, packs: Packs) -> None:
    found = verify(packs(name))
    assert found.holds, found
    assert len(found.gradients) == 3
    assert all(0 < check.error < 1e-2 for check in found.gradients)


@pytest.mark.parametrize("name", EVERY)
def test_against_an_independent_differentiation(name: str, packs: Packs) -> None:
    """At the last tap, so that every operator takes part.

    A rectifier or maximum that stands on its kink to the last bit may fall to either side where
    the other program rounds otherwise (it takes LRN apart); of three pictures one must agree.
    """
    pack = packs(name)
    picture = picture_of(pack)
    forward = forward_graph(pack, picture.shape[1])
    ours = session(build_gradient(forward, "last", exact_tap=True, float_input=True).model)
    theirs = session(independent(forward))
    seed_name = theirs.get_inputs()[1].name
    chance = np.random.default_rng(1)
    errors = []
    for _ in range(3):
        seed = chance.standard_normal(forward.shape("last")).astype(np.float32)
        entry = picture.astype(np.float32) + chance.uniform(0, 9, picture.shape).astype("f")
        found = ours.run(["gradient"], {forward.entry: entry, "seed": seed})[0]
        feed = {theirs.get_inputs()[0].name: entry, seed_name: seed[..., None]}
        expected = theirs.run(None, feed)[-1][..., 0]
        errors.append(float(np.abs(found - expected).max() / np.abs(expected).max()))
        if errors[-1] < 1e-4:
            return
    pytest.fail(f"relative differences {errors}")


def session(model: ModelProto) -> onnxruntime.InferenceSession:
    """Without fusions: then both programs' forward passes round alike."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def independent(forward: ForwardGraph) -> ModelProto:
    """The gradient of "last" by onnx-ad."""
    model = from_float(forward, ["last"])
    shape = forward.shape(forward.entry)
    image = helper.make_tensor_value_info(forward.entry, TensorProto.FLOAT, shape)
    model.graph.input[0].CopyFrom(image)
    result = helper.make_tensor_value_info("last", TensorProto.FLOAT, forward.shape("last"))
    model.graph.output[0].CopyFrom(result)
    spell_out_padding(model)
    made = {name for node in model.graph.node for name in node.output}
    model.graph.value_info.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in forward.shapes.items()
        if name in made and not name.endswith((".places", ".shape", "last"))
    )
    return onnx_ad.reverse(onnx.shape_inference.infer_shapes(model), layout="onnx")


def spell_out_padding(model: ModelProto) -> None:
    """Strided convolutions with the padding before them as a node of its own.

    onnx-ad 0.3.0 shifts their gradient by a pixel where the last row is padded and unread (seen
    on a dense Jacobian of [0, 0, 1, 1] at stride 2); without own padding it does not.
    """
    nodes = list(model.graph.node)
    del model.graph.node[:]
    for node in nodes:
        pads = attribute(node, "pads") or [0] * 4
        if node.op_type == "Conv" and pads[:2] != pads[2:]:
            name = f"{node.output[0]}.padded"
            told = onnx.numpy_helper.from_array(
                np.array([0, 0, *pads[:2], 0, 0, *pads[2:]]), f"{name}.pads"
            )
            model.graph.initializer.append(told)
            model.graph.node.append(helper.make_node("Pad", [node.input[0], told.name], [name]))
            kept = [each for each in node.attribute if each.name != "pads"]
            del node.attribute[:]
            node.attribute.extend(kept)
            node.input[0] = name
        model.graph.node.append(node)


@pytest.mark.parametrize("name", EVERY)
def test_embedded_in_batches_and_found_again(name: str, packs: Packs) -> None:
    """A batch gives what each picture gives alone; a slightly brighter copy finds its original."""
    encoder = Encoder(packs(name), threads=2)
    chance = np.random.default_rng(8)
    tiles = -(-encoder.size // 16)
    coarse = chance.integers(0, 90, (4, tiles, tiles, 3), dtype=np.uint8)
    coarse += chance.integers(0, 150, (4, 1, 1, 3), dtype=np.uint8)
    pictures = coarse.repeat(16, axis=1).repeat(16, axis=2)[:, : encoder.size, : encoder.size]
    pictures = np.ascontiguousarray(pictures)
    together = encoder.encode(pictures)
    goal = encoder.encode(pictures[2:3] + np.uint8(2))
    for space, size in encoder.dimensions.items():
        rows = together[space]
        assert rows.shape == (4, size)
        alone = encoder.encode(pictures[1:2])[space][0]
        np.testing.assert_allclose(alone, rows[1], rtol=1e-2, atol=1e-3 * np.abs(rows).max())
        centre = rows.mean(axis=0)
        ours, theirs = goal[space][0] - centre, rows - centre
        scores = theirs @ ours / np.linalg.norm(theirs, axis=1)
        assert scores.argmax() == 2


@pytest.mark.parametrize("name", EVERY)
def test_saliency_at_a_shallow_a_middle_and_the_last_tap(name: str, packs: Packs) -> None:
    pack = packs(name)
    saliency = Saliency(pack, threads=2)
    side = max(pack.size // pack.multiple // 2, 2) * pack.multiple
    chance = np.random.default_rng(2)
    coarse = chance.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
    picture = coarse.repeat(8, axis=0).repeat(8, axis=1)
    for tap in (pack.taps[0], pack.taps[len(pack.taps) // 2], pack.taps[-1]):
        strongest = saliency.filters(picture, tap.name)[0]
        for rule in RULES:
            found = saliency.map(picture, tap.name, strongest.filter, rule)
            assert found.place == strongest.place
            assert found.activation == pytest.approx(strongest.activation, rel=1e-4)
            assert found.saliency.shape == (side, side, 3)
            assert found.positive.max() == 1
            if not found.everywhere:
                x, y, w, h = found.part
                outside = found.saliency.copy()
                outside[y : y + h, x : x + w] = 0
                assert not outside.any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet50", "densenet121"])
def test_every_tap_of_a_deep_network_has_saliency(name: str, packs: Packs) -> None:
    assert all(not tap.obstacle and tap.field for tap in packs(name).taps)


def test_packs_are_small_and_whole(packs: Packs) -> None:
    folder: Path = packs("silu").folder
    names = sorted(each.name for each in folder.iterdir())
    assert names == ["descriptors.npz", "network.onnx", "pack.json"]
