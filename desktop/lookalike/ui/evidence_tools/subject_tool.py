"""The subject of a goal: found at a click, corrected with two brushes, taken in or left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Goal
from lookalike.ui.evidence_tools.subject_picture import Hand, SubjectPicture
from lookalike.ui.jobs import Jobs
from lookalike.words import retold, tr

if TYPE_CHECKING:
    from lookalike.library import Subject

_ROOM: Final = QSize(360, 300)
_HANDS: Final[tuple[tuple[Hand, str, str], ...]] = (
    ("find", tr("Find"), tr("Click on a thing to outline it")),
    ("in", tr("Brush in"), tr("Paint over what belongs to it")),
    ("out", tr("Brush out"), tr("Paint over what does not")),
)


class SubjectTool(QWidget):
    """`chosen` tells the goal as it is to be searched by; `styled` that and the rest's style."""

    chosen = Signal(object)
    styled = Signal(object, object)

    def __init__(self, jobs: Jobs, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._goal: Goal | None = None
        self.subject: Subject | None = None
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.picture = SubjectPicture(_ROOM)
        self.picture.found.connect(self._find)
        self.picture.painted.connect(self._correct)
        self._hint = QLabel()
        self._hint.setObjectName("secondary")
        self._hint.setWordWrap(True)
        hands = QHBoxLayout()
        hands.setSpacing(8)
        self._group = QButtonGroup(self)
        self.hands: dict[Hand, QPushButton] = {}
        for hand, text, tip in _HANDS:
            button = QPushButton(text)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.clicked.connect(lambda *_, hand=hand: self._take(hand))
            self._group.addButton(button)
            self.hands[hand] = button
            hands.addWidget(button)
        choice = QHBoxLayout()
        choice.setSpacing(8)
        self.just_this, self.not_this = (
            QPushButton(tr("Just this")),
            QPushButton(tr("All but this")),
        )
        self.just_this.setToolTip(tr("Search by what is outlined alone"))
        self.not_this.setToolTip(tr("Search by all that is around it"))
        self.in_style = QPushButton(tr("This, in its style"))
        self.in_style.setToolTip(
            tr("What is outlined by its meaning, what is around it by its style")
        )
        self.in_style.clicked.connect(self._choose_style)
        self.just_this.clicked.connect(lambda: self._choose(background=False))
        self.not_this.clicked.connect(lambda: self._choose(background=True))
        choice.addWidget(self.just_this)
        choice.addWidget(self.not_this)
        choice.addWidget(self.in_style)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._hint)
        column.addLayout(hands)
        column.addLayout(choice)

    def show_goal(self, goal: Goal, image: QImage) -> None:
        """Begin with the goal's whole picture."""
        self._goal = goal
        self.picture.show_image(image)
        self._found(None)
        self._take("find")

    def _take(self, hand: Hand) -> None:
        self.picture.hand = hand
        self.hands[hand].setChecked(True)

    def _find(self, x: float, y: float) -> None:
        goal = self._goal
        if goal is None:
            return
        self._hint.setText(tr("Looking for its outline…"))

        def work(_cancel: CancelToken) -> Subject:
            return self._library.segmenter.subject(goal, [(x, y)])

        self.picture.forget()
        self._jobs.read(work, self._found, self._failed, key="subject")

    def _correct(self) -> None:
        subject = self.subject
        inside, outside = self.picture.strokes("in"), self.picture.strokes("out")
        if subject is not None:
            self._jobs.read(
                lambda _cancel: subject.corrected(inside, outside),
                self._found,
                self._failed,
                key="subject",
            )

    def _found(self, subject: Subject | None) -> None:
        self.subject = subject
        if subject is not None:
            self.picture.show_mask(subject.mask)
        self._hint.setText(
            tr("Click on the thing that should count.")
            if subject is None
            else tr("Brush in what is missing, brush out what is too much.")
        )
        choices = (self.just_this, self.not_this, self.in_style)
        for button in (self.hands["in"], self.hands["out"], *choices):
            button.setEnabled(subject is not None)

    def _failed(self, error: object) -> None:
        self._hint.setText(retold(str(error)))

    def _choose(self, *, background: bool) -> None:
        if self.subject is not None and self._goal is not None:
            self.chosen.emit(self.subject.as_goal(self._goal, background=background))

    def _choose_style(self) -> None:
        subject, goal = self.subject, self._goal
        if subject is None or goal is None:
            return

        def work(_cancel: CancelToken) -> tuple[Goal, Goal]:
            return self._library.segmenter.in_this_style(
                replace(subject.as_goal(goal), depth=1.0, style=0.0)
            )

        self._jobs.read(work, lambda pair: self.styled.emit(*pair), self._failed, key="subject")
