"""Chooses the values of a network that may be looked at, shallow to deep.

Candidates are the values that every path from the picture passes through: the outputs of
residual blocks, of inception modules, of plain layers. Of each stretch between two convolutions
the rectified value stands for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from onnx import NodeProto

from lookalike.errors import NetworkError
from lookalike.vision.network.field import ReceptiveField
from lookalike.vision.network.gradients.rectifiers import gated, is_rectifier
from lookalike.vision.network.graph import ForwardGraph, inputs_of
from lookalike.vision.network.receptive_field import place_axes, receptive_fields

MOST = 20
LAST = "last"
_WEIGHTED = ("Conv", "ConvTranspose", "MatMul", "Gemm")
_PASSING = (
    *("MaxPool", "AveragePool", "LRN", "Transpose", "Reshape", "Dropout", "Identity", "Pad"),
    *("Slice", "Cast", "LayerNormalization"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of the graph and what it is called."""

    value: str
    name: str
    channels: int
    stride: int
    field: ReceptiveField


def choose_taps(forward: ForwardGraph) -> tuple[Choice, ...]:
    """At most 20 taps in order of depth; the last one is named "last".

    Raises:
        NetworkError: no value after a convolution has places.
    """
    output = _deepest_output(forward)
    nodes = forward.before([output])
    fields, axes = receptive_fields(forward), place_axes(forward)
    found = []
    for stretch in _stretches(nodes, _cuts(forward, nodes, output)):
        usable = [
            name
            for name in stretch
            if axes.get(name) == (2, 3) and _has_places(forward, name, fields[name])
        ]
        if usable:
            found.append(_representative(forward, usable))
    if not found:
        raise NetworkError("The network keeps no map of places after its convolutions.")
    kept = _thinned(found, [int(fields[name].stride[0]) for name in found])
    names = _names(forward, kept)
    return tuple(
        Choice(
            value,
            names[value],
            forward.shape(value)[1],
            int(fields[value].stride[0]),
            fields[value],
        )
        for value in kept
    )


def _deepest_output(forward: ForwardGraph) -> str:
    active = forward.after(forward.entry)
    names = [each.name for each in forward.model.graph.output if each.name in active]
    if not names:
        raise NetworkError("The network's output is constant: it does not depend on the picture.")
    deepest: str = max(names, key=lambda name: len(forward.before([name])))
    return deepest


def _has_places(forward: ForwardGraph, name: str, field: ReceptiveField) -> bool:
    shape = forward.shape(name)
    whole = all(stride >= 1 and stride == int(stride) for stride in field.stride)
    return len(shape) == 4 and min(shape[2:]) > 1 and shape[1] > 3 and whole


def _cuts(forward: ForwardGraph, nodes: list[NodeProto], output: str) -> list[str]:
    """The values that all paths pass through: nothing else is still to be read after them.

    Who asks a value for its size alone does not read it.
    """
    active = forward.pictured
    nodes = [node for node in nodes if node.output[0] in active]
    readers = {output: 1}
    for node in nodes:
        for name in dict.fromkeys(inputs_of(node)):
            readers[name] = readers.get(name, 0) + 1
    open_values: set[str] = {forward.entry}
    found = []
    for node in nodes:
        if forward.entry in node.output:
            continue
        for name in dict.fromkeys(inputs_of(node)):
            readers[name] -= 1
            if readers[name] == 0:
                open_values.discard(name)
        open_values.update(name for name in node.output if name in active and readers.get(name))
        if open_values == {node.output[0]}:
            found.append(node.output[0])
    return found


def _stretches(nodes: list[NodeProto], cuts: list[str]) -> list[list[str]]:
    """The cuts, divided where a weighted operator lies between two of them."""
    cut, stretches, current = set(cuts), [], list[str]()
    weighted = False
    for node in nodes:
        weighted = weighted or node.op_type in _WEIGHTED
        if node.output[0] in cut:
            if weighted:
                stretches.append(current)
                current, weighted = [], False
            current.append(node.output[0])
    stretches.append(current)
    return stretches[1:]  # what comes before the first weights is preprocessing


def _representative(forward: ForwardGraph, names: list[str]) -> str:
    """The last rectified value, else the last that does more than pass numbers on."""
    pieces = gated(forward)
    for name in reversed(names):
        if name in pieces or is_rectifier(forward, forward.producers[name]):
            return name
    doing = [name for name in names if forward.producers[name].op_type not in _PASSING]
    return (doing or names)[-1]


def _thinned(values: list[str], strides: list[int]) -> list[str]:
    """At most MOST: the last of each stride, and evenly chosen ones between."""
    count = len(values)
    if count <= MOST:
        return values
    ends = {i for i in range(count) if i + 1 == count or strides[i + 1] != strides[i]}
    room = max(MOST - len(ends), 2)
    even = {round(i * (count - 1) / (room - 1)) for i in range(room)}
    chosen = sorted(ends | even)
    return [values[i] for i in chosen[-MOST:]]


def _names(forward: ForwardGraph, values: list[str]) -> dict[str, str]:
    """Readable names, unique, safe in a shell; numbered where the file's own say nothing."""
    names: dict[str, str] = {}
    for number, value in enumerate(values):
        node = forward.producers[value]
        scope = _scope(node)
        cleaned = re.sub(r"(_output)?_\d+$|:\d+$", "", scope or value)
        cleaned = re.sub(r"[^A-Za-z0-9.]+", ".", scope or cleaned).strip(".")
        parts = cleaned.split(".")
        deduplicated = [part for i, part in enumerate(parts) if i == 0 or part != parts[i - 1]]
        cleaned = ".".join(deduplicated)[-40:].strip(".")
        if not scope and _says_nothing(cleaned, node):
            cleaned = ""
        if not cleaned or cleaned in names.values():
            cleaned = f"block-{number:02}"
        names[value] = cleaned
    names[values[-1]] = LAST
    return names


def _says_nothing(name: str, node: NodeProto) -> bool:
    """Whether a name is a running number, or no more than the operator's own."""
    if re.fullmatch(r"[A-Za-z]{0,5}[.]?\d*|[a-z]+[.]\d+", name):
        return True
    return re.sub(r"[.\d]+", "", name).lower() in (node.op_type.lower(), "getitem")


def _scope(node: NodeProto) -> str:
    """The path of the torch module that made a node, as torch's exporter notes it; "" if none."""
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.name_scopes":
            scopes = re.findall(r"'([^']*)'", entry.value)
            return str(scopes[-2]) if len(scopes) > 1 else ""
    return ""
