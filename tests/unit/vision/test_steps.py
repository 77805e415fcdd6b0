"""At which size a picture is looked at."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.vision.steps import LONGEST, in_aspect, whole_steps


@pytest.mark.parametrize("aspect", [(4, 3), (3, 2), (16, 9), (1, 1), (3, 4), (2, 3), (5, 4)])
def test_the_usual_aspects_come_out_exactly(aspect: tuple[int, int]) -> None:
    width, height = whole_steps(aspect[0] * 250, aspect[1] * 250, 448, 32)
    assert width % 32 == height % 32 == 0
    assert width * aspect[1] == height * aspect[0]
    assert 0.8 * 448 <= max(width, height) <= 1.25 * 448


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([1, 4, 8, 32, 64, 224, 512]))
def test_any_picture_gets_whole_steps_near_its_aspect(width: int, height: int, step: int) -> None:
    columns, rows = whole_steps(width, height, 448, step)
    assert columns % step == rows % step == 0
    assert step <= min(columns, rows)
    assert max(columns, rows) <= max(LONGEST * 448, step)
    assert (columns >= rows) == (width >= height) or columns == rows
    if step <= 32 and max(width, height) <= 14 * min(width, height):
        assert abs(math.log(columns / rows / (width / height))) < 0.45


def test_a_strip_becomes_long() -> None:
    assert whole_steps(5000, 100, 448, 32) == (1600, 32)
    assert whole_steps(100, 5000, 448, 32) == (32, 1600)
    assert whole_steps(100_000, 10, 448, 32) == (1792, 32)


def test_in_aspect() -> None:
    assert in_aspect(4000, 3000, 400) == (400, 300)
    assert in_aspect(10, 4000, 400) == (1, 400)
