"""Several processes and threads on one data folder, and processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lookalike.catalogue.store import Catalogue
from lookalike.errors import DataFolderBusyError, DataFolderError
from lookalike.paths import DataPaths
from lookalike.records import View
from tests.catalogue_rows import new_photos
from tests.faults import environment
from tests.unit.catalogue.writer import BATCH


def start_writer(paths: DataPaths) -> subprocess.Popen[str]:
    """A process that commits batch after batch; a line for each."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.catalogue.writer", str(paths.home)],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def kill(process: subprocess.Popen[str]) -> int:
    """kill -9; the last batch it had said."""
    os.kill(process.pid, signal.SIGKILL)
    told, _ = process.communicate()
    lines = told.split("\n")[:-1]
    return int(lines[-1]) if lines else 0


def test_a_killed_writer_leaves_whole_batches(paths: DataPaths) -> None:
    chance = random.Random(3)
    batches = 0
    for _ in range(5):
        process = start_writer(paths)
        time.sleep(chance.uniform(0.0, 0.25))
        said = kill(process)
        with Catalogue.open(paths, write=True) as catalogue:
            assert catalogue.integrity() == []
            counts = catalogue.counts()
            assert counts.photos % BATCH == 0
            assert counts.photos // BATCH >= max(said, batches + 1)
            batches = counts.photos // BATCH
            assert counts.problems == batches
            for name in ("a", "b"):
                space = catalogue.space_id(f"net/{name}", 320)
                assert catalogue.count_vectors(space) == counts.photos


def test_the_lock_is_held_by_one_and_freed_by_a_kill(paths: DataPaths) -> None:
    process = start_writer(paths)
    try:
        with pytest.raises(DataFolderBusyError, match=rf"\(process {process.pid}\)"):
            Catalogue.open(paths, write=True)
        with Catalogue.open(paths, write=False) as catalogue:
            assert catalogue.counts().photos > 0
    finally:
        kill(process)
    Catalogue.open(paths, write=True).close()


def test_the_lock_holds_within_a_process_too(paths: DataPaths, catalogue: Catalogue) -> None:
    with pytest.raises(DataFolderBusyError, match=r"^Another Lookalike \(process \d+\) is writing"):
        Catalogue.open(paths, write=True)
    catalogue.close()
    Catalogue.open(paths, write=True).close()


def test_readers_beside_a_writer_see_whole_batches(
    paths: DataPaths, catalogue: Catalogue, spaces: dict[int, int]
) -> None:
    root = catalogue.add_root("/r").id
    done = threading.Event()

    def read() -> int:
        looks = 0
        with Catalogue.open(paths, write=False) as reader:
            while not done.is_set() or not looks:
                ids = reader.photo_ids(View())
                assert len(ids) % BATCH == 0
                assert len(reader.photos(ids)) == len(ids)
                assert all(reader.count_vectors(space) >= len(ids) for space in spaces)
                looks += 1
        return looks

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for number in range(60):
                names = [f"{number}-{each}" for each in range(BATCH)]
                catalogue.commit_batch(new_photos(root, names, spaces))
        finally:
            done.set()
        assert all(reader.result() for reader in readers)
    assert catalogue.counts().photos == 60 * BATCH


def test_a_reader_never_writes(paths: DataPaths, catalogue: Catalogue) -> None:
    with Catalogue.open(paths, write=False) as reader:
        with pytest.raises(DataFolderError):
            reader.add_root("/r")
        assert reader.roots() == ()


def test_readers_and_a_writer_meet_a_new_folder_at_once(paths: DataPaths) -> None:
    """One of them makes the library; the others find it, whoever is first."""
    for number in range(8):
        home = DataPaths(paths.home / str(number))
        gate = threading.Barrier(4)

        def meet(write: bool, home: DataPaths = home, gate: threading.Barrier = gate) -> str:
            gate.wait()
            try:
                with Catalogue.open(home, write=write) as opened:
                    return "" if opened.counts().photos == 0 else "photos from nowhere"
            except DataFolderError as error:
                return str(error)

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(meet, [True, False, False, False])) == {""}
