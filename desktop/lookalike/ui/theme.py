"""Colours, sizes and the style sheet: neutral greys, one accent, dark and light."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from lookalike.settings import Theme

BODY, SECONDARY, TITLE = 13, 11, 17
"""Pixels of the three sizes of type."""

WARM, COLD = "#ff9f1c", "#3da5ff"
"""Evidence for and against."""


ARGUMENTS: Final = ("lookalike", "-style", "fusion")
"""What the application is made with: the style that the sheets below are drawn on, everywhere."""


class Tokens(NamedTuple):
    """The colours of a theme. `line` is a hairline, `edge` the outline of a control (3:1)."""

    window: str
    panel: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    secondary: str
    accent: str = "#4c8dff"
    on_accent: str = "#0b1220"


DARK: Final = Tokens(
    "#1b1b1d", "#232326", "#2e2e33", "#3a3a40", "#36363c", "#75757f", "#e8e8ea", "#a0a0a8"
)
LIGHT: Final = Tokens(
    "#f4f4f5", "#ffffff", "#e6e6e9", "#d9d9de", "#dcdce0", "#85858f", "#1b1b1d", "#5c5c66"
)

_STYLE = """
QMainWindow, QWidget#page {{ background: {window}; }}
QAbstractScrollArea {{ background: {window}; border: none; }}
QWidget#panel, QScrollArea#panel {{ background: {panel}; border: none; }}
QLabel {{ background: transparent; }}
QLabel#secondary {{ color: {secondary}; font-size: 11px; }}
QLabel#title {{ font-size: 17px; font-weight: 600; }}
QLabel#number {{ font-size: 17px; font-weight: 600; }}
QPushButton {{ background: {raised}; border: 1px solid transparent; border-radius: 6px;
    padding: 6px 12px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {line}; }}
QPushButton:checked {{ background: {line}; border: 1px solid {accent}; }}
QPushButton:focus {{ border: 1px solid {accent}; }}
QPushButton:disabled {{ color: {secondary}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; font-weight: 600;
    padding: 8px 16px; }}
QPushButton#primary:hover {{ background: #6ba1ff; }}
QPushButton#primary:focus {{ border: 1px solid {text}; }}
QPushButton#segment {{ background: transparent; color: {secondary}; }}
QPushButton#segment:hover {{ background: {raised}; }}
QPushButton#segment:checked {{ background: {raised}; color: {text}; }}
QPushButton#segment:focus {{ border: 1px solid {accent}; }}
QPushButton#primary:disabled {{ background: {raised}; color: {secondary}; }}
QPushButton#link {{ background: transparent; text-align: left; padding: 4px 8px; }}
QPushButton#link:hover {{ background: {raised}; }}
QComboBox {{ background: {raised}; border: 1px solid transparent; border-radius: 6px;
    padding: 5px 28px 5px 12px; }}
QComboBox::drop-down {{ border: none; width: 0; }}
QComboBox:hover {{ background: {hover}; }}
QComboBox:focus {{ border: 1px solid {accent}; }}
QComboBox QAbstractItemView {{ background: {panel}; border: 1px solid {line};
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
    padding: 5px; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:pressed, QToolButton:checked {{ background: {raised}; }}
QToolButton:focus {{ border: 1px solid {accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QMenuBar {{ background: {panel}; padding: 2px 4px; border: none; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 6px; background: transparent; }}
QMenuBar::item:selected {{ background: {raised}; }}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {secondary}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QMenu::indicator {{ width: 12px; height: 12px; left: 6px; }}
QMenu::indicator:checked {{ background: {accent}; border-radius: 6px; }}
QMenu[checks="true"]::item {{ padding-left: 28px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {edge}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 36px; }}
QScrollBar::handle:horizontal {{ min-width: 36px; }}
QScrollBar::handle:hover {{ background: {secondary}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QSplitter::handle:hover {{ background: {accent}; }}
QSlider::groove:horizontal {{ height: 4px; background: {raised}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {edge}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
    background: {text}; }}
QSlider::handle:horizontal:hover {{ background: {accent}; }}
QSlider::handle:horizontal:focus {{ background: {accent}; }}
QProgressBar {{ background: {raised}; border: none; border-radius: 2px; max-height: 4px;
    min-height: 4px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 2px; }}
QTreeView {{ background: transparent; border: none; outline: none; show-decoration-selected: 1; }}
QTreeView::item {{ padding: 5px 4px; border: none; }}
QTreeView::item:hover {{ background: {raised}; }}
QTreeView::item:selected {{ background: {raised}; color: {text}; }}
QTreeView::item:selected:focus {{ background: {accent}; color: {on_accent}; }}
QHeaderView::section {{ background: {window}; color: {secondary}; border: none;
    padding: 6px 8px; font-size: 11px; }}
QLineEdit {{ background: {raised}; border: 1px solid transparent; border-radius: 6px;
    padding: 6px 8px; selection-background-color: {accent}; }}
QLineEdit:focus {{ border: 1px solid {accent}; }}
QWidget#strip {{ background: {panel}; border-bottom: 1px solid {line}; }}
QWidget#foot {{ background: {panel}; border-top: 1px solid {line}; }}
QWidget#card {{ background: {panel}; border: 1px solid {edge}; border-radius: 6px; }}
QWidget#chips, QScrollArea#chips {{ background: transparent; }}
QWidget#chip {{ background: {raised}; border-radius: 6px; }}
QWidget#banner {{ background: {raised}; border-radius: 6px; }}
QWidget#banner QPushButton {{ background: {hover}; }}
QWidget#banner QPushButton:hover {{ background: {line}; }}
QWidget#banner QToolButton:hover {{ background: {hover}; }}
"""

_current = DARK


def current() -> Tokens:
    """The theme that is applied now."""
    return _current


def chosen(theme: Theme) -> Tokens:
    """What a setting means: "system" is light where the system says so, else dark."""
    if theme == "system":
        # Unknown (offscreen, or a desktop that says nothing) means dark: best for photos.
        light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if theme == "light" else DARK


def apply(tokens: Tokens) -> None:
    """Give the whole application this theme."""
    choose(tokens)
    dress()


def choose(tokens: Tokens) -> None:
    """The theme's colours and font, for what is made from now on; its style sheet with `dress`."""
    global _current  # noqa: PLW0603 - a process has one theme, as it has one QApplication
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return
    _current = tokens
    application.setFont(font(BODY))
    application.setPalette(_palette(tokens))


def dress() -> None:
    """Give every widget the style sheet of the theme that was chosen.

    A window does so when all its parts are in place: under a style sheet Qt styles a widget, and
    all that is in it, anew each time it is put into another.
    """
    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setStyleSheet(_STYLE.format(**_current._asdict()))


def font(pixels: int, *, strong: bool = False) -> QFont:
    """The system's font at a size, with figures of one width."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(pixels)
    made.setFeature(QFont.Tag("tnum"), 1)
    if strong:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(tokens.raised), QColor(tokens.window))
    for each, colour in {
        role.Window: tokens.window,
        role.Base: tokens.window,
        role.AlternateBase: tokens.panel,
        role.Text: tokens.text,
        role.WindowText: tokens.text,
        role.ButtonText: tokens.text,
        role.Button: tokens.raised,
        role.Mid: tokens.line,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.secondary,
        role.Link: tokens.accent,
    }.items():
        palette.setColor(each, QColor(colour))
    for each in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(tokens.secondary))
    return palette
