"""float32 to int8: static quantisation after training, in QDQ form.

Weights get a scale for each output channel, activations the range that photos gave them (Jacob et
al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
inference"). Unsigned activations and signed weights (U8S8) are what a CPU's integer kernels are
fastest at. Names, inputs and outputs stay, so descriptors, taps and evidence read the graph as
before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError

if TYPE_CHECKING:
    from onnx import ModelProto

FEWEST_PICTURES = 8
_BATCH = 8
_QUANTISED = ("Conv", "Clip", "Relu", "Add", "MaxPool", "Concat")
_SCORES = "classes.weight"
"""The default network's classifier: its weights are kept in int8 and computed with in float32."""


class _Pictures:
    """Calibration pictures as the runtime's quantiser asks for them, a few at a time."""

    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        starts = range(0, len(pictures), _BATCH)
        self._parts: Iterator[NDArray[np.uint8]] = (pictures[at : at + _BATCH] for at in starts)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next batch by the name of its input; None after the last."""
        part = next(self._parts, None)
        return None if part is None else {"image": part}


def quantised(model: ModelProto, pictures: NDArray[np.uint8]) -> ModelProto:
    """A pack's graph in int8, calibrated on uint8 [N, S, S, 3]. The same for the same pictures.

    Raises:
        NetworkError: there are too few pictures, or the runtime cannot quantise the network.
    """
    if len(pictures) < FEWEST_PICTURES:
        raise NetworkError(
            f"Calibration for int8 takes at least {FEWEST_PICTURES} photos; there are "
            f"{len(pictures)}."
        )
    try:
        made = _quantised(_without_norms(model), pictures)
    except Exception as error:
        from lookalike.vision.network.graph import reason_of

        raise NetworkError(f"The network cannot be brought to int8: {reason_of(error)}") from error
    _shrink_scores(made)
    return made


def _quantised(model: ModelProto, pictures: NDArray[np.uint8]) -> ModelProto:
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    # Without this mark the quantiser writes a warning to the root logger.
    mark = model.metadata_props.add()
    mark.key, mark.value = "onnx.quant.pre_process", "onnxruntime.quant"
    with tempfile.TemporaryDirectory(prefix="lookalike-int8-") as folder:
        path = Path(folder) / "network.onnx"
        quantize_static(
            model,
            path,
            _Pictures(pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=list(_QUANTISED),
            nodes_to_exclude=_clipped_taps(model),
        )
        return onnx.load(str(path))


def _clipped_taps(model: ModelProto) -> list[str]:
    """The names of the nodes that make a clipped output: Clip, and the convolution before it.

    They stay in float32. In int8 the two become one that cannot be looked into, and what excites
    a filter most is told by the values before the clip.
    """
    makers = {name: node for node in model.graph.node for name in node.output}
    clips = [
        makers[each.name] for each in model.graph.output if makers[each.name].op_type == "Clip"
    ]
    before = [makers[clip.input[0]] for clip in clips if clip.input[0] in makers]
    return [node.name for node in (*clips, *before)]


def _without_norms(model: ModelProto) -> ModelProto:
    """BatchNorm multiplied into the convolution before it, where there is one, by the runtime."""
    import onnx
    import onnxruntime

    made = onnx.ModelProto()
    made.CopyFrom(model)
    if not any(node.op_type == "BatchNormalization" for node in made.graph.node):
        return made
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory(prefix="lookalike-int8-") as folder:
        path = Path(folder) / "folded.onnx"
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return onnx.load(str(path))


def _shrink_scores(model: ModelProto) -> None:
    """Keep the classifier's weights as int8 with a scale for each class: a quarter of the bytes."""
    from onnx import helper, numpy_helper

    for tensor in model.graph.initializer:
        if tensor.name == _SCORES:
            break
    else:
        return
    weight = numpy_helper.to_array(tensor)
    scale = np.abs(weight).max(axis=1).clip(1e-12) / np.float32(127)
    small = np.rint(weight / scale[:, None]).astype(np.int8)
    model.graph.initializer.remove(tensor)
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(small, f"{_SCORES}.int8"),
            numpy_helper.from_array(scale.astype(np.float32), f"{_SCORES}.scale"),
        ]
    )
    inputs = [f"{_SCORES}.int8", f"{_SCORES}.scale"]
    node = helper.make_node("DequantizeLinear", inputs, [_SCORES], _SCORES, axis=0)
    model.graph.node.insert(0, node)
