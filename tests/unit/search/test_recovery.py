"""Damage, loss, kills and foreign segments: seen, answered exactly meanwhile, made anew."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lookalike.progress import CancelToken
from lookalike.search.segment import write_segment
from tests.faults import environment
from tests.unit.search.builder import CAPACITY, COUNT, DIM
from tests.unit.search.conftest import Open
from tests.unit.search.sources import Source, drawn, maintained, right

FILES = ("labels.bin", "vectors.bin", "basis.bin", "graph.bin", "manifest.json")


@pytest.fixture
def source() -> Source:
    return Source(drawn(4 * CAPACITY + 9, DIM))


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))


def folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("number", [0, 1, 3])
@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_a_damaged_segment_is_answered_exactly_and_made_anew(
    name: str, number: int, how: str, folder: Path, open_index: Open, source: Source
) -> None:
    maintained(open_index(source))
    sound = folders(folder)
    victim = folder / sound[number] / name
    damage(victim) if how == "damaged" else victim.unlink()
    index = open_index(source)
    assert len(index.verify()) == 1
    index.load(CancelToken())
    assert len(index) == 4 * CAPACITY + 9
    assert len(index.segments) == 3
    right(index, source)
    index.refresh()
    assert len(np.unique(index.all_labels())) == len(index)
    maintained(index)
    assert index.verify() == []
    assert folders(folder) == sound
    right(index, source)
    assert len(open_index(source).segments) == 4


@pytest.mark.parametrize("lost", [(0, 1), (1, 2), (2, 3), (0, 3), (0, 1, 2, 3)])
def test_several_lost_segments_are_made_anew(
    lost: tuple[int, ...], folder: Path, open_index: Open, source: Source
) -> None:
    maintained(open_index(source))
    sound = folders(folder)
    for number in lost:
        shutil.rmtree(folder / sound[number])
    index = open_index(source)
    right(index, source)
    maintained(index)
    assert folders(folder) == sound
    assert len(index) == 4 * CAPACITY + 9
    right(index, source)


def test_a_missing_folder_and_rubbish_in_it(folder: Path, open_index: Open, source: Source) -> None:
    maintained(open_index(source))
    sound = folders(folder)
    shutil.rmtree(folder)
    maintained(open_index(source))
    assert folders(folder) == sound
    (folder / "segment-rubbish").mkdir()
    (folder / "segment-000000000700").write_text("a file")
    (folder / "segment-000000000800").symlink_to(folder)
    (folder / "writing-1-2").mkdir()
    (folder / "writing-1-2" / "vectors.bin").write_bytes(bytes(100))
    shutil.copytree(folder / sound[1], folder / "segment-000000000600")
    (folder / "mine.txt").write_text("not the index's")
    index = maintained(open_index(source))
    assert folders(folder) == ["mine.txt", *sound]
    right(index, source)


def test_segments_of_another_library_are_not_believed(
    folder: Path, open_index: Open, source: Source
) -> None:
    """The catalogue was removed and begun anew, its index stayed: the same labels, other photos."""
    maintained(open_index(source))
    other = Source(drawn(4 * CAPACITY + 9, DIM, seed=8))
    index = open_index(other)
    assert index.segments == ()
    assert len(index.verify()) == 4
    right(index, other)
    maintained(index)
    assert index.verify() == []
    right(index, other)
    assert len(open_index(other).segments) == 4


def test_an_older_library_that_was_put_back_is_believed(
    folder: Path, open_index: Open, source: Source
) -> None:
    """A backup: the newest labels are free again and are given to other photos."""
    maintained(open_index(source))
    _, vectors = source.rows()
    old = Source(vectors[: 2 * CAPACITY + 40])
    index = open_index(old)
    assert len(index.segments) == 2
    right(index, old)
    old.add(drawn(CAPACITY, DIM, seed=8))
    index.refresh()
    right(index, old, tries=40)
    again = open_index(old)
    assert len(again.segments) == 2
    right(again, old, tries=40)
    maintained(again)
    right(again, old, tries=40)
    assert again.verify() == []
    assert len(again.segments) == 3


def test_a_whole_check_finds_the_one_row_that_differs(
    folder: Path, open_index: Open, source: Source
) -> None:
    """A segment with true checksums and one false vector, which no sample meets."""
    maintained(open_index(source))
    _, vectors = source.rows()
    false = vectors[:CAPACITY].copy()
    false[100, 3] += 1
    labels = np.arange(1, CAPACITY + 1)
    write_segment(folder, labels, false, np.zeros(DIM, np.float32), CancelToken())
    (told,) = open_index(source).verify()
    assert "does not belong" in told
    assert told.endswith("`lookalike rebuild`.")


def test_another_dimension_is_made_anew(folder: Path, open_index: Open, source: Source) -> None:
    maintained(open_index(source))
    narrow = Source(drawn(4 * CAPACITY, DIM - 8))
    index = open_index(narrow)
    assert index.segments == ()
    right(maintained(index), narrow)
    assert index.verify() == []


def start(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.search.builder", str(folder)],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_process_killed_while_it_writes_leaves_only_whole_segments(
    folder: Path, open_index: Open
) -> None:
    source = Source(drawn(COUNT, DIM))
    chance = random.Random(11)
    before = 0
    for _ in range(6):
        process = start(folder)
        time.sleep(chance.uniform(0.02, 0.4))
        os.kill(process.pid, signal.SIGKILL)
        told, _ = process.communicate()
        index = open_index(source, CAPACITY)
        said = int(told.split()[-1]) // CAPACITY if told.split() else 0
        assert len(index.segments) >= before + said
        assert index.verify() == []
        before = len(index.segments)
        right(index, source)
        if before == COUNT // CAPACITY:
            break
    maintained(index)
    assert folders(folder) == [f"segment-{first:012}" for first in range(1, COUNT - 7, CAPACITY)]
    right(index, source)
