"""Icons: SVG strokes in the theme's colours, sharp at every scale; and buttons that show them."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolButton, QWidget

from lookalike.ui import theme
from lookalike.ui.resources import resource

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
def _icon(name: str, tokens: theme.Tokens, size: int) -> QIcon:
    made = QIcon()
    for scale in scales():
        shown = drawn(name, tokens.text, size, scale)
        made.addPixmap(shown, QIcon.Mode.Normal)
        made.addPixmap(shown, QIcon.Mode.Selected)
        made.addPixmap(drawn(name, tokens.edge, size, scale), QIcon.Mode.Disabled)
    return made


def scales() -> list[float]:
    """Device pixels of every screen, and 2 for one that is plugged in later.

    Each scale is drawn at start for every icon: all that are thinkable took a third of it.
    """
    return sorted({2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())})


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, scale: float = 2.0) -> QPixmap:
    """An icon in one colour, to be painted or shown in a label."""
    return drawn(name, colour, size, scale)


def icon(name: str, size: int = SIZE) -> QIcon:
    """An icon in the present theme: text colour, faint when disabled."""
    return _icon(name, theme.current(), size)


def window_icon() -> QIcon:
    """Lookalike's own, in its own colours."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(drawn("lookalike", "", size, 1.0))
    return made


class IconButton(QToolButton):
    """A button with an icon only; its tooltip names what it does and its key."""

    def __init__(
        self, name: str, action: QAction | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
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
        self._name = name
        self.setIcon(icon(name))

    def explain(self, text: str, key: str = "") -> None:
        """Say in a tooltip, and to a screen reader, what the button does."""
        self.setToolTip(f"{text} ({key})" if key else text)
        self.setAccessibleName(text)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.setIcon(icon(self._name))
        super().changeEvent(event)

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
