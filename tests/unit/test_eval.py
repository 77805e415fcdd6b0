"""The measures by which ranking is judged, on answers whose figures can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.eval.__main__ import main
from tests.eval.measures import measured
from tests.eval.truth import TruthError, read_truth


def test_average_precision_counts_where_each_relevant_one_was_found() -> None:
    figures = measured(["a", "x", "b", "y"], {"a", "b", "c"})
    assert figures.precision == pytest.approx((1 / 1 + 2 / 3) / 3)
    assert figures.at_ten == pytest.approx(2 / 3)
    assert figures.first == 1


def test_an_answer_without_a_right_one_is_nothing() -> None:
    assert measured(["x", "y"], {"a"}).line() == measured([], {"a"}).line()


def test_only_the_first_hundred_count_and_no_more_can_be_asked_for() -> None:
    names = [f"{number}" for number in range(300)]
    assert measured(names, set(names)).precision == pytest.approx(1)
    assert measured(names, {names[150]}).precision == 0


def test_truth_is_read_from_labels_from_folders_and_from_pairs(tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text(json.dumps({"a.jpg": "cat", "b.jpg": "cat", "c": "dog"}))
    a, b = (str((tmp_path / name).resolve()) for name in ("a.jpg", "b.jpg"))
    truth = read_truth(tmp_path)
    assert truth.relevant == {a: frozenset({b}), b: frozenset({a})}
    for text in ("a.jpg\tb.jpg\n", json.dumps({"a.jpg": ["b.jpg"]})):
        (tmp_path / "pairs").write_text(text)
        assert read_truth(tmp_path, tmp_path / "pairs").relevant == {a: frozenset({b})}
    for name in ("x/1.jpg", "x/2.jpg"):
        (tmp_path / "folders" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folders" / name).touch()
    assert set(read_truth(tmp_path / "folders").label.values()) == {"x"}
    with pytest.raises(TruthError):
        read_truth(tmp_path / "folders" / "x")


def test_the_product_and_the_raw_network_are_measured_on_a_folder(
    capsys, drawn_folder: Path, tmp_path: Path
) -> None:
    labels = {path.name: path.stem.split("-")[0] for path in drawn_folder.glob("*.jpg")}
    pairs = tmp_path / "pairs.json"
    pairs.write_text(
        json.dumps(
            {
                goal: [name for name, kind in labels.items() if kind == labels[goal]]
                for goal in sorted(labels)[::4]
            }
        )
    )
    page = tmp_path / "page.html"
    arguments = [str(drawn_folder), "--pairs", str(pairs), "--dial", "1,0", "--out", str(page)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "raw network" in printed
    assert "depth 1, style 0" in printed
    assert page.read_text().count("data:image/jpeg") >= 4
