"""Taking hold of the evidence: answers to a place, the subject of a goal, just this, not this."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from lookalike.ui.goal.editor import GoalEditor
from tests.journeys.conftest import Journey


def matched(journey: Journey) -> None:
    """Search by the first photo and select the second answer."""
    journey.search_by(0)
    journey.parts.grid.select(1)
    evidence = journey.parts.evidence
    journey.until(lambda: evidence.match == journey.parts.grid.current() and evidence.explanation)


def test_a_place_of_the_goal_lights_up_what_answers_in_the_result(drawn: Journey) -> None:
    matched(drawn)
    pair, evidence = drawn.parts.inspector._pair, drawn.parts.evidence
    drawn.until(lambda: len(pair._pictures) == 2 and pair.isVisible())
    whole = evidence.pictures()
    assert whole is not None
    shown: list[tuple[QImage, QImage]] = []
    evidence.drawn.connect(lambda goal, result: shown.append((goal, result)))
    for side in (0, 1):
        QTest.mouseMove(pair, pair._box(side).center())
        drawn.until(lambda: shown)
        # The one that is pointed at is plain, the other shows what answers.
        assert shown[-1][side] == evidence._plain[side]
        assert shown[-1][1 - side] != whole[1 - side]
        assert shown[-1][1 - side] != evidence._plain[1 - side]
        shown.clear()
    QTest.mouseMove(pair, QPoint(pair._box(0).right() + 3, 2))
    drawn.until(lambda: shown and shown[-1] == whole)


def test_a_place_answers_at_texture_too(drawn: Journey) -> None:
    matched(drawn)
    pair, evidence, session = drawn.parts.inspector._pair, drawn.parts.evidence, drawn.parts.session
    session.set_depth(0.0)
    drawn.until(lambda: session.answer.query.depth == 0.0 and session.answer.query.thorough)
    drawn.parts.grid.select(2)
    drawn.until(lambda: evidence.match == drawn.parts.grid.current() and evidence.explanation)
    drawn.until(lambda: len(pair._pictures) == 2 and pair.isVisible())
    shown: list[tuple[QImage, QImage]] = []
    evidence.drawn.connect(lambda goal, result: shown.append((goal, result)))
    QTest.mouseMove(pair, pair._box(0).center())
    drawn.until(lambda: shown)
    assert shown[-1][0] == evidence._plain[0]
    assert shown[-1][1] != evidence._plain[1]


def opened(journey: Journey) -> GoalEditor:
    journey.do("edit_goal")
    editor = journey.parts.editor
    journey.until(lambda: not editor._subject.picture._pixmap.isNull())
    editor._by.setChecked(True)
    assert editor._subject.isVisible()
    return editor


def test_a_subject_is_found_corrected_and_searched_by(drawn: Journey) -> None:
    drawn.search_by(0)
    editor = opened(drawn)
    tool = editor._subject
    assert not tool.just_this.isEnabled()
    centre = tool.picture.rect().center()
    QTest.mouseClick(tool.picture, Qt.MouseButton.LeftButton, pos=centre)
    drawn.until(lambda: tool.subject is not None)
    found = tool.subject
    assert found is not None
    assert found.mask[found.mask.shape[0] // 2, found.mask.shape[1] // 2]

    tool.hands["out"].click()
    QTest.mousePress(tool.picture, Qt.MouseButton.LeftButton, pos=QPoint(12, 12))
    QTest.mouseMove(tool.picture, QPoint(12, tool.picture.height() - 12))
    QTest.mouseRelease(tool.picture, Qt.MouseButton.LeftButton, pos=QPoint(12, 100))
    drawn.until(lambda: tool.subject is not found)
    assert tool.subject is not None
    assert not tool.subject.mask[20:-20, :4].any()

    tool.just_this.click()
    session = drawn.parts.session
    assert session.query.goals[0].mask is not None
    assert drawn.parts.actions["undo"].text() == "&Undo changing the region of a goal"
    drawn.until(lambda: session.answer is not None and session.answer.query.goals[0].mask)
    drawn.answered()
    just = session.query.goals[0].mask
    tool.not_this.click()
    assert session.query.goals[0].mask not in (None, just)
    editor._whole.click()
    assert session.query.goals[0].mask is None
    drawn.answered()
    editor.close_editor()


def test_a_subject_in_the_style_of_what_is_around_it(drawn: Journey) -> None:
    drawn.search_by(0)
    editor, session = opened(drawn), drawn.parts.session
    tool = editor._subject
    assert not tool.in_style.isEnabled()
    centre = tool.picture.rect().center()
    QTest.mouseClick(tool.picture, Qt.MouseButton.LeftButton, pos=centre)
    drawn.until(lambda: tool.subject is not None)
    tool.in_style.click()
    drawn.until(lambda: len(session.query.goals) == 2)
    subject, rest = session.query.goals
    assert (subject.depth, subject.style, rest.style) == (1.0, 0.0, 1.0)
    assert None not in (subject.mask, rest.mask)
    assert subject.mask != rest.mask
    drawn.until(
        lambda: session.answer is not None and session.answer.query.goals == (subject, rest)
    )
    drawn.answered()
    editor.close_editor()

    drawn.window.browsing.edit_goal(1)
    assert editor._likeness.currentText() == "style"
    editor._likeness.setCurrentIndex(2)
    editor._likeness.activated.emit(2)
    assert (session.query.goals[1].depth, session.query.goals[1].style) == (0.0, 0.0)
    drawn.do("undo")
    assert session.query.goals == (subject, rest)
    drawn.do("undo")
    assert len(session.query.goals) == 1
    drawn.answered()
    editor.close_editor()


def chosen(journey: Journey, side: int, text: str) -> None:
    """Choose from the menu of the middle of goal or result."""
    pair = journey.parts.inspector._pair
    pair.menu_asked.emit(side, 0.5, 0.5, pair.mapToGlobal(pair._box(side).center()))
    menu = next(each for each in journey.window.findChildren(QMenu) if each.isVisible())
    next(each for each in menu.actions() if each.text() == text).trigger()
    menu.close()


def test_less_like_a_part_of_a_result_and_just_a_part_of_the_goal(drawn: Journey) -> None:
    matched(drawn)
    session, match = drawn.parts.session, drawn.parts.evidence.match
    assert match is not None
    chosen(drawn, 1, "Less like this part")
    drawn.until(lambda: len(session.query.goals) == 2)
    added = session.query.goals[1]
    assert (added.photo_id, added.weight) == (match.photo.id, -1.0)
    assert added.mask is not None
    drawn.until(lambda: session.answer is not None and len(session.answer.query.goals) == 2)
    drawn.answered()
    drawn.do("undo")
    assert len(session.query.goals) == 1
    drawn.answered()
    chosen(drawn, 0, "Just this")
    drawn.until(lambda: session.query.goals[0].mask is not None)
    drawn.answered()


def viewed(journey: Journey) -> None:
    """A match with its evidence, large."""
    matched(journey)
    journey.do("open")
    viewer = journey.parts.viewer
    journey.until(lambda: viewer.ready and viewer.goal_ready and viewer.canvas.has_picture)


def test_a_place_in_the_viewer_lights_up_what_answers_in_the_other_picture(drawn: Journey) -> None:
    viewed(drawn)
    viewer, evidence = drawn.parts.viewer, drawn.parts.evidence
    QTest.mouseMove(viewer.canvas, viewer.canvas.rect().center())
    drawn.until(viewer.inset.isVisible)
    of_goal = viewer.inset._image
    assert evidence.pictures() is not None
    assert of_goal not in (evidence.pictures()[0], evidence._plain[0])
    QTest.mouseMove(viewer.canvas, QPoint(1, 1))
    drawn.until(lambda: not viewer.inset.isVisible())

    drawn.do("compare")
    assert viewer.comparing
    QTest.mouseMove(viewer.canvas, viewer.canvas.rect().center())
    drawn.until(viewer.inset.isVisible)
    assert viewer.inset._image != of_goal
    drawn.do("evidence")
    QTest.mouseMove(viewer.canvas, QPoint(1, 1))
    drawn.until(lambda: not viewer.inset.isVisible())
    QTest.mouseMove(viewer.canvas, viewer.canvas.rect().center())
    drawn.qtbot.wait(50)
    assert not viewer.inset.isVisible()
    drawn.do("back")
    drawn.do("back")


def picked(journey: Journey, text: str) -> None:
    menu = next(each for each in journey.window.findChildren(QMenu) if each.isVisible())
    next(each for each in menu.actions() if each.text() == text).trigger()
    menu.close()


def test_the_menu_of_a_place_stands_in_the_viewer_too(drawn: Journey) -> None:
    viewed(drawn)
    viewer, session = drawn.parts.viewer, drawn.parts.session
    match = drawn.parts.evidence.match
    middle = viewer.canvas.rect().center()
    there = viewer.canvas.mapToGlobal(middle)
    key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, middle, there)
    QCoreApplication.sendEvent(viewer.canvas, key)
    picked(drawn, "Which filters fire here")
    drawn.until(lambda: drawn.parts.pages.name == "network" and drawn.window.network.filters.rows())
    assert drawn.window.network._photo == match.photo
    drawn.until(lambda: drawn.window.network._scope_said.text().startswith("Firing at the place"))
    drawn.do("back")
    assert session.active
    drawn.do("open")
    drawn.until(lambda: viewer.canvas.has_picture)
    QCoreApplication.sendEvent(viewer.canvas, key)
    picked(drawn, "More like this part")
    drawn.until(lambda: len(session.query.goals) == 2)
    assert session.query.goals[1].mask is not None
    drawn.until(lambda: session.answer is not None and len(session.answer.query.goals) == 2)
    drawn.answered()


def stroke(journey: Journey) -> None:
    """Paint a line across the middle of the picture in the viewer, and let the brush rest."""
    canvas = journey.parts.viewer.canvas
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle - QPoint(60, 0))
    QTest.mouseMove(canvas, middle)
    QTest.mouseMove(canvas, middle + QPoint(60, 20))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 20))
    assert canvas.strokes is not None


def counted(mask: bytes | None) -> np.ndarray:
    assert mask is not None
    return np.asarray(Image.open(io.BytesIO(mask)), np.float32) / 255


def test_evidence_is_painted_in_and_away(drawn: Journey) -> None:
    viewed(drawn)
    viewer, session = drawn.parts.viewer, drawn.parts.session
    shown = drawn.parts.evidence.match.photo.id
    QTest.keyClick(viewer, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.painting.hand == "out"
    assert drawn.parts.actions["paint_out"].isChecked()
    stroke(drawn)
    drawn.until(lambda: len(session.query.goals) == 2)
    assert viewer.painting.hand == ""
    added = session.query.goals[1]
    assert (added.photo_id, added.weight) == (shown, -1.0)
    mask = counted(added.mask)
    height, width = mask.shape
    assert mask[height // 2, width // 2] == 1
    assert 0 < mask.mean() < 0.2
    drawn.until(lambda: session.answer is not None and len(session.answer.query.goals) == 2)
    drawn.answered()
    drawn.do("undo")
    assert len(session.query.goals) == 1
    drawn.until(lambda: session.answer is not None and len(session.answer.query.goals) == 1)
    drawn.answered()

    viewed_again(drawn)
    drawn.do("compare")
    QTest.keyClick(viewer, Qt.Key.Key_B)
    stroke(drawn)
    drawn.until(lambda: session.query.goals[0].mask is not None)
    mask = counted(session.query.goals[0].mask)
    assert 0 < mask.mean() < 0.2
    drawn.until(lambda: session.answer is not None and session.answer.query.goals[0].mask)
    drawn.answered()


def test_evidence_is_painted_by_keys(drawn: Journey) -> None:
    """Down, a line to the right, up; a second line below it; Enter searches, and nothing sooner."""
    viewed(drawn)
    viewer, session = drawn.parts.viewer, drawn.parts.session
    query, shown = session.query, drawn.parts.evidence.match
    QTest.keyClick(viewer, Qt.Key.Key_B)
    for row in range(2):
        for _ in range(8):
            QTest.keyClick(viewer, Qt.Key.Key_Down if row else Qt.Key.Key_Left)
        QTest.keyClick(viewer, Qt.Key.Key_Space)
        for _ in range(16):
            QTest.keyClick(viewer, Qt.Key.Key_Right)
        QTest.keyClick(viewer, Qt.Key.Key_Space)
    assert drawn.parts.evidence.match is shown, "an arrow moved the brush, not to another photo"
    drawn.qtbot.wait(1000)
    assert session.query == query
    QTest.keyClick(viewer, Qt.Key.Key_Return)
    assert viewer.painting.hand == ""
    drawn.until(lambda: len(session.query.goals) == 2)
    mask = counted(session.query.goals[1].mask)
    height, width = mask.shape
    assert mask[height // 2, width // 2] == 1
    below = viewer.canvas.rect().center() + QPoint(64, 64)
    at = viewer.canvas.fraction(QPointF(below))
    assert at is not None
    assert mask[int(at[1] * height), int(at[0] * width)] == 1
    assert 0 < mask.mean() < 0.3
    drawn.until(lambda: session.answer is not None and len(session.answer.query.goals) == 2)
    drawn.answered()


def test_a_subject_is_found_and_corrected_by_keys(drawn: Journey) -> None:
    drawn.search_by(0)
    editor = opened(drawn)
    tool = editor._subject
    tool.picture.setFocus()
    QTest.keyClick(tool.picture, Qt.Key.Key_Space)
    drawn.until(lambda: tool.subject is not None)
    found = tool.subject
    tool.hands["out"].click()
    tool.picture.setFocus()
    QTest.keyClick(tool.picture, Qt.Key.Key_Space)
    for _ in range(tool.picture.width() // 8):
        QTest.keyClick(tool.picture, Qt.Key.Key_Left)
    drawn.qtbot.wait(300)
    assert tool.subject is found, "the brush is still down"
    QTest.keyClick(tool.picture, Qt.Key.Key_Space)
    drawn.until(lambda: tool.subject is not found)
    assert found is not None
    assert tool.subject is not None
    height, width = found.mask.shape
    assert found.mask[height // 2, width // 2]
    assert not tool.subject.mask[height // 2, width // 2]
    editor.close_editor()


def viewed_again(journey: Journey) -> None:
    journey.parts.grid.select(1)
    journey.do("open")
    viewer = journey.parts.viewer
    journey.until(lambda: viewer.ready and viewer.goal_ready and viewer.canvas.has_picture)


def test_escape_puts_the_brush_down_and_nothing_is_asked(drawn: Journey) -> None:
    viewed(drawn)
    viewer, session = drawn.parts.viewer, drawn.parts.session
    query = session.query
    drawn.do("paint_in")
    assert viewer.painting.hand == "in"
    stroke(drawn)
    drawn.do("back")
    assert viewer.painting.hand == ""
    assert viewer.canvas.strokes is None
    assert drawn.parts.pages.name == "viewer"
    assert not drawn.parts.actions["paint_in"].isChecked()
    drawn.qtbot.wait(1000)
    assert session.query == query
    drawn.do("back")
    assert drawn.parts.pages.name == "library"


def test_the_goals_editor_fits_into_a_low_window(drawn: Journey) -> None:
    drawn.search_by(0)
    drawn.window.resize(900, 640)
    editor = opened(drawn)
    above = editor.parentWidget()
    assert above is not None
    drawn.until(lambda: above.rect().contains(editor.geometry()))
    assert editor._by.mapTo(above, editor._by.rect().bottomRight()).y() <= above.height()
    editor.close_editor()
