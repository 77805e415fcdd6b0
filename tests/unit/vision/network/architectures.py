"""True architectures with random weights: from the `onnx` package, or assembled here.

Weights are drawn so that values keep their size from layer to layer (He et al. 2015), otherwise
nothing deep in a random network would depend on the picture.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

LIGHT = {
    "alexnet": "light_bvlc_alexnet",
    "zfnet": "light_zfnet512",
    "vgg19": "light_vgg19",
    "inception-v1": "light_inception_v1",
    "inception-v2": "light_inception_v2",
    "resnet50": "light_resnet50",
    "squeezenet": "light_squeezenet",
    "densenet121": "light_densenet121",
    "shufflenet": "light_shufflenet",
}
_FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def light(name: str, seed: int = 0) -> ModelProto:
    """One of LIGHT with its constants replaced by random weights."""
    model = onnx.load(_FOLDER / f"{LIGHT[name]}.onnx")
    graph = model.graph
    chance = np.random.default_rng(seed)
    roles = _roles(graph)
    shapes = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    kept, weights = [], []
    for node in graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape = tuple(int(size) for size in shapes[node.input[0]])
        drawn = _drawn(roles.get(node.output[0], "bias"), shape, chance)
        weights.append(numpy_helper.from_array(drawn, node.output[0]))
    read = {name for node in kept for name in node.input}
    weights += [each for each in graph.initializer if each.name in read]
    image = [each for each in graph.input if each.name in read and each.name not in shapes]
    made = helper.make_graph(kept, name, image, list(graph.output), weights)
    result = helper.make_model(made, opset_imports=list(model.opset_import))
    result.ir_version = 4
    return result


def _roles(graph: onnx.GraphProto) -> dict[str, str]:
    """What each constant is for, by the node that reads it."""
    roles: dict[str, str] = {}
    for node in graph.node:
        for index, name in enumerate(node.input):
            if node.op_type in ("Conv", "Gemm") and index == 1:
                roles[name] = "weight"
            elif node.op_type == "BatchNormalization" and index in (1, 4):
                roles[name] = "scale"
    for node in graph.node:
        # A scale or an offset per channel passes an Unsqueeze first.
        if node.op_type == "Unsqueeze":
            for reader in graph.node:
                if node.output[0] in reader.input and reader.op_type == "Mul":
                    roles[node.input[0]] = "scale"
    return roles


def _drawn(role: str, shape: tuple[int, ...], chance: np.random.Generator) -> np.ndarray:
    if role == "weight":
        return he(shape, chance)
    if role == "scale":
        return chance.uniform(0.7, 1.3, shape).astype(np.float32)
    return (0.1 * chance.standard_normal(shape)).astype(np.float32)


def he(shape: tuple[int, ...], chance: np.random.Generator) -> np.ndarray:
    """Normal weights that keep the size of values through a ReLU."""
    fan, count = max(1, int(np.prod(shape[1:]))), int(np.prod(shape))
    # The largest layers repeat a million numbers (not at the rows' own period): drawn in no time.
    drawn = chance.standard_normal(min(count, 1_000_003), np.float32) * np.float32(np.sqrt(2 / fan))
    return np.resize(drawn, shape)


class Net:
    """Assembles a graph node by node, with random weights."""

    def __init__(self, name: str, side: int | str = 224, seed: int = 0, opset: int = 20) -> None:
        self.name, self.side, self.opset = name, side, opset
        self.chance = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []
        self.channels: dict[str, int] = {"input": 3}

    def weight(self, array: np.ndarray) -> str:
        name = f"weight.{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def op(self, kind: str, *inputs: str, channels: int | None = None, **attributes: object) -> str:
        output = f"{kind.lower()}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        self.channels[output] = channels or self.channels.get(inputs[0], 0)
        return output

    def conv(
        self, source: str, channels: int, kernel: int = 3, stride: int = 1, group: int = 1
    ) -> str:
        shape = (channels, self.channels[source] // group, kernel, kernel)
        inputs = [source, self.weight(he(shape, self.chance))]
        inputs.append(self.weight((0.1 * self.chance.standard_normal(channels)).astype("f")))
        pad = kernel // 2
        return self.op(
            "Conv",
            *inputs,
            channels=channels,
            strides=[stride, stride],
            pads=[pad] * 4,
            group=group,
        )

    def norm(self, source: str, scale: float = 1.0) -> str:
        size = self.channels[source]
        draw = self.chance.uniform
        rows = [draw(0.7, 1.3, size) * scale, draw(-0.1, 0.1, size)]
        rows += [draw(-0.1, 0.1, size), draw(0.7, 1.3, size)]
        inputs = [self.weight(row.astype("f")) for row in rows]
        return self.op("BatchNormalization", source, *inputs)

    def model(self, output: str, shape: list[int | str] | None = None) -> ModelProto:
        shape = shape or ["N", 3, self.side, self.side]
        image = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
        result = onnx.ValueInfoProto(name=output)
        result.type.tensor_type.elem_type = TensorProto.FLOAT
        graph = helper.make_graph(self.nodes, self.name, [image], [result], self.weights)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        made.ir_version = 8
        return made


def classifier(net: Net, last: str, classes: int = 10) -> str:
    """The usual end: mean over places, then a linear layer."""
    pooled = net.op("Flatten", net.op("GlobalAveragePool", last))
    weight = net.weight(he((classes, net.channels[last]), net.chance))
    return net.op("Gemm", pooled, weight, transB=1)


def resnet152(side: int | str = 224) -> ModelProto:
    """He et al. 2016: bottlenecks 3, 8, 36, 3, stride in the 3 x 3 convolution."""
    net = Net("resnet152", side)
    value = net.op("Relu", net.norm(net.conv("input", 64, 7, 2)))
    value = net.op("MaxPool", value, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for stage, count in enumerate((3, 8, 36, 3)):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            value = _bottleneck(net, value, 64 << stage, stride, block == 0)
    return net.model(classifier(net, value))


def _bottleneck(net: Net, source: str, width: int, stride: int, project: bool) -> str:
    value = net.op("Relu", net.norm(net.conv(source, width, 1)))
    value = net.op("Relu", net.norm(net.conv(value, width, 3, stride)))
    # A small last scale, as trained networks have it: fifty sums keep their size.
    value = net.norm(net.conv(value, 4 * width, 1), scale=0.3)
    skip = net.norm(net.conv(source, 4 * width, 1, stride)) if project else source
    return net.op("Relu", net.op("Add", value, skip))


def plain_net(side: int | str = 64) -> ModelProto:
    """In the manner of VGG with BatchNorm."""
    net = Net("plain", side)
    value = "input"
    for width, stride in ((16, 2), (32, 2), (64, 2), (96, 1)):
        value = net.op("Relu", net.norm(net.conv(value, width, 3, stride)))
    return net.model(classifier(net, value))


def silu_net(side: int | str = 64) -> ModelProto:
    """In the manner of EfficientNet: SiLU in two nodes, squeeze and excite, depthwise."""
    net = Net("silu", side)

    def silu(value: str) -> str:
        return net.op("Mul", value, net.op("Sigmoid", value))

    value = silu(net.norm(net.conv("input", 16, 3, 2)))
    for width, stride in ((24, 2), (24, 1), (40, 2), (40, 1), (64, 2)):
        wide = 3 * net.channels[value]
        inner = silu(net.norm(net.conv(value, wide, 1)))
        inner = silu(net.norm(net.conv(inner, wide, 5, stride, group=wide)))
        squeezed = net.op("ReduceMean", inner, net.weight(np.array([2, 3])), keepdims=1)
        gate = silu(net.conv(squeezed, wide // 4, 1))
        inner = net.op("Mul", inner, net.op("Sigmoid", net.conv(gate, wide, 1)))
        inner = net.norm(net.conv(inner, width, 1))
        keeps = stride == 1 and net.channels[value] == width
        value = net.op("Add", inner, value) if keeps else inner
    value = silu(net.norm(net.conv(value, 128, 1)))
    return net.model(classifier(net, value))


def hardswish_net(side: int | str = 64) -> ModelProto:
    """In the manner of MobileNetV3: HardSwish, HardSigmoid gates, one of them in pieces."""
    net = Net("hardswish", side)

    def pieces(value: str) -> str:
        three, six = net.weight(np.float32(3)), net.weight(np.float32(6))
        zero = net.weight(np.float32(0))
        gate = net.op("Clip", net.op("Add", value, three), zero, six)
        return net.op("Div", net.op("Mul", value, gate), six)

    value = pieces(net.norm(net.conv("input", 16, 3, 2)))
    for width, stride in ((24, 2), (40, 2), (40, 1), (80, 2)):
        wide = 3 * net.channels[value]
        inner = net.op("HardSwish", net.norm(net.conv(value, wide, 1)))
        inner = net.op("HardSwish", net.norm(net.conv(inner, wide, 3, stride, group=wide)))
        gate = net.op("Relu", net.conv(net.op("GlobalAveragePool", inner), wide // 4, 1))
        gate = net.op("HardSigmoid", net.conv(gate, wide, 1), alpha=1 / 6, beta=0.5)
        inner = net.norm(net.conv(net.op("Mul", inner, gate), width, 1))
        keeps = stride == 1 and net.channels[value] == width
        value = net.op("Add", inner, value) if keeps else inner
    value = net.op("HardSwish", net.norm(net.conv(value, 96, 1)))
    return net.model(classifier(net, value))


def layernorm_net(side: int | str = 64) -> ModelProto:
    """In the manner of ConvNeXt (Liu et al. 2022): LayerNorm and GELU over channels put last."""
    net = Net("layernorm", side)

    def norm(value: str) -> str:
        size = net.channels[value]
        scale = net.weight(net.chance.uniform(0.7, 1.3, size).astype("f"))
        offset = net.weight(net.chance.uniform(-0.1, 0.1, size).astype("f"))
        return net.op("LayerNormalization", value, scale, offset, axis=-1, epsilon=1e-6)

    def linear(value: str, size: int) -> str:
        weight = he((size, net.channels[value]), net.chance).T.copy()
        return net.op("MatMul", value, net.weight(weight), channels=size)

    def last(value: str) -> str:
        return net.op("Transpose", value, perm=[0, 2, 3, 1])

    def first(value: str) -> str:
        return net.op("Transpose", value, perm=[0, 3, 1, 2])

    weight = net.weight(he((24, 3, 4, 4), net.chance))
    value = net.op("Conv", "input", weight, channels=24, strides=[4, 4])
    value = first(norm(last(value)))
    for width in (24, 48, 96):
        if net.channels[value] != width:
            lower = first(norm(last(value)))
            weight = net.weight(he((width, net.channels[value], 2, 2), net.chance))
            value = net.op("Conv", lower, weight, channels=width, strides=[2, 2])
        for _ in range(2):
            inner = norm(last(net.conv(value, width, 7, 1, group=width)))
            inner = net.op("Gelu", linear(inner, 4 * width))
            scaled = net.op("Mul", linear(inner, width), net.weight(np.full(width, 0.5, "f")))
            value = net.op("Add", first(scaled), value)
    return net.model(classifier(net, value))
