"""Settings survive a round trip; nothing in the file can keep the window from opening."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lookalike.settings import Settings, load, save


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    kept = Settings(theme="light", cell=120, strength=0.25, sidebar_shown=False)
    save(tmp_path / "settings.json", kept)
    assert load(tmp_path / "settings.json") == kept
    assert [each.name for each in tmp_path.iterdir()] == ["settings.json"]


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.json") == Settings()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00\xff", "[" * 100_000])
def test_a_damaged_file_means_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="latin-1")
    assert load(path) == Settings()


def test_a_value_that_makes_no_sense_is_a_default_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    wrong = {"theme": "pink", "width": "wide", "cell": True, "strength": 7, "maximised": 1}
    path.write_text(json.dumps({**wrong, "height": 900, "from_the_future": []}), encoding="utf-8")
    assert load(path) == Settings(height=900)


def test_a_folder_that_cannot_be_written_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "missing" / "settings.json", Settings())
