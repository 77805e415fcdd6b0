"""A picture on which a rectangle is drawn, moved and resized: the part of a goal that counts."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lookalike.records import Region
from lookalike.ui import images, theme
from lookalike.words import tr

_REACH = 10
"""Pixels around an edge within which it is taken hold of."""
_SMALLEST = 0.02
"""Of a side: a smaller rectangle is a click that slipped."""
_STEP = 0.01
_CURSORS: Final = {
    "": Qt.CursorShape.CrossCursor,
    "move": Qt.CursorShape.SizeAllCursor,
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor,
    "bottom": Qt.CursorShape.SizeVerCursor,
    "left top": Qt.CursorShape.SizeFDiagCursor,
    "right bottom": Qt.CursorShape.SizeFDiagCursor,
    "right top": Qt.CursorShape.SizeBDiagCursor,
    "left bottom": Qt.CursorShape.SizeBDiagCursor,
}


class RegionPicture(QWidget):
    """Drag to draw, drag inside to move, drag an edge to resize; a click outside takes it away.

    Arrows move the rectangle, with Shift they resize it, Delete takes it away. `chosen` tells
    the region, or None for the whole picture, when the hand lets go.
    """

    chosen = Signal(object)

    def __init__(self, room: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._pixmap = QPixmap()
        self._region: QRectF | None = None
        self._hold: tuple[str, QPointF, QRectF | None] | None = None
        self.setFixedSize(room)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def region(self) -> Region | None:
        """Fractions of the picture; None for the whole of it."""
        if self._region is None:
            return None
        found = self._region
        return (
            round(found.x(), 4), round(found.y(), 4), round(found.width(), 4),
            round(found.height(), 4),
        )  # fmt: skip

    def show_image(self, image: QImage) -> None:
        """Show this picture, as large as there is room."""
        self._pixmap = QPixmap.fromImage(
            images.filling(image, self._room, self.devicePixelRatioF())
        )
        self.setFixedSize(self._pixmap.deviceIndependentSize().toSize())
        self.update()

    def show_region(self, region: Region | None) -> None:
        """Show this rectangle."""
        self._region = QRectF(*region) if region is not None else None
        whole = tr("Part of the goal that counts: the whole picture")
        part = tr("Part of the goal that counts: a part of the picture")
        self.setAccessibleName(whole if region is None else part)
        self.update()

    def _drawn(self) -> QRectF:
        """The rectangle in pixels."""
        found, width, height = self._region or QRectF(0, 0, 1, 1), self.width(), self.height()
        return QRectF(
            found.x() * width, found.y() * height, found.width() * width, found.height() * height
        )

    def _at(self, point: QPointF) -> str:
        """What is taken hold of at a point: "move", an edge, a corner, or "" for a new one."""
        if self._region is None:
            return ""
        box = self._drawn()
        if not box.adjusted(-_REACH, -_REACH, _REACH, _REACH).contains(point):
            return ""
        across = _edge(point.x(), box.left(), box.right(), ("left", "right"))
        down = _edge(point.y(), box.top(), box.bottom(), ("top", "bottom"))
        return f"{across} {down}".strip() or "move"

    # --- Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        point = event.position()
        self._hold = (self._at(point), point, self._region)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw, move or resize."""
        point = event.position()
        if self._hold is None:
            self.setCursor(_CURSORS[self._at(point)])
            return
        what, start, before = self._hold
        size = QSizeF(self.size())
        moved = QPointF(
            (point.x() - start.x()) / size.width(), (point.y() - start.y()) / size.height()
        )
        if what and before is not None:
            self._region = _changed(before, what, moved)
        else:
            corner = QPointF(start.x() / size.width(), start.y() / size.height())
            drawn = QRectF(corner, corner + moved).normalized() & QRectF(0, 0, 1, 1)
            self._region = drawn if _large_enough(drawn) else None
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go: this is the region."""
        if self._hold is None:
            return
        what, _, before = self._hold
        self._hold = None
        if self._region == before and not what:
            self._region = None
        if self._region != before:
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, with Shift they resize; Delete means the whole picture."""
        key, shift = Qt.Key(event.key()), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ways = {
            Qt.Key.Key_Left: (-_STEP, 0.0),
            Qt.Key.Key_Right: (_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, -_STEP),
            Qt.Key.Key_Down: (0.0, _STEP),
        }
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._region is not None:
            self._region = None
        elif key in ways and self._region is None:
            self._region = QRectF(0.25, 0.25, 0.5, 0.5)
        elif key in ways and self._region is not None:
            what = "right bottom" if shift else "move"
            self._region = _changed(self._region, what, QPointF(*ways[key]))
        else:
            super().keyPressEvent(event)
            return
        self._choose()

    def _choose(self) -> None:
        self.show_region(self.region)
        self.chosen.emit(self.region)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """What does not count is dimmed."""
        painter = QPainter(self)
        tokens = theme.current()
        painter.fillRect(self.rect(), QColor(tokens.raised))
        painter.drawPixmap(0, 0, self._pixmap)
        if self._region is not None:
            box = self._drawn()
            painter.save()
            painter.setClipRegion(_around(self, box))
            painter.fillRect(self.rect(), QColor(0, 0, 0, 150))
            painter.restore()
            for colour, width in ((QColor(0, 0, 0, 140), 4), (QColor("#ffffff"), 2)):
                painter.setPen(QPen(colour, width))
                painter.drawRect(box)
            for corner in (box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()):
                handle = QRectF(corner - QPointF(4, 4), QSizeF(8, 8))
                painter.fillRect(handle, QColor("#ffffff"))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))


def _edge(at: float, low: float, high: float, names: tuple[str, str]) -> str:
    """The edge that is nearer, within reach."""
    to_low, to_high = abs(at - low), abs(at - high)
    if min(to_low, to_high) > min(_REACH, (high - low) / 4 + 2):
        return ""
    return names[0] if to_low < to_high else names[1]


def _changed(before: QRectF, what: str, by: QPointF) -> QRectF:
    """A rectangle moved, or one of its edges, within the picture and not too small."""
    if what == "move":
        return QRectF(
            QPointF(
                min(max(0.0, before.x() + by.x()), 1 - before.width()),
                min(max(0.0, before.y() + by.y()), 1 - before.height()),
            ),
            before.size(),
        )
    left, top, right, bottom = before.left(), before.top(), before.right(), before.bottom()
    if "left" in what:
        left = min(max(0.0, left + by.x()), right - _SMALLEST)
    if "right" in what:
        right = max(min(1.0, right + by.x()), left + _SMALLEST)
    if "top" in what:
        top = min(max(0.0, top + by.y()), bottom - _SMALLEST)
    if "bottom" in what:
        bottom = max(min(1.0, bottom + by.y()), top + _SMALLEST)
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def _large_enough(region: QRectF) -> bool:
    return region.width() >= _SMALLEST and region.height() >= _SMALLEST


def _around(widget: QWidget, box: QRectF) -> QRegion:
    """The widget without the rectangle."""
    return QRegion(widget.rect()) - QRegion(box.toRect())
