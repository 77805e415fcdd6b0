"""Search by words, alone and with goals, and what an answer says of itself."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from lookalike.cli import main
from lookalike.errors import GoalError
from lookalike.library import Library
from lookalike.records import Goal, Query
from lookalike.vision.network.pack import NetworkPack, default_pack
from tests.drawn_photos import draw


def names(answer) -> list[str]:
    return [Path(match.photo.path).name for match in answer.matches]


def test_words_alone_find_names_and_labels(indexed_home: Path) -> None:
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((), words="leaves"))
        assert sorted(names(answer)) == [f"leaves-{number:03}.jpg" for number in range(4)]
        assert answer.likeness_ends is None
        photo = answer.matches[0].photo
        label, sure = library.labels(photo)[0]
        assert 0 < sure <= 1
        if sure >= 0.1:
            found = library.search(Query((), k=99, words=label.split()[0]))
            assert photo.id in {match.photo.id for match in found.matches}
        assert names(library.search(Query((), words="leaves bricks"))) == []


def test_a_word_of_a_more_general_kind_finds_what_the_network_calls_by_another(
    indexed_home: Path,
) -> None:
    general = {words[0]: words[-1] for words in NetworkPack.load(default_pack()).class_words()}
    with Library.open(indexed_home, write=False) as library:
        called = [(photo, library.labels(photo)[0]) for photo in library.photos(range(1, 17))]
        photo, (label, sure) = max(called, key=lambda each: each[1][1])
        assert sure > 0.1
        found = library.search(Query((), 99, words=general[label].upper())).matches
        assert photo.id in {match.photo.id for match in found}
        assert all(0.1 <= match.score <= 1 for match in found)
        assert len(found) < 16


def test_words_that_leave_nothing_to_a_goal_say_so(
    indexed_home: Path, drawn_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goal = str(drawn_folder / "discs-000.jpg")
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((Goal(path=goal),), 16, words="zeppelin"))
        assert answer.matches == ()
        assert answer.note == "No photo of the library is called, labelled or dated “zeppelin”."
    data = ["--data-dir", str(indexed_home)]
    assert main([*data, "search", goal, "--words", "zeppelin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == []


def test_words_leave_fewer_photos_to_a_goal_in_its_own_order(
    indexed_home: Path, drawn_folder: Path
) -> None:
    goal = Goal(path=str(drawn_folder / "discs-000.jpg"))
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query((goal,), 16, words="BRICKS"))
        assert sorted(names(answer)) == [f"bricks-{number:03}.jpg" for number in range(4)]
        scores = [match.score for match in answer.matches]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("goals", [True, False])
def test_words_that_find_nothing_say_so(
    goals: bool, indexed_home: Path, drawn_folder: Path
) -> None:
    goal = (Goal(path=str(drawn_folder / "discs-000.jpg")),) if goals else ()
    with Library.open(indexed_home, write=False) as library:
        answer = library.search(Query(goal, words="beach 1873"))
    assert answer.matches == ()
    assert "beach 1873" in answer.note


def test_neither_goal_nor_word_is_a_sentence(library: Library) -> None:
    with pytest.raises(GoalError, match="goal"):
        library.search(Query((), words="  "))


def test_labels_left_out_by_an_older_version_are_made_up_for(
    tmp_path: Path, drawn_folder: Path
) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(drawn_folder, folder)
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
    catalogue = sqlite3.connect(tmp_path / "home" / "catalogue.sqlite")
    catalogue.execute("DELETE FROM labels WHERE content_id > 3")
    catalogue.execute("DELETE FROM vectors WHERE content_id = 2")
    catalogue.commit()
    catalogue.close()
    with Library.open(tmp_path / "home") as library:
        before = library.labels(library.photos([1])[0])
        assert library.index([str(folder)]).added == 0
        assert library.labels(library.photos([1])[0]) == before
        assert all(library.labels(photo) for photo in library.photos(range(1, 17)))
        answer = library.search(Query((Goal(photo_id=2),), 99))
        assert len(answer.matches) == 16
        assert answer.matches[0].photo.id == 2


def test_same_pictures_share_a_group_and_collapse(capsys, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        draw("bricks" if number % 2 else "discs", number).save(folder / f"{number}.jpg", quality=92)
    draw("leaves", 1).save(folder / "leaf.jpg", quality=95)
    draw("leaves", 1).resize((300, 225)).save(folder / "small.jpg", quality=70)
    draw("leaves", 1).save(folder / "again.jpg", quality=60)
    home = ["--data-dir", str(tmp_path / "home")]
    assert main([*home, "index", str(folder)]) == 0
    for goal, alike in (("leaf.jpg", {"same"}), ("0.jpg", {"similar"})):
        capsys.readouterr()
        ask = [*home, "search", str(folder / goal), "-k", "99", "--json"]
        assert main(ask) == 0
        told = json.loads(capsys.readouterr().out)
        leaves = {
            Path(each["path"]).name: each
            for each in told["results"]
            if Path(each["path"]).name in ("leaf.jpg", "small.jpg", "again.jpg")
        }
        assert len({each.get("group") for each in leaves.values()}) == 1
        assert all("group" in each for each in leaves.values())
        assert {each["kind"] for each in leaves.values()} == alike
        assert 0 <= told["likeness_ends"] <= len(told["results"])
        assert main([*ask, "--collapse"]) == 0
        folded = json.loads(capsys.readouterr().out)["results"]
        assert len(folded) == len(told["results"]) - 2
        assert sorted(each["count"] for each in folded)[-1] == 3


def test_words_on_the_command_line(capsys, indexed_home: Path) -> None:
    home = ["--data-dir", str(indexed_home)]
    assert main([*home, "search", "--words", "stripes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["goals"], len(told["results"])) == ([], 4)
    assert main([*home, "search", "--words", "beach", "--json"]) == 0
    assert "beach" in json.loads(capsys.readouterr().out)["note"]
    assert main([*home, "search", "--words", "beach"]) == 0
    assert "beach" in capsys.readouterr().out
