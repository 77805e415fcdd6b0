"""Evidence painted in or away over the viewer's picture, by mouse or by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QKeyEvent

from lookalike.ui import theme
from lookalike.ui.brush import ARROWS
from lookalike.ui.viewer.canvas import Canvas
from lookalike.words import tr

_REST_MILLISECONDS = 900
"""After the last stroke of the mouse: then the search runs again."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Painting(QObject):
    """Which brush is in hand, and what becomes of its strokes.

    `used` tells a mask, bool [h, w], and whether what it covers counts; `taken` that another
    brush, or none, is in hand.
    """

    used = Signal(object, bool)
    taken = Signal()

    def __init__(self, canvas: Canvas, actions: dict[str, QAction]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._actions = {"in": actions["paint_in"], "out": actions["paint_out"]}
        self._by_keys = False
        self.hand = ""
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.timeout.connect(self._use)
        canvas.stroked.connect(lambda: self._resting.start(_REST_MILLISECONDS))

    def take(self, hand: str) -> None:
        """Take the brush "in" or "out"; "" puts it down, and leaves what it painted unused."""
        self._resting.stop()
        self.hand, self._by_keys = hand, False
        colour = QColor(theme.WARM if hand == "in" else theme.COLD)
        colour.setAlpha(150)
        self._canvas.take_brush(colour if hand else None)
        for own, action in self._actions.items():
            action.setChecked(hand == own)
        self.taken.emit()

    def words(self, picture: str) -> str:
        """What the brush in hand does to this picture, or how keys move it."""
        if self._by_keys:
            return tr("Space puts the brush down and lifts it, Enter searches")
        words = {
            "in": tr("Paint over what should count of this {picture}"),
            "out": tr("Paint over what should not count of this {picture}"),
        }
        return words[self.hand].format(picture=picture or tr("photo"))

    def wants(self, event: QEvent) -> bool:
        """Whether a key that is a command elsewhere belongs to the brush in hand."""
        return (
            bool(self.hand)
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            and Qt.Key(event.key()) in {*ARROWS, Qt.Key.Key_Space, *_ENTER}
        )

    def press(self, event: QKeyEvent) -> bool:
        """Paint by keys; Enter searches with what was painted. False for a key of the viewer."""
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if not self.hand or shifted:
            return False
        if Qt.Key(event.key()) in _ENTER:
            self._use()
            return True
        if not self._canvas.brush_key(event):
            return False
        self._resting.stop()
        self._by_keys = True
        self.taken.emit()
        return True

    def _use(self) -> None:
        """The brush rests: what was painted is used, and it is put down."""
        strokes, hand = self._canvas.strokes, self.hand
        if strokes is not None and hand:
            mask = strokes.mask()
            self.take("")
            self.used.emit(mask, hand == "in")
