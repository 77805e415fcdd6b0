"""Same pictures share a cell, of an answer or of the library; a line says where likeness ends."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from lookalike.library import Library
from lookalike.records import Answer
from lookalike.ui.grid import contents
from lookalike.ui.grid.painter import stack_rect
from tests.drawn_photos import save_photos
from tests.journeys.conftest import Journey


def grouped(journey: Journey) -> Answer:
    """A real answer whose second, third and fifth photo are said to be one picture."""
    journey.search_by(0)
    answer = journey.parts.session.answer
    assert answer is not None
    matches = tuple(
        replace(match, kind="similar", group=7 if place in (1, 2, 4) else None)
        for place, match in enumerate(answer.matches)
    )
    return replace(answer, matches=matches, likeness_ends=6)


def test_same_pictures_share_a_cell_that_opens(drawn: Journey) -> None:
    grid, answer = drawn.parts.grid, grouped(drawn)
    grid.set_answer(answer)
    assert grid.count() == 14
    assert grid._shown.stack(1) == 3
    grid.select(1)
    drawn.qtbot.keyClick(grid, Qt.Key.Key_K)
    assert grid.count() == 16
    shown = [grid.item(index) for index in range(grid.count())]
    assert shown == list(answer.matches)
    assert grid.current_index() == 1
    # From inside of an open stack it closes on the one that stands for it.
    grid.select(4)
    drawn.do("stack")
    assert grid.count() == 14
    assert grid.current_index() == 1
    where = stack_rect(grid.cell_rect(1)).center()
    drawn.qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert grid.count() == 16


def test_stacks_can_be_switched_off(drawn: Journey) -> None:
    grid, answer = drawn.parts.grid, grouped(drawn)
    grid.set_answer(answer)
    drawn.do("stacked")
    assert grid.count() == 16
    assert grid._shown.stack(1) == 1
    drawn.do("stacked")
    assert grid.count() == 14


def test_the_line_of_likeness_counts_cells_not_photos(drawn: Journey) -> None:
    answer = grouped(drawn)
    shown = contents.of_answer(answer, frozenset(), stacked=True)
    assert [section.count for section in shown.sections] == [4, 10]
    assert shown.sections[1].title == contents.ENDS
    drawn.parts.grid.set_answer(answer)
    layout = drawn.parts.grid._layout
    assert [title for _, title in layout.breaks(0, layout.height)] == [contents.ENDS]
    drawn.parts.strip._answered(answer)
    assert drawn.parts.strip._title.text() == "6 alike"
    unknown = contents.of_answer(replace(answer, likeness_ends=None), frozenset(), stacked=True)
    assert [section.count for section in unknown.sections] == [14, 0]


@pytest.fixture
def copies(
    library: Library, tmp_path: Path, open_window: Callable[[Library], Journey]
) -> Iterator[Journey]:
    """A window on eight photos, an equal file of one and a smaller copy of another."""
    folder = tmp_path / "photos"
    save_photos(folder, each=2)
    shutil.copyfile(folder / "bricks-000.jpg", folder / "equal.jpg")
    with Image.open(folder / "leaves-001.jpg") as image:
        image.resize((240, 180)).save(folder / "smaller.jpg", quality=85)
    library.index([str(folder)])
    journey = open_window(library)
    journey.loaded(9)
    yield journey
    journey.window.close()


def test_the_library_stacks_what_is_the_same(copies: Journey) -> None:
    """Equal files at once; other copies as soon as a look for same pictures has found them."""
    grid = copies.parts.grid
    assert sorted(map(grid._shown.stack, range(9))) == [1] * 8 + [2]
    copies.do("duplicates")
    copies.until(lambda: grid.count() == 8)
    copies.do("all")
    stacks = [index for index in range(8) if grid._shown.stack(index) == 2]
    assert len(stacks) == 2
    assert grid.spoken(stacks[0]).endswith("stack of 2 same pictures")
    grid.select(stacks[0])
    best = grid._shown.ids[stacks[0]]
    copies.until(copies.parts.actions["stack"].isEnabled)
    copies.do("stack")
    copies.until(lambda: grid.count() == 9)
    assert grid.current_index() == stacks[0]
    # From inside of an open stack it closes on the one that stands for it.
    grid.select(stacks[0] + 1)
    copies.until(lambda: grid.current() is not None)
    copies.do("stack")
    copies.until(lambda: grid.count() == 8)
    assert grid._shown.ids[grid.current_index()] == best
    copies.do("stacked")
    copies.until(lambda: grid.count() == 10)
    copies.do("stacked")
    copies.until(lambda: grid.count() == 8)


def test_what_was_told_apart_is_not_stacked(copies: Journey) -> None:
    library = copies.window._library
    copies.do("duplicates")
    copies.until(lambda: copies.parts.grid.count() == 8)
    groups = list(library.duplicates())
    (group,) = (each for each in groups if len({one.content_id for one in each.photos}) > 1)
    told = library.not_the_same(group.photos)
    assert len(library.stacks()) == 1
    library.undo_not_the_same(told)
    assert len(library.stacks()) == 2
    library.forget(copies.parts.folders.known.roots[0].path)
    assert library.stacks() == []


@pytest.mark.parametrize(
    ("opened", "ids", "under"),
    [([], [1, 4, 5], {3: 5, 2: 5}), ([9], [1, 4, 5, 3, 2], {})],
)
def test_the_best_that_is_here_stands_for_its_group(
    opened: list[int], ids: list[int], under: dict[int, int]
) -> None:
    """Nine is the best of its group but not in this view; seven has nobody beside it here."""
    groups = [(9, 5, 3, 2), (4, 7)]
    shown = contents.of_ids(array("q", [1, 2, 3, 4, 5]), groups, frozenset(opened))
    assert shown.ids.tolist() == ids
    assert shown.stacks.sizes == {5: 3}
    assert shown.stacks.under == under
    assert shown.place_of(2) == ids.index(under.get(2, 2))
