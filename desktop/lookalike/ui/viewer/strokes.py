"""Places of a picture that are painted over with a brush, as a mask stretched over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lookalike.ui import images

if TYPE_CHECKING:
    from lookalike.ui.images import Mask

SIDE: Final = 448
"""Longest side of the mask: as fine as masks are kept."""
BRUSH: Final = 32
"""Width of the brush in pixels of the screen: closer up it paints finer."""


class Strokes:
    """Strokes over a picture of this size; points are fractions of it."""

    def __init__(self, size: QSize) -> None:
        scaled = size.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio)
        self._image = QImage(scaled.expandedTo(QSize(1, 1)), QImage.Format.Format_Grayscale8)
        self._image.fill(0)
        self._last: QPointF | None = None
        self.any = False

    def begin(self) -> None:
        """The brush is put down anew."""
        self._last = None

    def go(self, to: QPointF, shown: QRectF) -> None:
        """Paint on to a point; `shown` is where the picture is on the screen."""
        painter = QPainter(self._image)
        width = BRUSH * self._image.width() / max(1.0, shown.width())
        pen = QPen(QColor(255, 255, 255), max(1.0, width))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        at = QPointF(to.x() * self._image.width(), to.y() * self._image.height())
        painter.drawLine(self._last or at, at)
        painter.drawPoint(at)
        painter.end()
        self._last, self.any = at, True

    def mask(self) -> Mask:
        """Where the brush went, bool [h, w]."""
        return images.to_mask(self._image)

    def paint(self, painter: QPainter, target: QRectF, colour: QColor) -> None:
        """Lay the strokes over the picture."""
        shade = images.shade(self.mask(), colour)
        painter.drawImage(target, shade, QRectF(shade.rect()))
