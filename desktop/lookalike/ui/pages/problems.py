"""The files that were skipped, each with its reason; read a page at a time."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.records import Problem
from lookalike.ui import desktop
from lookalike.ui.inspector.facts import from_home, readable
from lookalike.ui.jobs import Jobs
from lookalike.words import in_figures, retold, tr

PAGE = 200
_PATH = Qt.ItemDataRole.UserRole


class ProblemsPage(QWidget):
    """A list; scrolling to its end reads more of it."""

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        actions: dict[str, QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._jobs, self._library = jobs, library
        self._all_there = False
        self._asking = False
        self._title, sentence = (
            QLabel(tr("Problems")),
            QLabel(
                tr(
                    "These files were skipped. Nothing was done to them; they are tried again when "
                    "they change."
                )
            ),
        )
        self._title.setObjectName("title")
        sentence.setObjectName("secondary")
        sentence.setWordWrap(True)
        again = QPushButton(tr("Look again"))
        again.clicked.connect(actions["rescan"].trigger)
        self._reveal = QPushButton(desktop.SHOW_IN)
        self._reveal.setEnabled(False)
        self._reveal.clicked.connect(self._show_file)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([tr("File"), tr("Reason"), tr("Folder")])
        self.tree.setRootIsDecorated(False)
        self.tree.setWordWrap(True)
        self.tree.setAccessibleName(tr("Problems"))
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.tree.header()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(0, 180)
        header.resizeSection(2, 180)
        header.setStretchLastSection(False)
        self.tree.itemActivated.connect(lambda _item: self._show_file())
        self.tree.currentItemChanged.connect(
            lambda item, _before: self._reveal.setEnabled(item is not None)
        )
        self.tree.verticalScrollBar().valueChanged.connect(self._scrolled)
        top = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        words.addWidget(sentence)
        top.addLayout(words, 1)
        top.addWidget(self._reveal)
        top.addWidget(again)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 8, 0)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.tree, 1)

    def entered(self) -> None:
        """Read the first page."""
        self._all_there = self._asking = False
        self._read(0)

    def refresh(self) -> None:
        """The library has changed."""
        if self.isVisible():
            self.entered()

    def _read(self, offset: int) -> None:
        self._asking = True

        def came(problems: list[Problem]) -> None:
            self._asking = False
            self._all_there = len(problems) < PAGE
            if offset == 0:
                self.tree.clear()
            self.tree.addTopLevelItems([_row(problem) for problem in problems])
            count = self.tree.topLevelItemCount()
            told = (
                tr("Problems · {count}") if self._all_there else tr("Problems · {count} and more")
            )
            self._title.setText(told.format(count=in_figures(count)))

        self._jobs.read(lambda _cancel: self._library.problems(PAGE, offset), came, key="problems")

    def _scrolled(self, value: int) -> None:
        bar = self.tree.verticalScrollBar()
        if value > bar.maximum() - bar.pageStep() and not self._asking and not self._all_there:
            self._read(self.tree.topLevelItemCount())

    def _show_file(self) -> None:
        item = self.tree.currentItem()
        if item is not None:
            desktop.reveal(item.data(0, _PATH))


def _row(problem: Problem) -> QTreeWidgetItem:
    name, folder = (
        readable(os.path.basename(problem.path)),
        from_home(os.path.dirname(problem.path)),
    )
    reason = retold(problem.reason)
    item = QTreeWidgetItem([name, reason, folder])
    item.setData(0, _PATH, problem.path)
    for column, text in enumerate((readable(problem.path), reason, folder)):
        item.setToolTip(column, text)
    return item
