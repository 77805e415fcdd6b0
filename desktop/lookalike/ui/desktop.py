"""The desktop around the window: open a file, show it in the file manager, fill the clipboard."""

from __future__ import annotations

import os
import sys
from typing import Final

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage

from lookalike.words import tr

FILE_MANAGER: Final = {"darwin": "Finder", "win32": "Explorer"}.get(
    sys.platform, tr("file manager")
)
SHOW_IN: Final = tr("Show in {program}").format(program=FILE_MANAGER)


def open_file(path: str) -> bool:
    """With the program the system has for it; whether there is one."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def reveal(path: str) -> bool:
    """Show a file in the file manager, selected where that is possible."""
    if sys.platform == "darwin":
        return _started(["open", "-R", path])
    if sys.platform == "win32":
        return _started(["explorer", f"/select,{os.path.normpath(path)}"])
    if QGuiApplication.platformName() != "offscreen" and _asked_over_dbus(path):
        return True
    return open_file(os.path.dirname(path))


def copy_text(text: str) -> None:
    """To the clipboard."""
    QGuiApplication.clipboard().setText(text)


def copy_image(image: QImage, path: str) -> None:
    """To the clipboard: the picture, and the file for programs that take files."""
    mime = QMimeData()
    mime.setImageData(image)
    mime.setUrls([QUrl.fromLocalFile(path)])
    QGuiApplication.clipboard().setMimeData(mime)


def _asked_over_dbus(path: str) -> bool:
    """freedesktop.org's file manager interface, without waiting for its answer."""
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage
    except ImportError:
        return False
    name, where = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1"
    bus = QDBusConnection.sessionBus()
    service = bus.interface() if bus.isConnected() else None
    if service is None:
        return False
    activatable = service.activatableServiceNames().value()
    if not activatable or name not in activatable:
        return False
    message = QDBusMessage.createMethodCall(name, where, name, "ShowItems")
    message.setArguments([[QUrl.fromLocalFile(path).toString()], ""])
    return bool(bus.send(message))


def _started(command: list[str]) -> bool:
    import subprocess

    try:
        subprocess.Popen(command)
    except OSError:
        return False
    return True
