"""What every test may ask for: drawn photos, indexed once, and a library of one's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["LANGUAGE"] = "en"  # whoever runs the tests: they read English

from lookalike.library import Library
from tests.drawn_photos import save_photos


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen drawn photos, four of each kind; not to be written to."""
    folder = tmp_path_factory.mktemp("drawn")
    save_photos(folder, each=4)
    return folder


@pytest.fixture(scope="session")
def indexed_home(drawn_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a library of the drawn photos; not to be written to."""
    home = tmp_path_factory.mktemp("indexed")
    with Library.open(home) as library:
        assert library.index([str(drawn_folder)]).added == 16
    return home


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library of the test's own."""
    with Library.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trash of the test's own, by the freedesktop.org specification."""
    import send2trash
    from send2trash import plat_other

    folder = tmp_path / "data" / "Trash"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", os.fsencode(folder))
    monkeypatch.setattr(plat_other, "XDG_DATA_HOME", os.fsencode(folder.parent))
    # Whether the disk of the test's folder is that of the home folder must not matter.
    monkeypatch.setattr(plat_other, "get_dev", lambda path: 1)
    monkeypatch.setattr(send2trash, "send2trash", plat_other.send2trash)
    return folder
