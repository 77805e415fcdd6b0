"""The search box: words that labels, names, cameras and dates are searched for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from lookalike.ui import icons, theme
from lookalike.ui.goal.session import SearchSession
from lookalike.words import tr

_TYPING_MILLISECONDS = 180
_WIDTH = 176


class WordsBox(QLineEdit):
    """Asks while a person types; `left` when Enter or Down goes to what was found."""

    left = Signal()

    def __init__(self, session: SearchSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setPlaceholderText(tr("Search words"))
        self.setAccessibleName(tr("Search by words"))
        self.setToolTip(tr("What a photo shows, its name, folder, camera or date (Ctrl+F)"))
        self.setClearButtonEnabled(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(96)
        self._glass = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._typing.timeout.connect(self._ask)
        self.textEdited.connect(lambda _text: self._typing.start())
        self.returnPressed.connect(self._done)
        self._paint_glass()

    def sizeHint(self) -> QSize:
        """Room for two or three words."""
        return QSize(_WIDTH, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, one word says what it is."""
        super().resizeEvent(event)
        self.setPlaceholderText(tr("Search words") if self.width() > 140 else tr("Words"))

    def follow(self) -> None:
        """Show what is asked now, unless a person is typing."""
        if self.text().strip() != self._session.query.words and not self._typing.isActive():
            self.setText(self._session.query.words)

    def enter(self) -> None:
        """Type here."""
        self.setFocus()
        self.selectAll()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_glass"):
            self._paint_glass()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes to what was found."""
        if event.key() == Qt.Key.Key_Down:
            self._done()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        self._session.set_words(self.text())

    def _done(self) -> None:
        self._typing.stop()
        self._ask()
        self.left.emit()

    def _paint_glass(self) -> None:
        self._glass.setIcon(QIcon(icons.pixmap("search", theme.current().secondary, 16)))
