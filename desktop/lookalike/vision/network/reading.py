"""Reads a stranger's ONNX file: what it is, whether it can be used, and why not in one sentence.

Nothing of the file is run here, and nothing outside its folder is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, numpy_helper
from onnx.inliner import inline_local_functions

from lookalike.errors import NetworkError
from lookalike.vision.network.folding import folded
from lookalike.vision.network.graph import constant_of, picture_input, reason_of
from lookalike.vision.network.opsets import modernised

LARGEST_FILE = 2**31 - 1
"""Bytes; protobuf itself ends here, and so do the sessions."""

_INTEGERS = (TensorProto.INT8, TensorProto.UINT8, TensorProto.INT4, TensorProto.UINT4)
_QUANTISED = ("QLinear", "QuantizeLinear", "DequantizeLinear", "ConvInteger", "MatMulInteger")


def read_network(path: Path) -> ModelProto:
    """The network in an ONNX file with all its weights, at opset 17 or later, constants folded.

    Raises:
        NetworkError: the file cannot be read or is no network that can be used.
    """
    model = _parsed(path)
    _load_external(model, path)
    if model.functions:
        model = inline_local_functions(model)
    _refuse_unknown(model)
    _refuse_other_numbers(model)
    _refuse_damaged(model)
    if not any(node.op_type == "Conv" for node in _nodes(model.graph)):
        raise NetworkError(f"{path.name} has no convolution; only convolutional networks fit.")
    picture_input(model)
    model = folded(modernised(model))
    _refuse_odd_input(model)
    return model


def _parsed(path: Path) -> ModelProto:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise NetworkError(
                f"{path.name} has {size / 1e9:.1f} GB; networks of up to 2 GB can be used."
            )
        data = path.read_bytes()
    except OSError as error:
        raise NetworkError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:
        raise NetworkError(_not_parsed(path, data)) from error
    if not model.graph.node or not model.ir_version:
        raise NetworkError(f"{path.name} is not an ONNX file.")
    if not model.opset_import:  # the last field that exporters write
        raise NetworkError(_not_parsed(path, data))
    return model


def _not_parsed(path: Path, data: bytes) -> str:
    # An ONNX file begins with field 1, its format's version, a small number.
    if len(data) > 2 and data[0] == 0x08 and data[1] < 0x20:
        return f"{path.name} is cut off or damaged; copy or export it again."
    return f"{path.name} is not an ONNX file."


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """The graph and the graphs inside its nodes."""
    yield graph
    for node in graph.node:
        for each in node.attribute:
            if each.type == AttributeProto.GRAPH:
                yield from _graphs(each.g)


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for each in _graphs(graph):
        yield from each.node


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Every tensor of a model: weights, and those in attributes."""
    for each in _graphs(graph):
        yield from each.initializer
        for node in each.node:
            for one in node.attribute:
                if one.type == AttributeProto.TENSOR:
                    yield one.t


def _load_external(model: ModelProto, path: Path) -> None:
    """Take in weights kept in other files, none of them outside the network's own folder."""
    outside = [t for t in _tensors(model.graph) if t.data_location == TensorProto.EXTERNAL]
    folder = Path(os.path.realpath(path.parent))
    files: dict[str, int] = {}
    for tensor in outside:
        told = {entry.key: entry.value for entry in tensor.external_data}
        place = told.get("location", "")
        file = Path(os.path.realpath(folder / place))
        if not place or folder not in file.parents:
            raise NetworkError(f"{path.name} keeps weights outside its folder ({place}); refused.")
        if not file.is_file():
            raise NetworkError(f"The file {place} with weights of {path.name} is missing.")
        files[str(file)] = file.stat().st_size
        if _number(told, "offset") + _number(told, "length") > files[str(file)]:
            raise NetworkError(f"The file {place} with weights of {path.name} is cut off.")
    if sum(files.values()) + path.stat().st_size > LARGEST_FILE:
        raise NetworkError(f"{path.name} has weights of more than 2 GB; that is too large.")
    if not outside:
        return
    try:
        onnx.load_external_data_for_model(model, str(folder))
    except Exception as error:
        raise NetworkError(
            f"The weights of {path.name} cannot be read: {reason_of(error)}"
        ) from error


def _number(told: dict[str, str], key: str) -> int:
    text = told.get(key, "0")
    return int(text) if text.isdigit() else 0


def _refuse_unknown(model: ModelProto) -> None:
    for node in _nodes(model.graph):
        if node.domain not in ("", "ai.onnx"):
            raise NetworkError(
                f"The network uses the operator {node.op_type} of {node.domain}, which is not "
                "part of the ONNX standard; export it without."
            )
        if not onnx.defs.has(node.op_type):
            raise NetworkError(f"The network uses an unknown operator, {node.op_type}.")


def _refuse_other_numbers(model: ModelProto) -> None:
    if any(node.op_type.startswith(_QUANTISED) for node in _nodes(model.graph)):
        raise NetworkError("The network is quantised to int8; add its float32 original.")
    for tensor in _tensors(model.graph):
        kind = tensor.data_type
        if kind in _INTEGERS and int(np.prod(tensor.dims)) > 1:
            raise NetworkError("The network's weights are int8; add its float32 original.")
        name = TensorProto.DataType.Name(kind)
        if ("FLOAT" in name and kind != TensorProto.FLOAT) or kind == TensorProto.DOUBLE:
            raise NetworkError(f"The network's weights are {name.lower()}; export it in float32.")


def _refuse_damaged(model: ModelProto) -> None:
    """Weights with too few numbers, or with numbers that are none."""
    for tensor in _tensors(model.graph):
        try:
            array = numpy_helper.to_array(tensor)
        except Exception as error:
            raise NetworkError(
                f"The network's weight {tensor.name} is damaged; copy or export the file again."
            ) from error
        if array.dtype == np.float32 and np.isnan(array).any():
            raise NetworkError(f"The network's weight {tensor.name or 'constant'} is not a number.")
    for node in model.graph.node:
        if node.op_type == "Constant" and np.isnan(_floats(node)).any():
            raise NetworkError(f"The network's constant {node.output[0]} is not a number.")


def _floats(node: NodeProto) -> np.ndarray:
    array = constant_of(node)
    return array if array.dtype == np.float32 else np.zeros(0, np.float32)


def _refuse_odd_input(model: ModelProto) -> None:
    picture = picture_input(model)
    kind = picture.type.tensor_type
    if kind.elem_type not in (TensorProto.FLOAT, TensorProto.UNDEFINED):
        name = TensorProto.DataType.Name(kind.elem_type).lower()
        raise NetworkError(f"The network's input {picture.name} is {name}; it must be float32.")
    dims = kind.shape.dim
    if kind.HasField("shape") and len(dims) != 4:
        raise NetworkError(
            f"The network's input {picture.name} has {len(dims)} axes; a picture has 4 "
            "(batch, channels, height, width)."
        )
