"""Numbers as bars on one scale: what helped, what hurt, and what covering takes away."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lookalike.ui import theme
from lookalike.words import in_figures

_ROW = 22
_VALUE = 56


class Bar(NamedTuple):
    """One row; `colour` "" is neutral."""

    label: str
    value: float
    colour: str = ""


class Bars(QWidget):
    """Rows of label, bar and number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, *bars: Bar) -> None:
        """Show these rows."""
        self._bars = bars
        self.setAccessibleName(
            ", ".join(f"{bar.label} {in_figures(bar.value, '+.2f')}" for bar in bars)
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A row each."""
        return QSize(280, _ROW * len(self._bars))

    def minimumSizeHint(self) -> QSize:
        """May be narrow, not flat."""
        return QSize(160, _ROW * len(self._bars))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars start at one line; their length is their size."""
        painter = QPainter(self)
        tokens = theme.current()
        font = theme.font(theme.SECONDARY)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        left = max((metrics.horizontalAdvance(bar.label) for bar in self._bars), default=0) + 12
        room = self.width() - left - _VALUE
        most = max((abs(bar.value) for bar in self._bars), default=0.0) or 1.0
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        for row, bar in enumerate(self._bars):
            top = row * _ROW
            painter.setPen(QColor(tokens.secondary))
            painter.drawText(QRect(0, top, left, _ROW), middle, bar.label)
            length = max(2, round(room * abs(bar.value) / most))
            colour = QColor(bar.colour or tokens.edge)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRect(left, top + _ROW // 2 - 3, length, 6), 3, 3)
            painter.setPen(QColor(tokens.text))
            value = in_figures(bar.value, "+.2f").replace("-", "−")
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRect(self.width() - _VALUE, top, _VALUE, _ROW), right, value)
