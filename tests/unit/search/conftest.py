"""Indexes that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from lookalike.search.index import VectorIndex
from tests.unit.search.sources import Source

Open = Callable[..., VectorIndex]
DIM, CAPACITY = 24, 500


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the index."""
    return tmp_path / "index"


@pytest.fixture
def open_index(folder: Path) -> Iterator[Open]:
    """Opens an index whose segments are small and used from the start."""
    with ExitStack() as stack:

        def opened(source: Source, capacity: int = CAPACITY, exact_below: int = 0) -> VectorIndex:
            dim = source.rows()[1].shape[1]
            index = VectorIndex(folder, dim, source, capacity, exact_below)
            return stack.enter_context(closing(index))

        yield opened
