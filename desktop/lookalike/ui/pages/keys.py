"""Every action and its keys, read from the table that makes the menus."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lookalike.ui.actions import ACTS
from lookalike.words import tr

_COLUMNS = 2


class KeysPage(QScrollArea):
    """A table by menu."""

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        title = QLabel(tr("Keys"))
        title.setObjectName("title")
        column.addWidget(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        rows: list[tuple[str, QAction | None]] = [
            (actions[act.key].text().replace("&", "").rstrip("…"), actions[act.key])
            for act in ACTS
            if act.keys
        ]
        rows.append((tr("Peek without evidence while S is held"), None))
        half = -(-len(rows) // _COLUMNS)
        for number, (text, action) in enumerate(rows):
            row, side = number % half, number // half
            keys = tr(" or ").join(_written(action)) if action is not None else tr("S, held")
            left, right = QLabel(text), QLabel(keys)
            right.setObjectName("secondary")
            left.setWordWrap(True)
            grid.addWidget(left, row, side * 2)
            grid.addWidget(right, row, side * 2 + 1, Qt.AlignmentFlag.AlignLeft)
        for side in range(_COLUMNS):
            grid.setColumnStretch(side * 2, 3)
            grid.setColumnStretch(side * 2 + 1, 2)
        column.addLayout(grid)
        column.addStretch(1)
        self.setWidget(page)


def _written(action: QAction) -> list[str]:
    return [
        each.toString(each.SequenceFormat.NativeText)
        for each in action.shortcuts()
        if not each.toString().endswith("Enter")
    ]
