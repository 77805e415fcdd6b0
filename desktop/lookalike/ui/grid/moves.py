"""How a person moves through the grid: where a key leads, and dragging a photo out."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl
from PySide6.QtGui import QDrag, QKeyEvent, QPixmap
from PySide6.QtWidgets import QWidget

from lookalike.records import Photo
from lookalike.ui.grid.layout import GridLayout

PHOTO_MIME = "application/x-lookalike-photo"
"""Carries a photo's id within the window; its file goes along for other programs."""

_GHOST = QSize(96, 96)


def target(
    event: QKeyEvent, layout: GridLayout, current: int | None, first: int, page: int
) -> int | None:
    """The cell a key leads to from `current`; from nowhere, to the `first` in sight.

    `page` is in rows. None for a key that does not move.
    """
    key = Qt.Key(event.key())
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not layout.count:
        return None
    ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: layout.count - 1}
    steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
    rows = {
        Qt.Key.Key_Up: -1,
        Qt.Key.Key_Down: 1,
        Qt.Key.Key_PageUp: -page,
        Qt.Key.Key_PageDown: page,
    }
    if key in ends:
        return ends[key]
    if key not in steps and key not in rows:
        return None
    if current is None:
        return first
    if key in steps:
        return max(0, min(layout.count - 1, current + steps[key]))
    return layout.beside(current, rows[key])


def drag(source: QWidget, photo: Photo, pixmap: QPixmap | None) -> None:
    """Let a photo be dragged out as a file, or onto the window as a goal; returns when dropped."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(photo.path)])
    mime.setData(PHOTO_MIME, str(photo.id).encode())
    dragged = QDrag(source)
    dragged.setMimeData(mime)
    if pixmap is not None:
        keep, smooth = (
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        dragged.setPixmap(pixmap.scaled(_GHOST, keep, smooth))
    dragged.exec(Qt.DropAction.CopyAction)
