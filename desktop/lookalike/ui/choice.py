"""A choice among a few: a combo box with the arrow of the other icons."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from lookalike.ui import icons, theme

_SIZE, _FROM_EDGE = 14, 10


class Choice(QComboBox):
    """The style sheet leaves out Qt's own arrow, which knows no theme."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box as the style sheet says, and the arrow."""
        super().paintEvent(event)
        tokens = theme.current()
        colour = tokens.text if self.isEnabled() else tokens.edge
        arrow = icons.pixmap("chevron-down", colour, _SIZE, self.devicePixelRatioF())
        left = _FROM_EDGE if self.isRightToLeft() else self.width() - _SIZE - _FROM_EDGE
        QPainter(self).drawPixmap(QPoint(left, (self.height() - _SIZE) // 2), arrow)
