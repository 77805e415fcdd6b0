"""EfficientNet-lite as a plain ONNX graph, straight from the torch weights.

The graph is written node by node rather than traced: it is fully convolutional at any size that
is a multiple of 32, BatchNorm is folded into the convolutions before it, and every value that
the program looks at has a name that says what it is.

Architecture: Tan & Le 2019, "EfficientNet"; lite variants by Google (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
MEAN, SCALE = 127.0, 128.0

Array = NDArray[np.float32]


@dataclass
class Tap:
    """A value of the graph the program may look at: its name, channels, and stride in pixels."""

    name: str
    channels: int
    stride: int


@dataclass
class GraphBuilder:
    """Collects nodes, weights and taps; `value` names are what the pack refers to."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    stride: int = 1

    def weight(self, name: str, array: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def conv(self, source: str, output: str, convolution: Any, norm: Any) -> str:
        """A torch convolution with static padding and its BatchNorm, as one Conv node."""
        weight, bias = folded(convolution, norm)
        stride = _pair(convolution.stride)[0]
        padding = _static_padding(convolution)
        self.stride *= stride
        left, right, top, bottom = padding
        return self.node(
            "Conv",
            [
                source,
                self.weight(f"{output}.weight", weight),
                self.weight(f"{output}.bias", bias),
            ],
            output,
            strides=[stride, stride],
            group=convolution.groups,
            kernel_shape=list(weight.shape[2:]),
            pads=[top, left, bottom, right],
        )

    def clip(self, source: str, output: str) -> str:
        """ReLU6."""
        return self.node("Clip", [source, "zero", "six"], output)


def folded(convolution: Any, norm: Any) -> tuple[Array, Array]:
    """Convolution weights with the BatchNorm after them multiplied in: W * g / s, b - m * g / s."""
    scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
    weight = convolution.weight.detach() * scale[:, None, None, None]
    bias = norm.bias.detach() - norm.running_mean * scale
    return weight.numpy().astype(np.float32), bias.numpy().astype(np.float32)


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _static_padding(convolution: Any) -> tuple[int, int, int, int]:
    """left, right, top, bottom of the zero padding torch applies before the convolution."""
    for child in convolution.children():
        if hasattr(child, "padding"):
            left, right, top, bottom = child.padding
            return left, right, top, bottom
    return 0, 0, 0, 0


def _block(graph: GraphBuilder, source: str, number: int, block: Any) -> str:
    """An inverted residual block: expand, depthwise, project, and the skip where it has one."""
    name = f"block-{number:02}"
    value = source
    if hasattr(block, "_expand_conv"):
        value = graph.conv(value, f"{name}.expand", block._expand_conv, block._bn0)
        value = graph.clip(value, f"{name}.expand.relu6")
    value = graph.conv(value, f"{name}.depthwise", block._depthwise_conv, block._bn1)
    value = graph.clip(value, f"{name}.depthwise.relu6")
    skip = block.id_skip and block._project_conv.out_channels == _inputs(block)
    skip = skip and _pair(block._depthwise_conv.stride) == (1, 1)
    project = graph.conv(
        value, f"{name}.project" if skip else name, block._project_conv, block._bn2
    )
    if skip:
        project = graph.node("Add", [project, source], name)
    graph.taps.append(Tap(name, int(block._project_conv.out_channels), graph.stride))
    return project


def _inputs(block: Any) -> int:
    first = block._expand_conv if hasattr(block, "_expand_conv") else block._depthwise_conv
    return int(first.in_channels)


def build(net: Any) -> tuple[GraphBuilder, str]:
    """The network from uint8 NHWC pixels to its last map; returns the graph and that map's name.

    Preprocessing is inside: (x - 127) / 128, as the weights were trained.
    """
    graph = GraphBuilder()
    graph.weight("zero", np.array(0, np.float32))
    graph.weight("six", np.array(6, np.float32))
    graph.weight("input.mean", np.array(MEAN, np.float32))
    graph.weight("input.scale", np.array(SCALE, np.float32))
    graph.node("Cast", ["image"], "pixels", to=TensorProto.FLOAT)
    graph.node("Transpose", ["pixels"], "planes", perm=[0, 3, 1, 2])
    graph.node("Sub", ["planes", "input.mean"], "centred")
    graph.node("Div", ["centred", "input.scale"], "input")
    value = graph.conv("input", "stem.conv", net._conv_stem, net._bn0)
    value = graph.clip(value, "stem")
    graph.taps.append(Tap("stem", int(net._conv_stem.out_channels), graph.stride))
    for number, block in enumerate(net._blocks):
        value = _block(graph, value, number, block)
    value = graph.conv(value, "head.conv", net._conv_head, net._bn1)
    value = graph.clip(value, "last")
    graph.taps.append(Tap("last", int(net._conv_head.out_channels), graph.stride))
    return graph, value
