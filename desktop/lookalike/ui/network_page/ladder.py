"""The ladder of layers, from edges to things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lookalike.ui import theme
from lookalike.words import in_figures, retold, tr

if TYPE_CHECKING:
    from lookalike.library import Layer

_NAME = Qt.ItemDataRole.UserRole


class Ladder(QWidget):
    """`chosen` with a layer's name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(120)
        self._tree = QTreeWidget()
        self._tree.setColumnCount(2)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setIndentation(0)
        self._tree.setAccessibleName(tr("Layers, from edges to things"))
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.currentItemChanged.connect(self._changed)
        edges, things = QLabel(tr("edges")), QLabel(tr("things"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 0, 8)
        column.setSpacing(2)
        for widget in (edges, self._tree, things):
            if isinstance(widget, QLabel):
                widget.setObjectName("secondary")
                widget.setContentsMargins(4, 0, 0, 0)
            column.addWidget(widget, int(widget is self._tree))

    def show_layers(self, layers: Sequence[Layer], chosen: str) -> None:
        """List these; `chosen` is marked, and nothing is told."""
        self._tree.blockSignals(True)
        self._tree.clear()
        for layer in layers:
            item = QTreeWidgetItem([layer.name, in_figures(layer.filters)])
            item.setData(0, _NAME, layer.name)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setFont(1, theme.font(theme.SECONDARY))
            item.setForeground(1, QBrush(QColor(theme.current().secondary)))
            tip = tr("{count} filters; each place sees {pixels} pixels a side").format(
                count=in_figures(layer.filters), pixels=in_figures(layer.sees, ".0f")
            )
            if layer.obstacle:
                words = tr("{tip}. No saliency: {obstacle}")
                tip = words.format(tip=tip, obstacle=retold(layer.obstacle))
            item.setToolTip(0, tip)
            self._tree.addTopLevelItem(item)
            if layer.name == chosen:
                self._tree.setCurrentItem(item)
        self._tree.blockSignals(False)

    def compact(self, narrow: bool) -> None:
        """In a narrow page names alone."""
        self._tree.setColumnHidden(1, narrow)

    def select(self, name: str) -> None:
        """Choose a layer."""
        for number in range(self._tree.topLevelItemCount()):
            item = self._tree.topLevelItem(number)
            if item is not None and item.data(0, _NAME) == name:
                self._tree.setCurrentItem(item)

    def names(self) -> list[str]:
        """What is listed."""
        items = (self._tree.topLevelItem(n) for n in range(self._tree.topLevelItemCount()))
        return [str(item.data(0, _NAME)) for item in items if item is not None]

    def _changed(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(0, _NAME)))
