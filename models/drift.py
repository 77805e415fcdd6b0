"""Whether an exported graph is still the network it was made from; torch is not needed here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from models.efficientnet_lite import Array

Pictures = NDArray[np.uint8]
Reference = Callable[[Pictures], Array]
"""The original: uint8 [N, S, S, 3] to its last map, float32 [N, C, h, w]."""

LARGEST_DRIFT = 1e-4
"""Of the float32 graph's last map, relative to its largest value."""
LEAST_COSINE = 0.97
"""Of the int8 graph's pooled vectors to the float32 ones, both minus their mean, on average."""


class DriftError(Exception):
    """A graph that must not be written."""


def check_float(model: onnx.ModelProto, reference: Reference) -> float:
    """The largest difference to the original on random pictures; raises DriftError above 1e-4."""
    chance = np.random.default_rng(0)
    found = []
    for side in (224, 288):
        pixels = chance.integers(0, 256, (2, side // 8, side // 8, 3), dtype=np.uint8)
        pixels = pixels.repeat(8, axis=1).repeat(8, axis=2)
        theirs = reference(pixels)
        ours = run(model, "last", pixels)
        found.append(np.abs(ours - theirs).max() / np.abs(theirs).max())
    worst = float(np.max(found))
    # A comparison with "not" also refuses what is not a number.
    if not worst <= LARGEST_DRIFT:
        raise DriftError(f"the float32 graph is off by {worst:.1e} of the original's largest value")
    return worst


def check_int8(
    small: onnx.ModelProto, model: onnx.ModelProto, pictures: Pictures
) -> tuple[float, float]:
    """Mean and worst cosine of pooled vectors, both minus float32's mean; raises DriftError."""
    exact, rounded = (run(each, "pooled", pictures).astype(np.float64) for each in (model, small))
    centre = exact.mean(axis=0)
    exact, rounded = exact - centre, rounded - centre
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(rounded, axis=1)
    cosines = (exact * rounded).sum(axis=1) / np.maximum(lengths, 1e-12)
    if not cosines.mean() >= LEAST_COSINE:
        raise DriftError(f"the int8 graph has a cosine of {cosines.mean():.3f} to float32")
    return float(cosines.mean()), float(cosines.min())


def run(model: onnx.ModelProto, output: str, pictures: Pictures) -> Array:
    """An output of a pack's graph for uint8 [N, S, S, 3], a few pictures at a time."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = [pictures[at : at + 8] for at in range(0, len(pictures), 8)]
    return np.concatenate([session.run([output], {"image": part})[0] for part in parts])
