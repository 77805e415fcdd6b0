"""Paints one cell of the grid: the photo, what a match says, and where the focus is."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap

from lookalike.records import Match, Photo
from lookalike.ui import icons, theme
from lookalike.ui.grid.layout import GUTTER
from lookalike.words import in_figures, tr

_SHADE = QColor(0, 0, 0, 165)
_ON_SHADE = QColor("#ffffff")
BAR = 3


class CellState(NamedTuple):
    """What a cell has to show."""

    photo: Photo | None
    match: Match | None
    pixmap: QPixmap | None
    shown: float
    unreadable: bool
    selected: bool
    hovered: bool
    focused: bool
    stack: int = 1


def stack_rect(cell: QRect) -> QRect:
    """Where a cell says for how many pictures it stands."""
    return QRect(cell.right() - 47, cell.bottom() - BAR - 26, 42, 18)


class CellPainter:
    """Holds what is the same for every cell of one paint."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        self._tokens = theme.current()
        self._font = theme.font(theme.SECONDARY, strong=True)
        self._metrics = QFontMetrics(self._font)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)

    def paint(self, cell: QRect, state: CellState) -> None:
        """Paint one cell."""
        self._picture(cell, state)
        if state.unreadable:
            self._middle_icon(cell, "image-off")
        if state.photo is not None and state.photo.offline:
            self._corner_icon(cell, "cloud-off")
        if state.match is not None:
            self._match(cell, state.match, state.hovered or state.selected)
        if state.stack > 1:
            self._stack(cell, state.stack)
        if state.hovered and not state.selected:
            self._frame(cell, QColor(255, 255, 255, 110), 1)
        if state.selected:
            self._selection(cell, focused=state.focused)

    def kind_changes(self, cell: QRect) -> None:
        """The hairline before the first photo that is similar, not the same."""
        painter, tokens = self._painter, self._tokens
        if cell.left() > 0:
            line = QRect(cell.left() - GUTTER, cell.top(), GUTTER, cell.height())
            around = line.adjusted(-GUTTER, 0, GUTTER, 0)
        else:
            line = QRect(cell.left(), cell.top() - GUTTER, cell.width(), GUTTER)
            around = line.adjusted(0, -GUTTER, 0, GUTTER)
        painter.fillRect(around, QColor(tokens.window))
        painter.fillRect(line, QColor(tokens.text))

    def gap(self, width: int, y: int, title: str) -> None:
        """The hairline between two sections, with the word for what follows."""
        painter = self._painter
        painter.setFont(self._font)
        painter.setPen(QColor(self._tokens.secondary))
        room = self._metrics.horizontalAdvance(title) + 24
        painter.drawText(QRect(12, y - 12, room, 24), int(Qt.AlignmentFlag.AlignVCenter), title)
        painter.setPen(QPen(QColor(self._tokens.edge), 1))
        painter.drawLine(room, y, width - 12, y)

    def _picture(self, cell: QRect, state: CellState) -> None:
        painter, pixmap = self._painter, state.pixmap
        if pixmap is None or state.shown < 1:
            colour = QColor(state.photo.facts.colour) if state.photo else None
            painter.fillRect(cell, colour or QColor(self._tokens.raised))
        if pixmap is None:
            return
        size = pixmap.deviceIndependentSize().toSize()
        if state.shown < 1:
            painter.setOpacity(state.shown)
        if size == cell.size():
            painter.drawPixmap(cell.topLeft(), pixmap)
        else:
            painter.fillRect(cell, QColor(self._tokens.panel))
            size.scale(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(QPoint(0, 0), size)
            target.moveCenter(cell.center())
            painter.drawPixmap(target, pixmap)
        painter.setOpacity(1.0)

    def _match(self, cell: QRect, match: Match, told: bool) -> None:
        painter = self._painter
        back = QRect(cell.left(), cell.bottom() - BAR - 1, cell.width(), BAR + 2)
        painter.fillRect(back, _SHADE)
        bar = back.adjusted(1, 1, -1, -1)
        bar.setWidth(round(bar.width() * max(0.0, min(1.0, match.score))))
        painter.fillRect(bar, _ON_SHADE)
        if match.kind == "same":
            self._pill(cell.left() + 6, cell.top() + 6, tr("same"))
        if told:
            self._pill(cell.left() + 6, cell.bottom() - BAR - 26, in_figures(match.score, ".2f"))

    def _stack(self, cell: QRect, count: int) -> None:
        painter, box = self._painter, stack_rect(cell)
        text = in_figures(count)
        painter.setFont(self._font)
        box.setLeft(box.right() - self._metrics.horizontalAdvance(text) - 30)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(box, 6, 6)
        painter.drawPixmap(box.topLeft() + QPoint(6, 3), icons.pixmap("layers", "#ffffff", 12))
        painter.setPen(_ON_SHADE)
        room = box.adjusted(22, 0, -6, 0)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _pill(self, x: int, y: int, text: str) -> None:
        painter = self._painter
        painter.setFont(self._font)
        box = QRectF(x, y, self._metrics.horizontalAdvance(text) + 12, 18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(_ON_SHADE)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _corner_icon(self, cell: QRect, name: str) -> None:
        painter = self._painter
        box = QRect(cell.right() - 27, cell.top() + 6, 22, 22)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(box, 6, 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.drawPixmap(box.topLeft() + QPoint(4, 4), icons.pixmap(name, "#ffffff", 14))

    def _middle_icon(self, cell: QRect, name: str) -> None:
        at = cell.center() - QPoint(12, 12)
        self._painter.drawPixmap(at, icons.pixmap(name, self._tokens.secondary, 24))

    def _frame(self, cell: QRect, colour: QColor, thick: int) -> None:
        painter = self._painter
        for inset in range(thick):
            painter.setPen(QPen(colour, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(inset, inset, -inset - 1, -inset - 1))

    def _selection(self, cell: QRect, *, focused: bool) -> None:
        colour = QColor(self._tokens.accent if focused else self._tokens.edge)
        self._frame(cell, colour, 3)
        # A dark line inside keeps the frame visible on a photo of its own colour.
        self._frame(cell.adjusted(3, 3, -3, -3), QColor(0, 0, 0, 140), 1)
