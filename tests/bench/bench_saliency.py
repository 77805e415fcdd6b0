"""One saliency map in forward passes of its network, and the memory it takes.

The forward pass is the pack's own, at the size that is looked at; both run on the same picture,
turn by turn, so that what else the machine does costs both alike. Each network has a process of
its own, so that memory is what it alone takes.
"""

from __future__ import annotations

import functools
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import psutil

from lookalike.usecases.looking import LOOK_SIDE
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.adding import add_network
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.saliency import Saliency
from tests.bench.figures import heading, show
from tests.unit.vision.network import architectures

OTHERS = ("squeezenet", "resnet50", "inception-v1", "shufflenet")
ASSEMBLED = {
    "silu": architectures.silu_net,
    "hardswish": architectures.hardswish_net,
    "layernorm": architectures.layernorm_net,
}
ROUNDS = 5


def main(_folders: list[str]) -> None:
    """Print the figures of the default network and of others with random weights."""
    heading("Saliency: one map in forward passes")
    context = multiprocessing.get_context("spawn")
    for name in ("", *OTHERS, *ASSEMBLED):
        with ProcessPoolExecutor(1, mp_context=context) as alone:
            alone.submit(_network, name).result()


def _network(name: str) -> None:
    if not name:
        _measure(NetworkPack.load(default_pack()), 6)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        made = ASSEMBLED[name]() if name in ASSEMBLED else architectures.light(name)
        onnx.save(made, file)
        _measure(add_network(file, Path(folder) / "packs", name).pack, 10)


def _measure(pack: NetworkPack, wanted: int) -> None:
    side = pack.size if pack.fixed else max(LOOK_SIDE // pack.multiple, 1) * pack.multiple
    chance = np.random.default_rng(0)
    picture = chance.integers(0, 256, (side, side, 3), dtype=np.uint8)
    encoder = Encoder(pack)

    def forward() -> object:
        return encoder.maps(picture, [pack.last])

    forward()
    before = _memory()
    saliency = Saliency(pack)
    taps = [pack.taps[len(pack.taps) // 4], pack.taps[len(pack.taps) // 2], pack.taps[-1]]
    found = [
        _ratio(functools.partial(saliency.map, picture, tap.name, 0, rule), forward)
        for tap in taps
        for rule in ("guided", "gradient")
    ]
    ratios = ", ".join(f"{ratio:.1f}" for ratio, _ in found)
    note = f"wanted at most {wanted}; at a quarter, half, last, guided and gradient: {ratios}"
    show(f"{pack.name} at {side} x {side}", f"{max(ratio for ratio, _ in found):.1f}", note)
    show("  one forward pass, ms", f"{found[-1][1] * 1000:.0f}")
    show("  memory of its sessions, MB", f"{_memory() - before:.0f}")


def _ratio(work: Callable[[], object], forward: Callable[[], object]) -> tuple[float, float]:
    """The median of `work`'s time over `forward`'s, turn by turn, and `forward`'s seconds."""
    work()
    pairs = []
    for _ in range(ROUNDS):
        taken = []
        for each in (forward, work):
            started = time.perf_counter()
            each()
            taken.append(time.perf_counter() - started)
        pairs.append(taken)
    ratios = [long / short for short, long in pairs]
    return statistics.median(ratios), statistics.median([short for short, _ in pairs])


def _memory() -> float:
    """What the process takes, in MB."""
    return float(psutil.Process().memory_info().rss / 2**20)
