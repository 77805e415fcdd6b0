"""A forward ONNX graph made easy to ask: producers, consumers, constants, shapes, dependencies.

Shapes are known at one size of the picture (the reference). Sizes that differ from it by
multiples of the network's total stride leave the same remainders at every strided window, so
what is derived here (paddings, which axes broadcast) holds for them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, numpy_helper

from lookalike.errors import NetworkError

Shape = tuple[int, ...]

_LARGE = 1024
"""Weights with more numbers than this stay out of shape inference."""
_ENTRY_MAX_DEPTH = 2


def attribute(node: NodeProto, name: str, default: Any = None) -> Any:  # noqa: ANN401
    """The value of a node's attribute; strings as `str`, lists as `list`."""
    for each in node.attribute:
        if each.name == name:
            value = onnx.helper.get_attribute_value(each)
            if isinstance(value, bytes):
                return value.decode("utf-8", "replace")
            is_list = each.type in (AttributeProto.INTS, AttributeProto.FLOATS)
            return list(value) if is_list else value
    return default


def inputs_of(node: NodeProto) -> list[str]:
    """The values a node reads, those captured by its subgraphs included; no empty names."""
    names = [name for name in node.input if name]
    for each in node.attribute:
        if each.type == AttributeProto.GRAPH:
            inner = {output for child in each.g.node for output in child.output}
            names += [name for child in each.g.node for name in inputs_of(child)]
            names += [value.name for value in each.g.output]
            names = [name for name in names if name not in inner]
    return names


def picture_input(model: ModelProto) -> ValueInfoProto:
    """The one input of the graph that is no weight; raises NetworkError unless it is one."""
    weights = {tensor.name for tensor in model.graph.initializer}
    read = {name for node in model.graph.node for name in inputs_of(node)}
    found = [each for each in model.graph.input if each.name not in weights and each.name in read]
    if len(found) != 1:
        names = ", ".join(each.name for each in found) or "none"
        raise NetworkError(
            f"The network must have one input, a picture; it has {len(found)} ({names})."
        )
    picture: ValueInfoProto = found[0]
    return picture


class ForwardGraph:
    """A model and what can be known of it without running it. The model is not changed.

    `entry` is the float input that gradients are taken with respect to: the first float value
    made from the picture (after a cast from uint8), or the picture itself if it is float.
    """

    def __init__(self, model: ModelProto, shapes: dict[str, Shape]) -> None:
        self.model = model
        self.shapes = shapes
        self.nodes: Sequence[NodeProto] = model.graph.node
        self.image = picture_input(model).name
        self.initializers = {each.name: each for each in model.graph.initializer}
        self.producers = {name: node for node in self.nodes for name in node.output if name}
        self._arrays: dict[str, NDArray[Any]] = {}

    @classmethod
    def of(cls, model: ModelProto, shape: Sequence[int]) -> ForwardGraph:
        """The view of `model` for a picture of `shape`, in the order the graph's input has.

        Raises:
            NetworkError: the graph has no single picture input, or cannot run at this shape.
        """
        return cls(model, shapes_at(model, tuple(shape)))

    @property
    def opset(self) -> int:
        """The version of the standard operators."""
        return opset_of(self.model)

    @cached_property
    def consumers(self) -> dict[str, list[NodeProto]]:
        """Value to the nodes that read it, in order."""
        readers: dict[str, list[NodeProto]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(inputs_of(node)):
                readers.setdefault(name, []).append(node)
        return readers

    @cached_property
    def entry(self) -> str:
        """The float value that gradients are taken with respect to."""
        if picture_input(self.model).type.tensor_type.elem_type == TensorProto.FLOAT:
            return self.image
        value = self.image
        for _ in range(_ENTRY_MAX_DEPTH):
            readers = self.consumers.get(value, [])
            if len(readers) != 1:
                break
            value = str(readers[0].output[0])
            if readers[0].op_type == "Cast":
                return value
        raise NetworkError("The network's integer input is not cast to float at its start.")

    def constant(self, name: str) -> NDArray[Any] | None:
        """The array of an initializer or a Constant node; None for what depends on a run."""
        if name not in self._arrays:
            if name in self.initializers:
                self._arrays[name] = numpy_helper.to_array(self.initializers[name])
            elif name in self.producers and self.producers[name].op_type == "Constant":
                self._arrays[name] = constant_of(self.producers[name])
            else:
                return None
        return self._arrays[name]

    def shape(self, name: str) -> Shape:
        """The shape of a value at the reference size; raises NetworkError if it is unknown."""
        if name in self.shapes:
            return self.shapes[name]
        if name in self.initializers:
            return tuple(self.initializers[name].dims)
        raise NetworkError(f"The shape of the network's value {name} cannot be told.")

    def before(self, targets: Iterable[str]) -> list[NodeProto]:
        """The nodes that `targets` depend on, in the graph's order."""
        wanted, found = set(targets), []
        for node in reversed(self.nodes):
            if any(name in wanted for name in node.output):
                wanted.update(inputs_of(node))
                found.append(node)
        return found[::-1]

    def after(self, source: str) -> set[str]:
        """The values that depend on `source`, itself included."""
        reached = {source}
        for node in self.nodes:
            if any(name in reached for name in inputs_of(node)):
                reached.update(name for name in node.output if name)
        return reached

    @cached_property
    def pictured(self) -> frozenset[str]:
        """The values that depend on what the picture shows, not merely on its size."""
        reached = {self.entry}
        for node in self.nodes:
            if node.op_type not in ("Shape", "Size") and not reached.isdisjoint(inputs_of(node)):
                reached.update(name for name in node.output if name)
        return frozenset(reached)


def opset_of(model: ModelProto) -> int:
    """The version of the standard operators that a model imports; 0 if none."""
    found = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    return int(found[0]) if found else 0


def constant_of(node: NodeProto) -> NDArray[Any]:
    """The array a Constant node holds."""
    for name, kind in (("value_float", np.float32), ("value_int", np.int64)):
        if (value := attribute(node, name)) is not None:
            return np.array(value, kind)
    for name, kind in (("value_floats", np.float32), ("value_ints", np.int64)):
        if (value := attribute(node, name)) is not None:
            return np.array(value, kind)
    tensor = attribute(node, "value")
    if not isinstance(tensor, TensorProto):
        raise NetworkError(f"The network's constant {node.output[0]} cannot be read.")
    return numpy_helper.to_array(tensor)


def shapes_at(model: ModelProto, shape: Shape) -> dict[str, Shape]:
    """Every value's shape for a picture of `shape`: inferred, else measured by one run."""
    shapes = _inferred(model, shape)
    # Where a ceil_mode window would start outside the picture, inference and runtime disagree.
    doubtful = any(attribute(node, "ceil_mode", 0) for node in model.graph.node)
    values = [name for node in model.graph.node for name in node.output if name]
    missing = values if doubtful else [name for name in values if name not in shapes]
    if missing:
        shapes.update(_measured(model, shape, missing))
    return shapes


def skeleton(model: ModelProto, shape: Shape) -> ModelProto:
    """The model without its large weights and with a fixed picture `shape`; cheap to analyse."""
    graph = model.graph
    picture = picture_input(model)
    small = [each for each in graph.initializer if int(np.prod(each.dims)) <= _LARGE]
    large = [each for each in graph.initializer if int(np.prod(each.dims)) > _LARGE]
    kind = picture.type.tensor_type.elem_type
    inputs = [onnx.helper.make_tensor_value_info(picture.name, kind, shape)]
    inputs += [
        onnx.helper.make_tensor_value_info(each.name, each.data_type, each.dims) for each in large
    ]
    outputs = [ValueInfoProto(name=each.name) for each in graph.output]
    bare = onnx.helper.make_graph(graph.node, "skeleton", inputs, outputs, small)
    made = onnx.helper.make_model(bare, opset_imports=list(model.opset_import))
    made.ir_version = max(model.ir_version, 4)  # since 4 a weight need not be an input
    return made


def _inferred(model: ModelProto, shape: Shape) -> dict[str, Shape]:
    try:
        inferred = onnx.shape_inference.infer_shapes(skeleton(model, shape), data_prop=True)
    except Exception as error:
        raise NetworkError(
            f"The network does not fit together for a picture of shape {shape}: {reason_of(error)}"
        ) from error
    found = {}
    graph = inferred.graph
    for value in (*graph.input, *graph.output, *graph.value_info):
        kind = value.type.tensor_type
        if kind.HasField("shape") and all(dim.HasField("dim_value") for dim in kind.shape.dim):
            found[value.name] = tuple(dim.dim_value for dim in kind.shape.dim)
    return found


def _measured(model: ModelProto, shape: Shape, names: list[str]) -> dict[str, Shape]:
    """The shapes of `names` from one run on a grey picture."""
    import onnxruntime

    trial = ModelProto()
    trial.CopyFrom(model)
    del trial.graph.output[:], trial.graph.value_info[:]
    trial.graph.output.extend(ValueInfoProto(name=name) for name in names)
    picture = picture_input(trial)
    kind = picture.type.tensor_type.elem_type
    picture.CopyFrom(onnx.helper.make_tensor_value_info(picture.name, kind, shape))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            trial.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        grey = np.full(shape, 1, onnx.helper.tensor_dtype_to_np_dtype(kind))
        values = session.run(names, {picture.name: grey})
    except Exception as error:
        raise NetworkError(
            f"The network cannot run on a picture of shape {shape}: {reason_of(error)}"
        ) from error
    return {
        name: tuple(value.shape)
        for name, value in zip(names, values, strict=True)
        if isinstance(value, np.ndarray)
    }


def reason_of(error: Exception) -> str:
    """The last line of an error, without the runtime's own prefix and full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[-1] if lines else type(error).__name__
    return text.rsplit(" : ", 1)[-1][:200].rstrip(".") + "."
