"""A full disk, a read-only folder, a folder that is none: one sentence, and nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.catalogue.store import Catalogue
from lookalike.errors import DataFolderError
from lookalike.paths import DataPaths
from tests.catalogue_rows import new_photos
from tests.faults import files_of_at_most, readable_folder, small_disk, without_rights

BATCH = 16


def fill_until_full(catalogue: Catalogue, root: int, spaces: dict[int, int], start: int) -> int:
    """Commit batches until the disk is full; how many were committed."""
    for number in range(start, start + 2000):
        names = [f"{number}-{each}.jpg" for each in range(BATCH)]
        try:
            catalogue.commit_batch(new_photos(root, names, spaces))
        except DataFolderError as error:
            sentence = str(error)
            break
    else:
        pytest.fail("the disk never was full")
    assert "full" in sentence
    assert "\n" not in sentence
    return number - start


def whole_batches(catalogue: Catalogue, batches: int, spaces: dict[int, int]) -> None:
    """Everything that was committed is there, and nothing else."""
    assert catalogue.integrity() == []
    assert catalogue.counts().photos == batches * BATCH
    for space in spaces:
        assert catalogue.count_vectors(space) == batches * BATCH


def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_space() -> None:
    with small_disk(1024) as disk:
        paths = DataPaths(disk.folder / "home")
        with Catalogue.open(paths, write=True) as catalogue:
            spaces = {catalogue.ensure_space("net/meaning", 320): 320}
            root = catalogue.add_root("/r").id
            first = fill_until_full(catalogue, root, spaces, 0)
            assert first > 3
            whole_batches(catalogue, first, spaces)
            assert fill_until_full(catalogue, root, spaces, first) == 0
            disk.grow(2048)
            second = fill_until_full(catalogue, root, spaces, first)
            assert second > 3
            whole_batches(catalogue, first + second, spaces)
        with Catalogue.open(paths, write=False) as catalogue:
            whole_batches(catalogue, first + second, spaces)


def test_opening_on_a_disk_without_a_byte_left() -> None:
    with small_disk(1024) as disk:
        paths = DataPaths(disk.folder / "home")
        with Catalogue.open(paths, write=True) as catalogue:
            spaces = {catalogue.ensure_space("net/meaning", 32): 32}
            root = catalogue.add_root("/r").id
            catalogue.commit_batch(new_photos(root, [str(n) for n in range(BATCH)], spaces))
        disk.fill()
        for write in (True, False):
            with (
                pytest.raises(DataFolderError, match=r"^[^\n]*\.$"),
                Catalogue.open(paths, write=write) as catalogue,
            ):
                catalogue.set_root_online(root, online=False)
        disk.clear()
        with Catalogue.open(paths, write=True) as catalogue:
            whole_batches(catalogue, 1, spaces)


def test_a_new_library_on_a_full_disk_can_be_made_later() -> None:
    with small_disk(512) as disk:
        paths = DataPaths(disk.folder / "home")
        paths.home.mkdir()
        for leave in (0, 4096, 12_288, 40_960):
            disk.fill(leave)
            with pytest.raises(DataFolderError, match=r"^[^\n]*\.$"):
                Catalogue.open(paths, write=True)
            disk.clear()
        with Catalogue.open(paths, write=True) as catalogue:
            whole_batches(catalogue, 0, {})


def test_a_limit_on_files_reads_as_a_full_disk(
    catalogue: Catalogue, spaces: dict[int, int]
) -> None:
    root = catalogue.add_root("/r").id
    with files_of_at_most(300_000):
        done = fill_until_full(catalogue, root, spaces, 0)
        whole_batches(catalogue, done, spaces)
    assert done
    names = [f"later-{each}.jpg" for each in range(BATCH)]
    catalogue.commit_batch(new_photos(root, names, spaces))
    whole_batches(catalogue, done + 1, spaces)


def test_a_read_only_data_folder_is_one_sentence_and_untouched() -> None:
    with readable_folder() as folder:
        paths = DataPaths(folder / "home")
        with Catalogue.open(paths, write=True) as catalogue:
            catalogue.add_root("/r")
        os.chmod(paths.home, 0o555)
        before = {path.name: path.read_bytes() for path in paths.home.iterdir()}
        with without_rights():
            for write in (True, False):
                with pytest.raises(DataFolderError, match=r"^The data folder [^\n]*\.$"):
                    Catalogue.open(paths, write=write).counts()
            with pytest.raises(DataFolderError, match=r"^The data folder [^\n]*\.$"):
                Catalogue.open(DataPaths(folder / "new"), write=True)
        assert {path.name: path.read_bytes() for path in paths.home.iterdir()} == before
        os.chmod(paths.home, 0o755)


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    for home in (blocked, blocked / "inside"):
        for write in (True, False):
            with pytest.raises(DataFolderError, match=r"^[^\n]*\.$"):
                Catalogue.open(DataPaths(home), write=write)
    assert blocked.read_text() == "in the way"
