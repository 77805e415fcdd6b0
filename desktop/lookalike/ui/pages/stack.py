"""The stack of pages, by name."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from lookalike.ui.later import Later


class Pages(QStackedWidget):
    """`add` a page under a name; `go` to it. A page with `entered()` is told when it is shown."""

    went = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: dict[str, Later[QWidget]] = {}

    def add(self, name: str, page: Later[QWidget]) -> None:
        """Register a page, which is made when it is first shown."""
        self._pages[name] = page
        page.when_made(self.addWidget)

    def minimumSizeHint(self) -> QSize:
        """What the page that is shown needs; a hidden one does not make the window wider."""
        shown = self.currentWidget()
        return shown.minimumSizeHint() if shown is not None else super().minimumSizeHint()

    def go(self, name: str) -> None:
        """Show a page. Raises KeyError for a name that is not registered."""
        page = self._pages[name]()
        if page is self.currentWidget():
            return
        self.setCurrentWidget(page)
        entered = getattr(page, "entered", None)
        if entered is not None:
            entered()
        self.updateGeometry()
        self.went.emit(name)

    @property
    def name(self) -> str:
        """The page that is shown."""
        shown = self.currentWidget()
        return next((name for name, page in self._pages.items() if page.made is shown), "")

    def page(self, name: str) -> QWidget:
        """A page by its name."""
        return self._pages[name]()
