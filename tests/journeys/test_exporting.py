"""Evidence saved from the window: the results' sheet, a match's sheet, a match's maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog

from tests.journeys.conftest import Journey


def chosen(monkeypatch: pytest.MonkeyPatch, path: str, kind: str = "Sheet (*.png)") -> list[str]:
    """What the person picks in the dialog; returns the names that were offered."""
    offered: list[str] = []

    def ask(_parent: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        offered.append(name)
        return path, kind

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return offered


def test_a_sheet_and_the_maps_are_saved(
    drawn: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = drawn.parts.actions
    assert not actions["save_sheet"].isEnabled()
    assert not actions["save_match"].isEnabled()
    drawn.search_by(5)
    offered = chosen(monkeypatch, str(tmp_path / "results"))
    drawn.do("save_sheet")
    drawn.until((tmp_path / "results.png").exists)
    assert offered[0].endswith(".png")
    with Image.open(tmp_path / "results.png") as sheet:
        assert min(sheet.size) > 500

    chosen(monkeypatch, str(tmp_path / "match.png"))
    drawn.do("save_match")
    drawn.until((tmp_path / "match.png").exists)

    chosen(monkeypatch, str(tmp_path / "maps"), "Maps as arrays (*.npz)")
    drawn.do("save_match")
    drawn.until((tmp_path / "maps.npz").exists)
    found = drawn.parts.evidence.explanation
    with np.load(tmp_path / "maps.npz") as maps:
        for name in ("goal_evidence", "result_evidence"):
            assert maps[name].dtype == np.float32
            assert maps[name].sum() == pytest.approx(found.score - found.baseline, abs=1e-4)


def test_what_cannot_be_written_is_said(
    drawn: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn.search_by(5)
    chosen(monkeypatch, str(tmp_path / "nowhere" / "sheet.png"))
    drawn.do("save_sheet")
    drawn.until(drawn.parts.banners.texts)
    assert "does not exist" in drawn.parts.banners.texts()[0]
    chosen(monkeypatch, "")
    drawn.do("save_match")  # thought better of
