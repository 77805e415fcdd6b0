"""The goals of a search in a row that scrolls when there are many."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from lookalike.records import Goal
from lookalike.ui.goal.chip import SIDE, GoalChip
from lookalike.ui.goal.session import SearchSession, picture_of
from lookalike.words import tr

_GAP = 8


class ChipRow(QScrollArea):
    """A chip for each goal of the session. `opened` tells the place of one that was clicked."""

    opened = Signal(int)

    def __init__(self, session: SearchSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._goals: tuple[Goal, ...] = ()
        self._chips: list[GoalChip] = []
        self._pictures: dict[object, QImage] = {}
        self.setObjectName("chips")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Goals"))
        self.setFixedHeight(SIDE)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setWidgetResizable(True)
        self._inside = QWidget()
        self._inside.setObjectName("chips")
        self._row = QHBoxLayout(self._inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_GAP)
        self.setWidget(self._inside)
        session.pictured.connect(self._pictured)

    @property
    def chips(self) -> list[GoalChip]:
        """One for each goal, in their order."""
        return self._chips

    def follow(self) -> None:
        """Show the goals of the session."""
        goals = self._session.query.goals
        self.setVisible(bool(goals))
        if goals == self._goals:
            return
        held = next((place for place, chip in enumerate(self._chips) if chip.hasFocus()), -1)
        for chip in self._chips:
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._goals = goals
        # A picture stays the same whatever the goal weighs.
        kept = {picture_of(goal) for goal in goals}
        self._pictures = {key: image for key, image in self._pictures.items() if key in kept}
        self._chips = [self._chip(place, goal) for place, goal in enumerate(goals)]
        if held >= 0 and self._chips:
            self._chips[min(held, len(self._chips) - 1)].setFocus()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """All of them."""
        return QSize(max(1, len(self._chips)) * (SIDE + _GAP) - _GAP, SIDE)

    def minimumSizeHint(self) -> QSize:
        """One of them, and that there are more."""
        return QSize(SIDE + (SIDE // 2 if len(self._chips) > 1 else 0), SIDE)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls along the row."""
        bar = self.horizontalScrollBar()
        turn = event.angleDelta()
        bar.setValue(bar.value() - (turn.y() or turn.x()))
        event.accept()

    def _chip(self, place: int, goal: Goal) -> GoalChip:
        chip = GoalChip(goal)
        chip.removed.connect(lambda: self._session.remove(place))
        chip.clicked.connect(lambda: self.opened.emit(place))
        chip.weighed.connect(
            lambda weight: self._session.change(place, replace(goal, weight=weight))
        )
        self._row.addWidget(chip)
        chip.show()
        if picture_of(goal) in self._pictures:
            chip.show_image(self._pictures[picture_of(goal)])
        return chip

    def _pictured(self, goal: Goal, image: QImage) -> None:
        self._pictures[picture_of(goal)] = image
        for chip in self._chips:
            if picture_of(chip.goal) == picture_of(goal):
                chip.show_image(image)
