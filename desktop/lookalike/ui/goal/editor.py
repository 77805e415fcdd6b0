"""A goal opened: which part of it counts, and how much. It lies over the photos, under its chip."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Goal, Region
from lookalike.ui import images
from lookalike.ui.choice import Choice
from lookalike.ui.evidence_tools.subject_tool import SubjectTool
from lookalike.ui.goal.chip import WEIGHTS, weight_in_words
from lookalike.ui.goal.region import RegionPicture
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.icons import IconButton
from lookalike.ui.jobs import Jobs
from lookalike.ui.labels import Elided
from lookalike.words import tr

_LIKENESSES: Final[tuple[tuple[str, tuple[float | None, float | None]], ...]] = (
    (tr("the dials"), (None, None)),
    (tr("meaning"), (1.0, 0.0)),
    (tr("texture"), (0.0, 0.0)),
    (tr("style"), (1.0, 1.0)),
)
_ROOM = QSize(360, 300)
_PICTURE_SIDE = 1024
_MARGIN = 8


class GoalEditor(QWidget):
    """Edits the goal at one place of the session; every change asks anew."""

    closed = Signal()
    compared = Signal()

    def __init__(
        self, jobs: Jobs, library: Library, session: SearchSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._session = jobs, library, session
        self._index = 0
        self._under = QPoint()
        self._shown: Goal | None = None
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Goal"))
        self._build()
        session.changed.connect(self._follow)
        self.hide()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        top = QHBoxLayout()
        self._name = Elided()
        cross = IconButton("x")
        cross.explain(tr("Close"), "Esc")
        cross.clicked.connect(self.close_editor)
        top.addWidget(self._name)
        top.addStretch(1)
        top.addWidget(cross)
        self._picture = RegionPicture(_ROOM)
        self._picture.chosen.connect(self._region_chosen)
        self._hint = QLabel()
        self._hint.setObjectName("secondary")
        column.addLayout(top)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._hint)
        self._subject = SubjectTool(self._jobs, self._library)
        self._subject.chosen.connect(self._subject_chosen)
        self._subject.styled.connect(self._style_chosen)
        self._subject.hide()
        column.addWidget(self._subject)
        column.addLayout(self._build_weight())
        column.addLayout(self._build_likeness())
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self._whole = QPushButton(tr("Whole picture"))
        self._whole.clicked.connect(lambda: self._region_chosen(None))
        self._by = QPushButton(tr("Subject"))
        self._by.setCheckable(True)
        self._by.setToolTip(tr("Click on a thing to search by it alone"))
        self._by.toggled.connect(self._by_subject)
        compare = QPushButton(tr("Compare"))
        compare.setToolTip(tr("The goal and the selected result in turn (F)"))
        compare.clicked.connect(self.compared)
        remove = QPushButton(tr("Remove"))
        remove.clicked.connect(self._remove)
        for button in (self._by, self._whole, compare, remove):
            buttons.addWidget(button)
        column.addLayout(buttons)

    def _build_weight(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._weight = QSlider(Qt.Orientation.Horizontal)
        self._weight.setRange(0, len(WEIGHTS) - 1)
        self._weight.setPageStep(1)
        self._weight.setAccessibleName(tr("How much this goal counts"))
        self._weight.setToolTip(tr("How much this goal counts: less like it, or more"))
        self._weight.valueChanged.connect(self._weighed)
        self._word = QLabel()
        self._word.setFixedWidth(64)
        for text, widget in ((tr("less like"), None), ("", self._weight), (tr("more like"), None)):
            if widget is not None:
                row.addWidget(widget, 1)
                continue
            label = QLabel(text)
            label.setObjectName("secondary")
            row.addWidget(label)
        row.addWidget(self._word)
        return row

    def _build_likeness(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        label = QLabel(tr("counts by"))
        label.setObjectName("secondary")
        self._likeness = Choice()
        self._likeness.addItems([text for text, _ in _LIKENESSES])
        self._likeness.setAccessibleName(tr("By what this goal counts"))
        self._likeness.setToolTip(
            tr("Whether this goal follows the dials, or counts in a way of its own")
        )
        self._likeness.activated.connect(self._likened)
        row.addWidget(label)
        row.addWidget(self._likeness, 1)
        return row

    @property
    def index(self) -> int:
        """The place of the goal that is open, or -1."""
        return self._index if self.isVisible() else -1

    def open_goal(self, index: int, under: QPoint) -> None:
        """Open the goal at `index`, below a point of the parent; a second time closes it."""
        if self.index == index:
            self.close_editor()
            return
        self._index, self._shown = index, None
        self._under = under
        self._follow_goal()
        self._fit()
        self.show()
        self.raise_()
        self._picture.setFocus()

    def close_editor(self) -> None:
        """Put it away."""
        if self.isVisible():
            self.hide()
            self._jobs.drop("goal-editor")
            self.closed.emit()

    def _fit(self) -> None:
        """Below its chip; higher up where the window is too low for that."""
        self.adjustSize()
        parent, under = self.parentWidget(), self._under
        if parent is None:
            return
        most = parent.width() - self.width() - _MARGIN
        lowest = parent.height() - self.height() - _MARGIN
        self.move(max(_MARGIN, min(under.x(), most)), max(_MARGIN, min(under.y(), lowest)))

    # --- what it shows

    def _follow(self) -> None:
        if not self.isVisible():
            return
        if self._index < len(self._session.query.goals):
            self._follow_goal()
        else:
            self.close_editor()

    def _follow_goal(self) -> None:
        goal = self._session.query.goals[self._index]
        self._name.setText(goal.name)
        self._picture.show_region(goal.region)
        self._hint.setText(_hint(goal))
        self._whole.setEnabled(goal.region is not None or goal.mask is not None)
        nearest = min(range(len(WEIGHTS)), key=lambda place: abs(WEIGHTS[place] - goal.weight))
        self._weight.blockSignals(True)
        self._weight.setValue(nearest)
        self._weight.blockSignals(False)
        self._word.setText(weight_in_words(goal.weight))
        self._likeness.setCurrentIndex(_likeness_of(goal))
        if self._shown is None or _source(self._shown) != _source(goal):
            self._read(goal)
        self._shown = goal

    def _read(self, goal: Goal) -> None:
        whole = replace(goal, region=None, mask=None)

        def load(_cancel: CancelToken) -> QImage:
            return images.to_image(self._library.goal_picture(whole, _PICTURE_SIDE))

        def came(image: QImage) -> None:
            self._picture.show_image(image)
            self._subject.show_goal(whole, image)
            self._fit()

        # The search itself says what is wrong with a goal.
        self._jobs.read(load, came, lambda _error: None, key="goal-editor")

    # --- what a person changes

    def _region_chosen(self, region: Region | None) -> None:
        goal = self._session.query.goals[self._index]
        self._session.change(self._index, replace(goal, region=region, mask=None))

    def _subject_chosen(self, made: Goal) -> None:
        goal = self._session.query.goals[self._index]
        self._session.change(self._index, replace(goal, region=None, mask=made.mask))

    def _style_chosen(self, subject: Goal, rest: Goal) -> None:
        goal = self._session.query.goals[self._index]
        self._session.in_style(
            self._index,
            replace(subject, weight=goal.weight),
            replace(rest, weight=goal.weight),
        )

    def _likened(self, place: int) -> None:
        goal = self._session.query.goals[self._index]
        depth, style = _LIKENESSES[place][1]
        self._session.change(self._index, replace(goal, depth=depth, style=style))

    def _by_subject(self, by_subject: bool) -> None:
        self._subject.setVisible(by_subject)
        self._picture.setVisible(not by_subject)
        self._hint.setVisible(not by_subject)
        self._fit()

    def _weighed(self, place: int) -> None:
        goal = self._session.query.goals[self._index]
        if not self._session.change(self._index, replace(goal, weight=WEIGHTS[place])):
            self._follow_goal()

    def _remove(self) -> None:
        index = self._index
        self.close_editor()
        self._session.remove(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is done with it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close_editor()
        else:
            super().keyPressEvent(event)


def _likeness_of(goal: Goal) -> int:
    """Which of `_LIKENESSES` a goal has; what is between them is nearest to the dials."""
    ways = [dials for _, dials in _LIKENESSES]
    own = (goal.depth, goal.style)
    return ways.index(own) if own in ways else 0


def _hint(goal: Goal) -> str:
    if goal.mask is not None:
        return tr("Only what is outlined counts.")
    if goal.region is not None:
        return tr("Only what is inside the rectangle counts.")
    return tr("Drag over the part of it that should count.")


def _source(goal: Goal) -> tuple[object, ...]:
    return goal.path, goal.data, goal.photo_id
