"""Sheets of filters: the nine patches of each, and of one filter each patch with its saliency."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.errors import PhotoError
from lookalike.usecases.filter_records import FilterTop, Patch, PatchSaliency
from lookalike.usecases.filters import Filters
from lookalike.vision.saliency import Rule
from lookalike.vision.sheet import Cell, sheet

Picture = NDArray[np.uint8]

_TILE, _GAP = 104, 4
_OF_A_LAYER, _COLUMNS = 24, 6
_OF_EACH = 6
_PAPER = 27


def layer_sheet(filters: Filters, layer: str) -> Image.Image:
    """The filters of a layer with the largest values in the library, nine patches each.

    Raises NetworkError.
    """
    best = _strongest(filters.top(layer), _OF_A_LAYER)
    cells = [_filter_cell(filters, each) for each in best]
    heading = f"{layer}: the patches of this library that excite its strongest filters most"
    return sheet(cells or [_empty()], _COLUMNS, heading, legend=False)


def ladder_sheet(filters: Filters) -> Image.Image:
    """The strongest filters of every layer, a row each, from edges to things."""
    cells = []
    for layer in filters.layers():
        row = _strongest(filters.top(layer.name), _OF_EACH)
        cells += [_filter_cell(filters, each) for each in row]
        cells += [_empty()] * (_OF_EACH - len(row))
    heading = "The patches of this library that excite each layer's strongest filters most"
    return sheet(cells, _OF_EACH, heading, legend=False)


def filter_sheet(filters: Filters, layer: str, number: int, rule: Rule) -> Image.Image:
    """The nine patches of one filter, and under each its positive and its negative saliency.

    Raises NetworkError.
    """
    (top,) = filters.top(layer, [number])
    rows: list[list[Cell]] = [[], [], []]
    for place, patch in enumerate(top.patches):
        seen = _seen(filters, top, patch, rule)
        if seen is None:
            continue
        rows[0].append(Cell(seen.picture, f"{place + 1}: {patch.activation:.2f}"))
        rows[1].append(Cell(seen.positive, "positive saliency"))
        rows[2].append(Cell(seen.negative, "negative saliency"))
    called = f" ({top.name})" if top.name else ""
    heading = f"{layer}, filter {number}{called}: what excites it most in this library, "
    heading += f"and what in it does ({rule}; an illustration)"
    columns = max(len(rows[0]), 1)
    return sheet([cell for row in rows for cell in row] or [_empty()], columns, heading, False)


def _seen(filters: Filters, top: FilterTop, patch: Patch, rule: Rule) -> PatchSaliency | None:
    try:
        return filters.saliency(top.layer, top.filter, patch, rule)
    except PhotoError:
        return None


def _strongest(tops: tuple[FilterTop, ...], count: int) -> list[FilterTop]:
    known = [top for top in tops if top.best is not None]
    return sorted(known, key=lambda top: (-(top.best or 0.0), top.filter))[:count]


def _filter_cell(filters: Filters, top: FilterTop) -> Cell:
    title = f"{top.layer}, filter {top.filter}"
    return Cell(_mosaic(filters, top), f"{title}: {top.name}" if top.name else title)


def _mosaic(filters: Filters, top: FilterTop) -> Picture:
    """Nine patches, three by three, each cut to a square."""
    side = 3 * _TILE + 2 * _GAP
    page = Image.new("RGB", (side, side), (_PAPER, _PAPER, _PAPER))
    for place, patch in enumerate(top.patches):
        row, column = divmod(place, 3)
        try:
            picture = Image.fromarray(filters.small_patch_picture(patch, 2 * _TILE))
        except PhotoError:
            continue
        short = min(picture.size)
        left, above = (picture.width - short) // 2, (picture.height - short) // 2
        square = picture.crop((left, above, left + short, above + short))
        tile = square.resize((_TILE, _TILE), Image.Resampling.BICUBIC)
        page.paste(tile, (column * (_TILE + _GAP), row * (_TILE + _GAP)))
    return np.array(page)


def _empty() -> Cell:
    return Cell(np.full((32, 32, 3), _PAPER, np.uint8), "", "")
