from __future__ import annotations

import os

import pytest
from tests.unit.photos.conftest import without_rights

from lookalike.errors import Cancelled, FolderError
from lookalike.photos.scan import Found, Unreadable, scan
from lookalike.progress import CancelToken


def names(root) -> list[str]:
    return [one.relpath for one in scan(str(root), CancelToken())]


def test_photos_are_found_in_order_and_described(put, tmp_path):
    for name in ("b.JPG", "a.png", "note.txt", "x/2.webp", "x/1.tiff", "w/deep/er/p.heic", "noend"):
        put(name, b"12345")
    assert names(tmp_path) == ["a.png", "b.JPG", "w/deep/er/p.heic", "x/1.tiff", "x/2.webp"]
    first = next(iter(scan(str(tmp_path), CancelToken())))
    status = os.stat(tmp_path / "a.png")
    assert first == Found("a.png", 5, status.st_mtime_ns, status.st_dev, status.st_ino)


def test_hidden_and_system_folders_are_left_out(put, tmp_path):
    for name in (".git/a.jpg", "ok/.thumbs/a.jpg", "._a.jpg", "@eaDir/a.jpg", "$RECYCLE.BIN/a.jpg"):
        put(name, b"1")
    put("ok/a.jpg", b"1")
    assert names(tmp_path) == ["ok/a.jpg"]


def test_links_cannot_loop_and_never_take_a_real_place(put, tmp_path):
    put("z/a.jpg", b"1")
    (tmp_path / "a-link").symlink_to(tmp_path / "z")
    (tmp_path / "z" / "up").symlink_to(tmp_path)
    (tmp_path / "self.jpg").symlink_to(tmp_path / "self.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    found = list(scan(str(tmp_path), CancelToken()))
    assert [one.relpath for one in found if isinstance(one, Found)] == ["z/a.jpg"]
    assert [one.relpath for one in found if isinstance(one, Unreadable)] == ["gone.jpg", "self.jpg"]


def test_linked_folders_and_files_outside_are_followed(put, tmp_path):
    put("elsewhere/one.jpg", b"1")
    put("elsewhere/more/two.jpg", b"1")
    root = tmp_path / "root"
    root.mkdir()
    (root / "album").symlink_to(tmp_path / "elsewhere")
    (root / "file.jpg").symlink_to(tmp_path / "elsewhere" / "one.jpg")
    assert names(root) == ["file.jpg", "album/one.jpg", "album/more/two.jpg"]


@pytest.mark.parametrize("name", [b"caf\xe9.jpg", b"a'b\"c.jpg", b"two\nlines.jpg", b"\\.jpg"])
def test_any_name_survives(tmp_path, name):
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(b"1")
    (relpath,) = names(tmp_path)
    assert os.fsencode(relpath) == name


def test_a_pipe_with_a_photos_name_is_told_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    (one,) = scan(str(tmp_path), CancelToken())
    assert isinstance(one, Unreadable)
    assert "no regular file" in one.reason


def test_a_folder_without_permission_costs_itself_alone(put, tmp_path):
    put("closed/a.jpg", b"1")
    put("open/b.jpg", b"1")
    os.chmod(tmp_path / "closed", 0)
    for above in (tmp_path, *tmp_path.parents[:3]):
        if os.stat(above).st_uid == os.geteuid():
            os.chmod(above, 0o755)
    with without_rights():
        found = list(scan(str(tmp_path), CancelToken()))
    os.chmod(tmp_path / "closed", 0o755)
    assert [one.relpath for one in found] == ["closed", "open/b.jpg"]
    assert isinstance(found[0], Unreadable)
    assert "permission" in found[0].reason


def test_a_root_that_is_not_there(tmp_path):
    with pytest.raises(FolderError, match="cannot be read"):
        next(scan(str(tmp_path / "nowhere"), CancelToken()))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderError, match="cannot be read"):
        next(scan(str(tmp_path / "file"), CancelToken()))


def test_cancelling_stops_between_folders(put, tmp_path):
    for index in range(5):
        put(f"{index}/a.jpg", b"1")
    token = CancelToken()
    running = scan(str(tmp_path), token)
    next(running)
    token.cancel()
    with pytest.raises(Cancelled):
        list(running)
