"""The other picture, small in a corner, while a place of the large one is pointed at."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from lookalike.ui import images
from lookalike.ui.viewer.badge import paint_pill
from lookalike.words import tr

SIDE: Final = 240
_MARGIN: Final = 16
_FRAME: Final = 2


class Inset(QWidget):
    """Lies in the lower right corner of its parent; takes no clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._image, self._pixmap, self._word = QImage(), QPixmap(), ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_image(self, image: QImage, word: str) -> None:
        """Show a picture, and what it is."""
        self._image, self._word = image, word
        self.fit()
        self.show()
        self.raise_()

    def fit(self) -> None:
        """As large as the parent has room, in its corner."""
        parent = self.parentWidget()
        if self._image.isNull() or parent is None:
            return
        side = min(SIDE, parent.width() // 3, parent.height() // 3)
        self._pixmap = QPixmap.fromImage(
            images.filling(self._image, QSize(side, side), self.devicePixelRatioF())
        )
        size = self._pixmap.deviceIndependentSize().toSize() + QSize(2 * _FRAME, 2 * _FRAME)
        self.resize(size)
        self.move(
            parent.width() - size.width() - _MARGIN, parent.height() - size.height() - _MARGIN
        )
        self.setAccessibleName(tr("What answers in the {picture}").format(picture=self._word))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture in a thin dark frame, which parts it from the one below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 165))
        painter.drawPixmap(_FRAME, _FRAME, self._pixmap)
        paint_pill(painter, 6 + _FRAME, 6 + _FRAME, self._word)
