"""Sheets keep inside their paper."""

from __future__ import annotations

import numpy as np

from lookalike.vision.sheet import Cell, sheet

PICTURE = np.full((40, 60, 3), 90, np.uint8)


def test_a_long_heading_breaks_into_lines_and_stays_inside() -> None:
    short = sheet([Cell(PICTURE, "goal")], 1, "score 0.5")
    long = sheet([Cell(PICTURE, "goal")], 1, "covering the strongest fifth takes 0.114 " * 3)
    assert long.width == short.width
    assert long.height > short.height
    # Nothing is painted in the right margin: what does not fit has gone to the next line.
    margin = np.asarray(long.convert("L"))[:, -8:]
    assert margin.max() == margin.min()
