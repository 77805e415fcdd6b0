"""Makes the graph of a pack out of a stranger's network.

What lies behind the last map is left out, so the network takes pictures of other sizes; in front
of it come the cast from uint8 and the preprocessing, behind it what descriptors are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from lookalike.vision.network.graph import ForwardGraph, inputs_of
from lookalike.vision.network.preprocessing import Preprocessing
from lookalike.vision.network.signs import fixed_signs
from lookalike.vision.network.taps import LAST, Choice

GRAM_CHANNELS = 128
"""Maps of more than twice as many channels are projected to so many for their Gram matrix."""


@dataclass
class _Graph:
    """Nodes and weights as they are added."""

    nodes: list[NodeProto] = field(default_factory=list)
    weights: list[TensorProto] = field(default_factory=list)

    def weight(self, name: str, array: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, **attributes))
        return output


def trunk(
    forward: ForwardGraph,
    taps: Sequence[Choice],
    texture: Sequence[str],
    preprocessing: Preprocessing,
) -> ModelProto:
    """The pack's network: uint8 [N, H, W, 3] "image" to "pooled", Gram matrices and every tap."""
    nodes = [_unfixed(forward, node) for node in forward.before([tap.value for tap in taps])]
    renamed = _renaming(nodes, taps)
    graph = _Graph()
    renamed[forward.image] = _preprocessed(graph, preprocessing)
    read = {name for node in nodes for name in inputs_of(node)}
    for each in nodes:
        graph.nodes += _expanded(graph, _rename(each, renamed))
    for name, tensor in forward.initializers.items():
        if name in read:
            kept = TensorProto()
            kept.CopyFrom(tensor)
            kept.name = renamed.get(name, name)
            graph.weights.append(kept)
    axes = [2, 3]
    pooled = graph.weight("pooled.axes", np.array(axes, np.int64)) if forward.opset >= 18 else ""
    if pooled:
        graph.node("ReduceMean", [LAST, pooled], "pooled", keepdims=0)
    else:
        graph.node("ReduceMean", [LAST], "pooled", axes=axes, keepdims=0)
    outputs = [_output("pooled", ["N", taps[-1].channels])]
    for tap in taps:
        if tap.name in texture:
            outputs += _texture(graph, tap)
    outputs += [
        _output(tap.name, ["N", tap.channels, f"h{n}", f"w{n}"]) for n, tap in enumerate(taps)
    ]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "H", "W", 3])
    made = helper.make_graph(graph.nodes, "network", [image], outputs)
    made.initializer.extend(graph.weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", forward.opset)])
    model.ir_version = forward.model.ir_version
    return model


def _output(name: str, shape: list[int | str]) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _preprocessed(graph: _Graph, asked: Preprocessing) -> str:
    """From uint8 pixels to what the network was trained on; the Cast is where gradients end."""
    value = graph.node("Cast", ["image"], "pixels", to=TensorProto.FLOAT)
    axis = 3
    if asked.layout == "NCHW":
        value, axis = graph.node("Transpose", [value], "planes", perm=[0, 3, 1, 2]), 1
    if asked.order == "BGR":
        parts = ["red", "green", "blue"]
        sizes = graph.weight("channel.sizes", np.array([1, 1, 1], np.int64))
        graph.nodes.append(helper.make_node("Split", [value, sizes], parts, "channels", axis=axis))
        value = graph.node("Concat", parts[::-1], "reversed", axis=axis)
    shape = [1, 3, 1, 1] if axis == 1 else [1, 1, 1, 3]
    for kind, name, numbers, nothing in (
        ("Sub", "mean", asked.mean, 0.0),
        ("Div", "scale", asked.std, 1.0),
    ):
        if any(number != nothing for number in numbers):
            told = graph.weight(f"input.{name}", np.array(numbers, np.float32).reshape(shape))
            value = graph.node(kind, [value, told], f"input.{kind.lower()}")
    return value


def _renaming(nodes: Sequence[NodeProto], taps: Sequence[Choice]) -> dict[str, str]:
    """Taps get their names; every other value one that cannot collide with ours."""
    names = {tap.value: tap.name for tap in taps}
    every = {name for node in nodes for name in (*inputs_of(node), *node.output) if name}
    for name in every - set(names):
        names[name] = f"network/{name}"
    return names


def _rename(node: NodeProto, names: dict[str, str]) -> NodeProto:
    made = NodeProto()
    made.CopyFrom(node)
    for values in (made.input, made.output):
        for index, name in enumerate(values):
            values[index] = names.get(name, name)
    made.name = made.output[0]
    return made


_SIZED = "lookalike.sized"
"""Marks a Reshape whose trailing sizes are to be taken from its input."""


def _unfixed(forward: ForwardGraph, node: NodeProto) -> NodeProto:
    """A Reshape to constant sizes, marked with how many of the trailing ones are the picture's.

    Exporters write the batch (1) and the sizes of the picture into the graph as numbers.
    """
    if node.op_type != "Reshape" or forward.constant(node.input[1]) is None:
        return node
    old, new = forward.shape(node.input[0]), forward.shape(node.output[0])
    if not new or not old:
        return node
    trailing = 0
    while (
        trailing < min(len(old), len(new), 3) - 1
        and trailing < 2
        and old[-1 - trailing] == new[-1 - trailing]
    ):
        trailing += 1
    prefix = list(new[: len(new) - trailing])
    if old[0] == prefix[0]:
        prefix[0] = 0
    if trailing == 0 and len(old) == 4 and new[-1] == old[2] * old[3] and len(prefix) > 1:
        prefix[-1] = -1
    made = NodeProto()
    made.CopyFrom(node)
    made.attribute.append(helper.make_attribute(_SIZED, [trailing, *prefix]))
    return made


def _expanded(graph: _Graph, node: NodeProto) -> list[NodeProto]:
    """A marked Reshape as the nodes that take the picture's sizes from its input."""
    marks = [each for each in node.attribute if each.name == _SIZED]
    if not marks:
        return [node]
    trailing, *prefix = marks[0].ints
    kept = [each for each in node.attribute if each.name not in (_SIZED, "allowzero")]
    name = node.output[0]
    told = graph.weight(f"{name}.sizes", np.array(prefix, np.int64))
    nodes = []
    if trailing:
        places = helper.make_node("Shape", [node.input[0]], [f"{name}.places"], start=-trailing)
        joined = [told, f"{name}.places"]
        nodes = [places, helper.make_node("Concat", joined, [f"{name}.shape"], axis=0)]
        told = f"{name}.shape"
    reshape = helper.make_node("Reshape", [node.input[0], told], [name], name)
    reshape.attribute.extend(kept)
    return [*nodes, reshape]


def texture_name(tap: Choice) -> str:
    """The value whose Gram matrix stands for a tap: the tap, or its projection if it is wide."""
    return tap.name if tap.channels <= 2 * GRAM_CHANNELS else f"{tap.name}.texture"


def _texture(graph: _Graph, tap: Choice) -> list[ValueInfoProto]:
    """The Gram matrix of a tap: the mean over places of the channels' outer product, [N, C, C].

    A wide map is first projected to 128 channels by fixed signs; that map is an output too, so
    that evidence can be read from the very values the matrix was made of.
    """
    value, channels = texture_name(tap), tap.channels
    outputs = []
    if value != tap.name:
        signs = fixed_signs("gram", channels, GRAM_CHANNELS).T
        weight = graph.weight(f"{value}.signs", signs.reshape(*signs.shape, 1, 1))
        graph.node("Conv", [tap.name, weight], value)
        channels = GRAM_CHANNELS
        outputs.append(_output(value, ["N", channels, f"{value}.h", f"{value}.w"]))
    shape = graph.weight(f"{value}.flat", np.array([0, channels, -1], np.int64))
    flat = graph.node("Reshape", [value, shape], f"{value}.places")
    turned = graph.node("Transpose", [flat], f"{value}.turned", perm=[0, 2, 1])
    total = graph.node("MatMul", [flat, turned], f"{value}.sum")
    counted = graph.node("Shape", [flat], f"{value}.count.int", start=2, end=3)
    count = graph.node("Cast", [counted], f"{value}.count", to=TensorProto.FLOAT)
    graph.node("Div", [total, count], f"{value}.gram")
    return [*outputs, _output(f"{value}.gram", ["N", channels, channels])]
