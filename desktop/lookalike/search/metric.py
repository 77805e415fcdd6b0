"""A metric of the library's own: its widest directions are drawn in a little.

What most photos of a library have in common (its brightness, its subjects) would else outweigh
what tells two of them apart. Whitening of learned descriptors by a small power (Jégou & Chum
2012 whiten fully, which costs more on kinds of things than it gains on single things).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

EXPONENT: Final = 0.2
"""Of a direction's spread: 0 changes nothing, 1 whitens."""
TRUST: Final = 256.0
"""Photos' worth of trust in even spread before the library's own counts."""


def fitted(rows: Array, centre: Array) -> Array:
    """Columns that stretch the directions of `rows` float32 [n, D], each minus `centre` [D].

    Returns float32 [D, D]: (v - centre) @ it is compared by cosine.
    """
    apart = rows.astype(np.float64) - centre
    spread = apart.T @ apart
    even = max(float(np.trace(spread)) / len(spread) / max(len(rows), 1), 1e-12)
    spread = (spread + np.eye(len(spread)) * even * TRUST) / (len(rows) + TRUST)
    values, axes = np.linalg.eigh(spread)
    stretch = np.sqrt(np.maximum(values, 1e-12) / even) ** -EXPONENT
    columns: Array = (axes * stretch).astype(np.float32)
    return columns
