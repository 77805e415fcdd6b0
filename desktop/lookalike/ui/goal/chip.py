"""A goal as a small picture with a button that takes it away; and the place to drop one."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolButton, QWidget

from lookalike.records import Goal
from lookalike.ui import icons, theme
from lookalike.words import in_figures, tr

SIDE = 72
WEIGHTS: Final = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
"""What a goal may count: below 0, less like it."""


class GoalChip(QAbstractButton):
    """A goal, 72 pixels wide. A click opens it; plus and minus weigh it; Delete removes it."""

    removed = Signal()
    weighed = Signal(float)

    def __init__(self, goal: Goal, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.goal = goal
        self._pixmap = QPixmap()
        words = [] if goal.weight == 1 else [weight_in_words(goal.weight)]
        self._word = " · ".join([*words, *filter(None, [likeness_in_words(goal)])])
        self.setFixedSize(SIDE, SIDE)
        told = tr("Less like: {goal}") if goal.weight < 0 else tr("Goal: {goal}")
        told = told.format(goal=goal.name)
        if self._word:
            told += f", {self._word}"
        if goal.region is not None or goal.mask is not None:
            told += tr(", a part of it")
        self.setAccessibleName(told)
        self.setToolTip(
            f"{told}\n" + tr("Click (or E) to choose a part of it or weigh it; + and − weigh it")
        )
        self._cross = QToolButton(self)
        self._cross.setFixedSize(20, 20)
        self._cross.move(SIDE - 22, 2)
        self._cross.setIconSize(QSize(14, 14))
        self._cross.setStyleSheet(
            "QToolButton { background: rgba(0,0,0,165); border-radius: 6px; padding: 2px;"
            " border: 1px solid transparent; }"
            "QToolButton:hover { background: #000000; }"
        )
        self._cross.setIcon(icons.pixmap("x", "#ffffff", 14))
        self._cross.setToolTip(tr("Remove this goal (Delete)"))
        self._cross.setAccessibleName(tr("Remove the goal {goal}").format(goal=goal.name))
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes; plus and minus weigh."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Up):
            self.weighed.emit(stepped(self.goal.weight, 1))
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Down):
            self.weighed.emit(stepped(self.goal.weight, -1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture with round corners; what it counts, and that it is a part of a photo."""
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
            painter.fillPath(path, QColor(0, 0, 0, 110))
        if self.goal.region is not None or self.goal.mask is not None:
            self._pill(painter, QRectF(4, 4, 18, 18))
            painter.drawPixmap(QPoint(7, 7), icons.pixmap("crop", "#ffffff", 12))
        if self._word:
            painter.setFont(theme.font(theme.SECONDARY, strong=True))
            room = painter.fontMetrics().horizontalAdvance(self._word) + 10
            box = QRectF(4, SIDE - 22, min(room, SIDE - 8), 18)
            self._pill(painter, box)
            painter.setPen(QColor("#ffffff"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._word)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(1, 1, SIDE - 2, SIDE - 2), 6, 6)

    @staticmethod
    def _pill(painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 165))
        painter.drawRoundedRect(box, 6, 6)


def likeness_in_words(goal: Goal) -> str:
    """By what a goal counts, if not by the dials: "style"."""
    if goal.style:
        return tr("style")
    if goal.depth is None:
        return ""
    return tr("meaning") if goal.depth >= 0.5 else tr("texture")


def weight_in_words(weight: float) -> str:
    """What a goal counts: "more", "less", "more ×2"."""
    size = abs(weight)
    times = "" if size == 1 else (" ×½" if size == 0.5 else f" ×{in_figures(size, 'g')}")
    return (tr("less") if weight < 0 else tr("more")) + times


def stepped(weight: float, way: int) -> float:
    """The next weight up (1) or down (-1) from one; the ends stay."""
    nearest = min(range(len(WEIGHTS)), key=lambda place: abs(WEIGHTS[place] - weight))
    return WEIGHTS[max(0, min(len(WEIGHTS) - 1, nearest + way))]


class DropTile(QAbstractButton):
    """The dashed place that says where a goal goes; a click picks one."""

    def __init__(self, icon: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._hovered = self._aimed = False
        self.setText(text)
        self._side = SIDE
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def fit(self, *, narrow: bool) -> None:
        """Take less room in a narrow window."""
        self._side = 2 * SIDE // 3 if narrow else SIDE
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """72 pixels high; wide enough for its text."""
        room = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(self._side + (room + 24 if self.text() else 0), SIDE)

    def aim(self, *, aimed: bool) -> None:
        """Show that something is dragged over it."""
        self._aimed = aimed
        self.update()

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
        if self._hovered or self._aimed:
            painter.setBrush(QColor(tokens.raised))
        line = QColor(tokens.accent if self.hasFocus() or self._aimed else tokens.edge)
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
