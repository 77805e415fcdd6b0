"""Same pictures of an answer share a cell; a line says where likeness ends."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from lookalike.records import Answer
from lookalike.ui.grid import contents
from lookalike.ui.grid.painter import stack_rect
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
