"""Faults at the level of the command line: one sentence, exit status 1, nothing lost, go on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lookalike.catalogue.schema import VERSION
from lookalike.errors import DataFolderError
from lookalike.library import Library
from lookalike.progress import Progress
from lookalike.records import Goal, Query, View
from tests.drawn_photos import draw, save_photos
from tests.faults import bound_by_permissions, environment, small_disk

Done = subprocess.CompletedProcess[str]


def lookalike(home: Path, *arguments: str, bound: bool = False) -> Done:
    """The program in a process of its own, which permissions bind where `bound` says so."""
    before = bound_by_permissions() if bound else []
    return subprocess.run(
        [*before, sys.executable, "-m", "lookalike", "--data-dir", str(home), *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def one_sentence(done: Done) -> str:
    """What a failed call said: exit status 1, one line on stderr, none on stdout."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("lookalike: ")
    assert lines[0].endswith(".")
    return lines[0]


def receipt(done: Done) -> dict[str, float]:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, float] = json.loads(done.stdout)
    return found


def kept(home: Path) -> dict[str, bytes]:
    """What a data folder holds, but for the lock, which only says who was there last."""
    return {
        path.name: path.read_bytes()
        for path in home.iterdir()
        if path.is_file() and path.name != "writer.lock"
    }


def test_an_unreadable_folder_costs_itself_alone_and_keeps_its_photos(tmp_path: Path) -> None:
    photos, home = tmp_path / "photos", tmp_path / "home"
    save_photos(photos, each=1)
    save_photos(photos / "locked", each=1)
    assert receipt(lookalike(home, "index", str(photos), "--json", bound=True))["added"] == 8
    (photos / "locked").chmod(0)
    try:
        told = receipt(lookalike(home, "index", str(photos), "--json", bound=True))
        assert (told["unchanged"], told["skipped"], told["photos"]) == (4, 1, 8)
        with Library.open(home, write=False) as library:
            assert library.counts().offline == 4
            (problem,) = library.problems(9, 0)
            assert "no permission" in problem.reason
    finally:
        (photos / "locked").chmod(0o755)
    told = receipt(lookalike(home, "index", str(photos), "--json", bound=True))
    assert (told["unchanged"], told["added"], told["skipped"]) == (8, 0, 0)
    with Library.open(home, write=False) as library:
        assert (library.counts().offline, library.counts().problems) == (0, 0)


def test_a_root_that_cannot_be_read_loses_no_photo(tmp_path: Path) -> None:
    photos, home = tmp_path / "photos", tmp_path / "home"
    save_photos(photos, each=1)
    receipt(lookalike(home, "index", str(photos), "--json", bound=True))
    photos.chmod(0)
    try:
        lookalike(home, "index", str(photos), "--json", bound=True)
        with Library.open(home, write=False) as library:
            assert (library.counts().photos, library.counts().offline) == (4, 4)
    finally:
        photos.chmod(0o755)
    told = receipt(lookalike(home, "index", str(photos), "--json", bound=True))
    assert (told["photos"], told["removed"]) == (4, 0)


def test_a_read_only_data_folder_is_one_sentence(tmp_path: Path) -> None:
    photos, home = tmp_path / "photos", tmp_path / "home"
    save_photos(photos, each=1)
    receipt(lookalike(home, "index", str(photos), "--json", bound=True))
    home.chmod(0o555)
    before = kept(home)
    try:
        save_photos(photos / "more", each=1)
        for command in (["index", str(photos)], ["forget", str(photos)], ["rebuild"]):
            assert "data folder" in one_sentence(lookalike(home, *command, bound=True))
        said = one_sentence(lookalike(tmp_path / "home" / "new", "status", bound=True))
        assert "data folder" in said
        after = kept(home)
        assert after == before
    finally:
        home.chmod(0o755)
    assert receipt(lookalike(home, "index", str(photos), "--json", bound=True))["added"] == 4


@pytest.mark.parametrize("kibibytes", [160, 640])
def test_a_full_disk_stops_indexing_with_one_sentence_and_it_goes_on_later(
    kibibytes: int, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    paths = save_photos(photos, each=16)
    with small_disk(kibibytes) as disk:
        home = disk.folder / "home"
        said = one_sentence(lookalike(home, "index", str(photos)))
        assert "full" in said or "No space left" in said or "free some space" in said
        disk.grow(32 * 1024)
        with Library.open(home) as library:
            assert library.verify() == []
            done = library.counts().photos
        assert done < len(paths)
        told = receipt(lookalike(home, "index", str(photos), "--json"))
        assert (told["unchanged"], told["added"]) == (done, len(paths) - done)
        with Library.open(home, write=False) as library:
            for photo in library.photos(library.photo_ids(View())):
                assert library.thumbnail(photo.content_id)
            answer = library.search(Query((Goal(path=str(paths[3])),), k=1))
            assert answer.matches[0].photo.path == str(paths[3])


def test_a_disk_without_a_byte_left_still_answers(tmp_path: Path, indexed_home: Path) -> None:
    """Searching writes nothing that matters."""
    with small_disk(16 * 1024) as disk:
        home = disk.folder / "home"
        shutil.copytree(indexed_home, home)
        with Library.open(home, write=False) as library:
            photo = library.photos(library.photo_ids(View()))[0]
            disk.fill()
            answer = library.search(Query((Goal(path=photo.path),), k=3))
            assert answer.matches[0].photo.id == photo.id
            assert library.thumbnail(photo.content_id)
            assert library.explain(answer.query, photo).score == pytest.approx(1, abs=1e-4)


def test_files_that_vanish_or_change_while_they_are_indexed(
    tmp_path: Path, library: Library
) -> None:
    folder = tmp_path / "photos"
    paths = sorted(save_photos(folder, each=30))  # as they are read
    touched: list[Path] = []

    def meddle(progress: Progress) -> None:
        if progress.stage == "reading" and not touched:
            touched.extend(paths[-8:])
            for path in paths[-8:-4]:
                path.unlink()
            for path in paths[-4:]:
                draw("stripes", 77).save(path, quality=70)

    told = library.index([str(folder)], meddle)
    assert touched
    assert told.skipped == 4
    assert told.added == len(paths) - 4
    reasons = {problem.reason for problem in library.problems(20, 0)}
    assert len(reasons) == 1
    assert "vanished" in reasons.pop()
    again = library.index()
    assert (again.added, again.removed, again.skipped) == (0, 0, 0)
    assert library.problems(9, 0) == []
    assert library.index().unchanged == len(paths) - 4
    for path in paths[-4:]:
        answer = library.search(Query((Goal(path=str(path)),), k=4))
        assert {match.photo.path for match in answer.matches} == {str(each) for each in paths[-4:]}


def test_a_folder_that_vanishes_while_it_is_indexed_is_offline(
    tmp_path: Path, library: Library
) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=20)
    kept = library.index([str(folder)]).photos
    os.rename(folder, tmp_path / "unplugged")
    told = library.index()
    assert (told.photos, told.removed) == (kept, 0)
    assert library.counts().offline == kept
    folder.mkdir()  # an empty mount point
    assert library.index().removed == 0
    assert library.counts().offline == kept
    folder.rmdir()
    os.rename(tmp_path / "unplugged", folder)
    assert library.index().unchanged == kept
    assert library.counts().offline == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"no image", b"\xff\xd8\xff\xe0 cut", b"\x89PNG\r\n\x1a\n" + bytes(40), b"GIF89a"],
    ids=["empty", "text", "cut jpeg", "png of zeros", "gif head"],
)
def test_a_goal_that_is_no_image(data: bytes, tmp_path: Path, indexed_home: Path) -> None:
    goal = tmp_path / "goal \udce9\n.jpg"
    goal.write_bytes(data)
    with Library.open(indexed_home, write=False) as library:
        from lookalike.errors import GoalError

        for each in (Goal(path=str(goal)), Goal(data=data)):
            with pytest.raises(GoalError, match=r"cannot be a goal\. .+\.$"):
                library.search(Query((each,)))


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "loop"])
def test_a_goal_that_is_no_file(kind: str, tmp_path: Path, indexed_home: Path) -> None:
    goal = tmp_path / "goal.jpg"
    if kind == "folder":
        goal.mkdir()
    elif kind == "pipe":
        os.mkfifo(goal)
    elif kind == "loop":
        goal.symlink_to(goal)
    for command in (["search", str(goal)], ["explain", str(goal), str(goal)]):
        one_sentence(lookalike(indexed_home, *command))


@pytest.mark.parametrize("data", [b"rubbish" * 2000, b"\x00" * 8192], ids=["text", "zeros"])
def test_a_damaged_catalogue_is_one_sentence_and_stays(data: bytes, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogue.sqlite").write_bytes(data)
    for command in (["status"], ["index", str(tmp_path)], ["search", "x.jpg"], ["verify"]):
        assert "damaged" in one_sentence(lookalike(home, *command))
    assert (home / "catalogue.sqlite").read_bytes() == data


def test_a_newer_library_is_one_sentence_and_stays(tmp_path: Path, indexed_home: Path) -> None:
    import sqlite3

    home = tmp_path / "home"
    shutil.copytree(indexed_home, home)
    connection = sqlite3.connect(home / "catalogue.sqlite")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = (home / "catalogue.sqlite").read_bytes()
    for command in (["status"], ["index", str(tmp_path)]):
        assert "newer Lookalike" in one_sentence(lookalike(home, *command))
    assert (home / "catalogue.sqlite").read_bytes() == before


def test_a_second_instance_reads_while_the_first_writes(
    tmp_path: Path, library: Library, drawn_folder: Path
) -> None:
    """In the middle of indexing, another process searches, and may not write."""
    library.index([str(drawn_folder)])
    save_photos(tmp_path / "photos", each=20)
    home = library.paths.home
    goal = str(drawn_folder / "discs-001.jpg")
    calls: list[tuple[Done, Done, Done]] = []

    def ask() -> None:
        found = lookalike(home, "search", goal, "-k", "1", "--json")
        status = lookalike(home, "status", "--json")
        calls.append((found, status, lookalike(home, "index", str(drawn_folder))))

    second = threading.Thread(target=ask)

    def start(progress: Progress) -> None:
        if progress.stage == "reading" and not second.ident:
            second.start()
        while second.is_alive():  # the first goes on writing its batches only after the answer
            time.sleep(0.02)

    assert library.index([str(tmp_path / "photos")], start).photos == 96
    second.join()
    ((found, status, writing),) = calls
    (result,) = receipt(found)["results"]  # type: ignore[misc]
    assert result["path"] == goal
    assert 16 < receipt(status)["photos"] <= 96
    assert "Another Lookalike" in one_sentence(writing)


def test_an_error_leaves_no_lock_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogue.sqlite").write_bytes(b"rubbish" * 100)
    for _ in range(2):
        with pytest.raises(DataFolderError, match="damaged"):
            Library.open(home)
    (home / "catalogue.sqlite").unlink()
    Library.open(home).close()
