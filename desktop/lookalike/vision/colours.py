"""The colours of a picture: a soft histogram of its pixels, and where each colour is."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from lookalike.vision.planes import resized

Array = NDArray[np.float32]
Pictures = NDArray[np.uint8]

LEVELS = 6
"""Of each of red, green and blue; a pixel is shared by the eight nearest of the 216 colours."""
COLOURS = LEVELS**3
CELL = 8
"""Pixels are averaged in squares of this side first: a texture's grain is the network's part."""


def colour_entries(pictures: Pictures, shares: Array | None = None) -> Array:
    """uint8 [N, S, S, 3] to the share of each of the 216 colours, float32 [N, 216], sum 1.

    `shares` float32 [h, w], summing to 1, say how much each part of the pictures counts.
    """
    found = np.empty((len(pictures), COLOURS), np.float32)
    for row, picture in enumerate(pictures):
        bins, weights = _weighed(picture, shares)
        total = np.bincount(bins.ravel(), weights.ravel(), COLOURS)
        found[row] = total / (bins.shape[1] * bins.shape[2])
    return found


def colour_cells(picture: Pictures, rows: int, columns: int, shares: Array | None = None) -> Array:
    """What cells of a picture uint8 [H, W, 3] give to its entries: float32 [rows columns, 216].

    `shares` as for the entries, which are the sum over all cells.
    """
    bins, weights = _weighed(picture, shares)
    height, width = bins.shape[1:]
    cells = np.arange(height)[:, None] * rows // height * columns
    cells = cells + np.arange(width) * columns // width
    at = (cells * COLOURS + bins).ravel()
    total = np.bincount(at, weights.ravel(), rows * columns * COLOURS) / (height * width)
    found: Array = total.reshape(-1, COLOURS).astype(np.float32)
    return found


def _weighed(picture: Pictures, shares: Array | None) -> tuple[NDArray[np.int64], Array]:
    """The colours of each cell of pixels and how much each counts: [8, h, w] both."""
    bins, weights = _shared(picture)
    if shares is not None:
        weights = weights * resized(shares, *bins.shape[1:]) * np.float32(shares.size)
    return bins, weights


def _shared(picture: Pictures) -> tuple[NDArray[np.int64], Array]:
    """The eight colours of each cell and how much it is of each: [8, h, w] both."""
    height, width = (side // CELL * CELL for side in picture.shape[:2])
    cells = picture[:height, :width].reshape(height // CELL, CELL, -1)
    # Whole numbers, rows first: five times as fast as a mean over both axes, and the same.
    rows = cells.sum(axis=1, dtype=np.uint16).reshape(height // CELL, width // CELL, CELL, 3)
    means = rows.sum(axis=2, dtype=np.uint16).astype(np.float32) / np.float32(CELL * CELL)
    levels = means * ((LEVELS - 1) / 255.0)
    low = np.minimum(levels.astype(np.int64), LEVELS - 2)
    part = levels - low
    bins, weights = [], []
    for corner in product((0, 1), repeat=3):
        at = low + np.array(corner)
        bins.append((at[..., 0] * LEVELS + at[..., 1]) * LEVELS + at[..., 2])
        weights.append(np.where(np.array(corner) == 1, part, 1 - part).prod(axis=-1))
    return np.stack(bins), np.stack(weights)
