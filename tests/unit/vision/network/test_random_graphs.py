"""Small random graphs out of the supported operators: each one's gradient is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnxruntime
from hypothesis import HealthCheck, assume, given, note, reject, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from lookalike.errors import NetworkError
from lookalike.vision.network.differences import gradient_error
from lookalike.vision.network.graph import ForwardGraph

UNARY = (
    *("Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu", "Softplus"),
    *("Gelu", "Mish", "Erf", "Identity", "Dropout", "Abs", "Neg"),
)
SPATIAL = ("Conv", "ConvTranspose", "MaxPool", "AveragePool", "Pad", "Slice")
OTHER = (
    *("Clip", "PRelu", "BatchNormalization", "LRN", "LayerNormalization", "Softmax", "Concat"),
    *("Split", "Shuffle", "Gate", "Binary", "Norm", "Linear", "Power"),
)


@dataclass
class Sketch:
    """A graph as it grows; `earlier` keeps values by shape, for sums and joins."""

    draw: Any
    shape: tuple[int, int, int, int]
    chance: np.random.Generator
    value: str = "x"
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)
    earlier: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def weight(self, array: Any, kind: Any = np.float32) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def normal(self, *shape: int) -> str:
        fan = max(1, int(np.prod(shape[1:])))
        return self.weight(self.chance.standard_normal(shape) / np.sqrt(fan))

    def put(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        names = [f"v{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def move(self, kind: str, *others: str, **attributes: Any) -> None:
        self.value = self.put(kind, self.value, *others, **attributes)[0]

    def model(self) -> onnx.ModelProto:
        image = helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
        self.nodes.append(helper.make_node("Identity", [self.value], ["y"]))
        result = [onnx.ValueInfoProto(name="y")]
        made = helper.make_graph(self.nodes, "random", [image], result, self.weights)
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)])
        model.ir_version = 8
        return model


def spatial(sketch: Sketch, kind: str) -> None:
    pick = sketch.draw
    _, channels, height, width = sketch.shape
    if kind in ("Pad", "Slice"):
        sizes = pick(st.tuples(st.integers(0, 2), st.integers(0, 2)))
        if kind == "Pad":
            mode = pick(st.sampled_from(["constant", "reflect", "edge"]))
            sizes = tuple(min(size, height - 1, width - 1) for size in sizes)
            pads = [0, 0, sizes[0], sizes[1], 0, 0, sizes[1], sizes[0]]
            sketch.move("Pad", sketch.weight(pads, np.int64), mode=mode)
            grown = sum(sizes)
            sketch.shape = (1, channels, height + grown, width + grown)
        else:
            start = min(sizes[0], height - 1, width - 1)
            step = pick(st.integers(1, 2))
            told = ([start, start], [99, 99], [2, 3], [step, step])
            sketch.move("Slice", *(sketch.weight(each, np.int64) for each in told))
            sketch.shape = (
                1, channels, -(-(height - start) // step), -(-(width - start) // step)
            )  # fmt: skip
        return
    kernel = [min(pick(st.integers(1, 4)), height), min(pick(st.integers(1, 4)), width)]
    strides = [pick(st.integers(1, 3)), pick(st.integers(1, 3))]
    told: dict[str, Any] = {"strides": strides}
    if kind in ("Conv", "MaxPool", "AveragePool") and pick(st.booleans()):
        told["auto_pad"] = pick(st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID"]))
        # A pool with gaps between its windows has a negative SAME padding, which is not run.
        told["strides"] = [min(pair) for pair in zip(strides, kernel, strict=True)]
    else:
        told["pads"] = [pick(st.integers(0, size - 1)) for size in kernel * 2]
    if kind in ("Conv", "ConvTranspose"):
        group = pick(st.sampled_from([g for g in (1, 2, channels) if channels % g == 0]))
        out = group * pick(st.integers(1, 2))
        told["group"] = group
        first, second = (out, channels // group) if kind == "Conv" else (channels, out // group)
        weight = sketch.normal(first, second, *kernel)
        others = [weight, sketch.normal(out)] if pick(st.booleans()) else [weight]
        sketch.move(kind, *others, **told)
        sketch.shape = (1, out, 0, 0)
        return
    told["kernel_shape"] = kernel
    if "auto_pad" not in told:
        told["ceil_mode"] = pick(st.integers(0, 1))
    if kind == "AveragePool":
        told["count_include_pad"] = pick(st.integers(0, 1))
    sketch.move(kind, **told)
    sketch.shape = (1, channels, 0, 0)


def other(sketch: Sketch, kind: str) -> None:
    channels, width = sketch.shape[1], sketch.shape[3]
    pick = sketch.draw
    if kind == "Clip":
        sketch.move("Clip", sketch.weight(-0.7), sketch.weight(pick(st.sampled_from([0.5, 6.0]))))
    elif kind == "PRelu":
        sketch.move("PRelu", sketch.normal(channels, 1, 1))
    elif kind == "BatchNormalization":
        parts = [sketch.normal(channels) for _ in range(3)]
        variance = sketch.weight(sketch.chance.uniform(0.5, 2, channels))
        sketch.move("BatchNormalization", *parts, variance)
    elif kind == "LRN":
        sketch.move("LRN", size=pick(st.sampled_from([1, 3, 5])), alpha=0.5, bias=1.5)
    elif kind == "LayerNormalization":
        sketch.move("LayerNormalization", sketch.normal(width), sketch.normal(width), epsilon=0.1)
    elif kind == "Softmax":
        sketch.move("Softmax", axis=pick(st.integers(-3, 3)))
    elif kind == "Shuffle":
        old = sketch.put("Shape", sketch.value)[0]
        sketch.move("Flatten", axis=2)
        sketch.move("Transpose", perm=[1, 0])
        sketch.move("Transpose", perm=[1, 0])
        sketch.move("Reshape", old)
    elif kind == "Power":
        root = sketch.put("Sqrt", sketch.put("Exp", sketch.put("Tanh", sketch.value)[0])[0])[0]
        sketch.value = sketch.put("Pow", root, sketch.weight(1.7))[0]
    else:
        joined(sketch, kind)


def joined(sketch: Sketch, kind: str) -> None:
    """Operators that read several values of the picture."""
    channels, width = sketch.shape[1], sketch.shape[3]
    pick = sketch.draw
    if kind == "Concat":
        first = sketch.put("Tanh", sketch.value)[0]
        sketch.value = sketch.put("Concat", sketch.value, first, axis=1)[0]
        sketch.shape = (1, 2 * channels, *sketch.shape[2:])
    elif kind == "Split" and channels % 2 == 0:
        a, b = sketch.put("Split", sketch.value, outputs=2, axis=1, num_outputs=2)
        sketch.value = sketch.put(pick(st.sampled_from(["Add", "Mul", "Sub", "Max"])), a, b)[0]
        sketch.shape = (1, channels // 2, *sketch.shape[2:])
    elif kind == "Gate":
        pool = pick(st.sampled_from(["GlobalAveragePool", "GlobalMaxPool", "ReduceMean"]))
        axes = [sketch.weight([2, 3], np.int64)] if pool == "ReduceMean" else []
        gate = sketch.put("Sigmoid", sketch.put(pool, sketch.value, *axes)[0])[0]
        sketch.move(pick(st.sampled_from(["Mul", "Add", "Div", "Sub"])), gate)
    elif kind == "Binary":
        twin = sketch.put("Sigmoid", sketch.value)[0]
        sketch.move(pick(st.sampled_from(["Mul", "Div", "Add", "Sub", "Min"])), twin)
    elif kind == "Norm":
        axes = sketch.weight(pick(st.sampled_from([[1], [2, 3], [-1]])), np.int64)
        squares = sketch.put("ReduceSum", sketch.put("Mul", sketch.value, sketch.value)[0], axes)[0]
        length = sketch.put("Sqrt", sketch.put("Add", squares, sketch.weight(1.0))[0])[0]
        sketch.move("Div", length)
    elif kind == "Linear":
        sketch.move("MatMul", sketch.normal(width, width))


Drawn = tuple[onnx.ModelProto, tuple[int, ...], int]


@st.composite
def graphs(draw: Any) -> Drawn:
    seed = draw(st.integers(0, 2**16))
    shape = (1, draw(st.integers(1, 4)), draw(st.integers(3, 9)), draw(st.integers(3, 9)))
    sketch = Sketch(draw, shape, np.random.default_rng(seed))
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from([*SPATIAL, *SPATIAL, *UNARY, *OTHER]))
        if kind in SPATIAL:
            spatial(sketch, kind)
        elif kind in UNARY:
            sketch.move(kind)
        else:
            other(sketch, kind)
        if 0 in sketch.shape:
            sketch.shape = measured(sketch, shape)
            if min(sketch.shape) < 1 or max(sketch.shape) > 30:
                break
    return sketch.model(), shape, seed


def viewed(model: onnx.ModelProto, shape: tuple[int, ...]) -> ForwardGraph:
    """The view of a graph that the runtime can run; others are drawn anew."""
    try:
        return ForwardGraph.of(model, shape)
    except NetworkError:
        reject()


def measured(sketch: Sketch, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    trial = Sketch(sketch.draw, sketch.shape, sketch.chance, sketch.value)
    trial.nodes, trial.weights = list(sketch.nodes), sketch.weights
    forward = viewed(trial.model(), shape)
    return tuple(forward.shape("y"))  # type: ignore[return-value]


def runs(model: onnx.ModelProto, picture: np.ndarray) -> bool:
    """Whether the runtime can run the graph itself: it fuses some paddings into pools wrongly."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": picture})
    except Exception:  # noqa: BLE001 - whatever it is, it is the runtime that fails
        return False
    return True


HURRY = list(HealthCheck)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=HURRY)
@given(graphs())
def test_the_gradient_of_a_random_graph(
    drawn: tuple[onnx.ModelProto, tuple[int, ...], int],
) -> None:
    model, shape, seed = drawn
    chance = np.random.default_rng(seed)
    picture = chance.standard_normal(shape).astype(np.float32)
    note(onnx.printer.to_text(model))
    forward = viewed(model, shape)
    assume(min(forward.shape("y")) > 0 and runs(model, picture))
    assert gradient_error(forward, "y", picture, chance, threads=1) < 1e-2
