"""Indexing against a bare loop that only decodes and runs the network; the second look at a folder.

The bare loop is what a careful script would do: the same photos, as many decoding processes as
cores, DCT-scaled decode to the network's input, forward passes of the same batch size.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from PIL import Image

from lookalike.library import Library
from lookalike.usecases.network_in_use import NetworkInUse
from tests.bench.figures import heading, seconds, show

BATCH = 16
SIZE = 288


def bare_decode(path: str) -> np.ndarray | None:
    """DCT-scaled decode, squash, nothing else; None for a damaged file."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (SIZE, SIZE))
            return np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    except (OSError, Image.DecompressionBombError):
        return None


def bare_loop(paths: list[str]) -> float:
    """Photos a second of decoding and forward passes alone."""
    encoder = NetworkInUse().encoder
    encoder.encode(np.zeros((1, SIZE, SIZE, 3), np.uint8))
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        list(pool.map(bare_decode, paths[:2]))
        started = time.perf_counter()
        batch = []
        for picture in pool.map(bare_decode, paths, chunksize=2):
            if picture is None:
                continue
            batch.append(picture)
            if len(batch) == BATCH:
                encoder.encode(np.stack(batch))
                batch = []
        if batch:
            encoder.encode(np.stack(batch))
        return len(paths) / (time.perf_counter() - started)


def our_loop(folder: str) -> float:
    """Photos a second of a whole `index` into a new library, start of the workers included."""
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        changes = library.index([folder])
        return changes.added / changes.seconds


def jpegs(folder: str) -> list[str]:
    """The folder's JPEG files; other formats would not be DCT-scaled by the bare loop."""
    found = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    return [path for path in found if path.lower().endswith((".jpg", ".jpeg"))]


def main(folders: Iterable[str], rounds: int = 3) -> None:
    """Print the figures for each folder."""
    for folder in folders:
        paths = jpegs(folder)
        heading(f"Indexing {len(paths)} photos of {os.path.basename(folder)}")
        pairs = [(our_loop(folder), bare_loop(paths)) for _ in range(rounds)]
        ratios = sorted(ours / bare for ours, bare in pairs)
        show("indexing, photos/s (each round)", " ".join(f"{ours:.0f}" for ours, _ in pairs))
        show("bare decode + forward pass, photos/s", " ".join(f"{bare:.0f}" for _, bare in pairs))
        show(
            "ratio",
            f"{ratios[len(ratios) // 2]:.2f}",
            f"{ratios[0]:.2f} to {ratios[-1]:.2f}; wanted 0.70",
        )
        second_look(folder)


def second_look(folder: str) -> None:
    """`index` of an unchanged folder against os.walk and stat, and against starting Python."""

    def walk() -> None:
        for at, _, names in os.walk(folder):
            for name in names:
                os.stat(os.path.join(at, name))

    with tempfile.TemporaryDirectory() as home:
        with Library.open(home) as library:
            library.index([folder])
            again, _, _ = seconds(library.index)
        walked, _, _ = seconds(walk)

        def run(*arguments: str) -> None:
            command = [sys.executable, "-m", "lookalike", "--data-dir", home, *arguments]
            subprocess.run(command, check=True, capture_output=True)

        whole, _, _ = seconds(lambda: run("index", folder), 3)
        start, _, _ = seconds(lambda: run("status", "--help"), 3)
    show("second index in an open library, ms", f"{again * 1000:.1f}")
    show("os.walk + stat, ms", f"{walked * 1000:.1f}", f"ratio {again / walked:.1f}; wanted 2")
    show("second `lookalike index`, ms", f"{whole * 1000:.0f}", f"start-up {start * 1000:.0f}")
