"""Brings a graph to a version of the standard operators that the program works with."""

from __future__ import annotations

import onnx
from onnx import ModelProto, TensorProto

from lookalike.errors import NetworkError
from lookalike.vision.network.graph import opset_of

OLDEST, WRITTEN, NEWEST = 7, 17, 24
"""The oldest that is read, the one that older graphs are brought to, the newest kept as it is."""

_LARGE = 64


def modernised(model: ModelProto) -> ModelProto:
    """The model at opset 17 or later (a new one, or the very same if nothing is to be done).

    Raises:
        NetworkError: the opset is older than 7, or a node cannot be converted.
    """
    version = opset_of(model)
    if version < OLDEST:
        raise NetworkError(
            f"The network uses version {version} of the ONNX operators; export it with opset "
            f"{OLDEST} or later."
        )
    if WRITTEN <= version <= NEWEST:
        return model
    target = WRITTEN if version < WRITTEN else NEWEST
    bare, weights = _without_large_weights(model)
    try:
        made = onnx.version_converter.convert_version(bare, target)
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise NetworkError(
            f"The network's operators (opset {version}) cannot be brought to opset {target}: "
            f"{reason}"
        ) from error
    kept = [each for each in made.graph.input if each.name not in weights]
    del made.graph.input[:]
    made.graph.input.extend(kept)
    made.graph.initializer.extend(weights.values())
    made.ir_version = max(made.ir_version, 8)
    return made


def _without_large_weights(model: ModelProto) -> tuple[ModelProto, dict[str, TensorProto]]:
    """A copy whose large weights are inputs: the converter copies what it holds many times."""
    graph = model.graph
    large = {t.name: t for t in graph.initializer if _count(t) > _LARGE}
    inputs = [each for each in graph.input if each.name not in large]
    inputs += [
        onnx.helper.make_tensor_value_info(name, tensor.data_type, tensor.dims)
        for name, tensor in large.items()
    ]
    small = [tensor for tensor in graph.initializer if tensor.name not in large]
    bare = onnx.helper.make_graph(graph.node, graph.name or "graph", inputs, graph.output, small)
    made = onnx.helper.make_model(bare, opset_imports=list(model.opset_import))
    made.ir_version = max(model.ir_version, 4)  # since 4 a weight need not be an input too
    return made, large


def _count(tensor: TensorProto) -> int:
    size = 1
    for dim in tensor.dims:
        size *= dim
    return size
