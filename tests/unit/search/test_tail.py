"""The newest rows, told apart in few directions while they come and go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.progress import CancelToken
from lookalike.search.exact import best, centred_cosines
from lookalike.search.segment import Segment, write_segment
from lookalike.search.tail import TailHeads
from tests.bench.vectors import shaped_vectors

DIM = 320


@pytest.fixture
def segment(tmp_path: Path) -> Segment:
    """Of 500 rows; it lends its directions."""
    vectors = shaped_vectors(500, DIM)
    centre = vectors.astype(np.float32).mean(axis=0)
    labels = np.arange(1, 501)
    return Segment(write_segment(tmp_path, labels, vectors, centre, CancelToken()), DIM)


def test_a_tail_that_grows_and_thins_names_what_a_new_one_names(segment: Segment) -> None:
    vectors, goals = shaped_vectors(3000, DIM), shaped_vectors(5, DIM, 3).astype(np.float32)
    labels = np.arange(501, 3501)
    heads = TailHeads()
    kept = np.ones(3000, bool)
    kept[::7] = False
    for mask in (np.arange(3000) < 900, np.arange(3000) < 2000, kept, np.arange(3000) < 40):
        tail = labels[mask], vectors[mask]
        found = heads.nearest(tail, segment, goals, 20)
        assert found.tolist() == TailHeads().nearest(tail, segment, goals, 20).tolist()
        assert np.isin(found, tail[0]).all()
        assert min(80, mask.sum()) <= len(found) <= 5 * 80


def test_the_nearest_rows_are_among_those_named(segment: Segment) -> None:
    vectors = shaped_vectors(4000, DIM)
    tail = np.arange(501, 4401), vectors[:3900]
    centre = vectors[:3900].astype(np.float32).mean(axis=0)
    hits = 0
    for goal in vectors[3900:].astype(np.float32):
        named = TailHeads().nearest(tail, segment, goal[np.newaxis], 24)
        scores = centred_cosines(tail[1], goal, centre)
        hits += np.isin(tail[0][best(scores, tail[0], 10)], named).sum()
    assert hits / 1000 >= 0.98
