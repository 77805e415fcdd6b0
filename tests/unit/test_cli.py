"""The command line as a contract: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike import cli


@pytest.fixture
def home(indexed_home: Path, tmp_path: Path) -> str:
    """A copy of the indexed library that a test may change."""
    copy = tmp_path / "home"
    shutil.copytree(indexed_home, copy)
    return str(copy)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = cli.main(list(arguments))
    except SystemExit as left:
        code = int(left.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_index_prints_its_receipt(capsys, drawn_folder: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    code, out, _ = call(capsys, "--data-dir", data, "index", str(drawn_folder), "--json")
    receipt = json.loads(out)
    assert code == 0
    keys = {"added", "updated", "moved", "removed", "unchanged", "skipped", "photos", "seconds"}
    assert set(receipt) == keys
    assert receipt["added"] == receipt["photos"] == 16
    code, out, _ = call(capsys, "index", str(drawn_folder), "--json", "--data-dir", data)
    assert json.loads(out)["unchanged"] == 16


def test_search_prints_goals_results_and_time(capsys, home: str, drawn_folder: Path) -> None:
    goal = str(drawn_folder / "discs-001.jpg")
    code, out, _ = call(capsys, "--data-dir", home, "search", goal, "-k", "3", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["goals"] == [goal]
    assert answer["results"][0]["path"] == goal
    assert [set(result) for result in answer["results"]] == [{"path", "score", "kind"}] * 3
    assert answer["ms"] > 0


def test_batch_answers_line_by_line_in_order(
    capsys, home: str, drawn_folder: Path, tmp_path: Path
) -> None:
    goals = [str(drawn_folder / name) for name in ("leaves-000.jpg", "bricks-003.jpg")]
    missing = str(tmp_path / "gone.jpg")
    batch = tmp_path / "goals.txt"
    batch.write_text("\n".join([goals[0], missing, goals[1]]))
    code, out, err = call(
        capsys, "--data-dir", home, "search", "--batch", str(batch), "-k", "1", "--json"
    )
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [answer["goals"] for answer in answers] == [[goals[0]], [missing], [goals[1]]]
    assert [answers[0]["results"][0]["path"], answers[2]["results"][0]["path"]] == goals
    assert answers[1]["results"] == []
    assert len(err.splitlines()) == 1


def test_explain_writes_maps_that_add_up(
    capsys, home: str, drawn_folder: Path, tmp_path: Path
) -> None:
    goal, result = (str(drawn_folder / name) for name in ("discs-000.jpg", "discs-001.jpg"))
    out_path, maps_path = tmp_path / "sheet.png", tmp_path / "maps.npz"
    code, out, _ = call(
        capsys,
        *("--data-dir", home, "explain", goal, result),
        *("--out", str(out_path), "--maps", str(maps_path), "--json"),
    )
    numbers = json.loads(out)
    assert code == 0
    assert {"score", "baseline", "positive", "negative", "check"} <= set(numbers)
    with np.load(maps_path) as maps:
        for name in ("goal_evidence", "result_evidence"):
            assert maps[name].dtype == np.float32
            assert maps[name].shape[1] / maps[name].shape[0] == pytest.approx(480 / 360, abs=0.01)
            total = float(np.sum(maps[name], dtype=np.float64))
            assert total == pytest.approx(numbers["score"] - numbers["baseline"], abs=1e-5)
    with Image.open(out_path) as sheet:
        assert sheet.width > 600


def test_explain_takes_goals_parts_and_goals_to_avoid(
    capsys, drawn_folder: Path, tmp_path: Path
) -> None:
    """In an empty library, too: the photos need not be in it."""
    names = ("discs-000.jpg", "leaves-000.jpg", "bricks-000.jpg", "discs-001.jpg")
    goal, also, avoided, result = (str(drawn_folder / name) for name in names)
    Image.new("L", (40, 30), 255).save(tmp_path / "mask.png")
    maps_path = tmp_path / "maps.npz"
    code, out, _ = call(
        capsys,
        *("--data-dir", str(tmp_path / "empty"), "explain", goal, result, "--also", also),
        *("--not", avoided, "--region", "0.2,0.2,0.5,0.5", "--mask", str(tmp_path / "mask.png")),
        *("--depth", "0.5", "--style", "0.2", "--maps", str(maps_path), "--json"),
    )
    numbers = json.loads(out)
    assert code == 0
    assert len(numbers["shares"]) == 3
    with np.load(maps_path) as maps:
        for each in maps.values():
            total = float(np.sum(each, dtype=np.float64))
            assert total == pytest.approx(numbers["score"] - numbers["baseline"], abs=1e-5)
            assert total == pytest.approx(sum(numbers["shares"]), abs=1e-5)


def test_not_and_region_change_the_answer(capsys, home: str, drawn_folder: Path) -> None:
    goal, other = (str(drawn_folder / name) for name in ("discs-000.jpg", "discs-001.jpg"))
    found = {}
    options = {"plain": [], "not": ["--not", other], "region": ["--region", "0.5,0.5,0.4,0.4"]}
    for name, extra in options.items():
        code, out, _ = call(
            capsys, "--data-dir", home, "search", goal, *extra, "-k", "16", "--json"
        )
        assert code == 0
        found[name] = {each["path"]: each["score"] for each in json.loads(out)["results"]}
    assert found["not"][other] < found["plain"][other]
    assert found["region"][goal] < found["plain"][goal]


def test_status_verify_forget(capsys, home: str, drawn_folder: Path) -> None:
    code, out, _ = call(capsys, "--data-dir", home, "status", "--json")
    status = json.loads(out)
    assert (code, status["photos"], status["indexed"]) == (0, 16, 16)
    _, told, _ = call(capsys, "--data-dir", home, "status")
    reason = status["details"].get("device", "")
    assert f"runs on     {status['provider']}. {reason}".rstrip() in told.splitlines()
    assert bool(reason) == (status["provider"] == "CPU")
    code, out, _ = call(capsys, "--data-dir", home, "verify", "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    code, out, _ = call(capsys, "--data-dir", home, "forget", str(drawn_folder), "--json")
    assert (code, json.loads(out)["removed"]) == (0, 16)
    code, out, _ = call(
        capsys, "--data-dir", home, "search", str(drawn_folder / "discs-000.jpg"), "--json"
    )
    assert (code, json.loads(out)["results"]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["index", "/no/such/folder"], 1, "not a folder"),
        (["search", "/no/such/photo.jpg"], 1, "cannot be a goal"),
        (["forget", "/no/such/folder"], 1, "not a folder of the library"),
        (["search", "x.jpg", "--mask", "/no/such.png"], 1, "cannot be read"),
        (["search"], 2, "GOAL"),
        (["index"], 2, "FOLDER"),
        (["search", "x.jpg", "--region", "0,0,2,2"], 2, "fractions"),
        (["search", "x.jpg", "--depth", "7"], 2, "0 to 1"),
        (["search", "x.jpg", "-k", "0"], 2, "from 1 up"),
    ],
)
def test_errors_are_one_sentence(
    capsys, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    found, out, err = call(capsys, "--data-dir", str(tmp_path / "home"), *arguments)
    assert found == code
    assert sentence in err
    assert "Traceback" not in err
    assert out == ""


def test_self_test_passes(capsys) -> None:
    code, out, _ = call(capsys, "self-test", "--json")
    assert code == 0, out
    assert json.loads(out)["ok"]


def test_a_read_only_data_folder_gets_a_sentence(capsys, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    code, _, err = call(capsys, "--data-dir", str(blocked / "home"), "status")
    assert code == 1
    assert len(err.strip().splitlines()) == 1


def test_names_that_are_not_utf8(capsys, tmp_path: Path, drawn_folder: Path) -> None:
    folder = os.fsencode(tmp_path / "odd")
    os.makedirs(folder)
    shutil.copyfile(drawn_folder / "leaves-000.jpg", os.path.join(folder, b"caf\xe9 'x'\n.jpg"))
    data = str(tmp_path / "home")
    call(capsys, "--data-dir", data, "index", os.fsdecode(folder))
    code, out, _ = call(
        capsys, "--data-dir", data, "search", str(drawn_folder / "leaves-000.jpg"), "--json"
    )
    assert code == 0
    path = json.loads(out)["results"][0]["path"]
    assert os.fsencode(path) == os.path.join(folder, b"caf\xe9 'x'\n.jpg")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("segment", "a.jpg", "--click", "abc", "--out", "m.png"), "two fractions from 0 to 1"),
        (("segment", "a.jpg", "--click", "0.5,nan", "--out", "m.png"), "two fractions from 0 to 1"),
        (("segment", "a.jpg", "--click", "1.5,0.5", "--out", "m.png"), "two fractions from 0 to 1"),
        (("search", "a.jpg", "--depth", "deep"), "a number from 0 to 1"),
        (("saliency", "a.jpg", "--layer", "last", "--filter", "first"), "whole number from 0 up"),
        (("explain", "a.jpg", "b.jpg", "--region", "0,0,x,1"), "4 fractions from 0 to 1"),
    ],
)
def test_a_wrong_number_is_told_what_it_should_be(capsys, asked, sentence: str) -> None:
    code, out, err = call(capsys, *asked)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "_" not in err.splitlines()[-1]
