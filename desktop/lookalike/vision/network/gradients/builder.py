"""Joins a network and its backward pass to one graph, Delta x = dF(x) / dx as ONNX nodes.

The forward nodes that a tap depends on are kept with their weights; the backward nodes read
them. The seed, which weighs the tap's filters and places, is an input, so one graph serves every
filter, every place and every weighting of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from lookalike.vision.network.gradients import (  # noqa: F401 - they register their rules
    activations,
    arithmetic,
    conv,
    linear,
    normalisation,
    pooling,
    reductions,
    shapes,
)
from lookalike.vision.network.gradients.rectifiers import before_rectifier, gated
from lookalike.vision.network.gradients.registry import (
    FLAT,
    NoGradientError,
    RuleName,
    Step,
    rule_for,
)
from lookalike.vision.network.gradients.writer import PREFIX, Writer
from lookalike.vision.network.graph import ForwardGraph, inputs_of

SEED = "seed"
STRONGEST = "strongest"
GRADIENT = "gradient"
OLDEST_OPSET = 17


@dataclass(frozen=True, slots=True)
class GradientGraph:
    """A model from a picture and a seed to the seeded value and its gradient.

    Inputs: `image` as the network takes it; "seed", float32 of a shape that broadcasts to that of
    `target`; "strongest" (if asked for), a bool: the seed then counts at each filter's strongest
    place alone, so one run finds the place and looks at it.
    Outputs: `target` (float32) and "gradient" (float32 of the shape of `entry`), the derivative
    of sum(seed * target) with respect to `entry`.
    """

    model: ModelProto
    image: str
    entry: str
    target: str


def build_gradient(
    forward: ForwardGraph,
    tap: str,
    rule: RuleName = "gradient",
    exact_tap: bool = False,
    float_input: bool = False,
    strongest: bool = False,
) -> GradientGraph:
    """The combined graph for one tap and one rule.

    The seed weighs the value before the tap's own rectifier (see `before_rectifier`), or with
    `exact_tap` the tap itself. With `float_input` the graph takes the float entry in place of
    the picture, for numerical checks; with `strongest` there is an input of that name (for taps
    [N, C, ...]). Opset 17 or later.

    Raises:
        NoGradientError: an operator between the picture and the tap has no gradient.
    """
    if forward.opset < OLDEST_OPSET:
        raise NoGradientError("the network", f"it is of opset {forward.opset}, before 17")
    target = tap if exact_tap else before_rectifier(forward, tap)
    nodes = forward.before([target])
    if float_input:
        nodes = _after_entry(forward, nodes)
    write = Writer()
    seed = _strongest(write, target) if strongest else SEED
    gradient = _backward(forward, nodes, {target: [seed]}, rule, write)
    if not gradient:
        gradient = write.zeros(forward.entry)
    write.nodes.append(helper.make_node("Identity", [gradient], [GRADIENT], name=GRADIENT))
    picture = [_float_entry(forward)] if float_input else _picture(forward)
    if strongest:
        picture += [helper.make_tensor_value_info(STRONGEST, TensorProto.BOOL, [])]
    model = _assembled(forward, nodes, target, write, picture)
    return GradientGraph(model, picture[0].name, forward.entry, target)


def operators_in_the_way(forward: ForwardGraph, tap: str) -> tuple[str, ...]:
    """The operators without a gradient between the picture and a tap; () if it has saliency."""
    active = forward.after(forward.entry)
    found = []
    for node in forward.before([tap]):
        if node.op_type in FLAT or not any(name in active for name in inputs_of(node)):
            continue
        if node.op_type == "Cast" and node.output[0] == forward.entry:
            continue
        try:
            rule_for(node)
        except NoGradientError as error:
            found.append(error.operator)
    if not found:
        try:
            build_gradient(forward, tap)
        except NoGradientError as error:
            found.append(str(error))
    return tuple(dict.fromkeys(found))


def _backward(
    forward: ForwardGraph,
    nodes: list[NodeProto],
    parts: dict[str, list[str]],
    rule: RuleName,
    write: Writer,
) -> str | None:
    """Write the backward pass from the seeded values in `parts`.

    Returns the gradient of the entry, None if nothing reaches it.
    """
    active = forward.after(forward.entry)
    whole = gated(forward) if rule != "gradient" else {}
    for node in reversed(nodes):
        if forward.entry in node.output:
            break
        if node.op_type in FLAT or not any(name in parts for name in node.output):
            continue
        if not any(name in active for name in inputs_of(node)):
            continue
        gradients = tuple(_total(parts, name, write) for name in node.output)
        if node.output[0] in whole and gradients[0] is not None:
            root = whole[node.output[0]]
            passed = activations.rectified(write, rule, gradients[0], root)
            parts.setdefault(root, []).append(passed)
            continue
        needed = tuple(name in active for name in node.input)
        step = Step(node, gradients, needed, forward, write, rule)
        for index, gradient in rule_for(node)(step).items():
            if needed[index]:
                parts.setdefault(node.input[index], []).append(gradient)
    return _total(parts, forward.entry, write)


def _strongest(write: Writer, target: str) -> str:
    """The seed, or where "strongest" holds the seed at the first largest place of each filter."""
    flat = write.op("Reshape", target, write.ints([0, 0, -1]))
    place = write.op("ArgMax", flat, axis=2, keepdims=1)
    one = write.op("Expand", write.number(1.0), write.shape_of(place))
    alone = write.op("ScatterElements", write.zeros(flat), place, one, axis=2)
    chosen = write.op("Where", STRONGEST, write.like(alone, target), write.number(1.0))
    return write.op("Mul", SEED, chosen)


def _total(parts: dict[str, list[str]], value: str, write: Writer) -> str | None:
    """The sum of what flowed back to a value from its readers."""
    found = parts.get(value)
    if not found:
        return None
    if len(found) > 1:
        parts[value] = [write.op("Sum", *found)]
    return parts[value][0]


def _assembled(
    forward: ForwardGraph,
    nodes: list[NodeProto],
    target: str,
    write: Writer,
    picture: list[ValueInfoProto],
) -> ModelProto:
    kept = [_with_outputs(node, write) for node in nodes]
    read = {name for node in (*kept, *write.nodes) for name in inputs_of(node)} | {target}
    weights = [tensor for name, tensor in forward.initializers.items() if name in read]
    rank = len(forward.shape(target))
    inputs = [
        *picture,
        helper.make_tensor_value_info(SEED, TensorProto.FLOAT, [f"seed.{n}" for n in range(rank)]),
    ]
    outputs = [ValueInfoProto(name=target), ValueInfoProto(name=GRADIENT)]
    for each, value in zip(outputs, (target, forward.entry), strict=True):
        dims = [f"{each.name}.{axis}" for axis in range(len(forward.shape(value)))]
        each.CopyFrom(helper.make_tensor_value_info(each.name, TensorProto.FLOAT, dims))
    graph = helper.make_graph([*kept, *write.nodes], "gradient", inputs, outputs)
    graph.initializer.extend(weights)
    graph.initializer.extend(write.constants)
    return _like(forward.model, graph)


def _picture(forward: ForwardGraph) -> list[ValueInfoProto]:
    return [each for each in forward.model.graph.input if each.name == forward.image]


def _float_entry(forward: ForwardGraph) -> ValueInfoProto:
    dims = [f"entry.{axis}" for axis in range(len(forward.shape(forward.entry)))]
    return helper.make_tensor_value_info(forward.entry, TensorProto.FLOAT, dims)


def _after_entry(forward: ForwardGraph, nodes: list[NodeProto]) -> list[NodeProto]:
    skipped = {node.output[0] for node in forward.before([forward.entry])}
    return [node for node in nodes if node.output[0] not in skipped]


def _like(model: ModelProto, graph: GraphProto) -> ModelProto:
    made = helper.make_model(graph, opset_imports=list(model.opset_import))
    made.ir_version = max(model.ir_version, 8)
    return made


def _with_outputs(node: NodeProto, write: Writer) -> NodeProto:
    """The node, copied with the optional outputs that the backward pass asked for."""
    asked = {i: name for (first, i), name in write.extra_outputs.items() if first == node.output[0]}
    if not asked:
        return node
    copied = NodeProto()
    copied.CopyFrom(node)
    while len(copied.output) <= max(asked):
        copied.output.append("")
    for index, name in asked.items():
        copied.output[index] = name
    return copied


def from_float(forward: ForwardGraph, outputs: Iterable[str]) -> ModelProto:
    """The forward pass alone with the float entry as its input, as finite differences need it."""
    wanted = list(outputs)
    nodes = _after_entry(forward, forward.before(wanted))
    return _forward_alone(forward, nodes, wanted, [_float_entry(forward)])


def build_values(forward: ForwardGraph, tap: str) -> tuple[ModelProto, str]:
    """From the picture to what `build_gradient` seeds, and its name: for taps without gradient."""
    target = before_rectifier(forward, tap)
    nodes = forward.before([target])
    return _forward_alone(forward, nodes, [target], _picture(forward)), target


def _forward_alone(
    forward: ForwardGraph, nodes: list[NodeProto], outputs: list[str], picture: list[ValueInfoProto]
) -> ModelProto:
    read = {name for node in nodes for name in inputs_of(node)}
    values = [ValueInfoProto(name=name) for name in outputs]
    graph = helper.make_graph(nodes, "forward", picture, values)
    graph.initializer.extend(t for name, t in forward.initializers.items() if name in read)
    return _like(forward.model, graph)


__all__ = [
    "GRADIENT",
    "PREFIX",
    "SEED",
    "STRONGEST",
    "GradientGraph",
    "NoGradientError",
    "build_gradient",
    "build_values",
    "from_float",
    "operators_in_the_way",
]
