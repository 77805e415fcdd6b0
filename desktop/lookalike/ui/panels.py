"""How the window is laid out: panels, widths, theme, thumbnail size; kept for the next time."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter

from lookalike import settings as settings_file
from lookalike.progress import CancelToken
from lookalike.settings import Settings, Theme
from lookalike.ui import theme
from lookalike.ui.parts import Parts

NARROW = 900
"""Pixels of width up to which the inspector lies at the bottom."""

_PHOTOS = ("viewer", "library", "duplicates")
"""Pages that show photos: the inspector stands beside them."""

_KEEP_MILLISECONDS = 1000


class Panels(QObject):
    """Lays out `parts` by the settings, and settings by what a person did."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        super().__init__(parts.window)
        self._parts, self.settings = parts, settings
        self._library = parts.library
        self._selected = False
        self.inner, self.outer = QSplitter(), QSplitter()
        for splitter, widgets in (
            (self.inner, (parts.pages, parts.inspector)),
            (self.outer, (parts.sidebar, self.inner)),
        ):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
            for widget in widgets:
                splitter.addWidget(widget)
        self.inner.setStretchFactor(0, 1)
        self.outer.setStretchFactor(1, 1)
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(_KEEP_MILLISECONDS)
        self._keeping.timeout.connect(self._keep)
        self.inner.splitterMoved.connect(lambda *_: self._moved())
        self.outer.splitterMoved.connect(lambda *_: self._moved())
        parts.status.cell_changed.connect(lambda _cell: self.fit_cells())
        parts.evidence.shown_changed.connect(lambda shown: self._set(evidence_shown=shown))
        parts.inspector.strength_changed.connect(lambda value: self._set(strength=value))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def restore(self) -> None:
        """As the window was left."""
        settings, actions = self.settings, self._parts.actions
        for key, on in (
            ("sidebar", settings.sidebar_shown),
            ("inspector", settings.inspector_shown),
            ("whole", settings.whole_photos),
            ("stacked", settings.stacked),
            ("evidence", settings.evidence_shown),
            (f"theme_{settings.theme}", True),
        ):
            actions[key].setChecked(on)
        self._parts.window.resize(settings.width, settings.height)
        if settings.maximised:
            self._parts.window.setWindowState(Qt.WindowState.WindowMaximized)
        self.outer.setSizes([settings.sidebar_width, settings.width - settings.sidebar_width])
        self.fit_cells()
        self.show()
        self.resized()

    def select(self, *, selected: bool) -> None:
        """The inspector appears with the first selection."""
        if selected and not self._selected:
            self._selected = True
            self.show()

    def show(self) -> None:
        """Show or fold the panels, as their actions say."""
        parts = self._parts
        actions = parts.actions
        page = parts.pages.name
        bare, photos = page in ("viewer", "first-run"), page in _PHOTOS
        parts.strip.setVisible(not bare)
        parts.sidebar.setVisible(actions["sidebar"].isChecked() and not bare)
        parts.status.show_sizes(visible=page == "library")
        # In a narrow window the photo that is viewed needs the room.
        squeezed = page == "viewer" and parts.window.width() <= NARROW
        wanted = actions["inspector"].isChecked() and photos and not squeezed
        appears = wanted and self._selected
        if parts.inspector.isHidden() == appears:
            parts.inspector.setVisible(appears)
            self._size_inspector()
        self._set(
            sidebar_shown=actions["sidebar"].isChecked(),
            inspector_shown=actions["inspector"].isChecked(),
        )

    def resized(self) -> None:
        """A narrow window has its inspector at the bottom."""
        narrow = self._parts.window.width() <= NARROW
        way = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self.inner.orientation() != way:
            self.inner.setOrientation(way)
            self._parts.inspector.lie_down(flat=narrow)
            self._size_inspector()
        self._keeping.start()

    def fit_cells(self) -> None:
        """Thumbnails as large as the slider says."""
        cell, whole = self._parts.status.cell(), self._parts.actions["whole"].isChecked()
        self._parts.grid.set_cell(cell, whole=whole)
        stacked = self._parts.actions["stacked"].isChecked()
        self._parts.grid.set_stacked(stacked=stacked)
        self._set(cell=cell, whole_photos=whole, stacked=stacked)

    def set_theme(self, chosen: Theme) -> None:
        """Light, dark, or as the system."""
        self._set(theme=chosen)
        self._parts.actions[f"theme_{chosen}"].setChecked(True)
        theme.apply(theme.chosen(chosen))

    def full_screen(self) -> None:
        """The whole screen, or a window again."""
        window = self._parts.window
        if self._parts.actions["full_screen"].isChecked():
            window.showFullScreen()
        else:
            window.showNormal()

    def close(self) -> None:
        """Keep everything now."""
        self._keeping.stop()
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._system_changed)
        self._measure()
        if self._library.writable:
            # A disk that cannot be written to loses the settings and nothing else.
            with suppress(OSError):
                settings_file.save(self._library.paths.settings, self.settings)

    def _size_inspector(self) -> None:
        flat = self.inner.orientation() == Qt.Orientation.Vertical
        wanted = self.settings.inspector_height if flat else self.settings.inspector_width
        whole = self.inner.height() if flat else self.inner.width()
        self.inner.setSizes([max(1, whole - wanted), wanted])

    def _moved(self) -> None:
        self._measure()
        self._keeping.start()

    def _measure(self) -> None:
        parts, window = self._parts, self._parts.window
        maximised = window.isMaximized() or window.isFullScreen()
        size = window.normalGeometry().size() if maximised else window.size()
        found: dict[str, Any] = {
            "width": size.width(),
            "height": size.height(),
            "maximised": window.isMaximized(),
        }
        if parts.sidebar.isVisible():
            found["sidebar_width"] = parts.sidebar.width()
        if parts.inspector.isVisible():
            flat = self.inner.orientation() == Qt.Orientation.Vertical
            side = parts.inspector.height() if flat else parts.inspector.width()
            found["inspector_height" if flat else "inspector_width"] = side
        self.settings = self.settings._replace(**found)

    def _set(self, **changes: object) -> None:
        changed = self.settings._replace(**changes)  # type: ignore[arg-type]
        if changed != self.settings:
            self.settings = changed
            self._keeping.start()

    def _keep(self) -> None:
        if not self._library.writable:
            return
        self._measure()
        path, settings = self._library.paths.settings, self.settings

        def save(_cancel: CancelToken) -> None:
            settings_file.save(path, settings)

        self._parts.jobs.read(save, lambda _none: None, lambda _error: None, key="settings")

    def _system_changed(self) -> None:
        if self.settings.theme == "system":
            theme.apply(theme.chosen("system"))
