"""Same pictures in a search: turned, flipped and cut copies, and goals that are odd."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from lookalike.library import Library
from lookalike.records import Answer, Goal, Query, View
from lookalike.usecases import same_pictures
from tests.drawn_photos import draw, save_photos


def same(library: Library, goal: Goal) -> list[str]:
    answer = library.search(Query((goal,), 16))
    return [os.path.basename(each.photo.path) for each in answer.matches if each.kind == "same"]


def saved(image: Image.Image, folder: Path, name: str = "goal.png") -> Goal:
    image.save(folder / name)
    return Goal(path=str(folder / name))


@pytest.mark.parametrize(
    "change",
    [
        ImageOps.mirror,
        lambda image: image.rotate(90, expand=True),
        lambda image: image.rotate(180),
        lambda image: image.crop((120, 80, 400, 300)),
        lambda image: ImageOps.expand(image, 50, "navy"),
        lambda image: image.convert("L"),
    ],
    ids=["flipped", "on its side", "upside down", "cut", "framed", "grey"],
)
def test_a_changed_copy_finds_its_photo_and_no_other(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path, change
) -> None:
    picture = Image.open(drawn_folder / "leaves-002.jpg")
    with Library.open(indexed_home, write=False) as library:
        assert same(library, saved(change(picture), tmp_path)) == ["leaves-002.jpg"]


def test_a_photo_of_the_library_and_its_copy_find_themselves(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path
) -> None:
    shutil.copyfile(drawn_folder / "bricks-001.jpg", tmp_path / "copy.jpg")
    with Library.open(indexed_home, write=False) as library:
        photo = library.photo_by_path(str(drawn_folder / "bricks-001.jpg"))
        assert photo is not None
        for goal in (Goal(photo_id=photo.id), Goal(path=str(tmp_path / "copy.jpg"))):
            assert same(library, goal) == ["bricks-001.jpg"]


@pytest.mark.parametrize("size", [(1, 1), (400, 300), (3, 900)])
@pytest.mark.parametrize("colour", ["black", "white", "#4c8dff"])
def test_a_plain_goal_is_no_photo(
    indexed_home: Path, tmp_path: Path, size: tuple[int, int], colour: str
) -> None:
    goal = saved(Image.new("RGB", size, colour), tmp_path)
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((goal,), 16))
    assert len(answer.matches) == 16
    assert all(match.kind == "similar" for match in answer.matches)


def test_an_animation_is_looked_for_by_its_first_frame(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path
) -> None:
    frames = [Image.open(drawn_folder / "leaves-001.jpg"), draw("discs", 40)]
    frames[0].save(tmp_path / "goal.gif", save_all=True, append_images=frames[1:], duration=100)
    with Library.open(indexed_home, write=False) as library:
        assert same(library, Goal(path=str(tmp_path / "goal.gif"))) == ["leaves-001.jpg"]


def test_a_library_of_one(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    draw("leaves", 1).save(folder / "only.jpg")
    library.index([str(folder)])
    assert same(library, saved(ImageOps.mirror(draw("leaves", 1)), tmp_path)) == ["only.jpg"]
    assert same(library, saved(draw("leaves", 2), tmp_path, "other.png")) == []
    assert len(library.duplicates("same")) == len(library.duplicates("similar")) == 0


def test_black_photos_are_not_glued_together(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4):
        Image.new("RGB", (300 + number, 200), (number * 3, 0, 0)).save(folder / f"{number}.png")
    library.index([str(folder)])
    assert len(library.duplicates("same")) == 0


def test_photos_that_change_or_go_between_looking_and_answering(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=3)
    library.index([str(folder)])
    goal = saved(ImageOps.mirror(Image.open(folder / "leaves-001.jpg")), tmp_path)
    (folder / "discs-000.jpg").unlink()
    draw("stripes", 70).save(folder / "leaves-002.jpg")
    assert same(library, goal) == ["leaves-001.jpg"]
    (folder / "leaves-001.jpg").unlink()
    assert same(library, goal) == ["leaves-001.jpg"]  # by its thumbnail
    library.index()
    assert same(library, goal) == []
    photo = library.photos(library.photo_ids(View()))[0]
    assert library.search(Query((Goal(photo_id=photo.id),), 16)).matches[0].photo == photo


def test_what_was_told_apart_is_not_the_same_in_a_search(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=3)
    original = Image.open(folder / "leaves-001.jpg")
    original.resize((200, 150)).save(folder / "small.jpg")
    ImageOps.mirror(original).save(folder / "turned.jpg")
    library.index([str(folder)])
    photos = {name: library.photo_by_path(str(folder / name)) for name in os.listdir(folder)}
    one, small, turned = photos["leaves-001.jpg"], photos["small.jpg"], photos["turned.jpg"]
    assert one is not None
    assert small is not None
    assert turned is not None
    goal = Goal(path=one.path)
    outside = saved(original.resize((300, 225)), tmp_path)
    assert sorted(same(library, goal)) == ["leaves-001.jpg", "small.jpg", "turned.jpg"]
    told = library.not_the_same([small], [one, turned])
    for thorough in (True, False):
        answer = library.search(Query((goal,), 16, thorough=thorough))
        kinds = {match.photo.path: match for match in answer.matches}
        assert kinds[one.path].kind == "same"
        assert kinds[small.path].kind == "similar"
        assert kinds[small.path].group is None
    # A goal from elsewhere is the same as all of them, but they are not one another.
    answer = library.search(Query((outside,), 16))
    groups = {match.photo.path: match.group for match in answer.matches if match.kind == "same"}
    assert set(groups) == {one.path, small.path, turned.path}
    assert groups[one.path] == groups[turned.path] != groups[small.path]
    library.undo_not_the_same(told)
    assert sorted(same(library, goal)) == ["leaves-001.jpg", "small.jpg", "turned.jpg"]


def test_what_shows_the_goal_comes_ahead_and_says_so(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path
) -> None:
    """A painting photographed on its wall: no copy, but its details tell."""
    wall = Image.new("RGB", (640, 480), "#9a8f80")
    picture = Image.open(drawn_folder / "leaves-002.jpg").convert("RGB")
    side = picture.transform(
        picture.size,
        Image.Transform.QUAD,
        (
            -30,
            -40,
            -5,
            picture.height + 20,
            picture.width + 30,
            picture.height,
            picture.width + 20,
            -10,
        ),
        Image.Resampling.BICUBIC,
        fillcolor="#9a8f80",
    )
    wall.paste(side.resize((300, 225)), (180, 90))
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((saved(wall, tmp_path),), 16))
    first = answer.matches[0]
    assert os.path.basename(first.photo.path) == "leaves-002.jpg"
    runs = [(match.kind != "same", -match.details, -match.score) for match in answer.matches]
    assert runs == sorted(runs)
    assert first.kind == "same" or first.details > 8
    assert all(match.details == 0 for match in answer.matches[1:])


def test_a_picture_within_the_goal_is_found_by_the_middle_of_it(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall around it makes the whole goal unlike the picture, as the network sees it."""
    monkeypatch.setattr(same_pictures, "LOOKED_AT", 1)
    picture = Image.open(drawn_folder / "leaves-003.jpg").convert("RGB")
    wall = draw("stripes", 77, (900, 700))
    wall.paste(picture.resize((420, 315)), (230, 190))
    goal = saved(wall, tmp_path)
    with Library.open(indexed_home, write=False) as library:
        quick = library.search(Query((goal,), 16, thorough=False)).matches
        matches = library.search(Query((goal,), 16)).matches
    assert os.path.basename(quick[0].photo.path) != "leaves-003.jpg"
    assert os.path.basename(matches[0].photo.path) == "leaves-003.jpg"
    assert matches[0].kind == "same"


def test_a_coarse_look_answers_before_the_close_one(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path
) -> None:
    """First by hash, then by a coarse look, then closely; each answer has all photos."""
    picture = Image.open(drawn_folder / "leaves-002.jpg")
    goal = saved(picture.crop((120, 80, 400, 300)), tmp_path)
    answers: list[Answer] = []
    with Library.open(indexed_home, write=False) as library:
        found = library.search(Query((goal,), 16), on_answer=answers.append)
    assert len(answers) == 2
    assert {len(each.matches) for each in [*answers, found]} == {16}
    assert answers[0].matches[0].kind == "similar"
    assert answers[1].matches[0].kind == found.matches[0].kind == "same"


def test_a_photo_alone_is_judged_as_the_answer_judged_it(
    indexed_home: Path, drawn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the first few are looked at, the score of every photo is the answer's too."""
    monkeypatch.setattr(same_pictures, "LOOKED_AT", 3)
    monkeypatch.setattr(same_pictures, "CLOSELY", 1)
    picture = Image.open(drawn_folder / "leaves-002.jpg")
    goal = saved(picture.crop((0, 0, 330, 260)).rotate(180), tmp_path)
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((goal,), 16))
        for match in answer.matches:
            told = library.explain(answer.query, match.photo)
            assert told.score == pytest.approx(match.score, abs=1e-4)
