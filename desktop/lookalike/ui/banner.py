"""Banners: what went wrong or is worth knowing, with something to do about it. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lookalike.ui import icons, theme
from lookalike.ui.icons import IconButton
from lookalike.words import tr

_MOST = 3


class Banner(QWidget):
    """A sentence, at most one action, a cross."""

    def __init__(
        self,
        key: str,
        text: str,
        icon: str,
        action: tuple[str, Callable[[], object]] | None,
        close: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(text)
        self.text = text
        self._icon_name = icon
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(12)
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(18, 18))
        words = QLabel(text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        row.addWidget(self._icon)
        row.addWidget(words, 1)
        self.button: QPushButton | None = None
        if action is not None:
            self.button = QPushButton(action[0])
            self.button.clicked.connect(lambda: close(key))
            self.button.clicked.connect(action[1])
            row.addWidget(self.button)
        cross = IconButton("x")
        cross.explain(tr("Dismiss"))
        cross.clicked.connect(lambda: close(key))
        row.addWidget(cross)
        self._paint_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.StyleChange:
            self._paint_icon()
        super().changeEvent(event)

    def _paint_icon(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._icon_name, theme.current().text, 18))


class Banners(QWidget):
    """The newest first, three at most; one with a key replaces the one before it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: dict[str, Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(4)
        self.hide()

    def say(
        self,
        text: str,
        *,
        key: str = "",
        icon: str = "circle-alert",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Show a sentence, with (label, what it does)."""
        key = key or text
        self.drop(key)
        banner = Banner(key, text, icon, action, self.drop)
        self._shown[key] = banner
        self._column.insertWidget(0, banner)
        self.show()
        while len(self._shown) > _MOST:
            self.drop(next(iter(self._shown)))
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(banner, QAccessible.Event.Alert))

    def drop(self, key: str) -> None:
        """Take a banner away, if it is there."""
        banner = self._shown.pop(key, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._shown))

    def texts(self) -> list[str]:
        """What is said now."""
        return [banner.text for banner in self._shown.values()]

    def banner(self, key: str) -> Banner | None:
        """A banner by its key."""
        return self._shown.get(key)
