"""The index over a source: what is asked of it, and what its upkeep writes and leaves alone."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import Cancelled, DataFolderError
from lookalike.progress import CancelToken, Progress, ignore_progress
from lookalike.search.exact import best
from tests.bench.vectors import shaped_vectors
from tests.faults import small_disk
from tests.unit.search.conftest import CAPACITY, DIM, Open
from tests.unit.search.sources import Source, drawn, maintained, right

Marks = dict[str, tuple[int, int, int]]


def marks(folder: Path) -> Marks:
    """Inode, time and size of every file: what was written anew differs."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            told = path.stat()
            found[str(path.relative_to(folder))] = (told.st_ino, told.st_mtime_ns, told.st_size)
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_empty_index_answers_with_nothing(open_index: Open) -> None:
    index = maintained(open_index(Source(drawn(0, DIM))))
    goal = np.ones((2, DIM), np.float32)
    assert len(index) == 0
    assert len(index.candidates(goal, 10)) == 0
    assert len(index.scores(goal[0], index.all_labels())) == 0
    assert np.array_equal(index.centre, np.zeros(DIM))
    assert np.isnan(index.scores(goal[0], np.array([1, 2]))).all()
    assert index.verify() == []


@pytest.mark.parametrize("count", [1, 7, CAPACITY - 1, CAPACITY, CAPACITY + 1, 3 * CAPACITY + 20])
@pytest.mark.parametrize("wanted", [1, 100, 100_000])
def test_any_number_of_any_library(count: int, wanted: int, open_index: Open) -> None:
    source = Source(drawn(count, DIM))
    index = maintained(open_index(source))
    assert len(index) == count
    assert len(index.segments) == count // CAPACITY
    found = index.candidates(drawn(1, DIM, seed=9).astype(np.float32), wanted)
    assert len(np.unique(found)) == len(found) >= min(count, wanted)
    right(index, source)


def test_an_index_that_is_opened_again_answers_alike(open_index: Open) -> None:
    source = Source(drawn(3 * CAPACITY + 7, DIM))
    first = maintained(open_index(source))
    again = open_index(source)
    assert len(again.segments) == 3
    assert not any(segment.loaded for segment in again.segments)
    right(again, source)  # before the graphs are loaded, row by row
    again.load(CancelToken())
    assert all(segment.loaded for segment in again.segments)
    right(again, source)
    assert np.allclose(first.centre, again.centre, atol=1e-6)


def test_scores_are_cosines_minus_the_mean_and_nan_for_strangers(open_index: Open) -> None:
    source = Source(drawn(CAPACITY + 50, DIM))
    index = maintained(open_index(source))
    labels = np.array([7, 999_999, CAPACITY + 3, 0, 7])
    scores = index.scores(np.ones(DIM, np.float32), labels)
    assert np.isnan(scores[[1, 3]]).all()
    assert scores[0] == scores[4]
    assert np.isfinite(scores[[0, 2]]).all()
    mean = source.rows()[1].astype(np.float64).sum(axis=0) / (len(index) + 64)
    assert np.allclose(index.centre, mean, atol=1e-5)


def test_a_row_without_numbers_is_like_nothing_and_spoils_nothing(open_index: Open) -> None:
    vectors = drawn(CAPACITY + 20, DIM)
    vectors[3] = np.nan
    vectors[CAPACITY + 5, 2] = np.inf
    index = maintained(open_index(Source(vectors)))
    assert np.isfinite(index.centre).all()
    assert np.isfinite(index.scores(np.ones(DIM, np.float32), index.all_labels())).all()
    assert len(open_index(Source(vectors)).segments) == 1


def test_new_rows_are_taken_in_and_old_segments_left_alone(folder: Path, open_index: Open) -> None:
    """The cost of a checkpoint follows what is new, never the library."""
    source = Source(drawn(20 * CAPACITY, DIM))
    index = maintained(open_index(source))
    before = marks(folder)
    assert len(names(folder)) == 20
    for number in range(1, 6):
        source.add(drawn(CAPACITY // 5, DIM, seed=number))
        maintained(index)
        now = marks(folder)
        assert {name: now.get(name) for name in before} == before
        assert len(names(folder)) == (21 if number == 5 else 20)
        right(index, source)
    written = sum(size for name, (_, _, size) in now.items() if name not in before)
    whole = sum(size for _, _, size in before.values())
    assert written <= 1.1 * whole / 20


def test_the_same_candidates_are_not_looked_for_twice_and_new_rows_are_among_them(
    open_index: Open,
) -> None:
    source = Source(drawn(3 * CAPACITY, DIM))
    index = maintained(open_index(source))
    goals = drawn(2, DIM, seed=9).astype(np.float32)
    first = index.candidates(goals, 20)
    assert index.candidates(goals.copy(), 20) is first
    assert index.candidates(goals[:1], 20) is not first
    wider = index.candidates(goals, 40)
    assert len(wider) > len(first)
    new = source.add(goals.astype(np.float16))
    index.refresh()
    assert set(new) <= set(index.candidates(goals, 40))


def test_upkeep_again_changes_nothing(folder: Path, open_index: Open) -> None:
    source = Source(drawn(3 * CAPACITY + 7, DIM))
    index = maintained(open_index(source))
    before = marks(folder)
    for opened in (index, open_index(source)):
        maintained(maintained(opened))
        assert marks(folder) == before
        right(opened, source)


def test_few_deletions_leave_the_segments_and_are_gone_when_opened_again(
    folder: Path, open_index: Open
) -> None:
    source = Source(drawn(2 * CAPACITY + 100, DIM))
    index = maintained(open_index(source))
    before = marks(folder)
    source.remove(np.arange(1, CAPACITY // 10))
    source.remove(np.array([2 * CAPACITY + 50]))
    maintained(index)
    assert marks(folder) == before
    assert 2 * CAPACITY + 50 not in index.all_labels()
    right(index, source)
    right(open_index(source), source)


@pytest.mark.parametrize("gone", ["first", "every third", "last", "all but one"])
def test_a_segment_that_lost_a_fifth_is_written_anew(
    gone: str, folder: Path, open_index: Open
) -> None:
    source = Source(drawn(3 * CAPACITY, DIM))
    index = maintained(open_index(source))
    before = marks(folder)
    middle = np.arange(CAPACITY + 1, 2 * CAPACITY + 1)
    dead = {
        "first": middle[:200],
        "every third": middle[::3],
        "last": middle[-200:],
        "all but one": np.delete(middle, 77),
    }[gone]
    source.remove(dead)
    maintained(index)
    assert not np.isin(dead, index.all_labels()).any()
    assert len(index) == 3 * CAPACITY - len(dead)
    right(index, source)
    mean = source.rows()[1].astype(np.float64).sum(axis=0) / (len(index) + 64)
    assert np.allclose(index.centre, mean, atol=1e-5)
    now = marks(folder)
    others = [name for name in before if name.split("/")[0] != names_of(middle[0])]
    assert {name: now[name] for name in others} == {name: before[name] for name in others}
    assert len(names(folder)) == 3
    assert index.verify() == []
    again = open_index(source)
    assert len(again.segments) == 3
    right(again, source)
    maintained(again)
    assert marks(folder) == now


def names_of(first: int) -> str:
    return f"segment-{first:012}"


def test_everything_deleted_leaves_nothing(folder: Path, open_index: Open) -> None:
    source = Source(drawn(2 * CAPACITY + 5, DIM))
    index = maintained(open_index(source))
    source.remove(source.labels())
    maintained(index)
    assert len(index) == 0
    assert names(folder) == []
    assert np.allclose(index.centre, 0, atol=1e-6)
    source.add(drawn(10, DIM, seed=3))
    index.refresh()
    right(index, source, tries=5)


def test_queries_and_new_rows_go_on_while_a_segment_is_written(open_index: Open) -> None:
    """Asked from another thread in the middle of the upkeep: a lock held there would never end."""
    source = Source(drawn(6 * CAPACITY, DIM))
    index = open_index(source)
    lengths = []

    def ask() -> None:
        source.add(drawn(3, DIM, seed=5))
        index.refresh()
        right(index, source)
        lengths.append(len(index))

    def asked(_progress: Progress) -> None:
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "the query waits for the upkeep"

    index.maintain(asked, CancelToken())
    assert lengths == [6 * CAPACITY + 3 * number for number in range(1, 7)]


def test_threads_ask_load_and_refresh_while_upkeep_comes_and_goes(open_index: Open) -> None:
    source = Source(drawn(4 * CAPACITY, DIM))
    index = open_index(source)
    done = threading.Event()
    failures: list[BaseException] = []

    def ask(seed: int) -> None:
        chance = np.random.default_rng(seed)
        while not done.is_set():
            try:
                labels, vectors = source.rows()
                index.refresh()
                index.load(CancelToken())
                place = int(chance.integers(1, 2 * CAPACITY))  # the oldest are removed
                goal = vectors[-place].astype(np.float32)
                found = np.unique(index.candidates(goal[np.newaxis], 10))
                scores = index.scores(goal, found)
                # What has no score any more has just been removed.
                assert not np.isin(found[np.isnan(scores)], source.labels()).any()
                assert labels[-place] in found[best(scores, found, 3)]
            except BaseException as error:  # noqa: BLE001 - told by the test's own thread
                failures.append(error)
                return

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(6):
            source.add(drawn(CAPACITY, DIM, seed=number + 1))
            source.remove(source.labels()[:100])
            maintained(index)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_cancelled_upkeep_keeps_what_was_written(folder: Path, open_index: Open) -> None:
    source = Source(drawn(4 * CAPACITY, DIM))
    index = open_index(source)
    token = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.done >= 2 * CAPACITY:
            token.cancel()

    with pytest.raises(Cancelled):
        index.maintain(stop, token)
    assert len(names(folder)) == len(index.segments) == 2
    right(index, source)
    before = marks(folder)
    maintained(index)
    assert len(names(folder)) == 4
    assert {name: marks(folder)[name] for name in before} == before


def test_a_full_disk_stops_the_upkeep_and_no_answer(tmp_path: Path) -> None:
    from lookalike.search.index import VectorIndex

    with small_disk(1024) as disk:
        folder = disk.folder / "index"
        source = Source(drawn(30 * CAPACITY, DIM))
        index = VectorIndex(folder, DIM, source, CAPACITY, 0)
        with pytest.raises(DataFolderError, match=r"^[^\n]*free some space[^\n]*\.$"):
            index.maintain(ignore_progress, CancelToken())
        written = len(index.segments)
        assert 2 <= written == len(names(folder)) < 30
        right(index, source)
        assert index.verify() == []
        disk.grow(8192)
        maintained(index)
        assert len(names(folder)) == 30
        right(index, source)
        index.close()


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 3.0], ids=["centred", "far from zero"])
def test_recall_at_ten(shift: float, open_index: Open) -> None:
    """60,000 vectors shaped like real ones; with a common part too, which the mean takes off."""
    dim, queries = 320, 100
    vectors = shaped_vectors(60_000 + queries, dim)
    common = np.random.default_rng(1).standard_normal(dim) * shift / np.sqrt(dim)
    vectors = (vectors.astype(np.float32) + common.astype(np.float32)).astype(np.float16)
    index = maintained(open_index(Source(vectors[:60_000]), 16_384, 40_000))
    assert len(index.segments) == 3
    everything = index.all_labels()
    hits = compared = 0
    for goal in vectors[60_000:].astype(np.float32):
        labels = np.unique(index.candidates(goal[np.newaxis], 50))
        compared += len(labels)
        found = labels[best(index.scores(goal, labels), labels, 10)]
        exact = index.scores(goal, everything)
        hits += len(np.intersect1d(found, everything[best(exact, everything, 10)]))
    assert hits / (10 * queries) >= 0.98
    assert compared / queries < 0.3 * len(everything), "that is no index"
