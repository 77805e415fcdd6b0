"""Computes once what does not depend on the picture, and drops what nothing reads."""

from __future__ import annotations

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto, helper, numpy_helper

from lookalike.vision.network.graph import inputs_of, opset_of, picture_input
from lookalike.vision.network.session import open_session

_RANDOM = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial")


def folded(model: ModelProto) -> ModelProto:
    """A model with the same outputs, its constant parts as weights, without dead nodes."""
    graph = model.graph
    fixed = {tensor.name for tensor in graph.initializer}
    foldable: list[NodeProto] = []
    for node in graph.node:
        if all(name in fixed for name in inputs_of(node)) and node.op_type not in _RANDOM:
            fixed.update(name for name in node.output if name)
            foldable.append(node)
    gone = {node.output[0] for node in foldable}
    kept = [node for node in graph.node if node.output[0] not in gone]
    made = {name for node in foldable for name in node.output if name}
    read = {name for node in kept for name in inputs_of(node)}
    read |= {each.name for each in graph.output}
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for name, array in _computed(model, foldable, sorted(made & read)).items():
        weights[name] = numpy_helper.from_array(array, name)
    return _rebuilt(model, kept, {name: t for name, t in weights.items() if name in read})


def _computed(
    model: ModelProto, nodes: list[NodeProto], wanted: list[str]
) -> dict[str, np.ndarray]:
    """The values of `wanted`, by one run of the constant part alone."""
    if not wanted:
        return {}
    read = {name for node in nodes for name in inputs_of(node)}
    weights = [tensor for tensor in model.graph.initializer if tensor.name in read]
    outputs = [ValueInfoProto(name=name) for name in wanted]
    part = helper.make_graph(nodes, "constants", [], outputs, weights)
    trial = helper.make_model(part, opset_imports=list(model.opset_import))
    trial.ir_version = max(model.ir_version, 8)
    session = open_session(trial.SerializeToString(), device="CPU")
    values = session.run(wanted, {})
    return {name: np.asarray(value) for name, value in zip(wanted, values, strict=True)}


def _rebuilt(model: ModelProto, nodes: list[NodeProto], weights: dict[str, object]) -> ModelProto:
    graph: GraphProto = helper.make_graph(
        _alive(nodes, [each.name for each in model.graph.output]),
        model.graph.name or "network",
        [picture_input(model)],
        list(model.graph.output),
    )
    read = {name for node in graph.node for name in inputs_of(node)}
    graph.initializer.extend(tensor for name, tensor in weights.items() if name in read)
    version = opset_of(model)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)])
    made.ir_version = max(model.ir_version, 8)
    made.producer_name = model.producer_name
    made.metadata_props.extend(model.metadata_props)
    return made


def _alive(nodes: list[NodeProto], outputs: list[str]) -> list[NodeProto]:
    """The nodes that the outputs depend on, in order."""
    wanted, found = set(outputs), []
    for node in reversed(nodes):
        if any(name in wanted for name in node.output):
            wanted.update(inputs_of(node))
            found.append(node)
    return found[::-1]
