"""A segment: damage of any kind is seen before hnswlib reads a byte; writing is all or nothing."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import Cancelled, DataFolderError, IndexDamagedError
from lookalike.progress import CancelToken
from lookalike.search import segment as module
from lookalike.search.segment import Segment, write_segment
from tests.faults import files_of_at_most, small_disk
from tests.unit.search.sources import drawn

DIM, COUNT = 24, 400
FILES = ("labels.bin", "vectors.bin", "basis.bin", "graph.bin", "manifest.json")


def write(parent: Path, vectors: np.ndarray | None = None, first: int = 1) -> Path:
    """A segment of drawn vectors with the labels `first`, `first` + 2, ..."""
    vectors = drawn(COUNT, DIM) if vectors is None else vectors
    labels = np.arange(first, first + 2 * len(vectors), 2)
    centre = vectors.mean(axis=0, dtype=np.float32)
    return write_segment(parent, labels, vectors, centre, CancelToken())


def load(folder: Path, dim: int = DIM) -> Segment:
    segment = Segment(folder, dim)
    segment.load()
    return segment


def test_what_was_written_is_read(tmp_path: Path) -> None:
    vectors = drawn(COUNT, DIM)
    segment = load(write(tmp_path, vectors))
    assert segment.folder.name == segment.name == "segment-000000000001"
    assert np.array_equal(segment.labels, np.arange(1, 2 * COUNT, 2))
    assert np.array_equal(segment.vectors, vectors)
    assert segment.loaded
    assert [path.name for path in tmp_path.iterdir()] == [segment.name]
    for row in range(0, COUNT, 37):
        assert row in segment.nearest(vectors[row : row + 1].astype(np.float32), 10)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_anywhere_is_seen(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    sound = (folder / name).read_bytes()
    chance = random.Random(name)
    bits = range(8 * len(sound))
    chosen = bits if name == "manifest.json" else [*bits[:800], *chance.sample(bits, 800), bits[-1]]
    for bit in chosen:
        damaged = bytearray(sound)
        damaged[bit // 8] ^= 1 << bit % 8
        (folder / name).write_bytes(bytes(damaged))
        with pytest.raises(IndexDamagedError):
            load(folder)
    (folder / name).write_bytes(sound)
    load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_lengthened_emptied_or_missing_file_is_seen(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    sound = (folder / name).read_bytes()
    cuts = [0, 1, 95, 96, len(sound) // 2, len(sound) - 1]
    for data in [*(sound[:cut] for cut in cuts), sound + b"\x00", sound * 2, bytes(len(sound))]:
        (folder / name).write_bytes(data)
        with pytest.raises(IndexDamagedError):
            load(folder)
    (folder / name).unlink()
    with pytest.raises(IndexDamagedError):
        load(folder)
    (folder / name).mkdir()
    with pytest.raises(IndexDamagedError):
        load(folder)


@pytest.mark.parametrize("name", FILES[:-1])
def test_a_file_of_another_segment_is_seen(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    other = write(tmp_path / "other", drawn(COUNT, DIM, seed=1), first=2)
    shutil.copyfile(other / name, folder / name)
    with pytest.raises(IndexDamagedError):
        load(folder)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]\n",
        b"null\nnull",
        b"\xff\xfe",
        b"[1]\n2\n3",
        json.dumps({"format": 2}).encode(),
    ],
)
def test_a_foreign_manifest_is_seen(text: bytes, tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "manifest.json").write_bytes(text)
    with pytest.raises(IndexDamagedError):
        Segment(folder, DIM)


@pytest.mark.parametrize("dim", [1, 23, 25, 96, 320])
def test_another_dimension_is_seen(dim: int, tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError):
        Segment(write(tmp_path), dim)


@pytest.mark.parametrize("dim", [1, 2, 95, 97, 320])
@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_few_vectors_of_any_dimension(count: int, dim: int, tmp_path: Path) -> None:
    vectors = drawn(count, dim)
    segment = load(write(tmp_path, vectors), dim)
    goal = np.ones((1, dim), np.float32)
    for wanted in (1, count, 10 * count):
        assert 1 <= len(segment.nearest(goal, wanted)) <= count
    assert len(segment.nearest(goal, 10 * count)) == count


@pytest.mark.parametrize("kind", ["zeros", "equal", "two", "half zeros"])
def test_vectors_that_cannot_be_told_apart_still_answer(kind: str, tmp_path: Path) -> None:
    vectors = np.zeros((3000, DIM), np.float16)
    if kind == "equal":
        vectors[:] = drawn(1, DIM)
    elif kind == "two":
        vectors[:] = np.repeat(drawn(2, DIM), 1500, axis=0)
    elif kind == "half zeros":
        vectors[::2] = drawn(1500, DIM)
    segment = load(write(tmp_path, vectors))
    for goal in (vectors[1], vectors[-1], drawn(1, DIM, seed=4)[0]):
        found = segment.nearest(goal[np.newaxis].astype(np.float32), 100)
        assert len(found) >= 100
        assert len(np.unique(found)) == len(found)


def test_an_unloaded_segment_answers_with_all_its_rows(tmp_path: Path) -> None:
    segment = Segment(write(tmp_path), DIM)
    assert not segment.loaded
    assert len(segment.nearest(np.ones((2, DIM), np.float32), 5)) == COUNT


def test_a_cancelled_writing_leaves_nothing(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    vectors = drawn(COUNT, DIM)
    with pytest.raises(Cancelled):
        write_segment(tmp_path, np.arange(1, COUNT + 1), vectors, np.zeros(DIM, np.float32), token)
    assert list(tmp_path.iterdir()) == []


def sizes(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_size for name in FILES}


def test_a_full_disk_is_one_sentence_and_the_old_segment_stays(tmp_path: Path) -> None:
    """The disk is full at a different file each time; hnswlib itself says nothing of it."""
    whole = sizes(write(tmp_path / "measure"))
    with small_disk(2048) as disk:
        parent = disk.folder / "index"
        old = write(parent)
        before = {path.name: path.read_bytes() for path in old.iterdir()}
        total = sum(whole.values())
        for share in (0.0, 0.02, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.97):
            disk.fill(int(total * share))
            with pytest.raises(DataFolderError, match=r"^[^\n]*free some space[^\n]*\.$"):
                write(parent, drawn(COUNT, DIM, seed=1))
            disk.clear()
            assert [path.name for path in parent.iterdir()] == [old.name]
            assert {path.name: path.read_bytes() for path in old.iterdir()} == before
        load(write(parent, drawn(COUNT, DIM, seed=1)))


def test_a_graph_that_could_not_be_written_whole_is_never_loaded(tmp_path: Path) -> None:
    """A limit that only the largest file, the graph, runs into; the rest is written well.

    Threads draw the levels of a graph in any order, so one has some links less than the next;
    nine tenths of one are too little for each.
    """
    whole = sizes(write(tmp_path / "measure"))
    graph = int(0.9 * whole["graph.bin"])
    assert graph > max(size for name, size in whole.items() if name != "graph.bin")
    least = whole["vectors.bin"]
    chance = random.Random(1)
    limits = [least, least + 1, graph - 1, *(chance.randrange(least, graph) for _ in range(40))]
    for limit in limits:
        with files_of_at_most(limit), pytest.raises(DataFolderError, match="could not be written"):
            write(tmp_path / "index")
    assert list((tmp_path / "index").iterdir()) == []


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("in the way")
    with pytest.raises(DataFolderError, match="could not be written"):
        write(tmp_path / "index")


def test_segments_stay_small_enough_to_be_loaded_in_a_moment() -> None:
    assert module.CAPACITY <= 32_768
