"""The second look place by place: a small part of a photo is found, settles, is explained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import Cancelled
from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Query
from tests.drawn_photos import draw, save_photos

BOX = (0.55, 0.5, 0.35, 0.4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn photos, and one of bricks with leaves in a corner of it."""
    folder = tmp_path_factory.mktemp("places")
    save_photos(folder, each=5)
    (folder / "leaves-000.jpg").unlink()
    picture = draw("bricks", 50)
    x, y, across, down = (
        round(part * side) for part, side in zip(BOX, picture.size * 2, strict=True)
    )
    picture.paste(draw("leaves", 60, (across, down)), (x, y))
    picture.save(folder / "both.jpg", quality=92)
    return folder


@pytest.fixture(scope="module")
def home(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with Library.open(home) as library:
        library.index([str(folder)])
    return home


@pytest.fixture(scope="module")
def goal(tmp_path_factory: pytest.TempPathFactory) -> Goal:
    path = tmp_path_factory.mktemp("goal") / "goal.png"
    draw("leaves", 61, (300, 260)).save(path)
    return Goal(path=str(path))


def place_of(answer: Answer, name: str) -> int:
    return next(n for n, match in enumerate(answer.matches) if match.photo.path.endswith(name))


def test_a_part_is_found_and_the_order_settles(home: Path, goal: Goal) -> None:
    answers: list[Answer] = []
    with Library.open(home, write=False) as library:
        plain = library.search(Query((goal,), 20))
        found = library.search(Query((goal,), 20, places=True), on_answer=answers.append)
    # Right behind the four photos that show nothing but leaves.
    assert place_of(found, "both.jpg") == 4
    assert place_of(plain, "both.jpg") >= place_of(found, "both.jpg")
    match = found.matches[4]
    x, y, across, down = match.part
    assert x < BOX[0] + BOX[2] / 2 < x + across
    assert y < BOX[1] + BOX[3] / 2 < y + down
    assert across * down < 0.6
    assert match.score > plain.matches[place_of(plain, "both.jpg")].score
    assert len(answers) >= 4
    assert answers[-1].matches == found.matches
    assert {len(answer.matches) for answer in answers} == {20}
    assert all(each.part is None for each in answers[0].matches)
    scores = [match.score for match in found.matches]
    assert scores == sorted(scores, reverse=True)


def test_fewer_answers_still_come_from_among_the_best(home: Path, goal: Goal) -> None:
    with Library.open(home, write=False) as library:
        found = library.search(Query((goal,), 5, places=True))
    assert len(found.matches) == 5
    assert place_of(found, "both.jpg") == 4


def test_evidence_lies_in_the_part_that_was_compared(home: Path, goal: Goal) -> None:
    query = Query((goal,), 20, places=True)
    with Library.open(home, write=False) as library:
        match = library.search(query).matches[4]
        found = library.explain(query, match.photo)
    assert found.score == pytest.approx(match.score, abs=1e-4)
    total = found.score - found.baseline
    assert float(found.result_map.sum(dtype=np.float64)) == pytest.approx(total, abs=1e-4)
    assert float(found.goal_map.sum(dtype=np.float64)) == pytest.approx(total, abs=1e-4)
    height, width = found.result_map.shape
    x, y, across, down = match.part
    inside = found.result_map[
        int(y * height) : round((y + down) * height), int(x * width) : round((x + across) * width)
    ]
    assert np.abs(inside).sum() == pytest.approx(np.abs(found.result_map).sum(), rel=1e-5)


def test_a_path_is_explained_by_the_part_that_ranked_it(
    home: Path, folder: Path, goal: Goal
) -> None:
    query = Query((goal,), 20, places=True)
    with Library.open(home, write=False) as library:
        match = library.search(query).matches[4]
        found = library.explain_path(query, str(folder / "both.jpg"), check=True)
        whole = library.explain_path(replace(query, places=False), str(folder / "both.jpg"))
    assert found.part == match.part
    assert found.score == pytest.approx(match.score, abs=1e-4)
    assert found.score > whole.score
    outside = found.result_map.copy()
    height, width = outside.shape
    x, y, across, down = match.part
    outside[
        int(y * height) : round((y + down) * height), int(x * width) : round((x + across) * width)
    ] = 0
    assert not outside.any()
    # What is covered lies in the part, and is a share of it.
    assert found.check["fall"] > found.check["random_fall"]


def test_what_is_not_among_the_best_is_compared_as_a_whole(
    home: Path, goal: Goal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.usecases.searching.PLACES_AMONG", 3)
    monkeypatch.setattr("lookalike.usecases.places.LOOKED_AT", 3)
    query = Query((goal,), 20, places=True)
    with Library.open(home, write=False) as library:
        answer = library.search(query)
        last = library.explain(query, answer.matches[-1].photo)
        whole = library.explain(replace(query, places=False), answer.matches[-1].photo)
    assert answer.matches[-1].part is None
    assert last.part is None
    assert last.score == pytest.approx(whole.score, abs=1e-4)


def test_it_can_be_cancelled_between_two_orders(home: Path, goal: Goal) -> None:
    token = CancelToken()
    seen: list[Answer] = []

    def stop(answer: Answer) -> None:
        seen.append(answer)
        if any(match.part for match in answer.matches):
            token.cancel()

    with Library.open(home, write=False) as library, pytest.raises(Cancelled):
        library.search(Query((goal,), 20, places=True), token, stop)
    assert any(match.part is None and match.kind != "same" for match in seen[-1].matches)


def test_photos_that_vanish_keep_their_place_by_their_thumbnail(
    folder: Path, tmp_path: Path, goal: Goal, library: Library
) -> None:
    copy = tmp_path / "photos"
    copy.mkdir()
    for path in folder.iterdir():
        Image.open(path).save(copy / path.name)
    library.index([str(copy)])
    for path in copy.iterdir():
        path.unlink()
    found = library.search(Query((goal,), 20, places=True))
    assert place_of(found, "both.jpg") == 4
