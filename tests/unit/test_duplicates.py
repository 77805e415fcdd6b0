"""Duplicates end to end: groups and their reasons, decisions that are kept, the trash and back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.records import Facts, Photo, View
from lookalike.records.upkeep import DuplicateGroup
from lookalike.usecases.copies import all_but, described
from tests.drawn_photos import draw, save_photos


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four drawn photos; of one a smaller copy and a turned one, of another an equal file."""
    folder = tmp_path / "photos"
    save_photos(folder, each=1)
    picture = Image.open(folder / "leaves-000.jpg")
    picture.resize((320, 240)).save(folder / "small.jpg", quality=50)
    picture.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.jpg", quality=80)
    shutil.copyfile(folder / "bricks-000.jpg", folder / "equal.jpg")
    return folder


def names(group: DuplicateGroup) -> list[str]:
    return [os.path.basename(photo.path) for photo in group.photos]


def found(library: Library) -> list[list[str]]:
    return [names(group) for group in library.duplicates("same")]


LEAVES = ["leaves-000.jpg", "turned.jpg", "small.jpg"]
BRICKS = ["bricks-000.jpg", "equal.jpg"]


def test_copies_are_groups_with_reasons_and_the_best_first(library: Library, folder: Path) -> None:
    library.index([str(folder)])
    groups = library.duplicates("same")
    assert len(groups) == 2
    assert sorted(found(library)) == [BRICKS, LEAVES]
    by_best = {names(group)[0]: group for group in groups}
    assert by_best["bricks-000.jpg"].reason == "equal files"
    leaves = by_best["leaves-000.jpg"]
    assert leaves.notes == ("", "copy, turned, recompressed", "smaller copy, recompressed")
    assert leaves.reason == "same picture: copy, turned, recompressed; smaller copy, recompressed"
    assert leaves.best == "less compressed"
    assert [group.photos for group in groups.page(1, 5)] == [list(groups)[1].photos]


def test_not_the_same_is_remembered_for_ever_and_undone(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    library.index([str(folder)])
    groups = library.duplicates("same")
    leaves = next(group for group in groups if names(group) == LEAVES)
    small = leaves.photos[2]
    told = library.not_the_same([small], leaves.photos[:2])
    # At once in what is on the screen, and in the next look.
    assert sorted(map(names, groups)) == sorted(found(library)) == [BRICKS, LEAVES[:2]]
    # The file goes and comes again, the library is opened anew: it is still remembered.
    os.rename(small.path, tmp_path / "away.jpg")
    library.index()
    os.rename(tmp_path / "away.jpg", small.path)
    library.index()
    assert sorted(found(library)) == [BRICKS, LEAVES[:2]]
    library.undo_not_the_same(told)
    assert sorted(found(library)) == [BRICKS, LEAVES]
    with pytest.raises(LookalikeError, match="no longer in the library"):
        library.not_the_same(leaves.photos)  # as it was before it went and came
    leaves = next(group for group in library.duplicates() if names(group) == LEAVES)
    library.not_the_same(leaves.photos)
    assert found(library) == [BRICKS]


def test_equal_files_cannot_be_told_apart(library: Library, folder: Path) -> None:
    library.index([str(folder)])
    equal = next(group for group in library.duplicates() if names(group) == BRICKS)
    with pytest.raises(LookalikeError, match="equal byte for byte"):
        library.not_the_same(equal.photos)


def test_the_rest_goes_to_the_trash_and_comes_back(
    library: Library, folder: Path, trash: Path
) -> None:
    library.index([str(folder)])
    before = {photo.path: photo for photo in library.photos(library.photo_ids(View()))}
    groups = library.duplicates("same")
    rest = [photo for group in groups for photo in library.all_but("best", group)]
    data = {photo.path: Path(photo.path).read_bytes() for photo in rest}
    trashed = library.trash(rest)
    assert trashed.changes.removed == 3
    assert trashed.failed == ()
    assert sorted(os.listdir(trash / "files")) == ["equal.jpg", "small.jpg", "turned.jpg"]
    assert library.counts().photos == 4
    assert list(groups) == []
    assert not any(os.path.exists(path) for path in data)
    restored = library.untrash(trashed)
    assert restored.changes.added == 3
    assert {path: Path(path).read_bytes() for path in data} == data
    assert os.listdir(trash / "files") == os.listdir(trash / "info") == []
    after = {photo.path: photo for photo in library.photos(library.photo_ids(View()))}
    assert after == before
    assert library.index().unchanged == 7
    assert sorted(found(library)) == [BRICKS, LEAVES]


def test_what_changed_or_went_is_left_alone_with_a_reason(
    library: Library, folder: Path, trash: Path
) -> None:
    library.index([str(folder)])
    photos = {
        os.path.basename(photo.path): photo
        for photo in library.photos(library.photo_ids(View(order="path")))
    }
    draw("discs", 9).save(folder / "small.jpg")
    os.remove(folder / "equal.jpg")
    trashed = library.trash([photos["small.jpg"], photos["equal.jpg"], photos["turned.jpg"]])
    assert [os.path.basename(problem.path) for problem in trashed.failed] == [
        "small.jpg",
        "equal.jpg",
    ]
    assert "has changed" in trashed.failed[0].reason
    assert "no longer there" in trashed.failed[1].reason
    assert (folder / "small.jpg").exists()
    # Another file has taken the name meanwhile, or the trash was emptied: nothing is overwritten.
    (folder / "turned.jpg").write_bytes(b"mine")
    assert "has its name now" in library.untrash(trashed).failed[0].reason
    assert (folder / "turned.jpg").read_bytes() == b"mine"
    (folder / "turned.jpg").unlink()
    shutil.rmtree(trash)
    assert "no longer in the trash" in library.untrash(trashed).failed[0].reason


def test_an_undo_after_the_content_was_forgotten_is_read_anew(
    library: Library, folder: Path, trash: Path
) -> None:
    library.index([str(folder)])
    (turned,) = (
        photo
        for photo in library.photos(library.photo_ids(View()))
        if photo.path.endswith("turned.jpg")
    )
    trashed = library.trash([turned])
    os.remove(folder / "small.jpg")
    library.index()  # drops what no photo needs
    assert len(library.untrash(trashed).photos) == 1
    assert library.index().added == 1
    assert library.verify() == []


def photo(number: int, width: int, size: int, taken: float | None = None, **facts) -> Photo:
    height = facts.pop("height", width * 3 // 4)
    mtime = facts.pop("mtime", number) * 10**9
    told = Facts(width, height, facts.pop("format", "JPEG"), taken, facts.pop("camera", ""))
    return Photo(number, 1, facts.pop("content", number), f"/p/{number}.jpg", size, mtime, told)


def test_the_best_copy_says_why() -> None:
    large, small = photo(1, 4000, 4_000_000), photo(2, 1000, 90_000)
    group = described("same", [small, large])
    assert group.photos == (large, small)
    assert group.best == "larger, 4000 × 3000; less compressed"
    dated = photo(3, 1000, 90_000, taken=5.0, camera="Canon")
    assert described("same", [small, dated]).best == "says when it was taken; names its camera"
    assert described("same", [small, photo(4, 1000, 90_000)]).best == "older"
    png = photo(5, 1000, 900_000, format="PNG")
    assert described("same", [large, png]).notes[1] == "smaller copy, as PNG"


def test_a_burst_says_how_far_apart() -> None:
    burst = [photo(number, 4000, 4_000_000, taken=100.0 + 2 * number) for number in range(3)]
    group = described("similar", burst)
    assert group.reason == "same scene, at most 2 s apart"
    assert group.notes == ("", "2 s later", "4 s later")
    assert described("similar", burst[:2]).reason == "same scene, 2 s apart"
    assert described("similar", [burst[0], photo(9, 400, 9)]).reason == "very much alike"


def test_rules_keep_one_photo() -> None:
    best = photo(1, 4000, 4_000_000, taken=50.0)
    old = photo(2, 1000, 90_000, taken=5.0)
    group = described("same", [old, best, photo(3, 500, 9_000, mtime=60)])
    for rule, kept in (("best", best), ("largest", best), ("oldest", old)):
        rest = all_but(rule, group)
        assert len(rest) == 2
        assert kept not in rest
