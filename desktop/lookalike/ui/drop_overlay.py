"""What lies over the window while something is dragged over it: what a drop would do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from lookalike.ui import icons, theme
from lookalike.ui.drops import Offer

_ICONS = {
    "photo": "scan-search",
    "folder": "folder-plus",
    "network": "waypoints",
    "web": "x",
    "nothing": "x",
}


class DropOverlay(QWidget):
    """Covers its parent; lets every event through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._offer: Offer | None = None
        self._spared: Sequence[QRect] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def tell(self, offer: Offer, spared: Sequence[QRect] = ()) -> None:
        """Say what the drop would do; the places in `spared` stay clear."""
        if self.isVisible() and (offer, spared) == (self._offer, self._spared):
            return
        self._offer, self._spared = offer, spared
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.setAccessibleName(offer.sentence)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The window fades; a frame, an icon and a sentence."""
        if self._offer is None:
            return
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.window)
        veil.setAlpha(215)
        veiled = QRegion(self.rect())
        for place in self._spared:
            veiled -= QRegion(place)
        painter.setClipRegion(veiled)
        painter.fillRect(self.rect(), veil)
        taken = self._offer.meaning in ("photo", "folder", "network")
        painter.setPen(QPen(QColor(tokens.accent if taken else tokens.edge), 3))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(12, 12, -12, -12), 6, 6)
        middle = self.rect().center()
        pixmap = icons.pixmap(_ICONS[self._offer.meaning], tokens.text, 40)
        painter.drawPixmap(middle - QPoint(20, 48), pixmap)
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.font(theme.TITLE, strong=True))
        words = self.rect().adjusted(48, 0, -48, 0)
        words.moveTop(middle.y() + 4)
        words.setHeight(72)
        painter.drawText(
            words,
            int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap),
            self._offer.sentence,
        )
