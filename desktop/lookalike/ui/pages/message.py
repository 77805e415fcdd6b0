"""Pages with one thing to say and one thing to do: first run, nothing found."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lookalike.ui import icons, theme
from lookalike.words import tr


class MessagePage(QWidget):
    """An icon, a title, a sentence, a button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._icon_name = "images"
        self._act: Callable[[], object] | None = None
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.setContentsMargins(24, 24, 24, 24)
        self._icon, self._title, self._sentence = QLabel(), QLabel(), QLabel()
        self._title.setObjectName("title")
        self._sentence.setWordWrap(True)
        self._sentence.setFixedWidth(320)
        self._sentence.setMinimumHeight(2 * self._sentence.fontMetrics().height() + 8)
        self._button = QPushButton()
        self._button.setObjectName("primary")
        self._button.clicked.connect(self._do)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(1)
        for label in (self._icon, self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label, 0, middle)
        column.addSpacing(8)
        column.addWidget(self._button, 0, middle)
        column.addStretch(1)

    def say(
        self, icon: str, title: str, sentence: str, action: tuple[str, Callable[[], object]] | None
    ) -> None:
        """Show this."""
        self._icon_name = icon
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._button.setVisible(action is not None)
        if action is not None:
            self._button.setText(action[0])
            self._act = action[1]
        self._paint_icon()

    def _do(self) -> None:
        if self._act is not None:
            self._act()

    def title(self) -> str:
        """What is said."""
        return self._title.text()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.StyleChange:
            self._paint_icon()
        super().changeEvent(event)

    def _paint_icon(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._icon_name, theme.current().secondary, 40))


class DropArea(QWidget):
    """A large dashed area to drop on; a click does what its button does."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumSize(720, 420)
        self.setMinimumSize(280, 220)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Large."""
        return QSize(720, 420)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """A click asks for a folder."""
        self.clicked.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A dashed outline and an icon."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(tokens.panel))
        painter.setPen(QPen(QColor(tokens.edge), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        at = QPoint(self.rect().center().x() - 28, self.height() // 2 - 104)
        painter.drawPixmap(at, icons.pixmap("images", tokens.secondary, 56))


class FirstRunPage(QWidget):
    """An empty library: one sentence, one place to drop, one button."""

    def __init__(self, add_folder: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        area = DropArea()
        area.clicked.connect(add_folder)
        inner = QVBoxLayout(area)
        inner.setSpacing(16)
        inner.setContentsMargins(24, 24, 24, 24)
        sentence = QLabel(tr("Drop a folder of photos here; then drop a photo to find its like."))
        sentence.setObjectName("title")
        sentence.setWordWrap(True)
        sentence.setMinimumHeight(48)
        sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton(tr("Add folder…"))
        self.button.setObjectName("primary")
        self.button.clicked.connect(add_folder)
        private = QLabel(tr("Your photos are only read. Nothing leaves this computer."))
        private.setObjectName("secondary")
        private.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle = Qt.AlignmentFlag.AlignHCenter
        inner.addStretch(3)
        inner.addSpacing(48)
        inner.addWidget(sentence)
        inner.addWidget(self.button, 0, middle)
        inner.addWidget(private)
        inner.addStretch(2)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(area, 20)
        across.addStretch(1)
        outer.addStretch(1)
        outer.addLayout(across, 20)
        outer.addStretch(1)

    def entered(self) -> None:
        """The one thing to do has the focus."""
        self.button.setFocus()
