"""Sheets: goal, results and evidence as one picture, for the terminal, papers and teaching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lookalike.vision.overlay import COLD, WARM

Picture = NDArray[np.uint8]

_PAPER, _INK, _SOFT = (27, 27, 29), (232, 232, 234), (160, 160, 168)
_CELL, _GAP, _LINE = 320, 16, 22
_HEADING = 17


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a sheet with up to two lines under it."""

    picture: Picture
    title: str
    note: str = ""


def sheet(
    cells: Sequence[Cell], columns: int, heading: str = "", legend: bool = True
) -> Image.Image:
    """The cells in rows of `columns`, each picture fitted into a square; RGB."""
    rows = -(-len(cells) // columns)
    width = _GAP + columns * (_CELL + _GAP)
    lines = _lines(heading, width - 2 * _GAP)
    top = _GAP + ((len(lines) + 1) * _LINE if lines else 0)
    bottom = 2 * _LINE if legend else 0
    step = _CELL + 2 * _LINE + _GAP
    size = (width, top + rows * step + bottom)
    page = Image.new("RGB", size, _PAPER)
    painter = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        painter.text((_GAP, _GAP + number * _LINE), line, _INK, _font(_HEADING))
    for number, cell in enumerate(cells):
        x = _GAP + (number % columns) * (_CELL + _GAP)
        _paste(page, painter, cell, x, top + (number // columns) * step)
    if legend:
        _legend(painter, size[1] - 2 * _LINE + 4)
    return page


def _lines(text: str, width: int) -> list[str]:
    """`text` broken between words to lines of `width` pixels."""
    font, lines = _font(_HEADING), list[str]()
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _paste(page: Image.Image, painter: ImageDraw.ImageDraw, cell: Cell, x: int, y: int) -> None:
    picture = Image.fromarray(cell.picture)
    picture.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
    page.paste(picture, (x + (_CELL - picture.width) // 2, y + (_CELL - picture.height) // 2))
    painter.text((x, y + _CELL + 5), _fitted(cell.title, 15), _INK, _font(15))
    painter.text((x, y + _CELL + 5 + _LINE), _fitted(cell.note, 13), _SOFT, _font(13))


def _legend(painter: ImageDraw.ImageDraw, y: int) -> None:
    x = _GAP
    for colour, text in ((WARM, "spoke for the match"), (COLD, "spoke against it")):
        painter.rectangle([x, y + 3, x + 12, y + 15], fill=colour)
        painter.text((x + 20, y), text, _SOFT, _font(13))
        x += 190


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _fitted(text: str, size: int) -> str:
    """`text` shortened in its middle to the width of a cell; undecodable bytes shown as ?."""
    text = text.encode("utf-8", "replace").decode()
    font = _font(size)
    while font.getlength(text) > _CELL and len(text) > 8:
        half = (len(text) - 2) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return text
