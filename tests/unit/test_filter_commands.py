"""`lookalike filters` as a person and a script call it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.library import Library
from tests.unit.test_cli import call


@pytest.fixture
def home(indexed_home: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(indexed_home, tmp_path / "home"))


def told(capsys, home: str, *arguments: str) -> dict:
    code, out, err = call(capsys, "--data-dir", home, "filters", *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_without_a_layer_the_ladder_is_listed(capsys, home: str) -> None:
    found = told(capsys, home)
    assert [each["name"] for each in found["layers"]][::17] == ["stem", "last"]
    assert found["layers"][-1]["filters"] == 1280
    assert (found["looked_at"], found["photos"]) == (16, 16)
    code, out, _ = call(capsys, "--data-dir", home, "filters")
    assert code == 0
    assert "1280 filters" in out


def test_a_layer_has_its_filters_with_nine_patches(capsys, home: str, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    found = told(capsys, home, "--layer", "block-05", "--out", str(sheet))
    assert found["layer"] == "block-05"
    assert [each["filter"] for each in found["filters"]] == list(range(80))
    assert {len(each["patches"]) for each in found["filters"]} == {9}
    patch = found["filters"][0]["patches"][0]
    assert Path(patch["path"]).exists()
    assert len(patch["part"]) == 4
    with Image.open(sheet) as opened:
        assert np.asarray(opened).std() > 20


def test_a_filter_has_its_patches_beside_their_saliency(capsys, home: str, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    found = told(capsys, home, "--layer", "block-05", "--filter", "7", "--out", str(sheet))
    values = [each["activation"] for each in found["patches"]]
    assert found["filter"] == 7
    assert values == sorted(values, reverse=True)
    with Image.open(sheet) as opened:
        assert opened.width > 2000


def test_a_filter_is_named_and_found_by_its_name(capsys, home: str) -> None:
    assert told(capsys, home, "--layer", "last", "--filter", "3", "--name", "bricks")
    assert told(capsys, home)["names"] == [{"name": "bricks", "layer": "last", "filter": 3}]
    found = told(capsys, home, "--find", "Bricks", "-k", "5")
    assert (found["layer"], found["filter"]) == ("last", 3)
    assert all(each["activation"] > 0 for each in found["results"])
    code, _, err = call(capsys, "--data-dir", home, "filters", "--find", "eyes")
    assert code == 1
    assert err.strip() == "lookalike: No filter is called eyes; named filters: bricks."


def test_a_photo_says_which_filters_it_excites(capsys, home: str, drawn_folder: Path) -> None:
    photo = str(drawn_folder / "discs-000.jpg")
    whole = told(capsys, home, "--layer", "block-05", "--photo", photo, "-k", "4")
    assert len(whole["filters"]) == 4
    place = told(capsys, home, "--layer", "block-05", "--photo", photo, "--at", "0.5,0.5")
    assert place["at"] == [0.5, 0.5]
    assert all(each["activation"] > 0 for each in place["filters"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--layer", "nowhere"), 1, "no layer nowhere"),
        (("--layer", "stem", "--filter", "32"), 1, "filters 0 to 31"),
        (("--name", "eyes"), 1, "--layer and --filter"),
        (("--photo", "none.jpg"), 1, "--layer"),
        (("--layer", "stem", "--photo", "none.jpg"), 1, "vanished"),
        (("--layer", "stem", "--filter", "x"), 2, "--filter"),
        (("--layer", "stem", "--out", "/nowhere/sheet.png"), 1, "/nowhere"),
    ],
)
def test_what_cannot_be_asked_gets_one_sentence(
    capsys, home: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    found, out, err = call(capsys, "--data-dir", home, "filters", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert len(err.strip().splitlines()) <= (1 if code == 1 else 30)


def test_lists_that_are_missing_are_made_by_the_command(capsys, home: str) -> None:
    with Library.open(home) as library:
        library._catalogue.forget_filter_tops()
    assert told(capsys, home)["looked_at"] == 16


def test_beside_another_program_it_says_what_was_not_looked_at(capsys, home: str) -> None:
    with Library.open(home) as library:
        library._catalogue.forget_filter_tops()
        code, _, err = call(capsys, "--data-dir", home, "filters", "--layer", "stem")
    assert code == 0
    assert "16 of 16 photos were not looked at yet" in err
