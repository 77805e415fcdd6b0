"""Qt's own words (file dialogs, menus of text fields, names of keys) in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from lookalike.words import language

_PLACE = QLibraryInfo.LibraryPath.TranslationsPath


def install(application: QCoreApplication) -> None:
    """Give Qt the catalogue of the window's language; English is what it speaks without one."""
    if language == "en":
        return
    translator = QTranslator(application)
    if translator.load(f"qtbase_{language}", QLibraryInfo.path(_PLACE)):
        application.installTranslator(translator)
