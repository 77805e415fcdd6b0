"""Receptive fields from the graph: size, stride and offset of every value that has places.

Follows the two axes of the picture through every operator (Araujo, Norris & Sim 2019,
"Computing Receptive Fields of Convolutional Neural Networks"). Where an axis is summed, flattened
or mixed away, nothing local is left; where a value that has lost its places is broadcast onto one
that has them (squeeze and excite), the local field stays and is marked `everywhere`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from onnx import NodeProto

from lookalike.vision.network.field import ReceptiveField
from lookalike.vision.network.graph import ForwardGraph, attribute
from lookalike.vision.network.window import window_of


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of the picture in a value: at which of its axes, and what a place there sees."""

    at: int
    size: Fraction = Fraction(1)
    stride: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a value: its two axes (None where lost) and whether it sees all."""

    axes: tuple[Axis | None, Axis | None]
    everywhere: bool = False


def receptive_fields(forward: ForwardGraph) -> dict[str, ReceptiveField]:
    """Value to its receptive field, for the values that have places along both axes."""
    return {
        name: ReceptiveField(
            (float(seen.axes[0].size), float(seen.axes[1].size)),
            (float(seen.axes[0].stride), float(seen.axes[1].stride)),
            (float(seen.axes[0].offset), float(seen.axes[1].offset)),
            seen.everywhere,
        )
        for name, seen in follow(forward).items()
        if seen.axes[0] is not None and seen.axes[1] is not None
    }


def place_axes(forward: ForwardGraph) -> dict[str, tuple[int, int]]:
    """Value to which of its axes are the picture's rows and columns, where it has both."""
    return {
        name: (seen.axes[0].at, seen.axes[1].at)
        for name, seen in follow(forward).items()
        if seen.axes[0] is not None and seen.axes[1] is not None
    }


def follow(forward: ForwardGraph) -> dict[str, Seen]:
    """Everything that depends on the picture, and what of it a place there sees."""
    shape = forward.shape(forward.entry)
    rows = 2 if len(shape) == 4 and shape[1] == 3 else 1
    seen = {forward.entry: Seen((Axis(rows), Axis(rows + 1)))}
    for node in forward.nodes:
        known = [(i, seen[name]) for i, name in enumerate(node.input) if name in seen]
        if not known or forward.entry in node.output or node.output[0] not in forward.pictured:
            continue
        for output in node.output:
            if output:
                seen[output] = _through(forward, node, output, known)
    return seen


def _through(
    forward: ForwardGraph, node: NodeProto, output: str, known: list[tuple[int, Seen]]
) -> Seen:
    step = _STEPS.get(node.op_type, _elementwise if node.op_type in _LOCAL else None)
    if step is None:
        return Seen((None, None), everywhere=True)
    parts = [
        (step(forward, node, index, axis), axis) for index, each in known for axis in each.axes
    ]
    pairs = [(parts[i][0], parts[i + 1][0]) for i in range(0, len(parts), 2)]
    everywhere = any(each.everywhere for _, each in known) or node.op_type in _SPREADING
    everywhere = everywhere or any(None in pair for pair in pairs)
    shape = forward.shapes.get(output, ())
    rows = _union([pair[0] for pair in pairs], shape)
    columns = _union([pair[1] for pair in pairs], shape)
    return Seen((rows, columns), everywhere)


def _union(axes: list[Axis | None], shape: tuple[int, ...]) -> Axis | None:
    """What a place sees through any of several inputs; those without the axis are left out."""
    found = [axis for axis in axes if axis is not None]
    if not found or len({(axis.at, axis.stride) for axis in found}) != 1:
        return None
    if shape and (found[0].at >= len(shape)):
        return None
    start = min(axis.offset for axis in found)
    end = max(axis.offset + axis.size for axis in found)
    return replace(found[0], offset=start, size=end - start)


Step = Callable[[ForwardGraph, NodeProto, int, "Axis | None"], "Axis | None"]


def _elementwise(
    forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None
) -> Axis | None:
    """Shapes align at their ends; an axis of length 1 that is spread has lost its places."""
    if axis is None:
        return None
    own = forward.shape(node.input[index])
    wide = forward.shape(node.output[0])
    at = axis.at + len(wide) - len(own)
    return replace(axis, at=at) if own[axis.at] == wide[at] else None


def _window(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    if axis is None or axis.at < 2 or index > 0:
        return None
    fine, coarse = forward.shape(node.input[0])[2:], forward.shape(node.output[0])[2:]
    is_conv = node.op_type == "Conv"
    kernel = forward.shape(node.input[1])[2:] if is_conv else attribute(node, "kernel_shape")
    window, n = window_of(node, kernel, fine, coarse), axis.at - 2
    return Axis(
        axis.at,
        axis.size + (window.extents[n] - 1) * axis.stride,
        axis.stride * window.strides[n],
        axis.offset - window.begins[n] * axis.stride,
    )


def _transposed(
    forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None
) -> Axis | None:
    """A fine place lies under the windows of up to extent / stride coarse ones."""
    if axis is None or axis.at < 2 or index > 0:
        return None
    fine, coarse = forward.shape(node.output[0])[2:], forward.shape(node.input[0])[2:]
    window, n = window_of(node, forward.shape(node.input[1])[2:], fine, coarse), axis.at - 2
    step, reach = axis.stride / window.strides[n], window.extents[n] - 1
    return Axis(
        axis.at, axis.size + reach * step, step, axis.offset + (window.begins[n] - reach) * step
    )


def _global(_f: ForwardGraph, _n: NodeProto, _i: int, _axis: Axis | None) -> Axis | None:
    return None


def _transpose(forward: ForwardGraph, node: NodeProto, _i: int, axis: Axis | None) -> Axis | None:
    rank = len(forward.shape(node.input[0]))
    order = attribute(node, "perm") or list(range(rank))[::-1]
    return None if axis is None else replace(axis, at=order.index(axis.at))


def _reshape(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    """An axis survives if as many numbers lie behind it as before, and it is as long."""
    if axis is None or index > 0:
        return None
    old, new = forward.shape(node.input[0]), forward.shape(node.output[0])
    behind = _product(old[axis.at + 1 :])
    for at, size in enumerate(new):
        if size == old[axis.at] and _product(new[at + 1 :]) == behind:
            return replace(axis, at=at)
    return None


def _product(sizes: tuple[int, ...]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def _reduce(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    if axis is None or index > 0:
        return None
    rank = len(forward.shape(node.input[0]))
    told = attribute(node, "axes")
    if told is None and len(node.input) > 1 and node.input[1]:
        array = forward.constant(node.input[1])
        told = None if array is None else array.tolist()
    gone = {each % rank for each in told} if told else set(range(rank))
    if axis.at in gone:
        return None
    shift = 0 if attribute(node, "keepdims", 1) else sum(each < axis.at for each in gone)
    return replace(axis, at=axis.at - shift)


def _except_along(default: int, last: bool = False) -> Step:
    """An operator that mixes one axis (or all from it on) and leaves the others alone."""

    def step(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
        if axis is None:
            return None
        rank = len(forward.shape(node.input[index]))
        mixed = int(attribute(node, "axis", default)) % rank
        return None if axis.at == mixed or (last and axis.at > mixed) else axis

    return step


def _gather(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    """Taking along another axis; a single index takes that axis away."""
    if axis is None or index > 0:
        return None
    mixed = int(attribute(node, "axis", 0)) % len(forward.shape(node.input[0]))
    if axis.at == mixed:
        return None
    grown = len(forward.shape(node.output[0])) - len(forward.shape(node.input[0]))
    return replace(axis, at=axis.at + (grown if axis.at > mixed else 0))


def _pad(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    pads = forward.constant(node.input[1])
    if axis is None or index > 0 or pads is None or (len(node.input) > 3 and node.input[3]):
        return None
    return replace(axis, offset=axis.offset - int(pads[axis.at]) * axis.stride)


def _slice(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    if axis is None or index > 0:
        return None
    told = [forward.constant(name) if name else None for name in node.input[1:]]
    told += [None] * (4 - len(told))
    starts, _, axes, steps = told
    if starts is None or (len(node.input) > 4 and node.input[4] and steps is None):
        return None
    rank, size = len(forward.shape(node.input[0])), forward.shape(node.input[0])[axis.at]
    where = [int(each) % rank for each in axes] if axes is not None else list(range(len(starts)))
    if axis.at not in where:
        return axis
    n = where.index(axis.at)
    step = int(steps[n]) if steps is not None else 1
    start = int(starts[n])
    start = start + size if start < 0 else min(start, size)
    if step <= 0:
        return None
    return replace(axis, offset=axis.offset + start * axis.stride, stride=axis.stride * step)


def _matmul(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    """The left factor's last axis and the right factor's last but one are summed away."""
    if axis is None:
        return None
    own, wide = len(forward.shape(node.input[index])), len(forward.shape(node.output[0]))
    summed = own - 1 if index == 0 else max(own - 2, 0)
    return None if axis.at == summed else replace(axis, at=axis.at + wide - own)


def _blocks(_f: ForwardGraph, node: NodeProto, _i: int, axis: Axis | None) -> Axis | None:
    if axis is None or axis.at < 2:
        return None
    block = int(attribute(node, "blocksize"))
    if node.op_type == "SpaceToDepth":
        size = axis.size + (block - 1) * axis.stride
        return replace(axis, size=size, stride=axis.stride * block)
    return _finer(axis, Fraction(block), Fraction(block - 1))


def _resize(forward: ForwardGraph, node: NodeProto, index: int, axis: Axis | None) -> Axis | None:
    """Wide enough for any of the interpolations: two coarse places to either side."""
    if axis is None or index > 0:
        return None
    old, new = forward.shape(node.input[0])[axis.at], forward.shape(node.output[0])[axis.at]
    return axis if old == new else _finer(axis, Fraction(new, old), 4 * Fraction(new, old))


def _finer(axis: Axis, times: Fraction, reach: Fraction) -> Axis:
    """The axis with `times` as many places, each seeing up to `reach` fine places more."""
    step = axis.stride / times
    both = reach if reach < times else reach / 2
    return replace(
        axis, stride=step, size=axis.size + reach * step, offset=axis.offset - both * step
    )


_LOCAL = frozenset(
    (
        *("Add", "Sub", "Mul", "Div", "Pow", "Sum", "Mean", "Max", "Min", "Where", "Sqrt", "Exp"),
        *("Log", "Neg", "Abs", "Reciprocal", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu"),
        *("Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Swish", "Softplus", "Softsign", "Mish"),
        *("Gelu", "Erf", "Tanh", "BatchNormalization", "LRN", "Dropout", "Identity", "Cast"),
        *("Expand", "Floor", "Ceil", "Round", "Sign", "InstanceNormalization", "ThresholdedRelu"),
        *("Greater", "Less", "Equal", "And", "Or", "Not", "GreaterOrEqual", "LessOrEqual"),
    )
)
_SPREADING = frozenset(["InstanceNormalization"])
_STEPS: dict[str, Step] = {
    **dict.fromkeys(("Conv", "MaxPool", "AveragePool", "LpPool"), _window),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), _global),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshape),
    **dict.fromkeys(("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2"), _reduce),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _except_along(-1)),
    **dict.fromkeys(("Concat",), _except_along(0)),
    **dict.fromkeys(("Split",), _except_along(0)),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _blocks),
    "LayerNormalization": _except_along(-1, last=True),
    "ConvTranspose": _transposed,
    "Transpose": _transpose,
    "Gather": _gather,
    "Pad": _pad,
    "Slice": _slice,
    "MatMul": _matmul,
    "Resize": _resize,
}
