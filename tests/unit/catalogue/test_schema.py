"""The file: past versions open, newer, foreign and damaged ones are refused and left untouched."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalogue import schema
from lookalike.catalogue.store import Catalogue
from lookalike.errors import DataFolderError, NewerDataError
from lookalike.paths import DataPaths
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.records import Photo, Root, View
from tests.catalogue_rows import new_photos, vector
from tests.schemas.make import CAT, OFFLINE_ROOT, ONLINE_ROOT, SCHEMAS

VERSIONS = sorted(SCHEMAS.glob("v*.sqlite"))


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "writer.lock"
    }


def refused(paths: DataPaths, kind: type[DataFolderError]) -> str:
    """The sentence with which writer and reader refuse a file, which they leave untouched."""
    before = everything(paths.home)
    told = set()
    for write in (True, False):
        with pytest.raises(DataFolderError) as caught:
            Catalogue.open(paths, write=write)
        assert type(caught.value) is kind
        told.add(str(caught.value))
    assert everything(paths.home) == before
    assert len(told) == 1
    (sentence,) = told
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def put(paths: DataPaths, data: bytes) -> None:
    paths.home.mkdir(exist_ok=True)
    paths.catalogue.write_bytes(data)


def current(paths: DataPaths, photos: int = 200) -> None:
    """A sound library of some pages."""
    with Catalogue.open(paths, write=True) as catalogue:
        spaces = {catalogue.ensure_space("net/meaning", 32): 32}
        root = catalogue.add_root("/photos").id
        names = [f"{number}.jpg" for number in range(photos)]
        catalogue.commit_batch(new_photos(root, names, spaces))


@pytest.mark.parametrize("kept", VERSIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("write", [True, False], ids=["writer", "reader"])
def test_a_library_of_a_past_version_opens_with_all_it_held(
    kept: Path, write: bool, paths: DataPaths
) -> None:
    put(paths, kept.read_bytes())
    if not write:
        Catalogue.open(paths, write=True).close()  # brings an older version up to date
    with Catalogue.open(paths, write=write) as catalogue:
        assert catalogue.integrity() == []
        assert catalogue.roots() == (
            Root(1, ONLINE_ROOT, True, 2),
            Root(2, OFFLINE_ROOT, False, 2),
        )
        counts = catalogue.counts()
        assert (counts.photos, counts.contents, counts.offline, counts.problems) == (4, 3, 2, 1)
        photos = catalogue.photos(catalogue.photo_ids(View(order="added", descending=False)))
        assert [photo.path for photo in photos] == [
            f"{ONLINE_ROOT}/cat.jpg",
            f"{ONLINE_ROOT}/a 'quoted'\nname.png",
            f"{OFFLINE_ROOT}/caf\udce9/copy.jpg",
            f"{OFFLINE_ROOT}/tree.jpg",
        ]
        assert photos[0].facts == photos[2].facts == CAT
        assert photos[0].content_id == photos[2].content_id
        assert catalogue.known_of_root(1)["cat.jpg"].inode == -1
        (problem,) = catalogue.problems(10)
        assert (problem.path, problem.reason) == (
            f"{ONLINE_ROOT}/broken.jpg",
            "The file is damaged.",
        )
        for key, dim in (("net/float32/1/288/meaning", 8), ("net/float32/1/288/texture", 4)):
            labels, rows = catalogue.vectors_after(catalogue.space_id(key, dim), 0, 100)
            expected = [vector(name, dim) for name in ("gone", "cat", "dog", "tree")]
            assert len(labels) == 4
            assert set(labels) > {photo.content_id for photo in photos}
            assert np.array_equal(rows, np.stack(expected))


def test_the_kept_file_of_this_version_has_this_schema(paths: DataPaths) -> None:
    """A change of the schema without a new version and a migration fails here."""

    def statements(path: Path) -> set[tuple[str, ...]]:
        connection = sqlite3.connect(path)
        rows = set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))
        connection.close()
        return rows

    Catalogue.open(paths, write=True).close()
    copy = paths.home / "kept.sqlite"
    shutil.copyfile(SCHEMAS / f"v{schema.VERSION}.sqlite", copy)
    assert statements(copy) == statements(paths.catalogue)


def test_a_newer_version_is_refused(paths: DataPaths) -> None:
    current(paths)
    connection = sqlite3.connect(paths.catalogue)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    assert "newer Lookalike" in refused(paths, NewerDataError)


def test_a_newer_version_that_was_killed_keeps_its_log(paths: DataPaths) -> None:
    current(paths)
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        f"connection.execute('PRAGMA user_version = {schema.VERSION + 1}')\n"
        "connection.execute('CREATE TABLE future (x)')\n"
        "connection.commit()\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(paths.catalogue)], check=False)
    before = everything(paths.home)
    assert before["catalogue.sqlite-wal"]
    with pytest.raises(NewerDataError):
        Catalogue.open(paths, write=True)
    after = everything(paths.home)
    for name in ("catalogue.sqlite", "catalogue.sqlite-wal"):
        assert after[name] == before[name]


@pytest.mark.parametrize("owner", [0, 252006674], ids=["plain", "of another program"])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_foreign_database_is_refused(owner: int, mode: str, paths: DataPaths) -> None:
    paths.home.mkdir()
    connection = sqlite3.connect(paths.catalogue)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute(f"PRAGMA application_id = {owner}")
    connection.execute("CREATE TABLE places (url TEXT)")
    connection.commit()
    connection.close()
    assert "not a Lookalike library" in refused(paths, DataFolderError)


def test_a_file_of_ours_that_is_no_catalogue_is_refused(paths: DataPaths) -> None:
    paths.home.mkdir()
    with ThumbnailStore(paths.catalogue):
        pass
    assert "not a Lookalike library" in refused(paths, DataFolderError)


@pytest.mark.parametrize(
    "data",
    [b"\x00" * 8192, b"not a database, only a text\n" * 400, bytes(range(256)) * 64],
    ids=["zeros", "text", "bytes"],
)
def test_a_file_that_is_no_database_is_refused(data: bytes, paths: DataPaths) -> None:
    put(paths, data)
    assert "damaged" in refused(paths, DataFolderError)


@pytest.mark.parametrize("version", [0, -1, -(2**31)])
def test_a_version_that_never_was_is_damage(version: int, paths: DataPaths) -> None:
    current(paths)
    connection = sqlite3.connect(paths.catalogue)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    assert "damaged" in refused(paths, DataFolderError)


def test_damage_inside_the_file_is_one_sentence_and_no_answer_is_made_up(
    paths: DataPaths,
) -> None:
    """Pages turned to rubbish: what is read is right, or it is refused with one sentence."""
    current(paths)
    sound = paths.catalogue.read_bytes()
    with Catalogue.open(paths, write=False) as catalogue:
        ids = catalogue.photo_ids(View())
        truth = catalogue.photos(ids)
    chance = random.Random(5)
    refusals = 0
    for page in range(1, len(sound) // 4096):
        damaged = bytearray(sound)
        damaged[page * 4096 : page * 4096 + 512] = chance.randbytes(512)
        put(paths, bytes(damaged))
        found = answered(paths, ids)
        refusals += isinstance(found, str)
        assert isinstance(found, str) or found == truth
        assert paths.catalogue.read_bytes() == bytes(damaged)
    assert refusals


def answered(paths: DataPaths, ids: Sequence[int]) -> list[Photo] | str:
    """The photos, or the sentence about the damage."""
    try:
        with Catalogue.open(paths, write=False) as catalogue:
            return "".join(catalogue.integrity()) or catalogue.photos(ids)
    except DataFolderError as error:
        return str(error)


@pytest.mark.parametrize("keep", [1, 50, 100, 4096, 4100, 20_000])
def test_a_truncated_file_is_damage(keep: int, paths: DataPaths) -> None:
    current(paths)
    put(paths, paths.catalogue.read_bytes()[:keep])
    assert isinstance(answered(paths, [1]), str)
    assert paths.catalogue.stat().st_size == keep


def test_an_older_version_is_brought_up_to_date_by_a_writer_alone(
    paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    current(paths)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE stars (n);"))
    before = everything(paths.home)
    with pytest.raises(DataFolderError, match="older version"):
        Catalogue.open(paths, write=False)
    assert everything(paths.home) == before
    with Catalogue.open(paths, write=True) as catalogue:
        assert catalogue.counts().photos == 200
        assert catalogue._all("SELECT count(*) FROM stars") == [(0,)]
    assert sorted(everything(paths.home)) == ["catalogue.sqlite"]
    with Catalogue.open(paths, write=False) as catalogue:
        assert catalogue.counts().photos == 200


def test_a_migration_that_fails_leaves_the_old_library_whole(
    paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    current(paths)
    with monkeypatch.context() as newer:
        newer.setattr(schema, "VERSION", schema.VERSION + 1)
        broken = "CREATE TABLE stars (n); INSERT INTO nowhere VALUES (1);"
        newer.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(DataFolderError):
            Catalogue.open(paths, write=True)
    with Catalogue.open(paths, write=True) as catalogue:
        assert catalogue.counts().photos == 200
        assert catalogue.integrity() == []
        assert catalogue._all("SELECT name FROM sqlite_schema WHERE name = 'stars'") == []


def test_an_empty_file_is_a_new_library(paths: DataPaths) -> None:
    put(paths, b"")
    with Catalogue.open(paths, write=True) as catalogue:
        assert catalogue.counts().photos == 0
    assert os.path.getsize(paths.catalogue) > 4096
