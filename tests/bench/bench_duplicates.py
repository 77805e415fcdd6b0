"""Duplicates of 300,000 synthetic photos that are shaped like a real library: time and memory.

Vectors fall into clusters of very unequal size, as photos of one subject do. Most photos come in
bursts and say when they were taken; a tenth has no clock, and of these one in seven is like others
(as of 1,535 snapshots of clothes at most); one in fifty is a smaller copy of another. All have
thumbnails of the photos given, so that pixels of what is alike are looked at.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
import xxhash

from lookalike.catalogue.rows import BatchWrite, Content, FoundFile
from lookalike.catalogue.store import Catalogue
from lookalike.errors import PhotoError
from lookalike.library import Library
from lookalike.paths import DataPaths
from lookalike.photos.decode import DecodeSpec, decode
from lookalike.photos.scan import Found, scan
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.progress import CancelToken, ignore_progress
from lookalike.records import Facts, Kind
from lookalike.usecases.network_in_use import NetworkInUse
from tests.bench.figures import heading, show
from tests.bench.vectors import shaped_vectors

COUNT = int(os.environ.get("LOOKALIKE_BENCH_DUPLICATES", "300000"))
_COPY_EVERY = 50
_CLOCKLESS_EVERY = 10
_ALIKE_EVERY = 7
_SHOWN = 2048
_BATCH = 4096


def main(folders: list[str], count: int = COUNT) -> None:
    """Fill a catalogue, look for duplicates of both kinds, print."""
    heading(f"Duplicates of {count:,} synthetic photos")
    with tempfile.TemporaryDirectory() as folder:
        paths = DataPaths(Path(folder))
        fill(paths, count, thumbnails_of(folders))
        with Library.open(folder) as library:
            library._use.indexes.of("meaning").maintain(ignore_progress, CancelToken())
        for kind in ("same", "similar"):
            # In a process of its own, whose memory is measured.
            each = multiprocessing.get_context("spawn").Process(target=look, args=(folder, kind))
            each.start()
            each.join()
            if each.exitcode:
                raise RuntimeError(f"looking for {kind} pictures failed")


def look(folder: str, kind: Kind) -> None:
    """One look, its time and the peak of this process's memory."""
    with Library.open(folder, write=False) as library:
        started = time.perf_counter()
        stages: dict[str, float] = {}

        def on_progress(progress) -> None:
            stages.setdefault(progress.stage, time.perf_counter() - started)

        groups = library.duplicates(kind, on_progress)
        spent = time.perf_counter() - started
        pixels = spent - stages.get("looking at pixels", spent)
        show(f"{kind}: seconds", f"{spent:.0f}", f"of which at pixels {pixels:.0f}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        show(f"{kind}: peak memory, MB", f"{peak / 1e6:.0f}")
        largest = max((len(group) for group in groups.groups), default=0)
        show(f"{kind}: groups", f"{len(groups):,}", f"the largest of {largest}")
        started = time.perf_counter()
        groups.page(0, 50)
        show(f"{kind}: the first page, ms", f"{1000 * (time.perf_counter() - started):.1f}")


def fill(paths: DataPaths, count: int, shown: list[tuple[bytes, int]]) -> None:
    """A catalogue of `count` contents, each with one of the thumbnails and their hashes `shown`."""
    encoder = NetworkInUse().encoder
    dim = encoder.dimensions["meaning"]
    vectors = shaped_vectors(count, dim)
    chance = np.random.default_rng(1)
    with Catalogue.open(paths, write=True) as catalogue, ThumbnailStore(paths.thumbnails) as store:
        space = catalogue.ensure_space(encoder.spaces["meaning"], dim)
        root = catalogue.add_root("/photos").id
        for start in range(0, count, _BATCH):
            batch, thumbnails = BatchWrite(root), []
            for number in range(start, min(start + _BATCH, count)):
                facts = Facts(4000, 3000, "JPEG", 1.6e9 + 7.0 * number, "Camera")
                phash = int(chance.integers(-(2**63), 2**63))
                which = int(chance.integers(len(shown)))
                if number % _CLOCKLESS_EVERY == 0 and number // _CLOCKLESS_EVERY % _ALIKE_EVERY:
                    vectors[number] = chance.standard_normal(dim)
                vector = vectors[number]
                if number % _COPY_EVERY < 2:
                    # The first is a picture without a clock, the second its smaller copy.
                    which = number // _COPY_EVERY % len(shown)
                    phash, small = shown[which][1], number % _COPY_EVERY == 1
                    facts = Facts(800 if small else 4000, 600 if small else 3000, "JPEG")
                    vector = vectors[number - 1] if small else vector
                elif number % _CLOCKLESS_EVERY == 0:
                    facts = Facts(4000, 3000, "JPEG")
                facts = Facts(facts.width, facts.height, "JPEG", facts.taken, phash=phash)
                thumbnails.append((number + 1, shown[which][0]))
                name = f"{number // 1000}/{number}.jpg"
                file = FoundFile(name, 3_000_000 - number, 1, 1, number + 1)
                digest = xxhash.xxh3_128_digest(name.encode())
                batch.new.append((file, Content(digest, facts, {space: vector.tobytes()})))
            catalogue.commit_batch(batch)
            store.put_many(thumbnails)


def thumbnails_of(folders: list[str]) -> list[tuple[bytes, int]]:
    """Thumbnails of the photos in `folders` and their perceptual hashes, at most `_SHOWN`."""
    spec, found = DecodeSpec(network_size=32), []
    for folder in folders:
        for entry in islice(scan(folder, CancelToken()), _SHOWN - len(found)):
            if isinstance(entry, Found):
                with suppress(PhotoError):
                    decoded = decode(os.path.join(folder, entry.relpath), spec)
                    found.append((decoded.thumbnail, decoded.facts.phash))
    return found
