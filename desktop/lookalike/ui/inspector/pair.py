"""Goal and result side by side, or one photo alone: pictures that fill the width they are given."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from lookalike.ui import theme

GAP = 8
_TALLEST = 380


class PairView(QWidget):
    """Shows one or two pictures with their captions; a click on one opens it."""

    clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[tuple[str, QImage]] = []
        self._fitted: dict[int, QPixmap] = {}
        self.tallest = _TALLEST
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_pictures(self, *pictures: tuple[str, QImage]) -> None:
        """Show these (caption, picture), left to right."""
        sizes = [picture.size() for _, picture in pictures]
        changed = sizes != [picture.size() for _, picture in self._pictures]
        self._pictures = list(pictures)
        self._fitted.clear()
        self.setAccessibleName(" and ".join(name for name, _ in pictures) or "Photo")
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
        for place in range(len(self._pictures)):
            if self._cell(place).contains(event.position().toPoint()):
                self.clicked.emit(place)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Each picture in the middle of its half; its caption on it."""
        painter = QPainter(self)
        for place, (caption, _) in enumerate(self._pictures):
            cell = self._cell(place)
            pixmap = self._pixmap(place, cell.size())
            size = pixmap.deviceIndependentSize().toSize()
            target = QRect(cell.topLeft(), size)
            target.moveCenter(cell.center())
            target.moveTop(cell.top())
            painter.drawPixmap(target.topLeft(), pixmap)
            if caption:
                _caption(painter, target, caption)

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
