"""Goals and queries nobody should ask, and libraries with next to nothing in them."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from lookalike.errors import GoalError, LookalikeError
from lookalike.library import Library
from lookalike.records import Answer, Goal, Query
from tests.drawn_photos import draw, save_photos


@pytest.fixture(scope="module")
def drawn(indexed_home: Path) -> Iterator[Library]:
    with Library.open(indexed_home, write=False) as opened:
        yield opened


def png(picture: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", **options)
    return file.getvalue()


def told(answer: Answer) -> list[tuple[str, float, str]]:
    return [
        (Path(match.photo.path).name, round(match.score, 5), match.kind) for match in answer.matches
    ]


def sane(answer: Answer, count: int) -> bool:
    scores = [match.score for match in answer.matches if match.kind == "similar"]
    ends = answer.likeness_ends
    return (
        len(answer.matches) == count
        and all(-1 <= score <= 1 for score in scores)
        and scores == sorted(scores, reverse=True)
        and ends is not None
        and 0 <= ends <= count
    )


def test_a_photo_its_path_and_a_copy_elsewhere_get_one_answer(
    drawn: Library, drawn_folder: Path, tmp_path: Path
) -> None:
    inside = drawn_folder / "discs-002.jpg"
    copy = tmp_path / "copy of it.jpg"
    shutil.copyfile(inside, copy)
    photo = drawn.photo_by_path(str(inside))
    assert photo is not None
    goals = (Goal(photo_id=photo.id), Goal(path=str(inside)), Goal(path=str(copy)))
    answers = [told(drawn.search(Query((goal,), 16))) for goal in goals]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == ("discs-002.jpg", 1.0, "same")
    assert [kind for _, _, kind in answers[0]].count("same") == 1


def test_a_file_that_changed_since_it_was_read_is_looked_at_anew(
    tmp_path: Path, library: Library
) -> None:
    save_photos(tmp_path / "photos", each=3)
    library.index([str(tmp_path / "photos")])
    changed = tmp_path / "photos" / "bricks-000.jpg"
    draw("leaves", 9).save(changed)
    answer = library.search(Query((Goal(path=str(changed)),), 3))
    assert all(match.photo.path.split("/")[-1].startswith("leaves") for match in answer.matches)


@pytest.mark.parametrize("colour", ["black", "white", "red"])
@pytest.mark.parametrize("size", [(1, 1), (300, 2), (64, 64)])
def test_pictures_with_nothing_in_them(colour: str, size: tuple[int, int], drawn: Library) -> None:
    goal = Goal(data=png(Image.new("RGB", size, colour)))
    answer = drawn.search(Query((goal,), 16))
    assert sane(answer, 16)
    assert all(match.kind == "similar" for match in answer.matches)


def test_an_animation_is_its_first_picture(drawn: Library, drawn_folder: Path) -> None:
    frames = [draw("discs", number, (240, 180)).quantize() for number in (1, 2, 3)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    moving = drawn.search(Query((Goal(data=file.getvalue()),), 16))
    still = drawn.search(Query((Goal(data=png(frames[0])),), 16))
    assert told(moving)[0][0] == told(still)[0][0]
    assert sane(moving, 16)


@pytest.mark.parametrize("region", [(2.0, 0.0, 0.5, 0.5), (0.1, 0.1, 0.0, 0.5), (1.0, 1.0, 1, 1)])
def test_a_region_of_nothing_is_a_sentence(
    region: tuple[float, float, float, float], drawn: Library, drawn_folder: Path
) -> None:
    goal = Goal(path=str(drawn_folder / "discs-000.jpg"), region=region)
    with pytest.raises(GoalError):
        drawn.search(Query((goal,), 4))


def test_goals_that_cancel_out_are_a_sentence(drawn: Library, drawn_folder: Path) -> None:
    path = str(drawn_folder / "discs-000.jpg")
    with pytest.raises(GoalError, match="cancel"):
        drawn.search(Query((Goal(path=path), Goal(path=path, weight=-1.0)), 4))
    for weight in (0.0, -1.0, float("nan")):
        with pytest.raises(GoalError):
            drawn.search(Query((Goal(path=path, weight=weight),), 4))
    with pytest.raises(GoalError, match="weight"):
        drawn.search(Query((Goal(path=path), Goal(path=path, weight=float("inf"))), 4))


def test_more_negatives_than_positives(drawn: Library, drawn_folder: Path) -> None:
    names = ("discs-000", "discs-001", "bricks-000", "stripes-000")
    wanted = Goal(path=str(drawn_folder / "leaves-000.jpg"))
    avoided = [Goal(path=str(drawn_folder / f"{name}.jpg"), weight=-1.0) for name in names]
    answer = drawn.search(Query((wanted, *avoided), 16))
    assert sane(answer, 16)
    assert all(name.startswith("leaves") for name, _, _ in told(answer)[:4])
    assert told(answer)[-1][0].split("-")[0] in ("discs", "bricks", "stripes")


def test_an_empty_library_says_so_and_one_of_one_answers(
    library: Library, drawn_folder: Path, tmp_path: Path
) -> None:
    query = Query((Goal(path=str(drawn_folder / "discs-000.jpg")),), 500)
    empty = library.search(query)
    assert (empty.matches, empty.likeness_ends) == ((), 0)
    assert "empty" in empty.note
    (tmp_path / "one").mkdir()
    draw("bricks", 1).save(tmp_path / "one" / "only.jpg")
    library.index([str(tmp_path / "one")])
    one = library.search(query)
    assert len(one.matches) == 1
    assert one.note == ""
    itself = library.search(Query((Goal(photo_id=one.matches[0].photo.id),), 500))
    assert told(itself) == [("only.jpg", 1.0, "same")]


def test_what_is_gone_between_query_and_answer(tmp_path: Path, library: Library) -> None:
    save_photos(tmp_path / "photos", each=3)
    library.index([str(tmp_path / "photos")])
    first = library.search(Query((Goal(path=str(tmp_path / "photos" / "discs-000.jpg")),), 12))
    gone = first.matches[1].photo
    Path(gone.path).unlink()
    # The file is gone, its thumbnail stands for it; then the library knows.
    assert len(library.search(Query((Goal(photo_id=gone.id),), 12)).matches) == 12
    library.index([str(tmp_path / "photos")])
    with pytest.raises(GoalError, match="no longer"):
        library.search(Query((Goal(photo_id=gone.id),), 12))
    again = library.search(Query((Goal(photo_id=first.matches[0].photo.id),), 12))
    assert gone.id not in {match.photo.id for match in again.matches}
    assert len(again.matches) == 11


def test_many_queries_are_answered_in_order_and_one_failure_holds_up_none(
    drawn: Library, drawn_folder: Path
) -> None:
    names = [f"{kind}-00{number}.jpg" for number in range(4) for kind in ("discs", "leaves")]
    paths = [str(drawn_folder / name) for name in names]
    paths.insert(3, "/no/such/photo.jpg")
    found = list(drawn.search_each(Query((Goal(path=path),), 1) for path in paths))
    assert len(found) == len(paths)
    for path, answer in zip(paths, found, strict=True):
        if isinstance(answer, LookalikeError):
            assert path == "/no/such/photo.jpg"
        else:
            assert answer.matches[0].photo.path == path
