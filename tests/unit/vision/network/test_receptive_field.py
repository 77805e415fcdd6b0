"""Receptive fields: known numbers, and the support of the gradient itself."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from lookalike.vision.network.field import ReceptiveField
from lookalike.vision.network.gradients.builder import GRADIENT, SEED, build_gradient
from lookalike.vision.network.graph import ForwardGraph
from lookalike.vision.network.opsets import modernised
from lookalike.vision.network.receptive_field import place_axes, receptive_fields
from tests.unit.vision.network.architectures import Net, layernorm_net, light, silu_net

# Araujo, Norris & Sim 2019 give 195 for AlexNet's last pool, 252 and 268 around VGG's, 2071 for
# DenseNet-121; ResNet-50 with its stride in the 1 x 1 convolution sees 427.
KNOWN = {
    "alexnet": ("r14", 195, 32),
    "vgg19": ("r36", 268, 32),
    "resnet50": ("r171", 427, 32),
    "densenet121": ("r907", 2071, 32),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_architectures(name: str) -> None:
    value, size, stride = KNOWN[name]
    forward = ForwardGraph.of(modernised(light(name)), (1, 3, 224, 224))
    field = receptive_fields(forward)[value]
    assert field.size == (size, size)
    assert field.stride == (stride, stride)


def positive(net: Net) -> Net:
    """All weights above zero, so that nothing of the field cancels."""
    for tensor in net.weights:
        if tensor.data_type == 1:
            array = np.abs(np.frombuffer(tensor.raw_data, np.float32)) + 0.01
            tensor.raw_data = array.astype(np.float32).tobytes()
    return net


def builds() -> dict[str, tuple[Net, str]]:
    made: dict[str, tuple[Net, str]] = {}
    net = Net("plain", 48)
    made["convolutions"] = net, net.conv(net.conv(net.conv("input", 4), 4, 5, 2), 4, 3, 2)
    net = Net("pools", 48)
    value = net.op("AveragePool", net.conv("input", 4), kernel_shape=[3, 2], strides=[2, 3])
    made["pools"] = net, net.conv(value, 4, 3)
    net = Net("branches", 48)
    value = net.conv("input", 4, 3, 2)
    made["branches"] = net, net.op("Add", net.conv(value, 4, 1), net.conv(value, 4, 7))
    net = Net("up", 48)
    value = net.conv("input", 4, 3, 2)
    weight = net.weight(net.chance.standard_normal((4, 4, 4, 4)).astype("f"))
    up = net.op("ConvTranspose", value, weight, strides=[2, 2], pads=[1, 1, 1, 1])
    made["transposed"] = net, up
    net = Net("moved", 48)
    value = net.op("Transpose", net.conv("input", 4, 5, 2), perm=[0, 2, 3, 1])
    value = net.op("MatMul", value, net.weight(np.ones((4, 4), "f")))
    value = net.op("Transpose", value, perm=[0, 3, 1, 2])
    cut = [net.weight(np.array(each)) for each in ([2], [99], [3], [2])]
    made["moved"] = net, net.op("Slice", net.conv(value, 4), *cut)
    net = Net("padded", 48)
    pads = net.weight(np.array([0, 0, 3, 1, 0, 0, 2, 4]))
    weight = net.weight(np.ones((4, 3, 3, 3), "f"))
    made["padded"] = net, net.op("Conv", net.op("Pad", "input", pads), weight, dilations=[2, 3])
    return made


@pytest.mark.parametrize("name", builds())
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_the_gradient_lives_where_the_field_says(name: str, where: str) -> None:
    net, value = builds()[name]
    forward = ForwardGraph.of(positive(net).model(value), (1, 3, 48, 48))
    field = receptive_fields(forward)[value]
    shape = forward.shape(value)
    row, column = {
        "first": (0, 0),
        "middle": (shape[2] // 2, shape[3] // 2),
        "last": (shape[2] - 1, shape[3] - 1),
    }[where]
    x, y, w, h = field.rectangle(row, column, 48, 48)
    rows, columns = support(forward, value, row, column)
    # The phases of a transposed place differ, a dilated window has holes: the field holds all.
    slack = 2 if name in ("transposed", "padded") else 0
    assert y <= rows[0] <= y + slack
    assert y + h - slack <= rows[1] <= y + h
    assert x <= columns[0] <= x + slack
    assert x + w - slack <= columns[1] <= x + w


def support(
    forward: ForwardGraph, value: str, row: int, column: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last row, first and last column with any gradient (the ends exclusive)."""
    built = build_gradient(forward, value, exact_tap=True)
    session = onnxruntime.InferenceSession(built.model.SerializeToString())
    seed = np.zeros(forward.shape(value), np.float32)
    seed[:, :, row, column] = 1
    picture = np.ones(forward.shape(forward.entry), np.float32)
    found = session.run([GRADIENT], {forward.image: picture, SEED: seed})[0]
    rows = np.flatnonzero(np.abs(found).sum(axis=(0, 1, 3)))
    columns = np.flatnonzero(np.abs(found).sum(axis=(0, 1, 2)))
    return (rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1)


def test_squeeze_and_excite_sees_everywhere_but_keeps_its_place() -> None:
    forward = ForwardGraph.of(silu_net(128), (1, 3, 128, 128))
    fields = receptive_fields(forward)
    assert not fields["mul.3"].everywhere
    last = fields["mul.94"]
    assert last.everywhere
    assert last.size == (107, 107)


def test_channels_put_last_keep_their_places() -> None:
    forward = ForwardGraph.of(layernorm_net(), (1, 3, 64, 64))
    axes = place_axes(forward)
    assert axes["add.65"] == (2, 3)
    assert axes["transpose.1"] == (1, 2)
    assert not receptive_fields(forward)["add.65"].everywhere


def test_nothing_local_is_left_after_a_sum_over_places() -> None:
    net = Net("pooled", 32)
    pooled = net.op("GlobalAveragePool", net.conv("input", 4))
    forward = ForwardGraph.of(net.model(pooled), (1, 3, 32, 32))
    assert pooled not in receptive_fields(forward)


def test_the_rectangle_is_clipped_to_the_picture() -> None:
    field = ReceptiveField((11, 11), (4, 4), (-5, -5))
    assert field.rectangle(0, 0, 32, 64) == (0, 0, 6, 6)
    assert field.rectangle(3, 4, 32, 64) == (11, 7, 11, 11)
    assert field.rectangle(7, 15, 32, 64) == (55, 23, 9, 9)
    assert ReceptiveField.from_json(field.to_json()) == field
