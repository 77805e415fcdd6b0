"""Evidence over the results in sight: the key of everywhere, cell by cell, never waited for."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from lookalike.records import Match
from lookalike.ui import images
from tests.journeys.conftest import Journey


def cells(journey: Journey) -> list[Match]:
    """The matches in sight."""
    grid = journey.parts.grid
    found = [grid.item(index) for index in grid.visible()]
    return [each for each in found if isinstance(each, Match)]


def explained(journey: Journey) -> None:
    """Wait until all cells in sight have their evidence."""
    grid = journey.parts.grid
    journey.until(lambda: grid.evidence.settled and all(map(grid.evidence.pixmap, cells(journey))))


def shot(journey: Journey) -> QImage:
    journey.window.repaint()
    return journey.parts.grid.viewport().grab().toImage()


def test_the_key_shows_and_hides_evidence_on_the_grid(drawn: Journey) -> None:
    drawn.search_by(0)
    drawn.until(drawn.painted)
    explained(drawn)
    laid = shot(drawn)
    grid, evidence = drawn.parts.grid, drawn.parts.evidence
    drawn.do("evidence")
    assert not evidence.shown
    assert grid.evidence.pixmap(cells(drawn)[0]) is None
    assert shot(drawn) != laid
    drawn.do("evidence")
    drawn.until(lambda: shot(drawn) == laid)


def test_cells_show_the_evidence_of_the_inspector(drawn: Journey) -> None:
    drawn.search_by(0)
    explained(drawn)
    grid = drawn.parts.grid
    query = drawn.parts.session.answer.query
    library = drawn.parts.library
    match = cells(drawn)[2]
    _, laid = library.overlays(library.explain(query, match.photo), drawn.parts.evidence.strength)
    pixmap = grid.evidence.pixmap(match)
    assert pixmap is not None
    whole = images.fitted(laid, pixmap.width(), whole=False)
    apart = np.abs(pixels(pixmap.toImage()) - pixels(whole))
    plain, _ = grid.thumbnails.pixmap(match.photo)
    assert plain is not None
    assert apart.mean() < 4
    assert np.abs(pixels(pixmap.toImage()) - pixels(plain.toImage())).mean() > 8


def pixels(image: QImage) -> np.ndarray:
    made = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.bytesPerLine())
    return rows[:, : 3 * made.width()].astype(np.float64)


def test_strength_draws_the_cells_anew_without_looking_again(drawn: Journey) -> None:
    drawn.search_by(0)
    explained(drawn)
    grid = drawn.parts.grid
    match = cells(drawn)[1]
    before = grid.evidence.pixmap(match).toImage()
    marks = dict(grid.evidence._marks)
    drawn.parts.inspector._strength.setValue(20)
    drawn.until(lambda: grid.evidence.settled)
    drawn.until(lambda: grid.evidence.pixmap(match).toImage() != before)
    assert all(grid.evidence._marks[content] is each for content, each in marks.items())


def test_a_new_question_leaves_no_old_evidence(drawn: Journey) -> None:
    drawn.search_by(0)
    explained(drawn)
    grid = drawn.parts.grid
    match = cells(drawn)[1]
    before = grid.evidence.pixmap(match).toImage()
    drawn.parts.session.set_depth(0.0)
    drawn.until(lambda: grid.evidence.pixmap(match) is None)
    drawn.answered()
    explained(drawn)
    assert grid.evidence.pixmap(match).toImage() != before
    drawn.do("clear")
    drawn.loaded(16)
    drawn.until(lambda: not grid.evidence._marks)
    assert grid.evidence.settled
