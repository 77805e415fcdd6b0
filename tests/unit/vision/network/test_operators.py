"""Every operator's gradient against finite differences, with every setting that changes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookalike.vision.network.differences import gradient_error
from lookalike.vision.network.gradients import registry
from lookalike.vision.network.gradients.builder import build_gradient
from lookalike.vision.network.graph import ForwardGraph

CHANCE = np.random.default_rng(7)
Weights = dict[str, np.ndarray]


def normal(*shape: int, scale: float = 0.5) -> np.ndarray:
    return (CHANCE.standard_normal(shape) * scale).astype(np.float32)


def graph(nodes: list[onnx.NodeProto], weights: Weights, opset: int = 20) -> onnx.ModelProto:
    """A model from "x" to "y"."""
    made = helper.make_graph(
        nodes,
        "operator",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [onnx.ValueInfoProto(name="y")],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model


def check(
    nodes: list[onnx.NodeProto],
    weights: Weights,
    shape: tuple[int, ...] = (1, 4, 9, 7),
    opset: int = 20,
    positive: bool = False,
) -> None:
    model = graph(nodes, weights, opset)
    picture = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
    picture = np.abs(picture) + 0.5 if positive else picture
    forward = ForwardGraph.of(model, shape)
    error = gradient_error(forward, "y", picture, np.random.default_rng(5), threads=1)
    assert error < 1e-2, error


def one(kind: str, weights: Weights | None = None, **settings: object) -> Callable[..., None]:
    """One node of `kind` that reads "x" and the weights, checked."""
    weights = weights or {}
    opset = int(settings.pop("opset", 20))  # type: ignore[call-overload]
    shape = settings.pop("shape", (1, 4, 9, 7))
    positive = settings.pop("positive", False)
    outputs = settings.pop("outputs", ["y"])
    node = helper.make_node(kind, ["x", *weights], outputs, **settings)
    kept = {name: array for name, array in weights.items() if name}
    return lambda: check([node], kept, shape, opset, positive)  # type: ignore[arg-type]


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def number(value: float) -> np.ndarray:
    return np.array(value, np.float32)


PADS = [1, 2, 0, 3]
CASES: dict[str, Callable[..., None]] = {
    "conv": one("Conv", {"w": normal(6, 4, 3, 3), "b": normal(6)}),
    "conv pads": one("Conv", {"w": normal(6, 4, 3, 5)}, pads=PADS),
    "conv wide pads": one("Conv", {"w": normal(6, 4, 1, 2)}, pads=[1, 2, 1, 2]),
    "conv stride": one("Conv", {"w": normal(6, 4, 3, 3)}, strides=[2, 3], pads=PADS),
    "conv stride unseen": one("Conv", {"w": normal(6, 4, 2, 1)}, strides=[3, 4]),
    "conv group": one("Conv", {"w": normal(6, 2, 3, 3)}, group=2, pads=[1] * 4),
    "conv depthwise": one("Conv", {"w": normal(8, 1, 3, 3)}, group=4, pads=[1] * 4),
    "conv depthwise stride": one("Conv", {"w": normal(4, 1, 3, 3)}, group=4, strides=[2, 2]),
    "conv dilation": one("Conv", {"w": normal(3, 4, 3, 2)}, dilations=[2, 3], pads=PADS),
    "conv dilation stride": one(
        "Conv", {"w": normal(3, 4, 3, 2)}, dilations=[2, 3], strides=[2, 2], pads=PADS
    ),
    "conv upper": one("Conv", {"w": normal(3, 4, 4, 3)}, auto_pad="SAME_UPPER", strides=[2, 2]),
    "conv lower": one("Conv", {"w": normal(3, 4, 4, 3)}, auto_pad="SAME_LOWER", strides=[2, 2]),
    "conv upper 1": one("Conv", {"w": normal(3, 4, 4, 2)}, auto_pad="SAME_UPPER"),
    "conv lower 1": one("Conv", {"w": normal(3, 4, 4, 2)}, auto_pad="SAME_LOWER"),
    "conv valid": one("Conv", {"w": normal(3, 4, 4, 2)}, auto_pad="VALID", strides=[2, 2]),
    "conv point": one("Conv", {"w": normal(3, 4, 1, 1)}),
    "conv 1d": one("Conv", {"w": normal(3, 4, 3)}, shape=(1, 4, 11), pads=[1, 1], strides=[2]),
    "conv 3d": one("Conv", {"w": normal(3, 2, 3, 2, 3)}, shape=(1, 2, 5, 4, 6)),
    "up": one("ConvTranspose", {"w": normal(4, 3, 3, 3)}, strides=[2, 3]),
    "up pads": one(
        "ConvTranspose",
        {"w": normal(4, 3, 4, 3)},
        strides=[2, 3],
        pads=[1, 0, 2, 1],
        output_padding=[1, 2],
    ),
    "up group": one("ConvTranspose", {"w": normal(4, 3, 2, 2)}, strides=[2, 2], group=2),
    "up dilation": one("ConvTranspose", {"w": normal(4, 3, 2, 3)}, dilations=[2, 2]),
    "up shape": one(
        "ConvTranspose", {"w": normal(4, 3, 4, 4)}, strides=[2, 2], output_shape=[17, 13]
    ),
    "max": one("MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
    "max overlap": one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "max ceil": one("MaxPool", kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1),
    "max dilation": one("MaxPool", kernel_shape=[2, 2], dilations=[2, 3]),
    "max upper": one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
    "mean": one("AveragePool", kernel_shape=[2, 3], strides=[2, 3]),
    "mean 1": one("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "mean counted": one("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "mean stride": one("AveragePool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1]),
    "mean stride counted": one(
        "AveragePool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1
    ),
    "mean ceil": one("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "mean ceil pads": one(
        "AveragePool", kernel_shape=[3, 3], strides=[3, 2], ceil_mode=1, pads=[1, 1, 1, 1]
    ),
    "mean ceil counted": one(
        "AveragePool",
        kernel_shape=[3, 3],
        strides=[3, 2],
        ceil_mode=1,
        pads=[1, 1, 1, 1],
        count_include_pad=1,
    ),
    "mean lower": one("AveragePool", kernel_shape=[4, 3], strides=[2, 2], auto_pad="SAME_LOWER"),
    "mean 17": one("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, opset=17),
    "global mean": one("GlobalAveragePool"),
    "global max": one("GlobalMaxPool"),
    "relu": one("Relu"),
    "leaky": one("LeakyRelu", alpha=0.2),
    "prelu": one("PRelu", {"s": normal(4, 1, 1)}),
    "elu": one("Elu", alpha=0.7),
    "clip": one("Clip", {"a": number(-0.5), "b": number(1.0)}),
    "clip low": one("Clip", {"a": number(0.0)}),
    "clip high": one("Clip", {"": number(0.0), "b": number(0.3)}),
    "clip none": one("Clip"),
    "sigmoid": one("Sigmoid"),
    "tanh": one("Tanh"),
    "hard sigmoid": one("HardSigmoid", alpha=0.3, beta=0.4),
    "hard swish": one("HardSwish"),
    "softplus": one("Softplus"),
    "mish": one("Mish"),
    "erf": one("Erf"),
    "gelu": one("Gelu"),
    "gelu tanh": one("Gelu", approximate="tanh"),
    "softmax": one("Softmax", axis=1),
    "softmax last": one("Softmax"),
    "log softmax": one("LogSoftmax", axis=1),
    "add": one("Add", {"b": normal(4, 1, 1)}),
    "sub": one("Sub", {"b": normal(7)}),
    "mul": one("Mul", {"b": normal(2, 4, 1, 7)}),
    "div": one("Div", {"b": np.abs(normal(4, 1, 1)) + 1}),
    "sqrt": one("Sqrt", positive=True),
    "pow": one("Pow", {"p": number(2.5)}, positive=True),
    "pow 2": one("Pow", {"p": np.array(2, np.int64)}),
    "pow each": one("Pow", {"p": np.abs(normal(4, 1, 1))}, positive=True),
    "exp": one("Exp"),
    "log": one("Log", positive=True),
    "abs": one("Abs"),
    "neg": one("Neg"),
    "reciprocal": one("Reciprocal", positive=True),
    "max of": one("Max", {"b": normal(4, 1, 1)}),
    "min of": one("Min", {"b": normal(4, 1, 1), "c": normal(7)}),
    "mean of": one("Mean", {"b": normal(4, 1, 1)}),
    "reduce mean": one("ReduceMean", {"a": ints(2, 3)}),
    "reduce mean out": one("ReduceMean", {"a": ints(-1, 1)}, keepdims=0),
    "reduce mean 17": one("ReduceMean", axes=[2, 3], keepdims=0, opset=17),
    "reduce mean all": one("ReduceMean"),
    "reduce sum": one("ReduceSum", {"a": ints(1)}, keepdims=0),
    "reduce l2": one("ReduceL2", {"a": ints(1)}, keepdims=0),
    "reduce max": one("ReduceMax", {"a": ints(-2)}, keepdims=0),
    "reduce min": one("ReduceMin", {"a": ints(1)}),
    "flatten": one("Flatten", axis=2),
    "reshape": one("Reshape", {"s": ints(0, 2, 2, -1)}),
    "transpose": one("Transpose", perm=[0, 2, 3, 1]),
    "transpose all": one("Transpose"),
    "squeeze": one("Squeeze", {"a": ints(0)}),
    "unsqueeze": one("Unsqueeze", {"a": ints(-1, 2)}),
    "expand": one("Expand", {"s": ints(3, 4, 9, 7)}),
    "slice": one("Slice", {"s": ints(1, 2), "e": ints(3, 99), "a": ints(1, -1)}),
    "slice steps": one(
        "Slice", {"s": ints(1, -1), "e": ints(9, 0), "a": ints(2, 3), "t": ints(2, -2)}
    ),
    "slice end": one("Slice", {"s": ints(-3), "e": ints(-1), "a": ints(2)}),
    "pad": one("Pad", {"p": ints(0, 1, 2, 0, 0, 0, 1, 3)}),
    "pad crop": one("Pad", {"p": ints(0, -1, 2, 0, 0, 0, -1, 3)}),
    "pad reflect": one("Pad", {"p": ints(0, 0, 2, 1, 0, 0, 1, 3)}, mode="reflect"),
    "pad edge": one("Pad", {"p": ints(0, 0, 2, 1, 0, 0, 1, 3)}, mode="edge"),
    "pad axes": one("Pad", {"p": ints(2, 1), "": number(0), "a": ints(3)}),
    "gather": one("Gather", {"i": ints(2, 0, 2)}, axis=1),
    "tile": one("Tile", {"r": ints(1, 2, 1, 3)}),
    "depth to space": one("DepthToSpace", blocksize=2),
    "space to depth": one("SpaceToDepth", blocksize=2, shape=(1, 3, 4, 6)),
    "dropout": one("Dropout"),
    "identity": one("Identity"),
    "cast": one("Cast", to=TensorProto.FLOAT),
    "norm": one(
        "BatchNormalization",
        {"g": normal(4), "b": normal(4), "m": normal(4), "v": np.abs(normal(4)) + 0.1},
    ),
    "instance": one("InstanceNormalization", {"g": normal(4), "b": normal(4)}),
    "layer": one("LayerNormalization", {"g": normal(7), "b": normal(7)}),
    "layer 2": one("LayerNormalization", {"g": normal(9, 7)}, axis=2),
    "lrn": one("LRN", size=5, alpha=0.5, beta=0.75, bias=1.0, shape=(1, 9, 5, 4)),
    "lrn wide": one("LRN", size=7, alpha=0.9, shape=(1, 3, 5, 4)),
    "gemm": one("Gemm", {"b": normal(5, 6), "c": normal(6)}, alpha=0.7, shape=(3, 5)),
    "gemm a": one("Gemm", {"b": normal(5, 6)}, transA=1, shape=(5, 3)),
    "gemm b": one("Gemm", {"b": normal(6, 5)}, transB=1, shape=(3, 5)),
    "gemm ab": one("Gemm", {"b": normal(6, 5)}, transA=1, transB=1, shape=(5, 3)),
    "matmul": one("MatMul", {"b": normal(7, 5)}),
    "matmul vector": one("MatMul", {"b": normal(7)}),
    "matmul batch": one("MatMul", {"b": normal(4, 7, 5)}, shape=(9, 7)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_of_one_operator(name: str) -> None:
    CASES[name]()


def test_nearest_resizing() -> None:
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], mode="nearest")
    check([node], {"s": np.array([1, 1, 2, 1.5], np.float32)}, (1, 2, 4, 6))


@pytest.mark.parametrize("kind", ["Mul", "Add", "Sub", "Div", "Max", "MatMul"])
def test_both_inputs_of_one_operator_from_the_same_picture(kind: str) -> None:
    nodes = [
        helper.make_node("Exp", ["x"], ["a"]),
        helper.make_node("ReduceMean", ["a", "axes"], ["b"], keepdims=1),
        helper.make_node(kind, ["a", "b"] if kind != "MatMul" else ["a", "turned"], ["y"]),
    ]
    if kind == "MatMul":
        nodes.insert(2, helper.make_node("Transpose", ["x"], ["turned"], perm=[0, 1, 3, 2]))
    check(nodes, {"axes": ints(2, 3)})


def test_both_factors_of_gemm_and_its_offset() -> None:
    nodes = [
        helper.make_node("Tanh", ["x"], ["t"]),
        helper.make_node("ReduceMean", ["x", "axes"], ["c"], keepdims=0),
        helper.make_node("Gemm", ["x", "t", "c"], ["y"], transB=1, alpha=0.5, beta=2.0),
    ]
    check(nodes, {"axes": ints(1)}, (4, 4))


def test_vectors_multiplied() -> None:
    nodes = [
        helper.make_node("ReduceSum", ["x", "axes"], ["v"], keepdims=0),
        helper.make_node("MatMul", ["v", "x"], ["y"]),
    ]
    check(nodes, {"axes": ints(1)}, (4, 4))


def test_a_batch_spread_over_matrices() -> None:
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=1),
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["m", "t"], ["y"]),
    ]
    check(nodes, {"axes": ints(1)})


def test_concat_and_split_with_a_part_unused() -> None:
    nodes = [
        helper.make_node("Split", ["x", "parts"], ["a", "b", "c"], axis=1),
        helper.make_node("Tanh", ["a"], ["d"]),
        helper.make_node("Concat", ["d", "a", "c"], ["y"], axis=1),
    ]
    check(nodes, {"parts": ints(1, 1, 2)})


def test_split_in_equal_parts() -> None:
    nodes = [
        helper.make_node("Split", ["x"], ["a", "b"], axis=-3, num_outputs=2),
        helper.make_node("Mul", ["a", "b"], ["y"]),
    ]
    check(nodes, {})


def test_where_and_a_condition_of_the_picture() -> None:
    nodes = [
        helper.make_node("Greater", ["x", "zero"], ["c"]),
        helper.make_node("Exp", ["x"], ["e"]),
        helper.make_node("Where", ["c", "e", "x"], ["y"]),
    ]
    check(nodes, {"zero": number(0)})


@pytest.mark.parametrize("kind", ["MaxPool", "GlobalMaxPool"])
def test_of_equal_values_one_wins(kind: str) -> None:
    """Where a whole window is equal its gradient goes to one place, whole and not doubled."""
    settings = {"kernel_shape": [2, 2], "strides": [2, 2]} if kind == "MaxPool" else {}
    model = graph([helper.make_node(kind, ["x"], ["y"], **settings)], {})
    built = build_gradient(ForwardGraph.of(model, (1, 1, 4, 4)), "y")
    session = onnxruntime.InferenceSession(built.model.SerializeToString())
    seed = np.ones((1, 1, 2, 2) if kind == "MaxPool" else (1, 1, 1, 1), np.float32)
    found = session.run(["gradient"], {"x": np.ones((1, 1, 4, 4), np.float32), "seed": seed})[0]
    assert found.sum() == seed.size
    assert (found[found != 0] == 1).all()


@pytest.mark.parametrize("ceil", [0, 1])
def test_ties_in_overlapping_windows_go_where_the_forward_pass_looked(ceil: int) -> None:
    """Many equal values: every window gives its whole gradient to one of its largest."""
    settings = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 0, 0, 1], "ceil_mode": ceil}
    model = graph([helper.make_node("MaxPool", ["x"], ["y"], **settings)], {})
    forward = ForwardGraph.of(model, (1, 2, 8, 7))
    built = build_gradient(forward, "y")
    session = onnxruntime.InferenceSession(built.model.SerializeToString())
    chance = np.random.default_rng(11)
    picture = chance.integers(0, 2, (1, 2, 8, 7)).astype(np.float32)
    for place in np.ndindex(*forward.shape("y")):
        seed = np.zeros(forward.shape("y"), np.float32)
        seed[place] = 2.0
        value, found = session.run(None, {"x": picture, "seed": seed})
        (winner,) = np.argwhere(found)
        assert found[tuple(winner)] == 2.0
        assert picture[tuple(winner)] == value[place]
        assert winner[1] == place[1]
        # The window begins one row above the picture, and not before its first column.
        assert 0 <= winner[2] - (2 * place[2] - 1) < 3
        assert 0 <= winner[3] - 2 * place[3] < 3


def test_the_issue_names_no_operator_that_is_missing() -> None:
    asked = (
        "Conv ConvTranspose BatchNormalization Relu LeakyRelu PRelu Clip Sigmoid HardSigmoid "
        "HardSwish Mul Gelu Erf Softmax Tanh LRN MaxPool AveragePool GlobalAveragePool "
        "GlobalMaxPool ReduceMean ReduceSum Add Sub Div Sqrt Pow Concat Split Slice Pad Flatten "
        "Reshape Transpose Squeeze Unsqueeze Gemm MatMul LayerNormalization Dropout Identity Cast"
    )
    assert set(asked.split()) <= set(registry.operators())
