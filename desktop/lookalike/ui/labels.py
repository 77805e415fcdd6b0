"""A label that gives way: its text is cut where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Elided(QLabel):
    """One line of plain text; the whole of it is in the tooltip while it is cut.

    A name is cut in its middle, since its ending tells, a `title` at its end, and later.
    """

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, title: bool = False
    ) -> None:
        super().__init__(text, parent)
        cut = Qt.TextElideMode
        self._cut, self._least = (cut.ElideRight, 112) if title else (cut.ElideMiddle, 48)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """A few letters, or most of a title."""
        return QSize(
            min(self._least, super().sizeHint().width()), super().minimumSizeHint().height()
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As much as there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        metrics = self.fontMetrics()
        text = metrics.elidedText(self.text(), self._cut, self.width())
        self.setToolTip(self.text() if text != self.text() else "")
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), text)
