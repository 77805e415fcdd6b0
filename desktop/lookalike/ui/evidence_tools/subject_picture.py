"""A picture with its subject outlined: click to find it, brush to correct it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lookalike.ui import brush, images, theme
from lookalike.words import tr

if TYPE_CHECKING:
    from lookalike.ui.images import Mask

Hand = Literal["find", "in", "out"]
"""What a press does: finds the subject there, or brushes places in or out."""

_BRUSH: Final = 22
_DIM: Final = QColor(0, 0, 0, 165)


class SubjectPicture(QWidget):
    """`found` at a click (fractions x, y), `painted` when the brush is lifted.

    By keys, arrows move the hand, and Space is a press: it finds, or puts the brush down and
    lifts it.
    """

    found = Signal(float, float)
    painted = Signal()

    def __init__(self, room: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._pixmap, self._shade = QPixmap(), QImage()
        self._strokes: dict[str, QImage] = {}
        self._last: QPointF | None = None
        self._by_key: QPointF | None = None
        self.hand: Hand = "find"
        self.setFixedSize(room)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Subject of the goal"))

    def show_image(self, image: QImage) -> None:
        """Show this picture, as large as there is room, without a subject."""
        self._pixmap = QPixmap.fromImage(
            images.filling(image, self._room, self.devicePixelRatioF())
        )
        self.setFixedSize(self._pixmap.deviceIndependentSize().toSize())
        self.forget()

    def forget(self) -> None:
        """No subject, and no strokes."""
        self._shade, self._last, self._by_key = QImage(), None, None
        self._strokes = {hand: self._blank() for hand in ("in", "out")}
        self.update()

    def show_mask(self, mask: Mask) -> None:
        """Dim what is not the subject."""
        self._shade = images.shade(~mask, _DIM)
        self.update()

    def strokes(self, hand: Hand) -> Mask:
        """Where a brush went, bool [height, width]."""
        return images.to_mask(self._strokes[hand])

    def _blank(self) -> QImage:
        image = QImage(self.size(), QImage.Format.Format_Grayscale8)
        image.fill(0)
        return image

    # --- Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Find, or begin a stroke."""
        if event.button() == Qt.MouseButton.LeftButton and not self._pixmap.isNull():
            self._by_key = None
            self._press(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Brush on."""
        if self._last is not None:
            self._stroke(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Lift the brush."""
        self._lift()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the hand; Space presses, and lifts the brush again."""
        at = self._by_key or QPointF(self.rect().center())
        to = brush.moved(at, event, QRectF(self.rect()))
        if to is not None:
            self._by_key = to
            if self._last is not None:
                self._stroke(to)
        elif brush.pressed(event) and not self._pixmap.isNull():
            if self._last is not None:
                self._lift()
            else:
                self._press(at)
            self._by_key = at
        else:
            super().keyPressEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A brush that was put down by a key is lifted."""
        self._lift()
        super().focusOutEvent(event)

    def _press(self, at: QPointF) -> None:
        if self.hand == "find":
            self._find(at)
        else:
            self._last = at
            self._stroke(at)

    def _lift(self) -> None:
        if self._last is not None:
            self._last = None
            self.painted.emit()

    def _find(self, at: QPointF) -> None:
        x, y = at.x() / max(1, self.width()), at.y() / max(1, self.height())
        self.found.emit(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    def _stroke(self, at: QPointF) -> None:
        for hand, colour in (("in", 255), ("out", 255)):
            painter = QPainter(self._strokes[hand])
            value = colour if hand == self.hand else 0
            pen = QPen(QColor(value, value, value), _BRUSH)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(self._last or at, at)
            painter.drawPoint(at)
            painter.end()
        self._last = at
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture, the ground dimmed, fresh strokes in their colours."""
        painter = QPainter(self)
        tokens = theme.current()
        painter.fillRect(self.rect(), QColor(tokens.raised))
        painter.drawPixmap(0, 0, self._pixmap)
        if not self._shade.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.rect(), self._shade)
        if self._last is not None:
            colour = QColor(theme.WARM if self.hand == "in" else theme.COLD)
            colour.setAlpha(150)
            if self.hand != "find":
                painter.drawImage(0, 0, images.shade(self.strokes(self.hand), colour))
        if self.hasFocus() and self._by_key is not None:
            painter.save()
            brush.ring(painter, self._by_key, _BRUSH)
            painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
