"""Several goals: what each weighs, which part of it counts, and how to take it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog

from lookalike.ui.goal.chip import stepped, weight_in_words
from lookalike.ui.goal.region import RegionPicture
from tests.journeys.conftest import Journey

KEYS, BUTTONS = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def settled(journey: Journey, goals: int) -> None:
    """Wait for the closer look at an answer to so many goals."""
    session = journey.parts.session
    journey.until(
        lambda: (
            session.answer is not None
            and len(session.answer.query.goals) == goals
            and session.answer.query.thorough
        )
    )


def drop_at(journey: Journey, path: Path, point: QPoint) -> str:
    """Drag a file to a point of the window and let go; what was said on the way."""
    window, mime = journey.window, QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action = Qt.DropAction.CopyAction
    window.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), action, mime, BUTTONS, KEYS))
    window.dragMoveEvent(QDragMoveEvent(point, action, mime, BUTTONS, KEYS))
    said = window._overlay.accessibleName()
    window.dropEvent(QDropEvent(QPointF(point), action, mime, BUTTONS, KEYS))
    return said


def test_photos_dropped_on_the_strip_join_the_search(drawn: Journey, drawn_folder: Path) -> None:
    drawn.search_by(0)
    strip, window = drawn.parts.strip, drawn.window
    for tile, file, said, weight in (
        (strip._tile, "bricks-001.jpg", "More like this, too", 1.0),
        (strip._less, "discs-001.jpg", "Less like this photo", -1.0),
    ):
        point = tile.mapTo(window, tile.rect().center())
        assert drop_at(drawn, drawn_folder / file, point) == said
        assert drawn.parts.session.query.goals[-1].weight == weight
    settled(drawn, 3)
    # Anywhere else it is a search of its own.
    drop_at(drawn, drawn_folder / "leaves-001.jpg", QPoint(500, 500))
    settled(drawn, 1)


def test_a_goal_is_added_by_a_dialog_and_taken_back(
    drawn: Journey, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn.search_by(0)
    path = str(drawn_folder / "bricks-003.jpg")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    drawn.do("add_goal")
    settled(drawn, 2)
    assert drawn.parts.actions["undo"].text() == "&Undo “more like this”"
    drawn.do("undo")
    settled(drawn, 1)
    drawn.do("clear")
    assert not drawn.parts.session.active
    drawn.do("undo")
    settled(drawn, 1)


@pytest.mark.usefixtures("trash")
def test_a_goal_is_weighed_by_keys(drawn: Journey) -> None:
    drawn.search_by(0)
    drawn.parts.grid.select(4)
    drawn.qtbot.keyClick(drawn.parts.grid, Qt.Key.Key_M)
    settled(drawn, 2)
    chips = drawn.parts.strip._chips
    drawn.qtbot.keyClick(chips.chips[1], Qt.Key.Key_Plus)
    assert drawn.parts.session.query.goals[1].weight == 2.0
    assert chips.chips[1].accessibleName().endswith("more ×2")
    for _ in range(4):
        drawn.qtbot.keyClick(chips.chips[1], Qt.Key.Key_Minus)
    assert drawn.parts.session.query.goals[1].weight == -1.0
    # The last goal to look for stays one.
    for _ in range(4):
        drawn.qtbot.keyClick(chips.chips[0], Qt.Key.Key_Minus)
    assert drawn.parts.session.query.goals[0].weight == 0.5
    # Delete is the photo's, too: the focus decides whose it is.
    chips.chips[1].setFocus()
    drawn.qtbot.keyClick(chips.chips[1], Qt.Key.Key_Delete)
    settled(drawn, 1)


def test_a_rectangle_of_a_goal_is_drawn_and_found_by(drawn: Journey) -> None:
    drawn.search_by(0)
    drawn.do("edit_goal")
    editor = drawn.parts.editor
    picture = editor._picture
    assert editor.isVisible()
    drawn.until(lambda: not picture._pixmap.isNull())
    size = picture.size()
    start, end = (
        QPoint(size.width() // 4, size.height() // 4),
        QPoint(size.width() * 3 // 4, size.height() * 3 // 4),
    )
    drawn.qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    drawn.qtbot.mouseMove(picture, end)
    drawn.qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=end)
    region = drawn.parts.session.query.goals[0].region
    assert region == pytest.approx((0.25, 0.25, 0.5, 0.5), abs=0.01)
    settled(drawn, 1)
    assert drawn.parts.actions["undo"].text() == "&Undo changing the region of a goal"
    drawn.qtbot.keyClick(picture, Qt.Key.Key_Right)
    moved = drawn.parts.session.query.goals[0].region
    assert moved is not None
    assert moved[0] == pytest.approx(region[0] + 0.01)
    assert picture.hasFocus()
    drawn.qtbot.keyClick(picture, Qt.Key.Key_Delete)
    assert drawn.parts.session.query.goals[0].region is None
    drawn.do("back")
    assert not editor.isVisible()
    assert drawn.parts.session.active


def test_a_rectangle_is_resized_and_stays_in_the_picture(drawn: Journey) -> None:
    picture = RegionPicture(drawn.window.size())
    drawn.qtbot.addWidget(picture)
    picture.setFixedSize(200, 200)
    picture.show_region((0.5, 0.5, 0.25, 0.25))
    drawn.qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    drawn.qtbot.mouseMove(picture, QPoint(260, 190))
    drawn.qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=QPoint(260, 190))
    assert picture.region == pytest.approx((0.5, 0.5, 0.5, 0.45), abs=0.01)
    drawn.qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert picture.region is None


def test_a_dial_that_is_held_answers_at_once_and_settles_when_let_go(drawn: Journey) -> None:
    drawn.search_by(0)
    session, dial = drawn.parts.session, drawn.parts.strip.depth_dial
    dial.setSliderDown(True)
    for value in range(95, 0, -5):
        dial.setSliderPosition(value)
    drawn.until(lambda: session.answer is not None and session.answer.query.depth == 0.05)
    assert session.answer is not None
    assert not session.answer.query.thorough
    assert not session.looking_closer
    dial.setSliderDown(False)
    settled(drawn, 1)
    assert session.answer.query.depth == 0.05


def test_weights_in_words() -> None:
    assert [weight_in_words(each) for each in (1.0, -1.0, 2.0, 0.5, -0.5)] == [
        "more", "less", "more ×2", "more ×½", "less ×½"
    ]  # fmt: skip
    assert (stepped(1.0, 1), stepped(2.0, 1), stepped(0.5, -1)) == (2.0, 2.0, -0.5)
