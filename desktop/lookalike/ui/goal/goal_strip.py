"""The strip above the photos: the goals, what was found, and the dials of the search."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QImage, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from lookalike.records import Answer, Goal
from lookalike.ui.goal.chip import DropTile, GoalChip
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.icons import IconButton
from lookalike.ui.labels import Elided

_NARROW = 860


class GoalStrip(QWidget):
    """Shows the session. `asked_for_file` when a person wants to pick a goal."""

    asked_for_file = Signal()
    goal_clicked = Signal(object)

    def __init__(
        self, session: SearchSession, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._chips: list[GoalChip] = []
        self._pictures: dict[Goal, QImage] = {}
        self._build(actions)
        session.changed.connect(self._show_goals)
        session.asked.connect(self._looking)
        session.answered.connect(self._answered)
        session.pictured.connect(self._pictured)
        self._show_goals()

    def _build(self, actions: dict[str, QAction]) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(IconButton("panel-left", actions["sidebar"]))
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(8)
        row.addLayout(self._chip_row)
        self._tile = DropTile("image-plus", "Drop a photo to find what looks like it")
        self._tile.setAccessibleName("Choose a photo to search by")
        self._tile.clicked.connect(self.asked_for_file)
        row.addWidget(self._tile)
        buttons = QVBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(IconButton("folder-open", actions["open_goal"]))
        buttons.addWidget(IconButton("clipboard-paste", actions["paste"]))
        row.addLayout(buttons)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        self._title, self._subtitle = Elided(), Elided()
        self._title.setObjectName("title")
        self._subtitle.setObjectName("secondary")
        texts.addStretch(1)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        texts.addStretch(1)
        row.addSpacing(8)
        row.addLayout(texts)
        row.addStretch(1)
        self._dials = self._build_dials()
        row.addWidget(self._dials)
        self._clear = IconButton("x", actions["clear"])
        row.addWidget(self._clear)
        row.addWidget(IconButton("panel-right", actions["inspector"]))

    def _build_dials(self) -> QWidget:
        dials = QWidget()
        dials.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(dials)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.depth_dial, depth_row = _dial("texture", "meaning", 100)
        self.depth_dial.setToolTip("What likeness is: fine texture, or what the photo shows")
        self.depth_dial.setAccessibleName("From texture to meaning")
        self.style_dial, style_row = _dial("any style", "same style", 0)
        self.style_dial.setToolTip("How much the photo's style counts")
        self.style_dial.setAccessibleName("How much style counts")
        self.depth_dial.valueChanged.connect(lambda value: self._session.set_depth(value / 100))
        self.style_dial.valueChanged.connect(lambda value: self._session.set_style(value / 100))
        column.addStretch(1)
        column.addWidget(depth_row)
        column.addWidget(style_row)
        column.addStretch(1)
        return dials

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window keeps the goal and the dials, and drops the words."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        searching = self._session.active
        self._subtitle.setVisible(self.width() > _NARROW or not searching)
        self._tile.setText("" if searching else "Drop a photo to find what looks like it")
        self._tile.updateGeometry()

    def _show_goals(self) -> None:
        for chip in self._chips:
            self._chip_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        goals = self._session.query.goals
        self._pictures = {goal: self._pictures[goal] for goal in goals if goal in self._pictures}
        for place, goal in enumerate(goals):
            chip = GoalChip(goal, self)
            chip.removed.connect(lambda place=place: self._session.remove(place))
            chip.clicked.connect(lambda goal=goal: self.goal_clicked.emit(goal))
            self._chip_row.addWidget(chip)
            chip.show()
            self._chips.append(chip)
            if goal in self._pictures:
                chip.show_image(self._pictures[goal])
        self._dials.setVisible(bool(goals))
        self._clear.setVisible(bool(goals))
        if not goals:
            self._title.setText("")
            self._subtitle.setText("")
        for slider, value in (
            (self.depth_dial, self._session.query.depth),
            (self.style_dial, self._session.query.style),
        ):
            if slider.value() != round(value * 100) and not slider.isSliderDown():
                slider.blockSignals(True)
                slider.setValue(round(value * 100))
                slider.blockSignals(False)
        self._fit()

    def _pictured(self, goal: Goal, image: QImage) -> None:
        self._pictures[goal] = image
        for chip in self._chips:
            if chip.goal == goal:
                chip.show_image(image)

    def _looking(self) -> None:
        if self._session.answer is None:
            self._title.setText("Looking…")
            self._subtitle.setText(_names(self._session.query.goals))

    def _answered(self, answer: Answer) -> None:
        same = sum(match.kind == "same" for match in answer.matches)
        count = len(answer.matches)
        plural = "1 photo" if count == 1 else f"{count:,} nearest photos"
        self._title.setText(plural if count else "Nothing found")
        words = [_names(answer.query.goals)]
        if same:
            words.append(f"{same:,} of them the same picture")
        if not answer.query.thorough:
            words.append("looking closer…")
        self._subtitle.setText(" · ".join(words))


def _dial(low: str, high: str, value: int) -> tuple[QSlider, QWidget]:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 100)
    slider.setValue(value)
    slider.setFixedWidth(112)
    slider.setPageStep(20)
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    left, right = QLabel(low), QLabel(high)
    for label, where in ((left, Qt.AlignmentFlag.AlignRight), (right, Qt.AlignmentFlag.AlignLeft)):
        label.setObjectName("secondary")
        label.setFixedWidth(60)
        label.setAlignment(where | Qt.AlignmentFlag.AlignVCenter)
    layout.addWidget(left)
    layout.addWidget(slider)
    layout.addWidget(right)
    return slider, row


def _names(goals: tuple[Goal, ...]) -> str:
    name = next((goal.name for goal in goals if goal.weight > 0), "")
    short = name if len(name) <= 32 else f"{name[:15]}…{name[-14:]}"
    return f"{short} and {len(goals) - 1} more" if len(goals) > 1 else short
