"""The network page: layers, filters and their patches on photos; networks added and used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.ui.network_page.page import NetworkPage
from lookalike.ui.network_page.tiles import Tiles
from tests.journeys.conftest import Journey
from tests.unit.vision.network.architectures import silu_net


@pytest.fixture
def page(drawn: Journey) -> NetworkPage:
    """The page, entered with the sixth photo selected."""
    drawn.parts.grid.select(5)
    drawn.until(lambda: drawn.parts.grid.current() is not None)
    drawn.do("network")
    page = drawn.window.network
    drawn.until(lambda: shown(page))
    return page


def shown(page: NetworkPage) -> bool:
    """Whether everything of the chosen filter is there."""
    return (
        bool(page.filters.rows())
        and page.filters.painted()
        and len(page.detail.row_of_four()) == 4
        and len(page.detail.patches()) == 9
    )


def button(page: NetworkPage, text: str) -> QPushButton:
    """A button of the page by its words."""
    (found,) = (each for each in page.findChildren(QPushButton) if each.text() == text)
    return found


def test_the_page_shows_what_the_network_sees_in_the_selected_photo(
    drawn: Journey, page: NetworkPage
) -> None:
    assert drawn.parts.pages.name == "network"
    assert page.ladder.names()[0] == "stem"
    assert page.ladder.names()[-1] == "last"
    assert len(page.filters.rows()) == 112
    assert "best" in page.filters.rows()[0].note
    captions = [tile.caption for tile in page.detail.row_of_four()]
    assert captions == ["photo", "the part it sees", "positive saliency", "negative saliency"]
    assert all(tile.under is not None for tile in page.detail.patches())
    top = page.filters.top(page.filters.current())
    assert top is not None
    assert len(top.patches) == 9
    drawn.do("back")
    assert drawn.parts.pages.name == "library"


def test_it_is_walked_by_the_keyboard_alone(drawn: Journey, page: NetworkPage) -> None:
    first = page.filters.current()
    page.filters.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        drawn.qtbot.keyClick(page.filters, key)
    assert page.filters.current() == page.filters.rows()[1].filter != first
    drawn.qtbot.keyClick(page.filters, Qt.Key.Key_End)
    assert page.filters.current() == page.filters.rows()[-1].filter
    drawn.until(lambda: shown(page))
    drawn.qtbot.keyClick(page.filters, Qt.Key.Key_Escape)
    drawn.until(lambda: drawn.parts.pages.name == "library")


def test_of_a_wide_layer_only_the_visible_filters_are_read(
    drawn: Journey, page: NetworkPage
) -> None:
    page.ladder.select("last")
    drawn.until(lambda: len(page.filters.rows()) == 1280 and shown(page))
    assert len(page.filters._ready) < 20
    button(page, "In the library").click()
    drawn.until(lambda: page.filters.rows()[0].note.startswith("up to"))
    drawn.until(lambda: shown(page))
    values = [float(row.note.removeprefix("up to ") or 0) for row in page.filters.rows()[:50]]
    assert values == sorted(values, reverse=True)


def test_another_rule_makes_another_picture(drawn: Journey, page: NetworkPage) -> None:
    before = page.detail.row_of_four()[2].picture
    button(page, "Gradient").click()
    drawn.until(lambda: page.detail.row_of_four()[2].picture != before)
    drawn.until(lambda: shown(page))


def test_a_click_on_the_photo_asks_what_fires_there(drawn: Journey, page: NetworkPage) -> None:
    (row,) = (
        each for each in page.findChildren(Tiles) if each.accessibleName().startswith("The photo")
    )
    side = row._side(row.width())
    drawn.qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(side // 2, side // 2))
    drawn.until(lambda: page._scope_said.text() == "Firing at the place you clicked")
    assert page.filters.rows()
    assert len(page.filters.rows()) < 112
    drawn.until(lambda: page.detail._on_photo.text().startswith("At that place of"))
    drawn.qtbot.keyClick(page.filters, Qt.Key.Key_Down)
    drawn.until(lambda: shown(page))
    assert page.detail._on_photo.text().startswith("At that place of")
    button(page, "In this photo").click()
    drawn.until(lambda: page.detail._on_photo.text().startswith("On "))


def test_a_place_is_asked_about_by_the_keyboard(drawn: Journey, page: NetworkPage) -> None:
    (row,) = (
        each for each in page.findChildren(Tiles) if each.accessibleName().startswith("The photo")
    )
    asked: list[tuple[float, float]] = []
    page.detail.place_clicked.connect(lambda point: asked.append((point.x(), point.y())))
    row.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        drawn.qtbot.keyClick(row, key, Qt.KeyboardModifier.ControlModifier)
    drawn.qtbot.keyClick(row, Qt.Key.Key_Return)
    drawn.until(lambda: page._scope_said.text() == "Firing at the place you clicked")
    assert asked == [(pytest.approx(0.6), pytest.approx(0.45))]
    drawn.until(lambda: shown(page))


def test_a_filter_is_named_and_searched_for(drawn: Journey, page: NetworkPage) -> None:
    number, detail = page.filters.current(), page.detail
    detail._name.setFocus()
    drawn.qtbot.keyClicks(detail._name, "round things")
    drawn.qtbot.keyClick(detail._name, Qt.Key.Key_Return)
    names = drawn.parts.library.filters.names
    drawn.until(lambda: names() == {("block-08", number): "round things"})
    drawn.until(lambda: getattr(page.filters.top(number), "name", "") == "round things")
    assert drawn.parts.undo.name == f"naming filter {number} of block-08"
    drawn.do("undo")
    drawn.until(lambda: names() == {})
    drawn.until(lambda: detail._name.text() == "")
    button(page, "Find photos").click()
    drawn.until(detail.results)
    assert "lead all 16 photos" in detail._reach.text()
    before = detail.row_of_four()[0].picture
    last = len(detail.results()) - 1
    detail._choose_result(last)
    drawn.until(lambda: detail.row_of_four() and detail.row_of_four()[0].picture != before)
    drawn.until(lambda: shown(page))


def test_a_name_that_is_taken_is_refused_in_a_sentence(drawn: Journey, page: NetworkPage) -> None:
    drawn.parts.library.filters.name("stem", 0, "edges")
    page.detail._name.setText("Edges")
    page.detail._name.editingFinished.emit()
    drawn.until(drawn.parts.banners.texts)
    assert "called edges already" in drawn.parts.banners.texts()[0]
    assert page.detail._name.text() == ""


def test_photos_that_were_not_watched_are_looked_at_when_asked(
    drawn: Journey, page: NetworkPage
) -> None:
    drawn.parts.library._catalogue.forget_filter_tops()
    page.refresh()
    drawn.until(lambda: "16 not yet" in page._said.text())
    assert page._catch_up.isVisible()
    page._catch_up.click()
    assert page.work.isVisible()
    drawn.until(lambda: page._said.text().endswith("16 photos looked at"))
    drawn.until(lambda: shown(page))
    assert not page.work.isVisible()


def test_a_photo_that_is_gone_says_so_and_the_library_goes_on(
    home: Path, drawn_folder: Path, tmp_path: Path, open_window: Callable[[Library], Journey]
) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(drawn_folder, folder)
    with Library.open(tmp_path / "own") as library:
        library.index([str(folder)])
        journey = open_window(library)
        journey.loaded(16)
        journey.parts.grid.select(2)
        journey.until(lambda: journey.parts.grid.current() is not None)
        shutil.rmtree(folder)
        journey.do("network")
        page = journey.window.network
        journey.until(lambda: page.filters.rows() and page.filters.painted())
        journey.until(lambda: len(page.detail.patches()) == 9)
        assert page.detail.row_of_four() == []
        assert "cannot be looked at" in page.detail._on_photo.text()
        journey.window.close()


def test_the_window_says_what_the_network_runs_on_and_why(
    drawn: Journey, page: NetworkPage
) -> None:
    button(page, "Networks").click()
    told = page.networks.device
    drawn.until(told.text)
    status = drawn.parts.library.status()
    assert told.isVisible()
    assert told.text().startswith("Runs on the ")
    assert ("graphics" in told.text().split(". ")[0]) == (status.provider == "CUDA")
    assert told.text().endswith(status.details.get("device", ""))


def test_a_network_is_dropped_added_verified_and_used(
    drawn: Journey, page: NetworkPage, tmp_path: Path
) -> None:
    file = tmp_path / "small.onnx"
    onnx.save(silu_net(64), str(file))
    drawn.window.open_paths([str(file)])
    form, tree = page.networks.form, page.networks.tree
    assert form.isVisible()
    form.fields["mean"].setText("one, two")
    drawn.qtbot.keyClick(form.fields["mean"], Qt.Key.Key_Return)
    assert "three with commas" in form._wrong.text()
    form.fields["mean"].setText("0.485, 0.456, 0.406")
    form.fields["std"].setText("0.229, 0.224, 0.225")
    drawn.qtbot.keyClick(form.fields["std"], Qt.Key.Key_Return)
    drawn.until(lambda: tree.topLevelItemCount() == 2 and not page.work.running)
    assert not form.isVisible()
    added = tree.topLevelItem(1)
    assert added is not None
    assert (added.text(0), added.text(3)) == ("small", "0")
    tree.setCurrentItem(added)
    button(page, "Verify").click()
    drawn.until(lambda: page.networks.said.text().startswith("small is in order"))
    button(page, "Use").click()
    assert page.work.running
    drawn.until(lambda: page.networks.said.text().startswith("Embedded 16 photos"))
    drawn.until(lambda: page._state is not None and page._state.network == "small")
    button(page, "Filters").click()
    drawn.until(lambda: shown(page))
    assert page.ladder.names()[-1] == "last"
    assert len(page.ladder.names()) < 18


def test_using_a_network_can_be_paused_and_stopped(
    drawn: Journey, page: NetworkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held before its first photo, so that nothing depends on who is faster."""
    file = tmp_path / "small.onnx"
    onnx.save(silu_net(64), str(file))
    drawn.parts.library.networks.add(str(file))
    page._show_view(1)
    tree = page.networks.tree
    drawn.until(lambda: tree.topLevelItemCount() == 2)
    tree.setCurrentItem(tree.topLevelItem(1))
    check, held = CancelToken.check, []

    def hold(token: CancelToken) -> None:
        if page.work._token is token and not held:
            held.append(token)
            token.pause()
        check(token)

    monkeypatch.setattr(CancelToken, "check", hold)
    button(page, "Use").click()
    drawn.until(lambda: held and page.work.said().startswith("paused"))
    assert "answers meanwhile" in page.work.said()
    page.work.stop()
    drawn.until(lambda: not page.work.running)
    infos = drawn.parts.library.networks.infos()
    assert [info.name for info in infos if info.in_use] == ["efficientnet-lite0"]


def test_a_file_that_is_no_network_is_refused_in_a_sentence(
    drawn: Journey, page: NetworkPage, tmp_path: Path
) -> None:
    file = tmp_path / "text.onnx"
    file.write_text("not a network")
    drawn.window.open_paths([str(file)])
    page.networks.form.asked.emit()
    drawn.until(drawn.parts.banners.texts)
    assert drawn.parts.banners.texts()[0].endswith(".")
    assert page.networks.form.isVisible()
    assert page.networks.tree.topLevelItemCount() == 1
