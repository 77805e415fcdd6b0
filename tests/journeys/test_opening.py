"""A window that opens makes what it shows; the rest is made when it is shown, and works then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from lookalike.ui import icons, theme
from lookalike.ui.later import Later
from lookalike.ui.parts import LaterParts
from tests.faults import SOURCE
from tests.journeys.conftest import Journey

LATER = list(LaterParts._fields)


def made(journey: Journey) -> list[str]:
    """The parts that there are already."""
    return [name for name in LATER if getattr(journey.parts.later, name).made is not None]


def test_a_window_on_its_photos_has_made_no_other_page(drawn: Journey) -> None:
    assert made(drawn) == []
    drawn.search_by(0)
    assert made(drawn) == []


@pytest.mark.parametrize(
    ("action", "part"),
    [("open", "viewer"), ("duplicates", "duplicates"), ("problems", "problems"),
     ("network", "network"), ("edit_goal", "editor")],
)  # fmt: skip
def test_a_part_is_made_once_when_it_is_first_shown(action: str, part: str, drawn: Journey) -> None:
    drawn.search_by(0)
    drawn.do(action)
    assert made(drawn) == [part]
    first = getattr(drawn.parts.later, part)()
    assert first.isVisible()
    drawn.do("back")
    assert not first.isVisible()
    drawn.until(drawn.parts.actions[action].isEnabled)
    drawn.do(action)
    assert getattr(drawn.parts.later, part)() is first
    assert first.isVisible()


@pytest.mark.parametrize("part", ["viewer", "network"])
def test_a_failure_in_a_page_made_later_reaches_the_window(part: str, drawn: Journey) -> None:
    from lookalike.errors import LookalikeError

    page = getattr(drawn.parts.later, part)()
    page.failed.emit(LookalikeError("The disk is on fire."))
    assert "The disk is on fire." in drawn.parts.banners.texts()


def test_no_other_page_is_imported_and_no_network_is_read(indexed_home: Path) -> None:
    code = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(\n"
        "    lambda event, told: opened.append(str(told[0])) if event == 'open' else None\n"
        ")\n"
        "from lookalike.app import try_window\n"
        "from lookalike.ui import trial\n"
        "from lookalike.ui.main_window import MainWindow\n"
        "trial._looked_through = lambda window, photos: trial._wait(\n"
        "    [], 'the photos', lambda: window.parts.grid.count() and trial._painted(window)\n"
        ")\n"
        "try_window(sys.argv[1], sys.argv[2])\n"
        "rooms = 'network_page', 'duplicates', 'viewer', 'evidence_tools.subject', 'goal.editor'\n"
        "print([each for each in sys.modules if each.startswith(tuple(\n"
        "    f'lookalike.ui.{room}' for room in rooms))])\n"
        "print([name for name in opened if name.endswith(('.onnx', '.npz', 'pack.json'))])\n"
        "assert any(name.endswith('.svg') for name in opened)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(indexed_home), os.devnull],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["[]", "[]"]


def test_those_who_wait_for_a_part_are_told_once_and_before_it_is_used() -> None:
    told: list[str] = []
    part = Later(lambda: told.append("made") or "part")
    part.when_made(lambda each: told.append(f"connected to {each}"))
    part.if_made(lambda _each: told.append("never"))
    assert (part.made, told) == (None, [])
    assert part() == "part"
    assert part() == "part"
    part.when_made(lambda _each: told.append("late"))
    part.if_made(lambda _each: told.append("there"))
    assert told == ["made", "connected to part", "late", "there"]


def test_an_icon_is_drawn_in_the_theme_of_the_moment(drawn: Journey) -> None:
    icon = icons.icon("x")

    def colours(scale: float, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
        shown = icon.pixmap(QSize(18, 18), scale, mode).toImage()
        assert shown.width() == round(18 * scale)
        points = [(x, y) for x in range(shown.width()) for y in range(shown.height())]
        solid = [shown.pixelColor(x, y) for x, y in points if shown.pixelColor(x, y).alpha() == 255]
        return {colour.name() for colour in solid}

    for chosen, tokens in (("light", theme.LIGHT), ("dark", theme.DARK)):
        drawn.parts.actions[f"theme_{chosen}"].trigger()
        for scale in (1.0, 2.0):
            assert tokens.text in colours(scale)
        assert colours(2.0, QIcon.Mode.Disabled) == {tokens.edge}


def test_no_module_is_read_a_second_time_as_text() -> None:
    """See `_import_without_reading`: fails where PySide does it in another way."""
    code = (
        "from lookalike.app import _application\n"
        "application = _application()\n"
        "import linecache, lookalike.ui.main_window\n"
        "print([name for name in linecache.cache if 'lookalike' in name])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_the_style_is_the_same_on_every_desktop() -> None:
    code = "from lookalike.app import _application\nprint(_application().style().name())\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "QT_QPA_PLATFORM": "offscreen",
             "QT_STYLE_OVERRIDE": "windows"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "fusion"
