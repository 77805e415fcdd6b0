"""Tries a pack out on this machine: files, a run, gradients against finite differences, CUDA."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.network.cuda import why_not_cuda
from lookalike.vision.network.pack import NetworkPack, Tap
from lookalike.vision.network.session import open_session

if TYPE_CHECKING:
    from onnx import ModelProto

    from lookalike.vision.network.graph import ForwardGraph

LARGEST_ERROR = 1e-2
_SEED = 20


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """One tap's gradient: its worst relative error along random directions.

    `obstacle` names the operators that leave it without a gradient (`error` is then 0).
    """

    tap: str
    error: float
    obstacle: str = ""

    @property
    def holds(self) -> bool:
        """Whether the gradient agrees with finite differences, or there is none to agree."""
        return bool(self.obstacle) or self.error < LARGEST_ERROR


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `device_error` is the pooled vector's relative difference to the CPU's."""

    name: str
    device: str
    device_error: float
    gradients: tuple[GradientCheck, ...]
    problems: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the network may be used as it is."""
        return not self.problems


def verify(pack: NetworkPack, taps: Sequence[str] | None = None, threads: int = 0) -> Verification:
    """Check a pack's files and numbers; by default at a shallow, a middle and the last tap.

    A damaged file is a problem in the answer, not an error.
    """
    started = time.perf_counter()
    problems: list[str] = []
    checks: tuple[GradientCheck, ...] = ()
    device, apart = "CPU", 0.0
    try:
        pack.check()
        device, apart = _device(pack, threads)
        checks = _gradients(pack, taps, threads)
    except NetworkError as error:
        problems.append(str(error))
    if apart > LARGEST_ERROR:
        problems.append(
            f"The network {pack.name} computes other numbers on {device} than on the CPU."
        )
    problems += [
        f"The gradient of {pack.name} at {check.tap} is off by {check.error:.1%}."
        for check in checks
        if not check.holds
    ]
    seconds = time.perf_counter() - started
    return Verification(pack.name, device, apart, checks, tuple(problems), seconds)


def picture_of(pack: NetworkPack) -> NDArray[np.uint8]:
    """A picture to try a pack with, uint8 [1, S, S, 3]: smooth noise, always the same.

    As small as the last map allows two places along each side.
    """
    side = pack.size if pack.fixed else min(pack.size, max(2 * pack.multiple, 64))
    side = max(side // pack.multiple, 1) * pack.multiple
    coarse = np.random.default_rng(_SEED).uniform(40, 215, (1, -(-side // 8), -(-side // 8), 3))
    smooth = coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :side, :side]
    fine = np.random.default_rng(_SEED + 1).uniform(-30, 30, smooth.shape)
    return np.ascontiguousarray(np.clip(smooth + fine, 0, 255), np.uint8)


def _device(pack: NetworkPack, threads: int) -> tuple[str, float]:
    """The device the network runs on here, and how far its pooled vector is from the CPU's."""
    picture = picture_of(pack)
    values = {}
    for device in ("CPU", *(() if why_not_cuda() else ("CUDA",))):
        session = open_session(pack.graphs["float32"], threads, device=device)
        try:
            value = session.run(["pooled"], {"image": picture})[0]
        except Exception as error:
            raise NetworkError(f"The network {pack.name} cannot be run on the {device}.") from error
        values[session.device] = value
    if not all(np.isfinite(value).all() for value in values.values()):
        raise NetworkError(f"The network {pack.name} gives numbers that are not finite.")
    if "CUDA" not in values:
        return "CPU", 0.0
    scale = max(float(np.abs(values["CPU"]).max()), 1e-12)
    return "CUDA", float(np.abs(values["CUDA"] - values["CPU"]).max()) / scale


def _gradients(
    pack: NetworkPack, asked: Sequence[str] | None, threads: int
) -> tuple[GradientCheck, ...]:
    from lookalike.vision.network.differences import gradient_error
    from lookalike.vision.network.gradients.builder import operators_in_the_way

    taps = [pack.tap(name) for name in asked] if asked is not None else _some(pack.taps)
    picture = picture_of(pack)
    forward = forward_graph(pack, picture.shape[1])
    found = []
    for tap in taps:
        obstacle = ", ".join(operators_in_the_way(forward, tap.name))
        error = 0.0
        if not obstacle:
            chance = np.random.default_rng(_SEED)
            error = gradient_error(forward, tap.name, picture, chance, threads)
        found.append(GradientCheck(tap.name, error, obstacle))
    return tuple(found)


def _some(taps: Sequence[Tap]) -> list[Tap]:
    """A shallow, a middle and the last tap."""
    return [taps[place] for place in dict.fromkeys((0, len(taps) // 2, len(taps) - 1))]


def forward_graph(pack: NetworkPack, side: int | None = None) -> ForwardGraph:
    """A pack's network as a graph that can be asked and differentiated.

    Raises:
        NetworkError: the file is missing or damaged.
    """
    import onnx

    from lookalike.vision.network.graph import ForwardGraph

    path = pack.graphs["float32"]
    try:
        model: ModelProto = onnx.load(str(path))
    except Exception as error:
        raise NetworkError(
            f"The file {path.name} of the network {pack.name} is damaged; install it again."
        ) from error
    side = side or pack.size
    return ForwardGraph.of(model, (1, side, side, 3))
