"""Goal and result side by side, or one photo alone: pictures that fill the width they are given."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lookalike.ui import theme
from lookalike.words import tr

GAP = 8
_TALLEST = 380
_RING = 11


class PairView(QWidget):
    """Shows one or two pictures with their captions; a click on one opens it."""

    clicked = Signal(int)
    pointed = Signal(int, float, float)
    left = Signal()
    menu_asked = Signal(int, float, float, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[tuple[str, QImage]] = []
        self._fitted: dict[int, QPixmap] = {}
        self.tallest = _TALLEST
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        self._pointer: QPoint | None = None

    def show_pictures(self, *pictures: tuple[str, QImage]) -> None:
        """Show these (caption, picture), left to right."""
        sizes = [picture.size() for _, picture in pictures]
        changed = sizes != [picture.size() for _, picture in self._pictures]
        self._pictures = list(pictures)
        self._fitted.clear()
        self.setAccessibleName(tr(" and ").join(name for name, _ in pictures) or tr("Photo"))
        if changed:
            self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """The pictures' aspect decides."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as the highest picture needs, and not too high."""
        room = self._room(width)
        heights = [image.height() * room // max(1, image.width()) for _, image in self._pictures]
        return max(48, min(self.tallest, max(heights, default=room)))

    def sizeHint(self) -> QSize:
        """For a panel of the usual width."""
        return QSize(320, self.heightForWidth(320))

    def minimumSizeHint(self) -> QSize:
        """Small enough to be squeezed."""
        return QSize(160, 48)

    def resizeEvent(self, _event: object) -> None:
        """Fit anew."""
        self._fitted.clear()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens what is under it."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        for place in range(len(self._pictures)):
            if self._cell(place).contains(event.position().toPoint()):
                self.clicked.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Over one of two pictures: the other shows what answers to that place."""
        point = event.position().toPoint()
        found = self._fraction(point) if len(self._pictures) == 2 else None
        self._pointer = point if found is not None else None
        if found is None:
            self.left.emit()
        else:
            self.pointed.emit(*found)
        self.update()

    def leaveEvent(self, _event: QEvent) -> None:
        """The pointer has gone."""
        self._pointer = None
        self.left.emit()
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the thing that is there."""
        found = self._fraction(event.pos()) if len(self._pictures) == 2 else None
        if found is not None:
            self.menu_asked.emit(*found, event.globalPos())

    def _fraction(self, point: QPoint) -> tuple[int, float, float] | None:
        """The picture at a point, and where in it."""
        for place in range(len(self._pictures)):
            box = self._box(place)
            if box.contains(point):
                across = (point.x() - box.left() + 0.5) / box.width()
                return place, across, (point.y() - box.top() + 0.5) / box.height()
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Each picture in the middle of its half; its caption on it."""
        painter = QPainter(self)
        for place, (caption, _) in enumerate(self._pictures):
            target = self._box(place)
            painter.drawPixmap(target.topLeft(), self._pixmap(place, self._cell(place).size()))
            if caption:
                _caption(painter, target, caption)

        if self._pointer is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((QColor(0, 0, 0, 140), 4), (QColor("#ffffff"), 2)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(self._pointer, _RING, _RING)

    def _box(self, place: int) -> QRect:
        """Where a picture is."""
        cell = self._cell(place)
        size = self._pixmap(place, cell.size()).deviceIndependentSize().toSize()
        box = QRect(cell.topLeft(), size)
        box.moveCenter(cell.center())
        box.moveTop(cell.top())
        return box

    def _room(self, width: int) -> int:
        count = max(1, len(self._pictures))
        return max(1, (width - GAP * (count - 1)) // count)

    def _cell(self, place: int) -> QRect:
        room = self._room(self.width())
        return QRect(place * (room + GAP), 0, room, self.height())

    def _pixmap(self, place: int, size: QSize) -> QPixmap:
        if place not in self._fitted:
            image = self._pictures[place][1]
            ratio = self.devicePixelRatioF()
            fitted = image.size().scaled(size * ratio, Qt.AspectRatioMode.KeepAspectRatio)
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(fitted, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            self._fitted[place] = QPixmap.fromImage(scaled)
            self._fitted[place].setDevicePixelRatio(ratio)
        return self._fitted[place]


def _caption(painter: QPainter, target: QRect, caption: str) -> None:
    painter.setFont(theme.font(theme.SECONDARY, strong=True))
    width = QFontMetrics(painter.font()).horizontalAdvance(caption) + 12
    box = QRect(target.left() + 6, target.top() + 6, width, 18)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 165))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), caption)
