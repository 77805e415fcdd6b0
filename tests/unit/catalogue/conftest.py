"""An empty catalogue, and the spaces most tests store vectors in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """The data folder of this test."""
    return DataPaths(tmp_path / "home")


@pytest.fixture
def catalogue(paths: DataPaths) -> Iterator[Catalogue]:
    """An empty catalogue, open for writing."""
    with Catalogue.open(paths, write=True) as opened:
        yield opened


@pytest.fixture
def spaces(catalogue: Catalogue) -> dict[int, int]:
    """Space ids to dimensions."""
    return {
        catalogue.ensure_space("net/float32/meaning", 32): 32,
        catalogue.ensure_space("net/float32/texture", 16): 16,
    }
