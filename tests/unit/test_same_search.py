"""Same pictures in a search: turned, flipped and cut copies, and goals that are odd."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from lookalike.library import Library
from lookalike.records import Goal, Query, View
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
