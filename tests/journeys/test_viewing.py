"""Grid, viewer and inspector by keyboard and mouse."""

from __future__ import annotations

from array import array

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication

from lookalike.records import Match
from lookalike.ui.grid.contents import of_ids
from lookalike.ui.peek import HELD_SECONDS, Peek
from tests.journeys.conftest import Journey


def test_the_grid_goes_by_keys(drawn: Journey) -> None:
    grid, key = drawn.parts.grid, Qt.Key
    grid.setFocus()
    for pressed, place in (
        (key.Key_Right, 0), (key.Key_Right, 1), (key.Key_End, 15), (key.Key_Left, 14),
        (key.Key_Home, 0), (key.Key_PageDown, None), (key.Key_Up, None), (key.Key_Home, 0),
        (key.Key_Up, 0),
    ):  # fmt: skip
        drawn.qtbot.keyClick(grid, pressed)
        assert place is None or grid.current_index() == place
    drawn.qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.current_index() == grid._layout.columns


def test_space_previews_and_enter_opens(drawn: Journey) -> None:
    parts = drawn.parts
    parts.grid.select(2)
    parts.grid.setFocus()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        drawn.qtbot.keyClick(parts.grid, key)
        drawn.until(lambda: parts.pages.name == "viewer" and parts.viewer.ready)
        drawn.qtbot.keyClick(parts.viewer, Qt.Key.Key_Right)
        assert parts.grid.current_index() == 3
        drawn.qtbot.keyClick(parts.viewer, Qt.Key.Key_Left)
        drawn.qtbot.keyClick(parts.viewer, Qt.Key.Key_Space)
        assert parts.pages.name == "library"
        assert parts.grid.hasFocus()


def test_a_double_click_opens_and_the_wheel_zooms(drawn: Journey) -> None:
    parts, grid = drawn.parts, drawn.parts.grid
    middle = grid.cell_rect(1).center()
    drawn.qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert grid.current_index() == 1
    drawn.qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    drawn.until(lambda: parts.viewer.ready)
    canvas = parts.viewer.canvas
    before = canvas.zoom
    where = QPointF(canvas.rect().center())
    canvas.wheelEvent(
        QWheelEvent(
            where, where, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )
    )  # fmt: skip
    assert canvas.zoom == pytest.approx(before * 1.25)
    drawn.do("actual")
    assert canvas.zoom == pytest.approx(1.0)
    drawn.do("zoom_in")
    drawn.do("fit")
    assert canvas.zoom == pytest.approx(before)


def test_flicker_compare_keeps_the_relative_view(drawn: Journey) -> None:
    drawn.search_by(0)
    parts = drawn.parts
    parts.grid.select(2)
    drawn.explained()
    drawn.do("open")
    drawn.until(lambda: parts.viewer.ready)
    canvas = parts.viewer.canvas
    canvas.zoom_by(4)
    canvas.pan(-30, 20)
    relative, centre = canvas.relative, QPointF(canvas.centre)
    drawn.until(lambda: parts.viewer.goal_ready)
    drawn.do("compare")
    assert parts.viewer.comparing
    assert (canvas.relative, canvas.centre) == (relative, centre)
    drawn.do("back")
    assert not parts.viewer.comparing
    assert parts.pages.name == "viewer"


def test_s_toggles_evidence_and_holding_it_peeks(drawn: Journey) -> None:
    drawn.search_by(0)
    evidence = drawn.parts.evidence
    laid = evidence.pictures()
    drawn.qtbot.keyClick(drawn.parts.grid, Qt.Key.Key_S)
    assert not evidence.shown
    assert evidence.pictures() != laid
    assert not drawn.parts.actions["evidence"].isChecked()
    drawn.qtbot.keyClick(drawn.parts.grid, Qt.Key.Key_S)
    assert evidence.shown
    moment, toggles = [0.0], []
    peek = Peek(lambda: toggles.append(moment[0]), clock=lambda: moment[0])
    peek.pressed()
    moment[0] = HELD_SECONDS + 0.1
    peek.released()
    peek.released()
    assert toggles == [0.0, HELD_SECONDS + 0.1]


def test_the_strength_of_evidence_is_drawn_anew(drawn: Journey) -> None:
    drawn.search_by(0)
    before = drawn.parts.evidence.pictures()
    drawn.parts.inspector.strength_changed.emit(0.2)
    drawn.until(lambda: drawn.parts.evidence.pictures() is not before)
    assert drawn.parts.evidence.strength == 0.2


def test_paths_and_pictures_are_copied(drawn: Journey) -> None:
    drawn.parts.grid.select(0)
    drawn.do("copy_path")
    assert QGuiApplication.clipboard().text().endswith(".jpg")
    drawn.do("copy_image")
    drawn.until(lambda: QGuiApplication.clipboard().mimeData().hasImage())


def test_every_action_is_in_a_menu_and_has_words(drawn: Journey) -> None:
    menus = [action.menu() for action in drawn.window.menuBar().actions()]
    listed = {action for menu in menus if menu for action in menu.actions()}
    listed |= {each for action in list(listed) if action.menu() for each in action.menu().actions()}
    assert set(drawn.parts.actions.values()) <= listed
    keys = [key.toString() for action in drawn.parts.actions.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_icon_buttons_name_what_they_do(drawn: Journey) -> None:
    from lookalike.ui.icons import IconButton

    for name in ("problems", "duplicates", "network", "keys", "viewer", "first-run"):
        drawn.parts.pages.go(name)
    assert drawn.parts.editor
    buttons = drawn.window.findChildren(IconButton)
    assert len(buttons) > 25
    assert [button for button in buttons if not button.toolTip()] == []
    assert [button for button in buttons if not button.accessibleName()] == []


def test_a_screen_reader_hears_the_grid(drawn: Journey) -> None:
    drawn.search_by(0)
    grid = drawn.parts.grid
    told = QAccessible.queryAccessibleInterface(grid)
    assert told.childCount() == grid.count()
    first = told.child(0)
    assert first.role() == QAccessible.Role.ListItem
    assert "same picture, score 1.00" in first.text(QAccessible.Text.Name)
    assert first.state().selected
    assert told.indexOfChild(first) == 0


def test_a_million_photos_scroll_and_only_the_visible_are_read(drawn: Journey) -> None:
    grid = drawn.parts.grid
    real = [
        photo.id for photo in map(grid.item, range(16)) if photo and not isinstance(photo, Match)
    ]
    grid.set_photos(of_ids(array("q", real[:1] * 1_000_000)))
    drawn.qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.current_index() == 999_999
    drawn.until(drawn.parts.inspector.isVisible)
    assert 999_999 in grid.visible()
    assert len(grid.visible()) < 200
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 3)
    QApplication.processEvents()
    assert 0 not in grid.visible()
