"""One picture that is zoomed and panned. Its view is kept relative, so that pictures can swap."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from lookalike.ui import brush
from lookalike.ui.viewer.strokes import BRUSH, Strokes

_STEP = 1.25
_LARGEST = 32.0
_SHARPEN_BELOW = 0.75
"""Below this scale a smooth copy is made: painting would drop pixels."""


class Canvas(QWidget):
    """Zoom is in device pixels to a pixel of the photo; `relative` is zoom against fitting."""

    zoomed = Signal(float)
    pointed = Signal(float, float)
    left = Signal()
    menu_asked = Signal(float, float, QPoint)
    stroked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._small: tuple[QSize, QPixmap] | None = None
        self._source = QSizeF(1, 1)
        self.relative = 1.0
        self.centre = QPointF(0.5, 0.5)
        self._grabbed: QPointF | None = None
        self._brush: QColor | None = None
        self._painting = False
        self._strokes: Strokes | None = None
        self._pointer: QPointF | None = None
        self.setMinimumSize(80, 80)
        self.setMouseTracking(True)

    def show_image(self, image: QImage | QPixmap, source: QSize) -> None:
        """Show a picture of a photo that has `source` pixels; the view stays."""
        self._pixmap = QPixmap.fromImage(image) if isinstance(image, QImage) else QPixmap(image)
        self._pixmap.setDevicePixelRatio(1.0)
        self._small = None
        self._source = QSizeF(max(1, source.width()), max(1, source.height()))
        self._settle()

    def blank(self) -> None:
        """Show nothing."""
        self._pixmap = QPixmap()
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether something is shown."""
        return not self._pixmap.isNull()

    @property
    def zoom(self) -> float:
        """Device pixels to a pixel of the photo."""
        return self._fit() * self.relative

    def wants_more(self) -> bool:
        """Whether the picture has fewer pixels than the screen shows of it."""
        return self._pixmap.width() < 0.98 * min(1.0, self.zoom) * self._source.width()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom, keeping what is at `at` (the middle) where it is."""
        at = at if at is not None else QPointF(self.rect().center())
        before = self._target()
        fraction = QPointF(
            (at.x() - before.x()) / max(1.0, before.width()),
            (at.y() - before.y()) / max(1.0, before.height()),
        )
        fit = self._fit()
        self.relative = max(min(1.0, 1 / fit), min(zoom / fit, max(1.0, _LARGEST / fit)))
        after = self._target()
        self._move_by(
            at.x() - (after.x() + fraction.x() * after.width()),
            at.y() - (after.y() + fraction.y() * after.height()),
        )
        self._settle()

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        """In (positive) or out."""
        self.zoom_to(self.zoom * _STEP**steps, at)

    def fit(self) -> None:
        """The whole photo."""
        self.relative, self.centre = 1.0, QPointF(0.5, 0.5)
        self._settle()

    def pan(self, x: float, y: float) -> None:
        """Move the picture by device-independent pixels."""
        self._move_by(x, y)
        self._settle()

    # --- geometry

    def _fit(self) -> float:
        ratio = self.devicePixelRatioF()
        room = QSizeF(self.size()) * ratio
        return max(
            1e-6,
            min(room.width() / self._source.width(), room.height() / self._source.height()),
        )

    def _target(self) -> QRectF:
        """Where the whole picture is, in the widget's pixels."""
        size = self._source * (self.zoom / self.devicePixelRatioF())
        return QRectF(
            self.width() / 2 - self.centre.x() * size.width(),
            self.height() / 2 - self.centre.y() * size.height(),
            size.width(),
            size.height(),
        )

    def take_brush(self, colour: QColor | None) -> None:
        """Paint in this colour from now on; None: move the picture again. Strokes are gone."""
        self._brush, self._strokes, self._painting = colour, None, False
        self.setCursor(Qt.CursorShape.ArrowCursor if colour is None else Qt.CursorShape.BlankCursor)
        self.update()

    def brush_key(self, event: QKeyEvent) -> bool:
        """Arrows move the brush, Space puts it down and lifts it; False for other keys.

        Lifted so, it does not ask for a search: a key more would come too late.
        """
        at = self._pointer or QPointF(self.rect().center())
        to = brush.moved(at, event, QRectF(self.rect()))
        if to is not None:
            self._pointer = to
            if self._painting and self._strokes is not None:
                self._strokes.go(self._within(to), self._target())
        elif brush.pressed(event):
            self._pointer, self._painting = at, not self._painting
            if self._painting:
                self._begin_stroke(at)
        else:
            return Qt.Key(event.key()) == Qt.Key.Key_Space
        self.update()
        return True

    @property
    def strokes(self) -> Strokes | None:
        """What was painted since the brush was taken."""
        return self._strokes if self._strokes is not None and self._strokes.any else None

    def fraction(self, point: QPointF) -> tuple[float, float] | None:
        """Where in the picture a point is, as fractions of it; None beside it."""
        target = self._target()
        if self._pixmap.isNull() or not target.contains(point):
            return None
        x, y = point.x() - target.left(), point.y() - target.top()
        return x / target.width(), y / target.height()

    def _move_by(self, x: float, y: float) -> None:
        size = self._target()
        self.centre -= QPointF(x / max(1.0, size.width()), y / max(1.0, size.height()))

    def _settle(self) -> None:
        """No farther than its edges."""
        target = self._target()
        x = _held(self.centre.x(), target.width(), self.width())
        y = _held(self.centre.y(), target.height(), self.height())
        self.centre = QPointF(x, y)
        self.update()
        self.zoomed.emit(self.zoom)

    # --- Qt's events

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture; pixels stay square and sharp when they are large."""
        if self._pixmap.isNull():
            return
        painter = QPainter(self)
        target = self._target()
        ratio = self.devicePixelRatioF()
        scale = target.width() * ratio / self._pixmap.width()
        if scale < _SHARPEN_BELOW:
            size = (target.size() * ratio).toSize()
            if self._small is None or self._small[0] != size:
                smooth = Qt.TransformationMode.SmoothTransformation
                ignore = Qt.AspectRatioMode.IgnoreAspectRatio
                self._small = size, self._pixmap.scaled(size, ignore, smooth)
            pixmap = self._small[1]
        else:
            pixmap = self._pixmap
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=scale < 4)
        painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        if self._brush is not None:
            self._paint_brush(painter, target, self._brush)

    def _paint_brush(self, painter: QPainter, target: QRectF, colour: QColor) -> None:
        if self._strokes is not None:
            self._strokes.paint(painter, target, colour)
        if self._pointer is not None:
            brush.ring(painter, self._pointer, BRUSH)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The relative view stays."""
        self._settle()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; a touch pad's two fingers pan."""
        if event.pixelDelta().isNull() or event.modifiers():
            self.zoom_by(event.angleDelta().y() / 120, event.position())
        else:
            self.pan(event.pixelDelta().x(), event.pixelDelta().y())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Pinching zooms."""
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_to(self.zoom * (1 + event.value()), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._brush is not None:
            self._painting = True
            self._begin_stroke(event.position())
            return
        self._grabbed = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it, paint over it, or point at a place of it."""
        self._pointer = event.position()
        if self._brush is not None:
            if self._painting and self._strokes is not None:
                self._strokes.go(self._within(event.position()), self._target())
            self.update()
            return
        if self._grabbed is not None:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            self.pan(moved.x(), moved.y())
            return
        found = self.fraction(event.position())
        if found is None:
            self.left.emit()
        else:
            self.pointed.emit(*found)

    def _begin_stroke(self, at: QPointF) -> None:
        if self._strokes is None:
            self._strokes = Strokes(self._source.toSize())
        self._strokes.begin()
        self._strokes.go(self._within(at), self._target())
        self.update()

    def _within(self, point: QPointF) -> QPointF:
        target = self._target()
        return QPointF(
            (point.x() - target.left()) / max(1.0, target.width()),
            (point.y() - target.top()) / max(1.0, target.height()),
        )

    def leaveEvent(self, _event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self._pointer = None
        self.update()
        self.left.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the thing that is there; by key, with what is in the middle."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self.rect().center() if by_key else event.pos()
        found = self.fraction(QPointF(at))
        if found is not None:
            self.menu_asked.emit(*found, self.mapToGlobal(at))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        if self._painting:
            self._painting = False
            self.stroked.emit()
        elif self._brush is None:
            self._grabbed = None
            self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Whole, or pixel by pixel."""
        if self._brush is not None:
            self.mousePressEvent(event)
            return
        if abs(self.relative - 1.0) < 0.01:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()


def _held(centre: float, size: float, room: float) -> float:
    if size <= room:
        return 0.5
    edge = room / 2 / size
    return max(edge, min(1 - edge, centre))
