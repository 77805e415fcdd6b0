"""The strip above the photos: the goals, what was found, and the dials of the search."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lookalike.records import Answer, Query
from lookalike.ui.goal.chip import DropTile
from lookalike.ui.goal.chip_row import ChipRow
from lookalike.ui.goal.dials import Dials
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.goal.words import WordsBox
from lookalike.ui.icons import IconButton
from lookalike.ui.inspector.facts import photos_in_words
from lookalike.ui.labels import Elided
from lookalike.words import in_figures, ntr, tr

_NARROW, _NARROWEST = 1160, 620
_INVITATION = tr("Drop a photo to find what looks like it")


class GoalStrip(QWidget):
    """Shows the session. `asked_for_file` when a person wants to pick a goal.

    It carries the weight of the goal to be added, or None for a search by that goal alone.
    """

    asked_for_file = Signal(object)
    goal_opened = Signal(int)

    def __init__(
        self, session: SearchSession, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._build(actions)
        session.changed.connect(self._show_goals)
        session.asked.connect(self._looking)
        session.answered.connect(self._answered)
        self._show_goals()

    def _build(self, actions: dict[str, QAction]) -> None:
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(IconButton("panel-left", actions["sidebar"]))
        self._chips = ChipRow(self._session)
        self._chips.opened.connect(self.goal_opened)
        row.addWidget(self._chips)
        self._tile = DropTile("image-plus", _INVITATION)
        self._tile.clicked.connect(
            lambda: self.asked_for_file.emit(1.0 if self._session.active else None)
        )
        self._less = DropTile("image-minus", "")
        self._less.setAccessibleName(tr("Choose a photo that results should be less like"))
        self._less.setToolTip(tr("Less like a photo: drop one here, or click to choose it"))
        self._less.clicked.connect(lambda: self.asked_for_file.emit(-1.0))
        row.addWidget(self._tile)
        row.addWidget(self._less)
        self._buttons = QWidget()
        buttons = QVBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(4)
        buttons.addWidget(IconButton("folder-open", actions["open_goal"]))
        buttons.addWidget(IconButton("clipboard-paste", actions["paste"]))
        row.addWidget(self._buttons)
        row.addSpacing(8)
        row.addLayout(self._build_texts())
        row.addStretch(1)
        self._dials = Dials(self._session)
        self.depth_dial, self.style_dial = self._dials.depth_dial, self._dials.style_dial
        row.addWidget(self._dials)
        self._inside = IconButton("focus", actions["places"])
        row.addWidget(self._inside)
        self.words = WordsBox(self._session)
        row.addWidget(self.words)
        self._clear = IconButton("x", actions["clear"])
        row.addWidget(self._clear)
        row.addWidget(IconButton("panel-right", actions["inspector"]))

    def _build_texts(self) -> QVBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        self._title, self._subtitle = Elided(title=True), Elided()
        self._title.setObjectName("title")
        self._subtitle.setObjectName("secondary")
        texts.addStretch(1)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        texts.addStretch(1)
        return texts

    # --- what is dragged over it

    def targets(self) -> list[QRect]:
        """Where a photo may be dropped as one goal more."""
        return [self._tile.geometry(), self._less.geometry()] if self._session.active else []

    def aimed_at(self, point: QPoint | None) -> float | None:
        """What a drop at a point of the strip would weigh; None for a search by it alone."""
        found = None
        for tile, weight in ((self._tile, 1.0), (self._less, -1.0)):
            aimed = (
                self._session.active
                and point is not None
                and tile.geometry().adjusted(-4, -8, 4, 8).contains(point)
            )
            tile.aim(aimed=aimed)
            if aimed:
                found = weight
        return found

    # --- what it shows

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window keeps the goals and the dials, and drops the words."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        searching = self._session.active
        self._subtitle.setVisible(self.width() > _NARROW or not searching)
        self._tile.setText("" if searching or self.width() < _NARROWEST else _INVITATION)
        told = tr("Search by another photo too: drop one here, or click to choose it")
        self._tile.setToolTip(told if searching else tr("Click to choose a photo"))
        self._tile.setAccessibleName(
            tr("Choose another photo to search by")
            if searching
            else tr("Choose a photo to search by")
        )
        narrow = self.width() < _NARROW
        for tile in (self._tile, self._less):
            tile.fit(narrow=narrow and searching)
        self._dials.fit(narrow=narrow)

    def _show_goals(self) -> None:
        searching, goals = self._session.active, bool(self._session.query.goals)
        # All at once, or the strip would for a moment need more room than the window has.
        self._row.setEnabled(False)
        self._fit()
        self._buttons.setVisible(not searching)
        self._chips.follow()
        self._dials.follow()
        self.words.follow()
        self._clear.setVisible(searching)
        for widget in (self._dials, self._inside, self._less):
            widget.setVisible(goals)
        if not searching:
            self._title.setText("")
            self._subtitle.setText("")
        self._row.setEnabled(True)
        self._row.activate()

    def chip_place(self, index: int) -> QPoint:
        """Below the chip of the goal at `index`, in the strip's own pixels."""
        chip = self._chips.chips[index]
        return QPoint(chip.mapTo(self, QPoint(0, 0)).x(), self.height())

    def _looking(self) -> None:
        if self._session.answer is None:
            self._title.setText(tr("Looking…"))
            self._subtitle.setText(_names(self._session.query))

    def _answered(self, answer: Answer) -> None:
        self._title.setText(_title(answer))
        same = sum(match.kind == "same" for match in answer.matches)
        words = [_names(answer.query)]
        if same:
            told = ntr("the same picture is here", "{count} same pictures", same)
            words.append(told.format(count=in_figures(same)))
        further = len(answer.matches) - (answer.likeness_ends or len(answer.matches))
        if answer.query.goals and further:
            words.append(tr("{count} less alike follow").format(count=in_figures(further)))
        if self._session.looking_closer:
            words.append(tr("looking closer…"))
        self._subtitle.setText(" · ".join(words))


def _title(answer: Answer) -> str:
    count, alike = len(answer.matches), answer.likeness_ends
    if not count:
        return tr("Nothing found")
    if answer.query.goals and alike is not None and alike < count:
        told = tr("{count} alike") if alike else tr("Nothing alike")
        return told.format(count=in_figures(alike))
    if not answer.query.goals or count == 1:
        return photos_in_words(count)
    return tr("{count} nearest photos").format(count=in_figures(count))


def _names(query: Query) -> str:
    goals, words = query.goals, f"“{query.words}”" if query.words else ""
    if not goals:
        return words
    if words:
        goals_alone = _names(replace(query, words=""))
        return tr("{goals} among {words}").format(goals=goals_alone, words=words)
    name = next((goal.name for goal in goals if goal.weight > 0), "")
    short = name if len(name) <= 32 else f"{name[:15]}…{name[-14:]}"
    if len(goals) == 1:
        return short
    return tr("{goal} and {count} more").format(goal=short, count=len(goals) - 1)
