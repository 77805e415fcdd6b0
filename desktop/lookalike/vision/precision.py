"""A network in int8 beside float32: made, and compared with the original before it is kept."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.network.packing import add_graph, graph_file
from lookalike.vision.network.quantising import FEWEST_PICTURES, quantised

LEAST_COSINE = 0.9
"""Below it the ranking is another one: the default network's int8 has 0.98."""
_HELD_OUT = 4
_BATCH = 16
_TRIES = 3

Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far int8 is from float32 on pictures that did not calibrate it.

    `cosine` and `worst` are the mean and the least cosine of the meaning descriptors of one
    picture, both minus the mean of the float32 ones; `same_nearest` is the share of pictures
    whose nearest other picture stays the same; `speed` how many times faster this machine is.
    """

    cosine: float
    worst: float
    same_nearest: float
    speed: float

    @property
    def holds(self) -> bool:
        """Whether int8 ranks closely enough to be kept."""
        return self.cosine >= LEAST_COSINE

    @property
    def told(self) -> str:
        """One sentence for people."""
        return (
            f"int8 agrees with float32 to a cosine of {self.cosine:.3f} (at worst "
            f"{self.worst:.3f}), {self.same_nearest:.0%} of the photos keep their nearest one, "
            f"and it is {self.speed:.1f} times as fast here."
        )


def add_int8(pack: NetworkPack, pictures: Pictures, threads: int = 0) -> Agreement:
    """Calibrate on three quarters of uint8 [N, S, S, 3], compare on the rest, keep the graph.

    Raises:
        NetworkError: too few pictures, an int8 graph is there already, or it ranks otherwise;
            the pack is as it was.
    """
    import onnx

    if "int8" in pack.graphs:
        raise NetworkError(f"The network {pack.name} has an int8 graph already.")
    held_out = np.arange(len(pictures)) % _HELD_OUT == _HELD_OUT - 1
    if held_out.sum() * (_HELD_OUT - 1) < FEWEST_PICTURES:
        raise NetworkError(
            f"int8 takes photos to measure with, at least {2 * FEWEST_PICTURES}; there are "
            f"{len(pictures)}."
        )
    model = onnx.load(str(pack.graphs["float32"]))
    data: bytes = quantised(model, pictures[~held_out]).SerializeToString()
    with tempfile.TemporaryDirectory(prefix="lookalike-int8-") as folder:
        path = Path(folder) / graph_file("int8")
        path.write_bytes(data)
        trial = replace(pack, graphs={**pack.graphs, "int8": path})
        found = agreement(trial, pictures[held_out], threads)
    if not found.holds:
        raise NetworkError(
            f"The network {pack.name} ranks otherwise in int8 (a cosine of {found.cosine:.3f} to "
            f"float32, {LEAST_COSINE} is needed); it stays in float32."
        )
    add_graph(pack, "int8", data)
    return found


def agreement(pack: NetworkPack, pictures: Pictures, threads: int = 0) -> Agreement:
    """Compare a pack's two graphs on uint8 [N, S, S, 3], N at least 2; raises NetworkError."""
    vectors, seconds = {}, {}
    for precision in ("float32", "int8"):
        encoder = Encoder(pack, precision, threads)
        starts = range(0, len(pictures), _BATCH)
        rows = [encoder.encode(pictures[at : at + _BATCH])["meaning"] for at in starts]
        vectors[precision] = np.concatenate(rows).astype(np.float64)
        seconds[precision] = min(_seconds(encoder, pictures[:_BATCH]) for _ in range(_TRIES))
    centre = vectors["float32"].mean(axis=0)
    exact, small = (_unit(vectors[each] - centre) for each in ("float32", "int8"))
    cosines = (exact * small).sum(axis=1)
    return Agreement(
        cosine=float(cosines.mean()),
        worst=float(cosines.min()),
        same_nearest=float((_nearest(exact) == _nearest(small)).mean()),
        speed=seconds["float32"] / max(seconds["int8"], 1e-9),
    )


def _seconds(encoder: Encoder, pictures: Pictures) -> float:
    started = time.perf_counter()
    encoder.encode(pictures)
    return time.perf_counter() - started


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    unit: NDArray[np.float64] = rows / np.maximum(np.linalg.norm(rows, axis=1), 1e-12)[:, None]
    return unit


def _nearest(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Of each row the index of the most alike other one."""
    alike = rows @ rows.T
    np.fill_diagonal(alike, -np.inf)
    return np.asarray(alike.argmax(axis=1))
