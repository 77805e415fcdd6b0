"""A goal as a small picture with a button that takes it away; and the place to drop one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolButton, QWidget

from lookalike.records import Goal
from lookalike.ui import icons, theme

SIDE = 72


class GoalChip(QAbstractButton):
    """A goal, 72 pixels wide. A click shows it large; the cross (or Delete) removes it."""

    removed = Signal()

    def __init__(self, goal: Goal, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.goal = goal
        self._pixmap = QPixmap()
        self.setFixedSize(SIDE, SIDE)
        less = goal.weight < 0
        self.setAccessibleName(f"{'Less like' if less else 'Goal'}: {goal.name}")
        self.setToolTip(f"{'Less like' if less else 'Goal'}: {goal.name}")
        self._cross = QToolButton(self)
        self._cross.setFixedSize(20, 20)
        self._cross.move(SIDE - 22, 2)
        self._cross.setIconSize(QSize(14, 14))
        self._cross.setStyleSheet(
            "QToolButton { background: rgba(0,0,0,165); border-radius: 6px; padding: 2px;"
            " border: 1px solid transparent; }"
            "QToolButton:hover { background: #000000; }"
            f"QToolButton:focus {{ border: 1px solid {theme.current().accent}; }}"
        )
        self._cross.setIcon(icons.pixmap("x", "#ffffff", 14))
        self._cross.setToolTip("Remove this goal (Delete)")
        self._cross.setAccessibleName(f"Remove the goal {goal.name}")
        self._cross.clicked.connect(self.removed)
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_image(self, image: QImage) -> None:
        """Show the goal's picture."""
        ratio = self.devicePixelRatioF()
        side = round(SIDE * ratio)
        short = min(image.width(), image.height())
        middle = image.copy(
            QRect((image.width() - short) // 2, (image.height() - short) // 2, short, short)
        ).scaled(side, side, mode=Qt.TransformationMode.SmoothTransformation)
        self._pixmap = QPixmap.fromImage(middle)
        self._pixmap.setDevicePixelRatio(ratio)
        self.update()

    def keyPressEvent(self, event: QEvent) -> None:
        """Delete removes."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):  # type: ignore[attr-defined]
            self.removed.emit()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture with round corners; a minus on a goal to avoid."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current()
        path = QPainterPath()
        path.addRoundedRect(QRectF(0, 0, SIDE, SIDE), 6, 6)
        painter.fillPath(path, QColor(tokens.raised))
        if not self._pixmap.isNull():
            painter.setClipPath(path)
            painter.drawPixmap(0, 0, self._pixmap)
            painter.setClipping(False)
        if self.goal.weight < 0:
            painter.fillPath(path, QColor(0, 0, 0, 90))
            painter.drawPixmap(QPoint(26, 26), icons.pixmap("minus", "#ffffff", 20))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(QRectF(1, 1, SIDE - 2, SIDE - 2), 6, 6)


class DropTile(QAbstractButton):
    """The dashed place that says where a goal goes; a click picks one."""

    def __init__(self, icon: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._hovered = False
        self.setText(text)
        self.setMinimumSize(SIDE, SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """72 pixels high; wide enough for its text."""
        room = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(SIDE + (room + 24 if self.text() else 0), SIDE)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        self._hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No longer."""
        self._hovered = False
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A dashed outline, an icon, the text."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hovered:
            painter.setBrush(QColor(tokens.raised))
        line = QColor(tokens.accent if self.hasFocus() else tokens.edge)
        painter.setPen(QPen(line, 1.25, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        colour = tokens.text if self._hovered else tokens.secondary
        if not self.text():
            at = self.rect().center() - QPoint(11, 11)
            painter.drawPixmap(at, icons.pixmap(self._icon, colour, 22))
            return
        painter.drawPixmap(
            QPoint(24, self.height() // 2 - 11), icons.pixmap(self._icon, colour, 22)
        )
        painter.setPen(QColor(colour))
        painter.drawText(
            self.rect().adjusted(60, 0, -12, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text()
        )
