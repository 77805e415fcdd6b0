from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from lookalike.errors import DataFolderError
from lookalike.photos.thumbnails import ThumbnailStore


def fill(store: ThumbnailStore, count: int = 50) -> dict[int, bytes]:
    blobs = {key: os.urandom(3000) for key in range(1, count + 1)}
    store.put_many(blobs.items())
    return blobs


def test_what_is_put_comes_back_also_after_reopening(tmp_path):
    path = tmp_path / "thumbnails.sqlite"
    with ThumbnailStore(path) as store:
        blobs = fill(store, 1200)
        assert store.get(7) == blobs[7]
        assert store.get(5000) is None
    with ThumbnailStore(path) as store:
        assert all(store.get(key) == blob for key, blob in blobs.items())
        assert store.has_many(range(-5, 2000)) == set(blobs)
        store.put_many([(7, b"new")])
        assert store.get(7) == b"new"
        store.remove_many([7, 8, 99999])
        assert store.has_many([6, 7, 8, 9]) == {6, 9}


def test_a_damaged_thumbnail_is_a_missing_one(tmp_path):
    path = tmp_path / "thumbnails.sqlite"
    with ThumbnailStore(path) as store:
        fill(store, 3)
    database = sqlite3.connect(path)
    with database:
        database.execute(
            "UPDATE thumbnails SET jpeg = CAST(jpeg || x'00' AS BLOB) WHERE content_id=2"
        )
        database.execute("UPDATE thumbnails SET jpeg = zeroblob(3000) WHERE content_id=3")
    database.close()
    with ThumbnailStore(path) as store:
        assert store.get(2) is None
        assert store.get(3) is None
        assert store.get(1) is not None


@pytest.mark.parametrize("damage", ["noise", "cut", "other version", "other tables"])
def test_a_damaged_file_is_set_aside_and_started_anew(tmp_path, damage):
    path = tmp_path / "thumbnails.sqlite"
    with ThumbnailStore(path) as store:
        fill(store)
    if damage == "noise":
        path.write_bytes(os.urandom(50_000))
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:9000])
    else:
        database = sqlite3.connect(path)
        database.execute(
            "PRAGMA user_version = 99" if damage == "other version" else "DROP TABLE thumbnails"
        )
        database.commit()
        database.close()
    with ThumbnailStore(path) as store:
        assert store.get(40) is None
        store.put_many([(1, b"again")])
        assert store.get(1) == b"again"
    assert (tmp_path / "thumbnails.sqlite.damaged").exists()


def test_damage_while_open_is_survived_by_every_thread(tmp_path):
    path = tmp_path / "thumbnails.sqlite"
    failures: list[BaseException] = []
    with ThumbnailStore(path) as store:
        fill(store, 400)
        with sqlite3.connect(path) as outside:
            outside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        outside.close()
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))

        def read() -> None:
            try:
                for key in range(1, 400):
                    store.get(key)
                store.put_many([(threading.get_ident(), b"x")])
            except BaseException as error:  # noqa: BLE001 - judged below
                failures.append(error)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        store.put_many([(1, b"again")])
        assert store.get(1) == b"again"


def test_many_threads_read_while_one_writes(tmp_path):
    with ThumbnailStore(tmp_path / "t.sqlite") as store:
        fill(store, 100)
        wrong: list[object] = []

        def read() -> None:
            try:
                for _ in range(5):
                    wrong.extend(key for key in range(1, 101) if store.get(key) is None)
            except BaseException as error:  # noqa: BLE001 - judged below
                wrong.append(error)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for key in range(200, 230):
            store.put_many([(key, b"z" * 2000)])
        for thread in threads:
            thread.join()
        assert wrong == []


def test_closed_is_closed(tmp_path):
    store = ThumbnailStore(tmp_path / "t.sqlite")
    store.close()
    with pytest.raises(DataFolderError, match="closed"):
        store.get(1)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataFolderError, match="cannot be written"):
        ThumbnailStore(tmp_path / "nowhere" / "t.sqlite")


def test_a_full_disk_is_told_in_one_sentence_and_keeps_what_was_there(tmp_path):
    """A real limit of the system on the file's size stands for the disk's end."""
    script = """
import os, resource, signal, sys
from lookalike.errors import DataFolderError
from lookalike.photos.thumbnails import ThumbnailStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = ThumbnailStore(sys.argv[1])
store.put_many([(1, b"first" * 100)])
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.put_many((key, os.urandom(20_000)) for key in range(2, 100))
except DataFolderError as error:
    print(error)
assert store.get(1) == b"first" * 100
assert store.get(2) is None
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "t.sqlite")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "desktop"},
    )
    assert done.stdout.strip().endswith(".")
    assert "disk" in done.stdout
