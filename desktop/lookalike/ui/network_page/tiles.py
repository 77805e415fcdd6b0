"""Pictures in columns, each with a caption: the row of four, patches, photos that were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lookalike.ui import theme

GAP = 4
_LINE = 18
_WIDE = 480
_MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_STEP = 0.05
_POINT_STEPS = {
    Qt.Key.Key_Left: QPointF(-_STEP, 0),
    Qt.Key.Key_Right: QPointF(_STEP, 0),
    Qt.Key.Key_Up: QPointF(0, -_STEP),
    Qt.Key.Key_Down: QPointF(0, _STEP),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture, one under it (of the same size, or None), and a caption."""

    caption: str
    picture: QImage
    under: QImage | None = None
    tip: str = ""


class Tiles(QWidget):
    """Squares in `columns`, or in `wide` ones where there is room.

    A click says which, and where in it (fractions); so does Enter, at a point that Ctrl and the
    arrows move.
    """

    clicked = Signal(int, QPointF)

    def __init__(
        self, columns: int, wide: int, name: str, *, whole: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._few, self._wide, self._whole = columns, wide, whole
        self._tiles: list[Tile] = []
        self._current = 0
        self._point = QPointF(0.5, 0.5)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these."""
        self._tiles = list(tiles)
        self._current = min(self._current, max(len(tiles) - 1, 0))
        self.setVisible(bool(tiles))
        self.updateGeometry()
        self.update()

    def tiles(self) -> list[Tile]:
        """What is shown."""
        return self._tiles

    def hasHeightForWidth(self) -> bool:
        """The width decides."""
        return True

    def heightForWidth(self, width: int) -> int:
        """All rows."""
        rows = -(-len(self._tiles) // self._columns_at(width))
        return max(1, rows * self._step(width))

    def sizeHint(self) -> QSize:
        """For a panel of the usual width."""
        return QSize(320, self.heightForWidth(320))

    def minimumSizeHint(self) -> QSize:
        """Small enough to be squeezed."""
        return QSize(160, 1)

    def _columns_at(self, width: int) -> int:
        return self._wide if width >= _WIDE else self._few

    def _side(self, width: int) -> int:
        columns = self._columns_at(width)
        return max(16, (width - GAP * (columns - 1)) // columns)

    def _step(self, width: int) -> int:
        pictures = 2 if any(tile.under is not None for tile in self._tiles) else 1
        line = _LINE if any(tile.caption for tile in self._tiles) else 0
        return pictures * (self._side(width) + GAP) + line

    def _cell(self, number: int) -> QRect:
        side, step = self._side(self.width()), self._step(self.width())
        row, column = divmod(number, self._columns_at(self.width()))
        return QRect(column * (side + GAP), row * step, side, step - GAP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Every tile."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = self._side(self.width())
        for number, tile in enumerate(self._tiles):
            cell = self._cell(number)
            square = QRect(cell.topLeft(), QSize(side, side))
            self._paint(painter, tile.picture, square)
            if tile.under is not None:
                self._paint(painter, tile.under, square.translated(0, side + GAP))
            if tile.caption:
                line = QRect(cell.left(), cell.bottom() - _LINE + 2, side, _LINE)
                painter.setFont(theme.font(theme.SECONDARY))
                painter.setPen(QColor(theme.current().secondary))
                metrics = painter.fontMetrics()
                text = metrics.elidedText(tile.caption, Qt.TextElideMode.ElideRight, side)
                painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), text)
            if self.hasFocus() and number == self._current:
                painter.setPen(QPen(QColor(theme.current().accent), 2))
                painter.drawRect(square.adjusted(1, 1, -1, -1))
                if self._whole:
                    self._paint_point(painter, QRectF(self._target(tile.picture, square)))

    def _paint(self, painter: QPainter, image: QImage, square: QRect) -> None:
        if image.isNull():
            painter.fillRect(square, QColor(theme.current().raised))
        elif self._whole:
            painter.drawImage(self._target(image, square), image)
        else:
            painter.drawImage(square, image, _middle(image))

    def _paint_point(self, painter: QPainter, target: QRectF) -> None:
        """Where Enter would click: a ring in two colours, seen on any picture."""
        at = target.topLeft() + QPointF(
            self._point.x() * target.width(), self._point.y() * target.height()
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((theme.current().on_accent, 4), (theme.current().accent, 2)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(at, 5, 5)

    def _target(self, image: QImage, square: QRect) -> QRect:
        size = image.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(square.topLeft(), size)
        target.moveCenter(square.center())
        return target

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """What is under the pointer, in words."""
        number = self._at(event.position().toPoint())
        tip = self._tiles[number].tip if number >= 0 else ""
        if self.toolTip() != tip:
            self.setToolTip(tip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say what was clicked, and where."""
        number = self._at(event.position().toPoint())
        if number < 0:
            return
        side = self._side(self.width())
        square = QRect(self._cell(number).topLeft(), QSize(side, side))
        target = self._target(self._tiles[number].picture, square) if self._whole else square
        x = (event.position().x() - target.left()) / max(1, target.width())
        y = (event.position().y() - target.top()) / max(1, target.height())
        self._current = number
        self.clicked.emit(number, QPointF(_within(x), _within(y)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, with Ctrl the point; Enter chooses."""
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and key in _POINT_STEPS:
            moved = self._point + _POINT_STEPS[key]
            self._point = QPointF(_within(moved.x()), _within(moved.y()))
            self.update()
            return
        columns = self._columns_at(self.width())
        step = {Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns, **_MOVES}.get(key)
        if step is not None and 0 <= self._current + step < len(self._tiles):
            self._current += step
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._tiles:
            self.clicked.emit(self._current, self._point)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where it is."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """And that it has gone."""
        self.update()
        super().focusOutEvent(event)

    def _at(self, point: QPoint) -> int:
        for number in range(len(self._tiles)):
            if self._cell(number).contains(point):
                return number
        return -1


def _within(fraction: float) -> float:
    return min(max(fraction, 0.0), 1.0)


def _middle(image: QImage) -> QRect:
    """The square in the middle of an image."""
    short = min(image.width(), image.height())
    square = QRectF(0, 0, short, short)
    square.moveCenter(QRectF(image.rect()).center())
    return square.toRect()
