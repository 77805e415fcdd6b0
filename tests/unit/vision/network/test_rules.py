"""What the guided and deconvnet rules do at rectifiers, and where the seed enters."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import helper

from lookalike.vision.network.gradients.builder import (
    NoGradientError,
    build_gradient,
    operators_in_the_way,
)
from lookalike.vision.network.gradients.rectifiers import before_rectifier, gated
from lookalike.vision.network.graph import ForwardGraph
from tests.unit.vision.network.architectures import Net, hardswish_net, silu_net
from tests.unit.vision.network.test_operators import graph, number


def flow(nodes: list, weights: dict, rule: str, x: list[float], seed: list[float]) -> np.ndarray:
    """The gradient of "y", seeded exactly there."""
    shape = (1, 1, 1, len(x))
    forward = ForwardGraph.of(graph(nodes, weights), shape)
    built = build_gradient(forward, "y", rule, exact_tap=True)  # type: ignore[arg-type]
    session = onnxruntime.InferenceSession(built.model.SerializeToString())
    feed = {"x": np.array(x, "f").reshape(shape), "seed": np.array(seed, "f").reshape(shape)}
    return session.run(["gradient"], feed)[0].ravel()


X = [-2.0, 3.0, 8.0, -2.0, 3.0, 8.0]
SEED = [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("gradient", [0, 1, 0, 0, -1, 0]),
        ("guided", [0, 1, 1, 0, 0, 0]),
        ("deconvnet", [1, 1, 1, 0, 0, 0]),
    ],
)
def test_a_saturated_neuron_passes_under_the_guided_rules(rule: str, expected: list[int]) -> None:
    node = helper.make_node("Clip", ["x", "low", "high"], ["y"])
    found = flow([node], {"low": number(0), "high": number(6)}, rule, X, SEED)
    assert found.tolist() == expected


@pytest.mark.parametrize(
    "kind", ["Relu", "LeakyRelu", "HardSwish", "Gelu", "Elu", "Softplus", "Mish"]
)
def test_smooth_rectifiers_are_guided_like_a_relu(kind: str) -> None:
    found = flow([helper.make_node(kind, ["x"], ["y"])], {}, "guided", X, SEED)
    assert found.tolist() == [0, 1, 1, 0, 0, 0]


def test_gates_keep_their_derivative() -> None:
    nodes = [helper.make_node("Clip", ["x", "low", "high"], ["y"])]
    weights = {"low": number(-1), "high": number(1)}
    assert flow(nodes, weights, "guided", [0.5, 2.0], [-1.0, 1.0]).tolist() == [-1, 0]


def test_a_rectifier_in_pieces_is_one_rectifier() -> None:
    silu = [
        helper.make_node("Sigmoid", ["x"], ["gate"]),
        helper.make_node("Mul", ["x", "gate"], ["y"]),
    ]
    assert flow(silu, {}, "guided", X, SEED).tolist() == [0, 1, 1, 0, 0, 0]
    gelu = [
        helper.make_node("Div", ["x", "root"], ["scaled"]),
        helper.make_node("Erf", ["scaled"], ["erf"]),
        helper.make_node("Add", ["erf", "one"], ["gate"]),
        helper.make_node("Mul", ["x", "gate"], ["double"]),
        helper.make_node("Mul", ["double", "half"], ["y"]),
    ]
    weights = {"root": number(2**0.5), "one": number(1), "half": number(0.5)}
    assert flow(gelu, weights, "guided", X, SEED).tolist() == [0, 1, 1, 0, 0, 0]
    assert flow(gelu, weights, "gradient", [0.0], [1.0]) == pytest.approx(0.5)


def test_a_product_with_a_foreign_gate_is_no_rectifier() -> None:
    """Squeeze and excite multiplies with a gate made of sums; that is not a rectifier."""
    forward = ForwardGraph.of(silu_net(), (1, 3, 64, 64))
    found = gated(forward)
    silus = [n for n in forward.nodes if n.op_type == "Mul" and n.output[0] in found]
    foreign = [n for n in forward.nodes if n.op_type == "Mul" and n.output[0] not in found]
    assert len(silus) == 17
    assert len(foreign) == 5


def test_hard_swish_in_pieces_is_found() -> None:
    forward = ForwardGraph.of(hardswish_net(), (1, 3, 64, 64))
    pieces = next(node for node in forward.nodes if node.op_type == "Div").output[0]
    assert before_rectifier(forward, pieces) == "batchnormalization.1"


def test_the_seed_enters_before_the_clip() -> None:
    """The trap: a neuron at 6 has no gradient of its own, but what it read has."""
    node = helper.make_node("Clip", ["x", "low", "high"], ["y"])
    model = graph([node], {"low": number(0), "high": number(6)})
    built = build_gradient(ForwardGraph.of(model, (1, 1, 1, 1)), "y")
    assert built.target == "x"
    session = onnxruntime.InferenceSession(built.model.SerializeToString())
    feed = {"x": np.full((1, 1, 1, 1), 9, "f"), "seed": np.ones((1, 1, 1, 1), "f")}
    value, gradient = session.run(None, feed)
    assert (value.item(), gradient.item()) == (9, 1)


def test_an_operator_without_a_gradient_costs_only_what_lies_behind_it() -> None:
    net = Net("blocked", 16)
    early = net.op("Relu", net.conv("input", 4))
    late = net.op("Relu", net.conv(net.op("Celu", early), 4))
    forward = ForwardGraph.of(net.model(late), (1, 3, 16, 16))
    assert operators_in_the_way(forward, early) == ()
    assert operators_in_the_way(forward, late) == ("Celu",)
    with pytest.raises(NoGradientError, match="Celu"):
        build_gradient(forward, late)


def test_flat_operators_lose_nothing() -> None:
    net = Net("flat", 8)
    value = net.conv("input", 4)
    rounded = net.op("Floor", value)
    value = net.op("Add", value, rounded)
    forward = ForwardGraph.of(net.model(value), (1, 3, 8, 8))
    assert operators_in_the_way(forward, value) == ()
    build_gradient(forward, value)


def test_weights_are_shared() -> None:
    """The combined graph holds every weight once, and next to nothing of its own."""
    net = Net("shared", 32)
    value = net.op("Relu", net.conv("input", 64))
    value = net.op("Relu", net.conv(value, 64, 3, 2))
    model = net.model(value)
    built = build_gradient(ForwardGraph.of(model, (1, 3, 32, 32)), value)
    assert built.model.ByteSize() < model.ByteSize() + 5000
