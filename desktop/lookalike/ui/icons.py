"""Icons: SVG strokes in the theme's colours, sharp at every scale; and buttons that show them."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolButton, QWidget

from lookalike.resources import resource
from lookalike.ui import theme

SIZE = 18


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def drawn(name: str, colour: str, size: int, scale: float) -> QPixmap:
    """One icon as a pixmap of `size` device-independent pixels."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    side = max(1, round(size * scale))
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size: int, scale: float = 2.0) -> QPixmap:
    """An icon in one colour, to be painted or shown in a label."""
    return drawn(name, colour, size, scale)


class _Strokes(QIconEngine):
    """Draws an icon when it is first painted, at the size that is wanted then."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def clone(self) -> QIconEngine:
        """Another like it."""
        return _Strokes(self._name)

    def pixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        """In the text's colour of the present theme, faint when disabled; in device pixels."""
        tokens = theme.current()
        colour = tokens.edge if mode == QIcon.Mode.Disabled else tokens.text
        return pixmap(self._name, colour, min(size.width(), size.height()), 1.0)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """The same into a rectangle."""
        scale = painter.device().devicePixelRatio()
        shown = QPixmap(self.pixmap(rect.size() * scale, mode, state))
        shown.setDevicePixelRatio(scale)
        painter.drawPixmap(rect.topLeft(), shown)


def icon(name: str) -> QIcon:
    """An icon in the theme of the moment when it is painted; "lookalike" has its own colours."""
    return QIcon(_Strokes(name))


class IconButton(QToolButton):
    """A button with an icon only; its tooltip names what it does and its key."""

    def __init__(
        self, name: str, action: QAction | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._action = action
        self.setIconSize(QSize(SIZE, SIZE))
        self.setIcon(icon(name))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if action is not None:
            self._follow()
            action.changed.connect(self._follow)
            self.clicked.connect(action.trigger)

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self.setIcon(icon(name))

    def explain(self, text: str, key: str = "") -> None:
        """Say in a tooltip, and to a screen reader, what the button does."""
        self.setToolTip(f"{text} ({key})" if key else text)
        self.setAccessibleName(text)

    def _follow(self) -> None:
        action = self._action
        if action is None:
            return
        text = action.text().replace("&", "").rstrip("…")
        self.explain(text, action.shortcut().toString(action.shortcut().SequenceFormat.NativeText))
        self.setEnabled(action.isEnabled())
        if action.isCheckable():
            self.setCheckable(True)
            self.setChecked(action.isChecked())
