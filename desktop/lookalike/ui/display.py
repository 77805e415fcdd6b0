"""Whether a window can be shown: tried before Qt is asked, since Qt ends the program if not."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from lookalike.words import tr

PACKAGES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""Debian's and Ubuntu's packages of the libraries that Qt is linked to."""

_LIBRARY: Final = re.compile(r"(lib[\w.+-]+\.so[.\d]*)")

Load = Callable[[str], object]


def missing_library(error: BaseException) -> str:
    """The library that an error of the loader is about, or ""."""
    found = _LIBRARY.search(str(error))
    return found.group(1) if found else ""


def sentence(library: str) -> str:
    """What to do about a missing library."""
    package = PACKAGES.get(library)
    if package:
        return tr(
            "The window cannot open because the system library {library} is missing; install "
            "the package {package} (on Debian and Ubuntu: sudo apt install {package})."
        ).format(library=library, package=package)
    return tr(
        "The window cannot open because the system library {library} is missing; install it."
    ).format(library=library)


def why_not(environment: Mapping[str, str], plugins: Path, load: Load = ctypes.CDLL) -> str:
    """Why Qt can show no window here, in one sentence; "" if it can.

    `plugins` is Qt's folder of platform plug-ins. Qt tries one after the other, so the first
    that loads and finds its display suffices.
    """
    if sys.platform in ("win32", "darwin"):
        return ""
    why = ""
    for name in _platforms(environment):
        plugin = plugins / f"libq{name}.so"
        if plugin.exists():
            found = _cannot_load(plugin, load) or _unreachable(name, environment, load)
            if not found:
                return ""
            why = why or found
    return why


def _cannot_load(plugin: Path, load: Load) -> str:
    try:
        load(os.fspath(plugin))
    except OSError as error:
        library = missing_library(error)
        # Its own name in the error says that the plug-in itself is broken.
        if library and library != plugin.name:
            return sentence(library)
        return tr("The window cannot open ({error}); install Lookalike again.").format(error=error)
    return ""


def _unreachable(name: str, environment: Mapping[str, str], load: Load) -> str:
    """Whether the display that the environment names answers."""
    if name == "wayland":
        told = environment.get("WAYLAND_DISPLAY", "wayland-0")
        socket = os.path.join(environment.get("XDG_RUNTIME_DIR", "/"), told)
        if not os.path.exists(socket):
            words = tr("The Wayland display {display} cannot be reached; is it still there?")
            return words.format(display=told)
    elif name == "xcb" and not _x_answers(load):
        told = environment.get("DISPLAY", "")
        return tr(
            'The display "{display}" cannot be reached; see DISPLAY, or allow this account in.'
        ).format(display=told)
    return ""


def _x_answers(load: Load) -> bool:
    """Try to connect as Qt will, by libxcb (which reads DISPLAY and XAUTHORITY itself)."""
    xcb = load("libxcb.so.1")
    if not isinstance(xcb, ctypes.CDLL):
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


def _platforms(environment: Mapping[str, str]) -> list[str]:
    """The plug-ins that Qt would try, best first (QGuiApplication's own order)."""
    asked = environment.get("QT_QPA_PLATFORM", "")
    if asked:
        return [each.partition(":")[0] for each in asked.split(";")]
    found = [("wayland", "WAYLAND_DISPLAY"), ("xcb", "DISPLAY")]
    return [name for name, variable in found if environment.get(variable)]
