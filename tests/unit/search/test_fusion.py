"""Fusion as a person meets it: what the dials and several goals do to the answer of a library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.library import Library
from lookalike.records import Goal, Query

DIALS = [(1.0, 0.0), (0.0, 0.0), (0.5, 0.0), (1.0, 1.0), (0.0, 1.0), (0.3, 0.6)]


@pytest.fixture(scope="module")
def drawn(indexed_home: Path) -> Iterator[Library]:
    with Library.open(indexed_home, write=False) as opened:
        yield opened


def goal(folder: Path, name: str, weight: float = 1.0) -> Goal:
    return Goal(path=str(folder / f"{name}.jpg"), weight=weight)


def scores(library: Library, query: Query) -> dict[str, float]:
    return {Path(each.photo.path).stem: each.score for each in library.search(query).matches}


@pytest.mark.parametrize(("depth", "style"), DIALS)
def test_wherever_the_dials_stand_a_photo_finds_itself_first(
    depth: float, style: float, drawn: Library, drawn_folder: Path
) -> None:
    query = Query((goal(drawn_folder, "leaves-002"),), 16, depth, style)
    found = scores(drawn, query)
    assert next(iter(found)) == "leaves-002"
    assert len(found) == 16
    assert all(-1 <= score <= 1 for score in found.values())
    assert found["leaves-002"] > 0.9


def test_every_dial_makes_another_answer(drawn: Library, drawn_folder: Path) -> None:
    one = goal(drawn_folder, "discs-001")
    found = [scores(drawn, Query((one,), 16, *dials)) for dials in DIALS[:3]]
    for place, each in enumerate(found):
        for other in found[place + 1 :]:
            assert max(abs(each[name] - other[name]) for name in each) > 1e-3


def test_a_dial_that_comes_back_finds_what_it_found_before(
    drawn: Library, drawn_folder: Path, indexed_home: Path
) -> None:
    one = goal(drawn_folder, "bricks-002")
    there = {dials: scores(drawn, Query((one,), 16, *dials)) for dials in DIALS}
    back = {dials: scores(drawn, Query((one,), 16, *dials)) for dials in reversed(DIALS)}
    assert back == there
    for dials in DIALS[2:4]:
        with Library.open(indexed_home, write=False) as fresh:
            assert scores(fresh, Query((one,), 16, *dials)) == there[dials]


def test_style_alone_does_not_ask_for_depth(drawn: Library, drawn_folder: Path) -> None:
    one = goal(drawn_folder, "discs-001")
    deep, shallow = (scores(drawn, Query((one,), 16, depth, 1.0)) for depth in (1.0, 0.0))
    assert deep == pytest.approx(shallow, abs=1e-5)


def test_two_goals_lie_between_what_each_finds(drawn: Library, drawn_folder: Path) -> None:
    both = (goal(drawn_folder, "discs-000"), goal(drawn_folder, "bricks-000"))
    found = scores(drawn, Query(both, 16))
    firsts = {name.split("-")[0] for name in list(found)[:6]}
    assert firsts == {"discs", "bricks"}
    assert scores(drawn, Query(both[::-1], 16)) == pytest.approx(found, abs=1e-5)


def test_a_goal_to_avoid_sinks_and_weights_count(drawn: Library, drawn_folder: Path) -> None:
    one = goal(drawn_folder, "discs-000")
    plain = scores(drawn, Query((one,), 16))
    small, large = (
        scores(drawn, Query((one, goal(drawn_folder, "discs-003", weight)), 16))
        for weight in (-0.2, -1.0)
    )
    assert plain["discs-003"] > small["discs-003"] > large["discs-003"]
    assert all(-1 <= score <= 1 for score in large.values())


def test_weights_of_one_size_are_one_weight(drawn: Library, drawn_folder: Path) -> None:
    found = [
        scores(
            drawn,
            Query((goal(drawn_folder, "discs-000", a), goal(drawn_folder, "leaves-000", b)), 16),
        )
        for a, b in ((1.0, 0.5), (4.0, 2.0))
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-5)
