"""From a goal to an answer to why."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from lookalike.records import Match
from tests.drawn_photos import draw
from tests.journeys.conftest import Journey


def drop(journey: Journey, mime: QMimeData) -> None:
    """Drag over the window, then let go."""
    window = journey.window
    point, action = QPointF(300, 300), Qt.DropAction.CopyAction
    keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    window.dragEnterEvent(QDragEnterEvent(point.toPoint(), action, mime, buttons, keys))
    assert window._overlay.isVisible()
    window.dropEvent(QDropEvent(point, action, mime, buttons, keys))
    assert not window._overlay.isVisible()


def test_a_photo_of_the_library_finds_its_like_and_says_why(drawn: Journey) -> None:
    drawn.search_by(0)
    answer, parts = drawn.parts.session.answer, drawn.parts
    assert answer is not None
    assert answer.matches[0].kind == "same"
    assert parts.grid.current() == answer.matches[0]
    assert parts.inspector.isVisible()
    assert parts.evidence.pictures() is not None
    drawn.until(lambda: "Checked" in parts.inspector.check_words())
    parts.grid.select(1)
    assert parts.evidence.match == answer.matches[1]
    drawn.explained()
    found = parts.evidence.explanation
    assert found is not None
    assert found.score == pytest.approx(answer.matches[1].score, abs=1e-5)


def test_a_dropped_file_becomes_the_goal(drawn: Journey, drawn_folder: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(drawn_folder / "bricks-002.jpg"))])
    drop(drawn, mime)
    drawn.answered()
    answer = drawn.parts.session.answer
    assert answer is not None
    assert [match.photo.path for match in answer.matches if match.kind == "same"] == [
        str(drawn_folder / "bricks-002.jpg")
    ]


def test_dropped_and_pasted_pictures_become_goals(drawn: Journey, tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    draw("leaves", 77).save(path)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/leaf.png")])
    mime.setData("image/png", path.read_bytes())
    drop(drawn, mime)
    drawn.answered()
    drawn.parts.session.clear()
    QGuiApplication.clipboard().setImage(QImage(str(path)))
    drawn.do("paste")
    drawn.answered()
    answer = drawn.parts.session.answer
    assert answer is not None
    assert answer.query.goals[0].data
    assert "leaves" in answer.matches[0].photo.path


def test_a_web_address_is_refused_with_a_sentence(drawn: Journey) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/photo.jpg")])
    drop(drawn, mime)
    assert drawn.parts.session.answer is None
    assert "no web addresses" in drawn.parts.banners.texts()[0]


def test_a_goal_that_is_no_image_says_so_and_leaves_no_search(
    drawn: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("not a photo", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    drawn.do("open_goal")
    drawn.until(drawn.parts.banners.texts)
    assert "notes.jpg cannot be a goal" in drawn.parts.banners.texts()[0]
    assert not drawn.parts.session.active
    assert drawn.parts.grid.count() == 16


def test_the_dial_asks_anew_and_keeps_the_selection(drawn: Journey) -> None:
    drawn.search_by(0)
    parts = drawn.parts
    parts.grid.select(3)
    chosen = parts.grid.current()
    assert isinstance(chosen, Match)
    for value in (80, 60, 0):
        parts.strip.depth_dial.setValue(value)
    drawn.until(
        lambda: (
            parts.session.answer is not None
            and parts.session.answer.query.depth == 0.0
            and parts.session.answer.query.thorough
        )
    )
    kept = parts.grid.current()
    assert isinstance(kept, Match)
    assert kept.photo == chosen.photo


def test_more_and_less_like_change_the_answer(drawn: Journey) -> None:
    drawn.search_by(0)
    parts = drawn.parts
    parts.grid.select(len(parts.session.answer.matches) - 1 if parts.session.answer else 0)
    drawn.do("less_like")
    drawn.until(lambda: parts.session.answer and len(parts.session.answer.query.goals) == 2)
    assert parts.session.query.goals[1].weight < 0
    parts.session.remove(1)
    drawn.until(lambda: parts.session.answer and len(parts.session.answer.query.goals) == 1)
    parts.session.remove(0)
    assert not parts.session.active
    drawn.loaded(16)


def test_escape_leads_back_one_level_and_never_out(drawn: Journey) -> None:
    parts, window = drawn.parts, drawn.window
    drawn.search_by(0)
    drawn.do("open")
    assert parts.pages.name == "viewer"
    drawn.qtbot.keyClick(parts.viewer, Qt.Key.Key_Escape)
    assert parts.pages.name == "library"
    assert parts.session.active
    drawn.qtbot.keyClick(parts.grid, Qt.Key.Key_Escape)
    assert not parts.session.active
    drawn.loaded(16)
    drawn.qtbot.keyClick(parts.grid, Qt.Key.Key_Escape)
    assert window.isVisible()


def test_a_goal_in_an_empty_library_finds_nothing_and_says_what_to_do(
    empty: Journey, drawn_folder: Path
) -> None:
    empty.window.open_paths([str(drawn_folder / "discs-000.jpg")])
    empty.until(lambda: empty.parts.pages.name == "message")
    assert empty.parts.message.title() == "Nothing found"
