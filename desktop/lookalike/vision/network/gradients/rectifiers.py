"""Finds the network's rectifiers, written as one operator or as several.

SiLU, HardSwish and GELU are often exported in pieces: x * Sigmoid(x), x * Clip(x + 3, 0, 6) / 6,
x / 2 * (1 + Erf(x / sqrt 2)). All are a value times a gate made of the same value alone. Under
the guided and deconvnet rules such a product is one rectifier of x, and its gate is no ReLU.
"""

from __future__ import annotations

from onnx import NodeProto

from lookalike.vision.network.graph import ForwardGraph

RECTIFIERS = frozenset(
    ["Relu", "LeakyRelu", "PRelu", "Elu", "HardSwish", "Swish", "Softplus", "Mish", "Gelu"]
)
_GATES = frozenset(["Sigmoid", "HardSigmoid", "Erf", "Clip", "Tanh"])
_SCALARS = frozenset(["Add", "Sub", "Mul", "Div", "Pow"])
_DEEPEST = 8


def is_rectifier(forward: ForwardGraph, node: NodeProto) -> bool:
    """Whether a node is a rectifier by itself; a Clip is one if its lower end is 0."""
    if node.op_type == "Clip":
        low = forward.constant(node.input[1]) if len(node.input) > 1 and node.input[1] else None
        return low is not None and low.size == 1 and float(low.reshape(())) == 0.0
    return node.op_type in RECTIFIERS


def gated(forward: ForwardGraph) -> dict[str, str]:
    """Outputs of products that stand for one rectifier, to the value they rectify."""
    found = {}
    for node in forward.nodes:
        if node.op_type in ("Mul", "Div") and (root := _gated_by_itself(forward, node)):
            found[node.output[0]] = root
    # The scaled forms hold smaller products of the same kind; the outermost is the rectifier.
    return found


def _gated_by_itself(forward: ForwardGraph, node: NodeProto) -> str:
    """The value that `node` multiplies with a gate of itself, scales left aside; "" if none."""
    inner = _unscaled(forward, node)
    if inner is None or inner.op_type != "Mul":
        return ""
    first, second = inner.input
    for value, gate in ((first, second), (second, first)):
        for root in _roots(forward, value):
            if _is_gate_of(forward, gate, root, _DEEPEST):
                return root
    return ""


def _unscaled(forward: ForwardGraph, node: NodeProto) -> NodeProto | None:
    """The product below a multiplication or division by a constant."""
    for _ in range(2):
        variable = _variable_inputs(forward, node)
        if len(variable) == 2:
            return node
        if len(variable) != 1 or variable[0] not in forward.producers:
            return None
        node = forward.producers[variable[0]]
        if node.op_type not in ("Mul", "Div"):
            return None
    return None


def _variable_inputs(forward: ForwardGraph, node: NodeProto) -> list[str]:
    return [name for name in node.input if name and forward.constant(name) is None]


def _roots(forward: ForwardGraph, value: str) -> list[str]:
    """The value, and what it is a constant multiple of."""
    roots = [value]
    node = forward.producers.get(value)
    if node is not None and node.op_type in ("Mul", "Div"):
        variable = _variable_inputs(forward, node)
        if len(variable) == 1:
            roots.append(variable[0])
    return roots


def _is_gate_of(
    forward: ForwardGraph, value: str, root: str, depth: int, bounded: bool = False
) -> bool:
    """Whether `value` is made of `root` and constants alone, through a bounded function."""
    if value == root:
        return bounded
    node = forward.producers.get(value)
    if node is None or depth == 0 or node.op_type not in _GATES | _SCALARS:
        return False
    bounded = bounded or node.op_type in _GATES
    variable = _variable_inputs(forward, node)
    return bool(variable) and all(
        _is_gate_of(forward, name, root, depth - 1, bounded) for name in variable
    )


def before_rectifier(forward: ForwardGraph, tap: str) -> str:
    """The value that the rectifier which made `tap` read; `tap` itself if none did.

    A strong neuron sits at the clip of a ReLU6, where its gradient is zero: what is to be looked
    at is the value before.
    """
    node = forward.producers.get(tap)
    if node is None:
        return tap
    if is_rectifier(forward, node):
        return str(node.input[0])
    if node.op_type in ("Mul", "Div"):
        return _gated_by_itself(forward, node) or tap
    return tap
