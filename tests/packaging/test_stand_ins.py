"""The small products that stand in for a library of linear algebra, against NumPy's."""

from __future__ import annotations

import ctypes
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from bundling import pruning

ROWS, COLUMNS = 101, 102  # cblas: row-major, column-major
PLAIN, TURNED = 111, 112  # cblas: no transpose, transpose


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler here")
def test_products_are_those_of_the_standard(tmp_path: Path) -> None:
    library = tmp_path / "libstand.so"
    pruning._build_stand_in(library, {"cblas_dgemm": "", "cblas_sgemm": "", "dgesv_": ""})
    multiply = ctypes.CDLL(str(library)).cblas_dgemm
    chance = np.random.default_rng(0)
    for order, turn_a, turn_b in product((ROWS, COLUMNS), (PLAIN, TURNED), (PLAIN, TURNED)):
        a, b, c = (chance.normal(size=size) for size in ((5, 3), (3, 7), (5, 7)))
        wanted = 2 * a @ b + 0.5 * c
        layout = "C" if order == ROWS else "F"
        given = [
            np.array(a if turn_a == PLAIN else a.T, order=layout),
            np.array(b if turn_b == PLAIN else b.T, order=layout),
            np.array(c, order=layout),
        ]
        one, two, out = (
            (ctypes.c_void_p(each.ctypes.data), each.shape[1 if order == ROWS else 0])
            for each in given
        )
        number = ctypes.c_double
        multiply(order, turn_a, turn_b, 5, 7, 3, number(2), *one, *two, number(0.5), *out)
        np.testing.assert_allclose(given[2], wanted)
