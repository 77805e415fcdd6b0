"""A word over a picture: which of the two it is."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

_HIGH = 26


def paint_pill(painter: QPainter, x: int, y: int, text: str) -> None:
    """White on a dark pill whose upper left corner is at x, y."""
    if not text:
        return
    box = QRect(x, y, painter.fontMetrics().horizontalAdvance(text) + 24, _HIGH)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 165))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


class Badge(QWidget):
    """Says, over the picture, whether it is the goal or the result."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self.move(16, 16)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, text: str) -> None:
        """Show this word, or nothing."""
        self._text = text
        self.setVisible(bool(text))
        self.resize(self.fontMetrics().horizontalAdvance(text) + 24, _HIGH)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The word on its pill."""
        paint_pill(QPainter(self), 0, 0, self._text)
