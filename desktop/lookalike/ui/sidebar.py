"""The sidebar: where a person can go, with counts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from lookalike.ui import icons, theme
from lookalike.ui.icons import IconButton
from lookalike.ui.inspector.facts import readable
from lookalike.ui.places import Place
from lookalike.words import in_figures, tr

_KEY = Qt.ItemDataRole.UserRole


class Sidebar(QWidget):
    """Lists places; `gone_to` when one is chosen."""

    gone_to = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(140)
        self._places: tuple[Place, ...] = ()
        self._current = "all"
        self._tree = QTreeWidget()
        self._tree.setColumnCount(2)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setIndentation(0)
        self._tree.setAccessibleName(tr("Library"))
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.currentItemChanged.connect(self._chosen)
        self._tree.itemClicked.connect(self._go)
        self._tree.customContextMenuRequested.connect(self._menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 12, 0, 8)
        column.addWidget(self._tree, 1)
        add = IconButton("folder-plus", actions["add_folder"])
        add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        add.setText(tr(" Add folder"))
        column.addWidget(add)

    @property
    def places(self) -> tuple[Place, ...]:
        """What is listed."""
        return self._places

    def show_places(self, places: tuple[Place, ...]) -> None:
        """List these; the present one stays chosen."""
        if places == self._places:
            return
        self._places = places
        self._fill()

    def show_current(self, key: str) -> None:
        """Mark where the window is."""
        self._current = key
        for item in self._items():
            if item.data(0, _KEY) == key:
                self._tree.blockSignals(True)
                self._tree.setCurrentItem(item)
                self._tree.blockSignals(False)

    def changeEvent(self, event: QEvent) -> None:
        """Icons follow the theme."""
        if event.type() == QEvent.Type.StyleChange:
            self._fill()
        super().changeEvent(event)

    def _fill(self) -> None:
        self._tree.blockSignals(True)
        self._tree.clear()
        section = ""
        tokens = theme.current()
        for place in self._places:
            if place.section != section:
                section = place.section
                self._tree.addTopLevelItem(_heading(section))
            count = "" if place.count is None else in_figures(place.count)
            item = QTreeWidgetItem([place.text, count])
            item.setIcon(0, icons.icon(place.icon))
            item.setData(0, _KEY, place.key)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setFont(1, theme.font(theme.SECONDARY))
            item.setForeground(1, QBrush(QColor(tokens.secondary)))
            if place.folder:
                state = "" if place.online else tr(" (cannot be reached now)")
                item.setToolTip(0, readable(place.folder) + state)
            self._tree.addTopLevelItem(item)
        self._tree.blockSignals(False)
        self.show_current(self._current)

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self._tree.topLevelItem(n) for n in range(self._tree.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _place(self, item: QTreeWidgetItem | None) -> Place | None:
        key = item.data(0, _KEY) if item is not None else None
        return next((place for place in self._places if place.key == key), None)

    def _chosen(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        self._go(item)

    def _go(self, item: QTreeWidgetItem | None) -> None:
        place = self._place(item)
        if place is not None:
            self._current = place.key
            self.gone_to.emit(place)

    def _menu(self, point: QPoint) -> None:
        place = self._place(self._tree.itemAt(point))
        if place is not None:
            self.menu_asked.emit(place, self._tree.viewport().mapToGlobal(point))


def _heading(text: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([text, ""])
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setFont(0, theme.font(theme.SECONDARY, strong=True))
    item.setForeground(0, QBrush(QColor(theme.current().secondary)))
    return item
