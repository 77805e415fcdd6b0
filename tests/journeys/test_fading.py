"""Pictures fade in to the end, whatever else is painted meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from lookalike.ui.grid import thumbnails as pictures
from tests.journeys.conftest import Journey


def seen(journey: Journey) -> QImage:
    """What is on the screen where the grid is; nothing is painted for it."""
    viewport, window = journey.parts.grid.viewport(), journey.window
    there = QRect(viewport.mapTo(window, viewport.rect().topLeft()), viewport.size())
    return window.screen().grabWindow(window.winId()).toImage().copy(there)


def test_a_cell_painted_meanwhile_does_not_stop_others_from_fading_in(
    drawn: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "FADE_SECONDS", 2.0)  # on a busy machine, too
    grid, thumbnails = drawn.parts.grid, drawn.parts.grid.thumbnails
    shape = next(iter(thumbnails._pixmaps.values()))[0]
    found = [(content, pixmap.toImage()) for content, (_, pixmap, _) in thumbnails._pixmaps.items()]
    # The pictures come once more, all at once; one cell alone is painted while they fade in.
    thumbnails._pixmaps.clear()
    thumbnails._take(found, shape)
    grid.viewport().repaint()
    faint = seen(drawn)
    grid.viewport().repaint(grid.cell_rect(grid.visible()[-1]))
    drawn.until(lambda: not grid._fading)
    shown = seen(drawn)
    assert shown != faint
    grid.viewport().repaint()
    assert seen(drawn) == shown
