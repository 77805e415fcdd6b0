"""The viewer: one photo as large as the window, with its evidence, or flickering with its goal."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Goal, Match, Photo
from lookalike.ui import images, theme
from lookalike.ui.evidence import Evidence
from lookalike.ui.grid.cells import Item
from lookalike.ui.icons import IconButton
from lookalike.ui.inspector.facts import readable
from lookalike.ui.jobs import Jobs
from lookalike.ui.labels import Elided
from lookalike.ui.viewer.badge import Badge
from lookalike.ui.viewer.canvas import Canvas
from lookalike.ui.viewer.inset import Inset
from lookalike.ui.viewer.painting import Painting
from lookalike.words import tr

if TYPE_CHECKING:
    from lookalike.ui.images import Picture

_SIDE = 1600
"""Of the picture shown first, and of the evidence over it."""
_LARGEST_SIDE = 8000
_PAN = 64


@dataclass(slots=True)
class _Side:
    """What is known of the goal or of the result."""

    source: QSize
    picture: Picture | None = None
    plain: QImage | None = None
    full: QImage | None = None
    laid: QImage | None = None


class Viewer(QWidget):
    """Shows an item of the grid. Left and right ask for the next one."""

    stepped = Signal(int)
    closed = Signal()
    failed = Signal(object)
    part_asked = Signal(int, float, float, QPoint)
    painted = Signal(int, object, bool)

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        evidence: Evidence,
        actions: dict[str, QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._evidence = jobs, library, evidence
        self._item: Item | None = None
        self._goal: Goal | None = None
        self._sides = {"result": _Side(QSize(1, 1)), "goal": _Side(QSize(1, 1))}
        self._showing, self._names = "result", (tr("goal"), tr("result"))
        self.canvas = Canvas()
        self.painting = Painting(self.canvas, actions)
        self.painting.taken.connect(self._hand_changed)
        self.painting.used.connect(
            lambda mask, counts: self.painted.emit(self._side(), mask, counts)
        )
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Photo"))
        self._build(actions)
        evidence.explained.connect(lambda _found: self._lay())
        evidence.shown_changed.connect(lambda _shown: self._show())
        evidence.strength_changed.connect(lambda _strength: self._lay())
        evidence.answering.connect(self._answering)

    def _build(self, actions: dict[str, QAction]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QWidget()
        bar.setObjectName("strip")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        self._name, self._place, self._zoom = Elided(), QLabel(), QLabel()
        self._name.setFont(theme.font(theme.BODY, strong=True))
        self._place.setObjectName("secondary")
        self._zoom.setObjectName("secondary")
        row.addWidget(IconButton("arrow-left", actions["back"]))
        row.addWidget(IconButton("chevron-left", actions["previous"]))
        row.addWidget(IconButton("chevron-right", actions["next"]))
        row.addSpacing(8)
        row.addWidget(self._name)
        row.addSpacing(4)
        row.addWidget(self._place)
        row.addStretch(1)
        row.addWidget(self._zoom)
        for action, icon in (
            ("zoom_out", "minus"),
            ("zoom_in", "plus"),
            ("fit", "maximize"),
            ("evidence", "blend"),
            ("compare", "arrow-left-right"),
            ("paint_in", "brush"),
            ("paint_out", "eraser"),
            ("inspector", "panel-right"),
        ):
            row.addWidget(IconButton(icon, actions[action]))
        self.canvas.zoomed.connect(self._zoomed)
        self.canvas.pointed.connect(self._pointed)
        self.canvas.left.connect(self._evidence.unpoint)
        self.canvas.menu_asked.connect(self._menu)
        self._badge, self.inset = Badge(self.canvas), Inset(self.canvas)
        column.addWidget(bar)
        column.addWidget(self.canvas, 1)

    # --- what it shows

    @property
    def comparing(self) -> bool:
        """Whether the goal is shown in the result's place."""
        return self._showing == "goal"

    @property
    def ready(self) -> bool:
        """Whether the photo and, for a match, its evidence are there."""
        result = self._sides["result"]
        return result.plain is not None and (
            result.laid is not None or not isinstance(self._item, Match)
        )

    @property
    def goal_ready(self) -> bool:
        """Whether there is a goal to compare with."""
        return self._sides["goal"].plain is not None

    def show_item(
        self,
        item: Item,
        goal: Goal | None,
        place: str,
        small: QPixmap | None = None,
        names: tuple[str, str] | None = None,
    ) -> None:
        """Show a photo or a match of `goal`; `small` stands for it until it is read.

        `names` are the words for goal and photo while they are compared.
        """
        self._names = names or (tr("goal"), tr("result"))
        self.painting.take("")
        photo = item.photo if isinstance(item, Match) else item
        if self._item is not None and _photo(self._item) == photo and self.canvas.has_picture:
            self._item, self._goal = item, goal
            self._place.setText(place)
            return
        if goal != self._goal:
            self._sides["goal"] = _Side(QSize(1, 1))
        self._item, self._goal = item, goal
        self._sides["result"] = _Side(QSize(photo.facts.width, photo.facts.height))
        self._showing = "result"
        name = readable(os.path.basename(photo.path))
        self._name.setText(name)
        self._place.setText(place)
        self.setAccessibleName(name)
        self._badge.say("")
        self.canvas.fit()
        if small is not None and _same_aspect(small.size(), self._sides["result"].source):
            self.canvas.show_image(small, self._sides["result"].source)
            self.canvas.fit()
        else:
            self.canvas.blank()
        self._read_result(photo)
        if goal is not None and self._sides["goal"].plain is None:
            self._read_goal(goal)

    def compare(self) -> None:
        """Swap goal and result, at the same relative zoom."""
        if self._goal is None or self._sides["goal"].plain is None:
            return
        self._showing = "result" if self.comparing else "goal"
        self.painting.take(self.painting.hand)
        self._show()

    def _hand_changed(self) -> None:
        self._evidence.unpoint()
        self._say_hand()

    def _say_hand(self) -> None:
        which = self._names[0 if self.comparing else 1] if self._goal else ""
        self._badge.say(self.painting.words(which) if self.painting.hand else which)

    def leave(self) -> None:
        """Forget the pictures; they are large."""
        self.painting.take("")
        for key in ("view", "view-full", "view-goal", "large"):
            self._jobs.drop(key)
        self._item = self._goal = None
        self._sides = {"result": _Side(QSize(1, 1)), "goal": _Side(QSize(1, 1))}
        self._showing = "result"
        self._evidence.unpoint()
        self.canvas.blank()

    def _read_result(self, photo: Photo) -> None:
        self._jobs.drop("view-full")

        def load(_cancel: CancelToken) -> tuple[Picture, QImage]:
            picture = self._library.picture(photo, _SIDE)
            return picture, images.to_image(picture)

        def came(found: tuple[Picture, QImage]) -> None:
            side = self._sides["result"]
            side.picture, side.plain = found
            self._show()
            self._lay()

        self._jobs.read(load, came, self.failed.emit, key="view")

    def _read_goal(self, goal: Goal) -> None:
        def load(_cancel: CancelToken) -> tuple[Picture, QImage]:
            # The evidence lies over the whole photo, whatever part of it counts.
            whole = replace(goal, region=None, mask=None)
            picture = self._library.goal_picture(whole, _SIDE)
            return picture, images.to_image(picture)

        def came(found: tuple[Picture, QImage]) -> None:
            side = self._sides["goal"]
            side.picture, side.plain = found
            side.source = found[1].size()
            self._lay()

        self._jobs.read(load, came, self.failed.emit, key="view-goal")

    def _lay(self) -> None:
        """Draw the evidence over the large pictures."""
        goal, result = self._sides["goal"], self._sides["result"]
        match = self._evidence.match
        if not isinstance(self._item, Match) or result.picture is None or match is None:
            return
        if self._evidence.explanation is None or match.photo != self._item.photo:
            return

        def came(pair: tuple[QImage, QImage] | None) -> None:
            if pair is not None:
                goal.laid, result.laid = pair
                self._show()

        self._jobs.read(
            lambda _cancel: self._evidence.lay_over(goal.picture, result.picture),
            came,
            self.failed.emit,
            key="large",
        )

    def _show(self) -> None:
        side = self._sides[self._showing]
        explained = self._evidence.shown and isinstance(self._item, Match)
        image = side.laid if explained and side.laid is not None else side.full or side.plain
        if image is not None:
            self.canvas.show_image(image, side.source)
        self._say_hand()

    def _side(self) -> int:
        """Which of goal (0) and result (1) is shown."""
        return 0 if self.comparing else 1

    def _pointed(self, x: float, y: float) -> None:
        """What of the other picture answers to the place under the pointer is shown beside it."""
        match = self._evidence.match
        if isinstance(self._item, Match) and match is not None and match.photo == self._item.photo:
            self._evidence.point(self._side(), x, y)

    def _answering(self, side: int, image: QImage | None) -> None:
        if image is None or side != self._side() or not self.isVisible():
            self.inset.hide()
        else:
            self.inset.show_image(image, self._names[1 - side])

    def _menu(self, x: float, y: float, where: QPoint) -> None:
        self.part_asked.emit(self._side(), x, y, where)

    def _zoomed(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom * 100:.0f} %")
        side = self._sides["result"]
        if self._showing != "result" or side.full is not None or side.plain is None:
            return
        if self.canvas.wants_more() and side.plain.width() < side.source.width():
            self._read_full()

    def _read_full(self) -> None:
        photo, side = _photo(self._item), self._sides["result"]
        if photo is None or (side.laid is not None and self._evidence.shown):
            return
        side.full = side.plain

        def load(_cancel: CancelToken) -> QImage:
            return images.to_image(self._library.picture(photo, _LARGEST_SIDE))

        def came(image: QImage) -> None:
            side.full = image
            self._show()

        self._jobs.read(load, came, self.failed.emit, key="view-full")

    # --- Qt's events

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The small picture stays in its corner."""
        self.inset.fit()

    def event(self, event: QEvent) -> bool:
        """Keys that are commands of the window belong to a brush in hand."""
        if self.painting.wants(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of a viewer; Shift and an arrow pans, an arrow alone moves a brush in hand."""
        key = Qt.Key(event.key())
        if self.painting.press(event):
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            ways = {
                Qt.Key.Key_Left: (_PAN, 0),
                Qt.Key.Key_Right: (-_PAN, 0),
                Qt.Key.Key_Up: (0, _PAN),
                Qt.Key.Key_Down: (0, -_PAN),
            }
            if key in ways:
                self.canvas.pan(*ways[key])
                return
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageUp: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageDown: 1,
            Qt.Key.Key_Home: -(2**31),
            Qt.Key.Key_End: 2**31 - 1,
        }
        if key in steps:
            self.stepped.emit(max(-(2**30), min(2**30, steps[key])))
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _photo(item: Item | None) -> Photo | None:
    return item.photo if isinstance(item, Match) else item


def _same_aspect(one: QSize, other: QSize) -> bool:
    return abs(one.width() * other.height() / max(1, one.height() * other.width()) - 1) < 0.02
