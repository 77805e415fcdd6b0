"""float32 against int8, side by side: the forward pass, photos a second of a whole `index`."""

from __future__ import annotations

import os
import tempfile

import numpy as np

from lookalike.library import Library
from lookalike.progress import CancelToken, ignore_progress
from lookalike.usecases.calibration import calibration_pictures, photos_of
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.precision import agreement
from tests.bench.figures import heading, seconds, show

BATCH = 16
PRECISIONS = ("float32", "int8")


def main(folders: list[str]) -> None:
    """Ratios are int8 to float32: above 1, int8 is faster."""
    heading("Precision: float32 and int8 of the default network")
    pack = NetworkPack.load(default_pack())
    for threads in dict.fromkeys((1, os.cpu_count() or 1)):
        _forward(pack, threads)
    for folder in folders:
        _agreement(pack, folder)
        _whole(folder)


def _forward(pack: NetworkPack, threads: int) -> None:
    batch = np.random.default_rng(0).integers(
        0, 256, (BATCH, pack.size, pack.size, 3), dtype=np.uint8
    )
    medians = []
    for precision in PRECISIONS:
        encoder = Encoder(pack, precision, threads)
        median, fastest, slowest = seconds(lambda each=encoder: each.encode(batch))
        medians.append(median)
        note = f"{BATCH / slowest:.0f} to {BATCH / fastest:.0f}"
        name = f"{precision}, {threads} threads, descriptors included"
        show(name, f"{BATCH / median:.0f} photos/s", note)
    show(f"int8 to float32, {threads} threads", f"{medians[0] / medians[1]:.2f}")


def _agreement(pack: NetworkPack, folder: str) -> None:
    cancel = CancelToken()
    paths = photos_of(folder, cancel)
    pictures = calibration_pictures(paths, pack.size, ignore_progress, cancel)
    if len(pictures) > 1:
        found = agreement(pack, pictures)
        show(f"{os.path.basename(folder)}: cosine, mean and worst", f"{found.cosine:.3f}")
        show("  worst", f"{found.worst:.3f}")
        show("  photos that keep their nearest one", f"{found.same_nearest:.2f}")


def _whole(folder: str) -> None:
    rates = []
    for precision in PRECISIONS:
        with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
            name = library.networks.in_use().name
            library.networks.use(name, ignore_progress, CancelToken(), precision)
            changes = library.index([folder])
            rates.append(changes.added / changes.seconds)
            show(f"{os.path.basename(folder)}: index in {precision}", f"{rates[-1]:.1f} photos/s")
    show("  int8 to float32", f"{rates[1] / rates[0]:.2f}")
