"""Rules by operator: what a rule is given, what it returns, and where it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from lookalike.vision.network.gradients.writer import Writer
from lookalike.vision.network.graph import ForwardGraph, Shape, attribute

RuleName = Literal["gradient", "guided", "deconvnet"]
RULES: tuple[RuleName, ...] = ("gradient", "guided", "deconvnet")


class NoGradientError(Exception):
    """An operator on the way has no gradient rule (for this use of it)."""

    def __init__(self, operator: str, reason: str = "") -> None:
        super().__init__(f"{operator}: {reason}" if reason else operator)
        self.operator = operator


@dataclass(frozen=True)
class Step:
    """One node on the way back. `gradients` are of its outputs, None where nothing flows.

    `needed` says of each input whether its gradient is asked for.
    """

    node: NodeProto
    gradients: tuple[str | None, ...]
    needed: tuple[bool, ...]
    forward: ForwardGraph
    write: Writer
    rule: RuleName

    @property
    def gradient(self) -> str:
        """The gradient of the first output."""
        if self.gradients[0] is None:
            raise self.refuse("only its later outputs are used")
        return self.gradients[0]

    @property
    def output(self) -> str:
        """The first output's name."""
        return str(self.node.output[0])

    def input(self, index: int) -> str:
        """An input's name; "" if it is absent."""
        return self.node.input[index] if index < len(self.node.input) else ""

    def shape(self, index: int) -> Shape:
        """An input's shape at the reference size."""
        return self.forward.shape(self.input(index))

    @property
    def output_shape(self) -> Shape:
        """The first output's shape at the reference size."""
        return self.forward.shape(self.output)

    def constant(self, index: int) -> NDArray[Any] | None:
        """An input's array when it does not depend on the run; None if so or if absent."""
        name = self.input(index)
        return self.forward.constant(name) if name else None

    def axes(self, rank: int, default: list[int] | None = None) -> list[int]:
        """Axes from the attribute (older opsets) or the second input, none of them negative."""
        told = attribute(self.node, "axes")
        if told is None and self.input(1):
            array = self.constant(1)
            if array is None:
                raise self.refuse("its axes are computed")
            told = array.tolist()
        if told is None:
            told = list(range(rank)) if default is None else default
        return sorted(axis % rank for axis in told)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """An attribute of the node."""
        return attribute(self.node, name, default)

    def only_first(self) -> None:
        """Refuse when more than the first input's gradient is asked for."""
        if any(self.needed[1:]):
            raise self.refuse("its weights depend on the picture")

    def refuse(self, reason: str) -> NoGradientError:
        """The error for a use of the operator that has no rule."""
        return NoGradientError(self.node.op_type, reason)

    def unbroadcast(self, gradient: str, index: int) -> str:
        """Sum `gradient`, of the output's shape, over the axes that the input was spread along."""
        wide, narrow = self.output_shape, self.shape(index)
        lead = len(wide) - len(narrow)
        spread = [
            axis
            for axis in range(len(wide))
            if axis < lead or (narrow[axis - lead] == 1 and wide[axis] != 1)
        ]
        if spread:
            write = self.write
            gradient = write.op("ReduceSum", gradient, write.ints(spread), keepdims=1)
        if lead:
            gradient = self.write.op("Squeeze", gradient, self.write.ints(list(range(lead))))
        return gradient


Rule = Callable[[Step], dict[int, str]]
"""Returns the gradient of each needed input, by the input's index; what is absent is zero."""

_RULES: dict[str, Rule] = {}

# Their derivative is zero wherever it exists, so nothing flows back and nothing is lost.
FLAT = frozenset(
    [
        "Shape",
        "Size",
        "ConstantOfShape",
        "Constant",
        "Floor",
        "Ceil",
        "Round",
        "Sign",
        "ArgMax",
        "ArgMin",
        "Equal",
        "Greater",
        "Less",
        "GreaterOrEqual",
        "LessOrEqual",
        "And",
        "Or",
        "Not",
        "Xor",
        "Range",
        "NonZero",
        "IsNaN",
        "IsInf",
        "OneHot",
    ]
)


def rule(*operators: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these operators."""

    def keep(function: Rule) -> Rule:
        for operator in operators:
            _RULES[operator] = function
        return function

    return keep


def rule_for(node: NodeProto) -> Rule:
    """The rule of a node; raises NoGradientError if there is none."""
    if node.domain not in ("", "ai.onnx") or node.op_type not in _RULES:
        raise NoGradientError(node.op_type)
    return _RULES[node.op_type]


def operators() -> tuple[str, ...]:
    """The operators that have a rule, sorted."""
    return tuple(sorted(_RULES))


def float32(value: float) -> NDArray[np.float32]:
    """A scalar as the graph keeps it."""
    return np.array(value, np.float32)
