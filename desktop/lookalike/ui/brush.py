"""A brush on a picture by keys and to the eye: the viewer and the goal's editor share it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

_STEP: Final = 8.0
"""Pixels of the screen that an arrow moves the brush: a quarter of the wider one."""
ARROWS: Final = {
    Qt.Key.Key_Left: QPointF(-_STEP, 0),
    Qt.Key.Key_Right: QPointF(_STEP, 0),
    Qt.Key.Key_Up: QPointF(0, -_STEP),
    Qt.Key.Key_Down: QPointF(0, _STEP),
}
"""Which way each arrow moves the brush."""


def moved(at: QPointF, event: QKeyEvent, within: QRectF) -> QPointF | None:
    """Where an arrow moves the brush to; None for any other key."""
    way = ARROWS.get(Qt.Key(event.key()))
    if way is None:
        return None
    to = at + way
    return QPointF(
        min(max(to.x(), within.left()), within.right()),
        min(max(to.y(), within.top()), within.bottom()),
    )


def pressed(event: QKeyEvent) -> bool:
    """Whether the key that puts the brush down and lifts it was pressed, not held."""
    return Qt.Key(event.key()) == Qt.Key.Key_Space and not event.isAutoRepeat()


def ring(painter: QPainter, at: QPointF, width: float) -> None:
    """Show where the brush is."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, line in ((QColor(0, 0, 0, 140), 4), (QColor("#ffffff"), 2)):
        painter.setPen(QPen(colour, line))
        painter.drawEllipse(at, width / 2, width / 2)
