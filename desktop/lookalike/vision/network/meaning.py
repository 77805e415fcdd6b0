"""The meaning descriptor of a stranger's network: its pooled vector, projected to 320 numbers.

A network with a linear classifier is projected onto the directions that tell its classes apart,
as the default network is; without one, onto fixed orthonormal directions, which keep angles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.network.signs import fixed_signs

if TYPE_CHECKING:
    from onnx import ModelProto

    from lookalike.vision.network.taps import Choice

SIZE = 320
_FEWEST_CLASSES = 64


def meaning_of(network: ModelProto, last: Choice) -> dict[str, NDArray[np.float32]]:
    """Arrays "meaning.mean" [C] (zeros: the library's own mean is used) and "...projection" [C, D].

    D is at most 320. The same for the same network.
    """
    channels = last.channels
    if channels <= SIZE:
        projection = np.eye(channels)
    else:
        classes = _classifier(network, last)
        projection = _orthonormal(channels) if classes is None else _leading(classes)
    return {
        "meaning.mean": np.zeros(channels, np.float32),
        "meaning.projection": np.ascontiguousarray(projection, np.float32),
    }


def _classifier(network: ModelProto, last: Choice) -> NDArray[np.float64] | None:
    """The weights [classes, C] of the first linear layer that reads the pooled last map."""
    from lookalike.vision.network.graph import ForwardGraph, attribute

    forward = ForwardGraph(network, {})
    behind = forward.after(last.value)
    for node in forward.nodes:
        if node.op_type not in ("Gemm", "MatMul", "Conv") or node.input[0] not in behind:
            continue
        weight = forward.constant(node.input[1])
        if weight is None:
            return None
        if node.op_type == "Conv":
            weight = weight[:, :, 0, 0] if weight.shape[2:] == (1, 1) else np.zeros((0, 0))
        elif not (node.op_type == "Gemm" and attribute(node, "transB", 0)):
            weight = weight.T
        fits = weight.ndim == 2 and weight.shape[1] == last.channels
        return weight.astype(np.float64) if fits and len(weight) >= _FEWEST_CLASSES else None
    return None


def _leading(classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The leading right singular vectors of the centred weights, as columns."""
    basis = np.linalg.svd(classes - classes.mean(axis=0), full_matrices=False)[2][:SIZE]
    # The sign of a singular vector is arbitrary; fixed, so that every machine writes the same.
    basis *= np.sign(basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)])[:, None]
    return np.asarray(basis.T)


def _orthonormal(channels: int) -> NDArray[np.float64]:
    """Fixed random directions [C, 320], made orthonormal."""
    signs = fixed_signs("meaning", channels, SIZE).astype(np.float64)
    return np.asarray(np.linalg.qr(signs)[0])
