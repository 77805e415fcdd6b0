"""Folders in and out, reading that is watched and stopped, problems, drives that are away."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from lookalike.library import Library
from lookalike.progress import Progress
from lookalike.records import View
from lookalike.ui.activity import told
from tests.drawn_photos import save_photos
from tests.journeys.conftest import Journey


def read(journey: Journey) -> None:
    """Wait until nothing is being read."""
    journey.until(lambda: not journey.parts.reading.running)


def test_the_first_folder_fills_the_grid(
    empty: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "holidays"
    save_photos(folder, each=2)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    assert not empty.parts.strip.isVisible()
    empty.do("add_folder")
    assert empty.parts.actions["stop"].isEnabled()
    empty.loaded(8)
    read(empty)
    assert empty.parts.pages.name == "library"
    assert "8 photos · 8 new" in empty.parts.status.said()


def test_reading_can_be_paused_resumed_and_stopped(empty: Journey, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    save_photos(folder, each=25)
    parts = empty.parts
    parts.folders.add([str(folder)])
    empty.until(lambda: parts.reading.progress and parts.reading.progress.stage == "reading")
    empty.do("pause")
    assert parts.reading.paused
    assert "Go on" in parts.actions["pause"].text()
    assert parts.status.said().startswith("paused")
    empty.do("pause")
    empty.do("stop")
    read(empty)
    assert parts.status.said() == "Stopped. What was done stays."
    empty.loaded(len(parts.library.photo_ids(View())))


def test_a_folder_is_removed_and_brought_back(drawn: Journey) -> None:
    parts = drawn.parts
    folder = next(place for place in parts.sidebar.places if place.folder)
    assert not parts.actions["undo"].isEnabled()
    drawn.window.browsing.go(folder)
    drawn.do("forget_folder")
    drawn.until(lambda: parts.pages.name == "first-run")
    drawn.until(lambda: parts.actions["undo"].text() == "&Undo removing “drawn0”")
    assert "no longer in the library (16 photos)" in parts.banners.texts()[0]
    drawn.do("undo")
    drawn.loaded(16)
    read(drawn)


def test_skipped_files_are_listed_with_their_reasons(empty: Journey, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    save_photos(folder, each=1)
    (folder / "empty.jpg").touch()
    (folder / "words.png").write_text("words", encoding="utf-8")
    empty.parts.folders.add([str(folder)])
    empty.loaded(4)
    read(empty)
    empty.until(lambda: any(place.key == "problems" for place in empty.parts.sidebar.places))
    empty.do("problems")
    tree = empty.window.problems.tree
    empty.until(lambda: tree.topLevelItemCount() == 2)
    first = tree.topLevelItem(0)
    assert first is not None
    assert first.text(0) == "empty.jpg"
    assert first.text(1)
    empty.do("back")
    assert empty.parts.pages.name == "library"


def test_a_folder_out_of_reach_says_so_and_keeps_its_photos(empty: Journey, tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    save_photos(folder, each=1)
    empty.parts.folders.add([str(folder)])
    empty.loaded(4)
    read(empty)
    folder.rename(tmp_path / "unplugged")
    empty.do("rescan")
    read(empty)
    empty.until(empty.parts.banners.texts)
    assert "“drive” cannot be reached. Its 4 photos stay here" in empty.parts.banners.texts()[0]
    assert empty.parts.grid.count() == 4
    (tmp_path / "unplugged").rename(folder)
    empty.do("rescan")
    read(empty)
    empty.until(lambda: not empty.parts.banners.texts())


def test_a_second_window_only_looks(
    drawn: Journey, home: Path, open_window: Callable[[Library], Journey]
) -> None:
    with Library.open(home, write=False) as library:
        second = open_window(library)
        second.loaded(16)
        assert "Another Lookalike window" in second.parts.banners.texts()[0]
        second.parts.folders.add(["anywhere"])
        assert not second.parts.reading.running
        second.search_by(0)
        second.window.close()


def test_what_can_be_done_with_a_photo_stays_possible_when_its_row_is_read_anew(
    drawn: Journey,
) -> None:
    drawn.parts.grid.select(2)
    drawn.until(drawn.parts.actions["trash"].isEnabled)
    drawn.parts.grid.refresh()
    drawn.window.commands.enable()
    drawn.until(lambda: drawn.parts.grid.current() is not None)
    drawn.until(drawn.parts.actions["trash"].isEnabled)


def test_places_show_their_photos(drawn: Journey, drawn_folder: Path) -> None:
    parts = drawn.parts
    drawn.until(lambda: any(place.key.startswith("year") for place in parts.sidebar.places))
    year = next(place for place in parts.sidebar.places if place.key.startswith("year"))
    drawn.window.browsing.go(year)
    drawn.until(lambda: parts.grid.count() == year.count)
    drawn.do("back")
    drawn.loaded(16)


def test_the_window_is_found_as_it_was_left(
    drawn: Journey, home: Path, open_window: Callable[[Library], Journey]
) -> None:
    drawn.do("theme_light")
    drawn.parts.actions["sidebar"].trigger()
    drawn.parts.status.larger(2)
    cell = drawn.parts.status.cell()
    drawn.window.resize(1111, 777)
    drawn.window.close()
    again = open_window(drawn.parts.library)
    assert not again.parts.sidebar.isVisible()
    assert again.parts.status.cell() == cell
    assert again.parts.actions["theme_light"].isChecked()
    again.do("theme_dark")
    again.window.close()


def test_a_narrow_window_has_its_inspector_below(drawn: Journey) -> None:
    drawn.parts.grid.select(0)
    drawn.until(drawn.parts.inspector.isVisible)
    assert drawn.window.panels.inner.orientation() == Qt.Orientation.Horizontal
    drawn.window.resize(880, 640)
    assert drawn.window.width() == 880
    assert drawn.window.panels.inner.orientation() == Qt.Orientation.Vertical
    # A search needs no more room than there is, neither when it begins nor when it ends.
    drawn.search_by(0)
    drawn.do("more_like")
    drawn.do("clear")
    drawn.loaded(16)
    assert drawn.window.width() == 880


def test_a_photo_that_vanished_shows_by_its_thumbnail(
    empty: Journey, tmp_path: Path, drawn_folder: Path
) -> None:
    folder = tmp_path / "some"
    shutil.copytree(drawn_folder, folder)
    empty.parts.folders.add([str(folder)])
    empty.loaded(16)
    read(empty)
    shutil.rmtree(folder)
    empty.parts.grid.select(3)
    empty.until(lambda: empty.parts.grid.current() is not None)
    empty.do("open")
    empty.until(lambda: empty.parts.viewer.ready)
    empty.do("back")


def test_progress_in_words() -> None:
    moment = Progress("reading", 12_480, 48_112, 84.2, 423.0)
    assert told(moment) == "reading 12,480 of 48,112 · 84/s · 7 min"
    assert told(Progress("looking", 512)) == "looking 512"
    assert told(Progress("reading", 1, 9, 0.2, 7300)) == "reading 1 of 9 · slow · 2 h 2 min"
