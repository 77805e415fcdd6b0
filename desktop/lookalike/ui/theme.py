"""Colours and the style sheet: neutral greys, one accent, dark and light."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of a theme."""

    window: str
    panel: str
    raised: str
    text: str
    secondary: str
    accent: str = "#4c8dff"


DARK = Tokens("#1b1b1d", "#232326", "#2e2e33", "#e8e8ea", "#a0a0a8")
LIGHT = Tokens("#f4f4f5", "#ffffff", "#e6e6e9", "#1b1b1d", "#5c5c66")

_STYLE = """
* {{ font-size: 13px; color: {text}; }}
QMainWindow, QWidget#page {{ background: {window}; }}
QWidget#panel {{ background: {panel}; }}
QLabel#secondary {{ color: {secondary}; font-size: 11px; }}
QLabel#title {{ font-size: 17px; }}
QPushButton {{ background: {raised}; border: none; border-radius: 6px; padding: 8px 12px; }}
QPushButton:focus {{ outline: none; border: 2px solid {accent}; padding: 6px 10px; }}
QPushButton#primary {{ background: {accent}; color: #10131a; }}
QStatusBar, QMenuBar, QMenu {{ background: {panel}; }}
QMenu::item:selected, QMenuBar::item:selected {{ background: {accent}; color: #10131a; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {raised}; border-radius: 5px; min-height: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
"""


def apply(tokens: Tokens) -> None:
    """Give the whole application this theme."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.window,
        QPalette.ColorRole.Base: tokens.window,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.Highlight: tokens.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    application.setPalette(palette)
    application.setStyleSheet(
        _STYLE.format(
            window=tokens.window,
            panel=tokens.panel,
            raised=tokens.raised,
            text=tokens.text,
            secondary=tokens.secondary,
            accent=tokens.accent,
        )
    )


def of_the_system() -> Tokens:
    """Light where the system says so, else dark."""
    from PySide6.QtCore import Qt

    hints = QGuiApplication.styleHints()
    return LIGHT if hints.colorScheme() == Qt.ColorScheme.Light else DARK
