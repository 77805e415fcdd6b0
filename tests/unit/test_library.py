"""The use cases end to end, on real parts: drawn photos, SQLite, onnxruntime."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import (
    Cancelled,
    DataFolderBusyError,
    FolderError,
    GoalError,
)
from lookalike.library import Library
from lookalike.progress import CancelToken, Progress
from lookalike.records import Goal, Query, View
from tests.drawn_photos import draw, save_photos


def names(answer_matches) -> list[str]:
    return [os.path.basename(match.photo.path) for match in answer_matches]


def test_a_photo_finds_itself_and_its_kind(indexed_home: Path, drawn_folder: Path) -> None:
    with Library.open(indexed_home, write=False) as library:
        goal = Goal(path=str(drawn_folder / "leaves-001.jpg"))
        answer = library.search(Query((goal,), k=4))
    assert names(answer.matches)[0] == "leaves-001.jpg"
    assert answer.matches[0].score == pytest.approx(1.0, abs=1e-3)
    assert answer.matches[0].kind == "same"
    assert all(name.startswith("leaves") for name in names(answer.matches))


def test_a_recompressed_smaller_copy_is_the_same_picture(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jpg"
    Image.open(drawn_folder / "bricks-002.jpg").resize((320, 240)).save(copy, quality=60)
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((Goal(path=str(copy)),), k=16))
    assert names(answer.matches)[0] == "bricks-002.jpg"
    assert [match.kind for match in answer.matches].count("same") == 1


def test_k_above_the_library_answers_with_all_of_it(indexed_home: Path, drawn_folder: Path) -> None:
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((Goal(path=str(drawn_folder / "discs-000.jpg")),), k=1000))
    assert len(answer.matches) == 16
    scores = [match.score for match in answer.matches if match.kind == "similar"]
    assert scores == sorted(scores, reverse=True)


def test_evidence_adds_up_and_explains_the_score_of_the_search(
    indexed_home: Path, drawn_folder: Path
) -> None:
    query = Query((Goal(path=str(drawn_folder / "discs-000.jpg")),), k=16)
    with Library.open(indexed_home, write=False) as library:
        for match in library.search(query).matches[::5]:
            found = library.explain(query, match.photo, check=True)
            assert found.score == pytest.approx(match.score, abs=1e-4)
            told = found.score - found.baseline
            assert np.sum(found.goal_map, dtype=np.float64) == pytest.approx(told, abs=1e-5)
            assert np.sum(found.result_map, dtype=np.float64) == pytest.approx(told, abs=1e-5)
            assert found.positive + found.negative == pytest.approx(told, abs=1e-5)
            assert 0 < found.check["covered"] <= 0.25


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path, library: Library) -> None:
    save_photos(tmp_path / "photos", each=1)
    assert library.index([str(tmp_path / "photos")]).added == 4
    again = library.index()
    assert (again.added, again.unchanged, again.photos) == (0, 4, 4)


def test_moved_and_renamed_photos_keep_their_ids_and_vectors(
    tmp_path: Path, library: Library
) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=1)
    library.index([str(folder)])
    before = {photo.content_id: photo.id for photo in library.photos(library.photo_ids(View()))}
    (folder / "inner").mkdir()
    os.rename(folder / "discs-000.jpg", folder / "inner" / "renamed.jpg")
    # A copy made and the original removed: another inode, the same content.
    shutil.copyfile(folder / "leaves-000.jpg", folder / "copied.jpg")
    os.remove(folder / "leaves-000.jpg")
    changes = library.index()
    assert (changes.moved, changes.added, changes.removed) == (2, 0, 0)
    after = {photo.content_id: photo.id for photo in library.photos(library.photo_ids(View()))}
    assert after == before


def test_missing_is_not_deleted(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "photos"
    paths = save_photos(folder, each=1)
    library.index([str(folder)])
    os.rename(folder, tmp_path / "unplugged")
    assert library.index().removed == 0
    assert library.counts().offline == 4
    folder.mkdir()  # the empty mount point that an unmounted drive leaves
    assert library.index().removed == 0
    photo = library.photos(library.photo_ids(View()))[0]
    assert library.thumbnail(photo.content_id)
    assert library.picture(photo, 256).shape[2] == 3
    answer = library.search(Query((Goal(photo_id=photo.id),)))
    assert len(answer.matches) == 4
    folder.rmdir()
    os.rename(tmp_path / "unplugged", folder)
    assert library.index().unchanged == 4
    assert library.counts().offline == 0
    os.remove(paths[0])
    assert library.index().removed == 1


def test_a_changed_photo_is_read_again_and_keeps_its_id(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "photos"
    paths = save_photos(folder, each=1)
    library.index([str(folder)])
    before = library.photo_by_path(str(paths[0]))
    draw("leaves", 99).save(paths[0])
    os.utime(paths[0], ns=(1, 1))
    changes = library.index()
    after = library.photo_by_path(str(paths[0]))
    assert changes.updated == 1
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert after.content_id != before.content_id


def test_one_bad_file_costs_one_row(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=1)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no photo")
    (folder / "empty.png").write_bytes(b"")
    changes = library.index([str(folder)])
    assert (changes.added, changes.skipped) == (4, 2)
    problems = library.problems(10, 0)
    assert sorted(os.path.basename(each.path) for each in problems) == ["broken.jpg", "empty.png"]
    assert all(each.reason.endswith(".") for each in problems)
    again = library.index()
    assert (again.unchanged, again.skipped) == (4, 2)
    draw("discs", 5).save(folder / "broken.jpg")
    assert library.index().added == 1
    assert len(library.problems(10, 0)) == 1


def test_a_root_around_another_takes_it_in(tmp_path: Path, library: Library) -> None:
    save_photos(tmp_path / "outer" / "inner", each=1)
    library.index([str(tmp_path / "outer" / "inner")])
    draw("discs", 7).save(tmp_path / "outer" / "more.jpg")
    changes = library.index([str(tmp_path / "outer")])
    assert (changes.added, changes.unchanged, changes.photos) == (1, 4, 5)
    assert [root.path for root in library.roots()] == [os.path.realpath(tmp_path / "outer")]
    assert library.index([str(tmp_path / "outer" / "inner")]).photos == 5
    assert len(library.roots()) == 1


def test_forget_takes_a_folder_out_and_leaves_its_files(tmp_path: Path, library: Library) -> None:
    paths = save_photos(tmp_path / "photos", each=1)
    library.index([str(tmp_path / "photos")])
    assert library.forget(str(tmp_path / "photos")).removed == 4
    assert library.counts().photos == 0
    assert all(path.exists() for path in paths)
    with pytest.raises(FolderError, match="not a folder of the library"):
        library.forget(str(tmp_path / "photos"))


def test_cancelled_indexing_keeps_what_was_committed(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=12)
    token = CancelToken()

    def stop_after_some(progress: Progress) -> None:
        if progress.stage == "reading" and progress.done >= 16:
            token.cancel()

    with pytest.raises(Cancelled):
        library.index([str(folder)], stop_after_some, token)
    kept = library.counts().photos
    assert 16 <= kept < 48
    changes = library.index()
    assert changes.unchanged == kept
    assert changes.photos == 48


def test_a_goal_that_is_no_image_gets_one_sentence(tmp_path: Path, library: Library) -> None:
    text = tmp_path / "note.jpg"
    text.write_text("not a photo")
    with pytest.raises(GoalError, match="cannot be a goal"):
        library.search(Query((Goal(path=str(text)),)))


def test_an_empty_library_answers_with_nothing(library: Library, drawn_folder: Path) -> None:
    answer = library.search(Query((Goal(path=str(drawn_folder / "discs-000.jpg")),)))
    assert answer.matches == ()


def test_a_second_writer_is_told_so(tmp_path: Path, library: Library) -> None:
    with pytest.raises(DataFolderBusyError, match="Another Lookalike"):
        Library.open(tmp_path / "home")
    with Library.open(tmp_path / "home", write=False) as reader:
        assert reader.counts().photos == 0


def test_photos_are_found_by_the_year_they_were_taken(
    indexed_home: Path, drawn_folder: Path
) -> None:
    with Library.open(indexed_home, write=False) as library:
        years = library.years()
        assert sum(count for _, count in years) == library.counts().photos
        for year, count in years:
            assert len(library.photo_ids(View(year=year))) == count
        assert len(library.photo_ids(View(year=1901))) == 0
