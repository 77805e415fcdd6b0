"""Same pictures: found, compared, marked, moved to the trash, brought back, told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from lookalike.library import Library
from lookalike.records import View
from lookalike.ui.duplicates.layout import GroupLayout
from lookalike.ui.duplicates.painter import mark_rect
from tests.drawn_photos import save_photos
from tests.journeys.conftest import WAIT, Journey


@pytest.fixture
def copies(
    library: Library,
    tmp_path: Path,
    open_window: Callable[[Library], Journey],
    trash: Path,
) -> Iterator[Journey]:
    """A window on eight photos, two of which have copies, on their page; a trash of its own."""
    folder = tmp_path / "photos"
    save_photos(folder, each=2)
    for name in ("bricks-000.jpg", "leaves-001.jpg"):
        image = Image.open(folder / name)
        image.resize((240, 180)).save(folder / f"small-{name}", quality=85)
    image.save(folder / "worse.jpg", quality=40)
    library.index([str(folder)])
    journey = open_window(library)
    journey.loaded(11)
    journey.do("duplicates")
    page = journey.parts.duplicates
    journey.until(lambda: page.list.count() == 5 and page.list.item(4) is not None)
    yield journey
    journey.window.close()


def names(journey: Journey) -> list[str]:
    """The photos on the page, in their order."""
    listed = journey.parts.duplicates.list
    found = (listed.item(index) for index in range(listed.count()))
    return [Path(photo.path).name for photo in found if photo is not None]


def photos_left(journey: Journey) -> int:
    return len(journey.parts.library.photo_ids(View()))


def test_groups_say_why_and_which_is_best(copies: Journey) -> None:
    listed = copies.parts.duplicates.list
    assert len(copies.parts.duplicates.finding.groups or ()) == 2
    place = next(place for place in copies.parts.sidebar.places if place.key == "duplicates")
    assert place.count == 2
    place = names(copies).index("small-bricks-000.jpg")
    assert "smaller copy" in listed.spoken(place)
    assert listed.spoken(place - 1).startswith("bricks-000.jpg, best: larger")
    listed.select(place)
    group = listed.group()
    assert group is not None
    assert "smaller copy" in group.reason


def test_all_but_the_best_go_to_the_trash_and_come_back(copies: Journey) -> None:
    page = copies.parts.duplicates
    copies.do("mark_all_but_best")
    copies.until(lambda: len(page.marks) == 3)
    assert {Path(photo.path).name for photo in page.marks.photos} == {
        "small-bricks-000.jpg", "small-leaves-001.jpg", "worse.jpg"
    }  # fmt: skip
    gone = [Path(photo.path) for photo in page.marks.photos]
    copies.qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    copies.until(lambda: page.list.count() == 0)
    assert not any(path.exists() for path in gone)
    assert photos_left(copies) == 8
    assert copies.parts.actions["undo"].text() == "&Undo moving 3 photos to the trash"
    assert copies.parts.banners.texts() == ["3 photos are in the trash."]
    copies.do("undo")
    copies.until(lambda: page.list.count() == 5)
    assert all(path.exists() for path in gone)
    assert photos_left(copies) == 11
    assert not copies.parts.banners.texts()


def test_one_photo_of_a_group_stays(copies: Journey) -> None:
    page = copies.parts.duplicates
    listed = page.list
    first = names(copies).index("bricks-000.jpg")
    for index in (first, first + 1):
        where = mark_rect(listed.cell_rect(index)).center()
        copies.qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert [Path(photo.path).name for photo in page.marks.photos] == ["bricks-000.jpg"]
    assert "One photo of each group stays" in copies.parts.status.said()
    copies.qtbot.keyClick(listed, Qt.Key.Key_X)
    assert len(page.marks) == 1
    copies.do("clear_marks")
    assert not len(page.marks)


def test_what_is_not_the_same_is_remembered(copies: Journey) -> None:
    page = copies.parts.duplicates
    page.list.select(names(copies).index("small-bricks-000.jpg"))
    copies.do("not_same")
    copies.until(lambda: page.list.count() == 3)
    page.look()
    copies.until(lambda: page.finding.groups is not None and len(page.finding.groups) == 1)
    with copies.qtbot.waitSignal(copies.parts.removing.changed, timeout=WAIT):
        copies.do("undo")
    page.look()
    copies.until(lambda: page.finding.groups is not None and len(page.finding.groups) == 2)


def test_copies_are_compared_by_flicker(copies: Journey) -> None:
    parts = copies.parts
    parts.duplicates.list.setFocus()
    copies.qtbot.keyClick(parts.duplicates.list, Qt.Key.Key_Right)
    assert parts.duplicates.list.current_index() == 1
    copies.until(parts.inspector.isVisible)
    copies.qtbot.keyClick(parts.duplicates.list, Qt.Key.Key_Return)
    copies.until(lambda: parts.pages.name == "viewer" and parts.viewer.goal_ready)
    copies.do("compare")
    assert parts.viewer.comparing
    copies.do("back")
    copies.do("back")
    assert parts.pages.name == "duplicates"
    assert parts.duplicates.list.hasFocus()


def test_similar_photos_are_another_list(copies: Journey) -> None:
    page = copies.parts.duplicates
    page.show_kind("similar")
    copies.until(lambda: page.finding.groups is not None)
    assert page._title.text().startswith("Similar photos")


def test_delete_in_the_grid_moves_one_photo(copies: Journey) -> None:
    """Of a stack the one that is shown; the next best stands for the rest."""
    grid = copies.parts.grid
    copies.do("all")
    copies.loaded(8)
    stack = next(index for index in range(8) if grid._shown.stack(index) == 3)
    plain = next(index for index in range(8) if grid._shown.stack(index) == 1)
    for index, left, after in ((plain, 7, 3), (stack, 8, 2)):
        grid.select(index)
        copies.until(lambda: grid.current() is not None)
        copies.qtbot.keyClick(grid, Qt.Key.Key_Delete)
        copies.until(lambda: copies.parts.folders.known.counts.photos == 10)
        copies.loaded(left)
        assert grid.current_index() == index
        assert max(map(grid._shown.stack, range(left))) == after
        copies.do("undo")
        copies.until(lambda: copies.parts.folders.known.counts.photos == 11)
        copies.loaded(8)


def test_a_million_groups_are_laid_out() -> None:
    counts = [2] * 1_000_000
    counts[3] = 0
    layout = GroupLayout(800, 168, counts)
    assert layout.count == 1_999_998
    last = layout.rect(layout.count - 1)
    assert layout.at(last.center().x(), last.center().y()) == layout.count - 1
    assert layout.place_of(layout.index_of(4, 1)) == (4, 1)
    assert layout.beside(layout.index_of(2, 1), 1) == layout.index_of(4, 1)
    assert len(layout.photos_between(0, 900)) < 20
    assert layout.at(0, 10) == -1
