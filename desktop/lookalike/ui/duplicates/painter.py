"""Paints groups: the reason, then each photo with what it is beside the best one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from lookalike.records import Photo
from lookalike.records.upkeep import DuplicateGroup
from lookalike.ui import icons, theme
from lookalike.ui.inspector.facts import photos_in_words, size_in_words
from lookalike.words import in_figures, retold, tr

MARK = 22
"""Side of the circle that marks a photo."""

_SHADE = QColor(0, 0, 0, 165)


@dataclass(frozen=True, slots=True)
class CellState:
    """What one photo of a group has to show."""

    photo: Photo | None
    note: str
    best: bool
    pixmap: QPixmap | None
    marked: bool
    selected: bool
    hovered: bool
    focused: bool


def mark_rect(cell: QRect) -> QRect:
    """Where the mark of a cell is."""
    return QRect(cell.left() + 6, cell.top() + 6, MARK, MARK)


class GroupPainter:
    """Holds what is the same for one paint."""

    def __init__(self, painter: QPainter) -> None:
        self._painter, self._tokens = painter, theme.current()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def heading(self, box: QRect, group: DuplicateGroup | None, *, first: bool) -> None:
        """The reason, and how many there are."""
        painter, tokens = self._painter, self._tokens
        if not first:
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(box.topLeft(), box.topRight())
        if group is None:
            return
        words = box.adjusted(0, 12, 0, -4)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        count = photos_in_words(len(group.photos))
        painter.setFont(theme.font(theme.SECONDARY))
        painter.setPen(QColor(tokens.secondary))
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(words, right, count)
        room = words.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(count) - 16, 0)
        painter.setFont(theme.font(theme.BODY, strong=True))
        painter.setPen(QColor(tokens.text))
        painter.drawText(
            room, middle, _cut(painter, _sentence(in_words(group.reason)), room.width())
        )

    def cell(self, cell: QRect, caption: QRect, state: CellState) -> None:
        """A photo, its mark, its words."""
        self._picture(cell, state)
        if state.marked:
            self._painter.fillRect(cell, QColor(0, 0, 0, 130))
        if state.best:
            self._pill(cell, tr("best"))
        if state.photo is not None and state.photo.offline:
            at = QPoint(cell.right() - 26, cell.top() + 6)
            self._painter.drawPixmap(at, icons.pixmap("cloud-off", "#ffffff", 18))
        if state.marked or state.hovered or state.selected:
            self._mark(cell, marked=state.marked)
        if state.selected:
            colour = self._tokens.accent if state.focused else self._tokens.edge
            self._painter.setPen(QPen(QColor(colour), 3))
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRect(QRectF(cell).adjusted(1.5, 1.5, -1.5, -1.5))
        if state.photo is not None:
            self._words(caption, state.photo, state.note)

    def _picture(self, cell: QRect, state: CellState) -> None:
        painter, pixmap = self._painter, state.pixmap
        painter.fillRect(cell, QColor(self._tokens.panel))
        if pixmap is None:
            if state.photo is not None:
                painter.fillRect(cell, QColor(state.photo.facts.colour))
            return
        size = pixmap.deviceIndependentSize().toSize()
        size.scale(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(QPoint(0, 0), size)
        target.moveCenter(cell.center())
        painter.drawPixmap(target, pixmap)

    def _mark(self, cell: QRect, *, marked: bool) -> None:
        painter, box = self._painter, QRectF(mark_rect(cell))
        painter.setPen(QPen(QColor("#ffffff"), 1.5))
        painter.setBrush(QColor(self._tokens.accent) if marked else _SHADE)
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        if marked:
            corner = box.topLeft().toPoint() + QPoint(4, 4)
            painter.drawPixmap(corner, icons.pixmap("check", self._tokens.on_accent, 14))

    def _pill(self, cell: QRect, text: str) -> None:
        painter = self._painter
        painter.setFont(theme.font(theme.SECONDARY, strong=True))
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        box = QRectF(cell.left() + 6, cell.bottom() - 23, width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _words(self, caption: QRect, photo: Photo, note: str) -> None:
        painter, facts = self._painter, photo.facts
        painter.setFont(theme.font(theme.SECONDARY))
        line = painter.fontMetrics().height()
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        size = (
            f"{in_figures(facts.width)} × {in_figures(facts.height)} · {size_in_words(photo.size)}"
        )
        for text, colour, down in (
            (size, self._tokens.text, 3),
            (note, self._tokens.secondary, 3 + line),
        ):
            painter.setPen(QColor(colour))
            box = QRect(caption.left(), caption.top() + down, caption.width(), line)
            painter.drawText(box, left, _cut(painter, text, box.width()))


def _cut(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)


def in_words(told: str) -> str:
    """A reason or a note of the core in the person's language: told anew whole, or by its parts."""
    whole = retold(told)
    for mark in (": ", "; ", ", "):
        if whole == told and mark in told:
            return mark.join(in_words(part) for part in told.split(mark))
    return whole


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
