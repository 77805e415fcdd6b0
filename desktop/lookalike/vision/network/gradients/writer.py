"""Writes nodes and constants of the backward pass, under names of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

PREFIX = "backward/"


class Writer:
    """Collects the nodes and constants of the backward pass; equal constants are kept once."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.extra_outputs: dict[tuple[str, int], str] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._shapes: dict[str, str] = {}
        self._count = 0

    def op(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401
        """Add a node with one output; returns that output's name."""
        return self.ops(operator, list(inputs), 1, **attributes)[0]

    def ops(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: int,
        **attributes: Any,  # noqa: ANN401
    ) -> list[str]:
        """Add a node with several outputs; returns their names."""
        self._count += 1
        stem = f"{PREFIX}{self._count}.{operator}"
        names = [stem if outputs == 1 else f"{stem}.{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, name=stem, **attributes))
        return names

    def constant(self, array: NDArray[Any]) -> str:
        """A constant's name; the same for equal arrays."""
        array = np.asarray(array, order="C")
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = f"{PREFIX}constant.{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def number(self, value: float) -> str:
        """A float32 scalar."""
        return self.constant(np.array(value, np.float32))

    def ints(self, values: Sequence[int]) -> str:
        """An int64 vector."""
        return self.constant(np.array(values, np.int64))

    def shape_of(self, value: str) -> str:
        """The shape of a value at run time, int64 [rank]."""
        if value not in self._shapes:
            self._shapes[value] = self.op("Shape", value)
        return self._shapes[value]

    def like(self, gradient: str, value: str) -> str:
        """`gradient` reshaped to the shape of `value`."""
        return self.op("Reshape", gradient, self.shape_of(value))

    def zeros(self, value: str) -> str:
        """Zeros float32 of the shape of `value`."""
        zero = numpy_helper.from_array(np.zeros(1, np.float32))
        return self.op("ConstantOfShape", self.shape_of(value), value=zero)

    def mask(self, condition: str, gradient: str) -> str:
        """`gradient` where a bool value holds, else 0."""
        return self.op("Mul", gradient, self.op("Cast", condition, to=TensorProto.FLOAT))

    def positive(self, value: str) -> str:
        """Where `value` > 0, bool."""
        return self.op("Greater", value, self.number(0.0))

    def output_of(self, node: NodeProto, index: int) -> str:
        """The name of a forward node's optional output, asked for if the node leaves it out."""
        if index < len(node.output) and node.output[index]:
            return str(node.output[index])
        key = (node.output[0], index)
        self.extra_outputs.setdefault(key, f"{PREFIX}{node.output[0]}.output{index}")
        return self.extra_outputs[key]

    def scattered(self, gradient: str, places: str, value: str) -> str:
        """Add `gradient` at flat `places` (int64, of its shape) of zeros shaped like `value`."""
        flat = self.ints([-1])
        size = self.op("Reshape", self.op("Size", value), flat)
        zero = numpy_helper.from_array(np.zeros(1, np.float32))
        empty = self.op("ConstantOfShape", size, value=zero)
        filled = self.op(
            "ScatterElements",
            empty,
            self.op("Reshape", places, flat),
            self.op("Reshape", gradient, flat),
            axis=0,
            reduction="add",
        )
        return self.like(filled, value)

    def positions(self, value: str, kind: int = TensorProto.INT64) -> str:
        """Every element's own flat position, shaped like `value`."""
        size = self.op("Size", value)
        zero, one = (self.constant(np.array(number, np.int64)) for number in (0, 1))
        numbers = self.op("Range", zero, size, one)
        if kind != TensorProto.INT64:
            numbers = self.op("Cast", numbers, to=kind)
        return self.like(numbers, value)
