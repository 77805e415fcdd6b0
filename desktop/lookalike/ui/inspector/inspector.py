"""The inspector: a photo's facts; for a match, goal and result with their evidence."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Match, Photo
from lookalike.ui import images, theme
from lookalike.ui.evidence import Evidence
from lookalike.ui.icons import IconButton
from lookalike.ui.inspector.bars import Bar, Bars
from lookalike.ui.inspector.facts import facts_of, labels_in_words, readable
from lookalike.ui.inspector.pair import PairView
from lookalike.ui.jobs import Jobs
from lookalike.words import in_figures, retold, tr

if TYPE_CHECKING:
    from lookalike.library import Explanation

_PICTURE_SIDE = 800
_SUM_TIP: Final = tr(
    "The score is a sum. Places: what the coloured places of the two photos give, for and against."
    "\nPhotos like both: what photos of the library that are near to both add."
    "\nRest: what no single place tells, the faint likeness of everything with everything; "
    "it is part of the score, but there is no place to point at."
)
_BUTTONS: Final = (
    ("find_similar", "scan-search"),
    ("open_file", "external-link"),
    ("reveal", "folder-open"),
    ("copy_image", "copy"),
    ("copy_path", "clipboard-copy"),
)


class Inspector(QScrollArea):
    """Shows the selection. At the bottom of a narrow window its parts stand side by side."""

    picture_clicked = Signal(int)
    part_asked = Signal(int, float, float, QPoint)
    strength_changed = Signal(float)

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
        self._facts_rows: list[QWidget] = []
        self.setObjectName("panel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(260, 160)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._build(actions)
        evidence.looking.connect(self._looking)
        evidence.explained.connect(self._explained)
        evidence.checked.connect(self._checked)
        evidence.drawn.connect(self._drawn)
        evidence.failed.connect(self._failed)
        evidence.shown_changed.connect(self._legend.setVisible)
        self.clear()

    # --- what it is made of

    def _build(self, actions: dict[str, QAction]) -> None:
        panel = QWidget()
        panel.setObjectName("panel")
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, panel)
        self._box.setContentsMargins(16, 16, 16, 16)
        self._box.setSpacing(16)
        self._box.addLayout(self._build_pictures(actions))
        self._box.addLayout(self._build_words(actions))
        self.setWidget(panel)
        self.lie_down(flat=False)

    def _build_pictures(self, actions: dict[str, QAction]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        self._pair = PairView()
        self._pair.clicked.connect(self.picture_clicked)
        self._pair.pointed.connect(self._evidence.point)
        self._pair.left.connect(self._evidence.unpoint)
        self._pair.menu_asked.connect(self.part_asked)
        self._tools = QWidget()
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(8)
        self._strength = QSlider(Qt.Orientation.Horizontal)
        self._strength.setRange(10, 100)
        self._strength.setValue(round(self._evidence.strength * 100))
        self._strength.setToolTip(tr("Strength of the evidence over the photos"))
        self._strength.setAccessibleName(tr("Strength of the evidence"))
        self._strength.valueChanged.connect(self._strength_moved)
        tools.addWidget(IconButton("blend", actions["evidence"]))
        tools.addWidget(self._strength, 1)
        tools.addWidget(IconButton("arrow-left-right", actions["compare"]))
        self._legend = QLabel(
            f'<span style="color:{theme.WARM}">■</span>&nbsp;{tr("speaks for the match")} '
            f'&nbsp;&nbsp; <span style="color:{theme.COLD}">■</span>&nbsp;{tr("speaks against it")}'
        )
        self._legend.setObjectName("secondary")
        column.addWidget(self._pair)
        column.addWidget(self._tools)
        column.addWidget(self._legend)
        self._below = QSpacerItem(0, 0)
        column.addItem(self._below)
        return column

    def _build_words(self, actions: dict[str, QAction]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        self._name = QLabel()
        self._name.setWordWrap(True)
        self._name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._name.setFont(theme.font(theme.BODY, strong=True))
        self._score = QLabel()
        self._score.setObjectName("number")
        self._bars, self._check, self._sum = Bars(), Bars(), QLabel()
        self._sum.setObjectName("secondary")
        self._sum.setWordWrap(True)
        for each in (self._bars, self._sum):
            each.setToolTip(_SUM_TIP)
        self._check_words = QLabel()
        self._check_words.setObjectName("secondary")
        self._check_words.setWordWrap(True)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(12)
        self._facts.setVerticalSpacing(6)
        self._facts.setColumnStretch(1, 1)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for action, icon in _BUTTONS:
            row.addWidget(IconButton(icon, actions[action]))
        row.addStretch(1)
        for widget in (self._name, self._buttons, self._score, self._sum, self._bars):
            column.addWidget(widget)
        column.addWidget(self._check_words)
        column.addWidget(self._check)
        column.addLayout(self._facts)
        column.addStretch(1)
        return column

    def lie_down(self, *, flat: bool) -> None:
        """Stand at the side of the window, or lie at its bottom."""
        way = QBoxLayout.Direction
        self._box.setDirection(way.LeftToRight if flat else way.TopToBottom)
        self._box.setStretch(0, 1 if flat else 0)
        self._box.setStretch(1, 1)
        self._pair.tallest = 200 if flat else 380
        policy = QSizePolicy.Policy.Expanding if flat else QSizePolicy.Policy.Fixed
        self._below.changeSize(0, 0, QSizePolicy.Policy.Minimum, policy)
        self._pair.updateGeometry()

    # --- what it shows

    def clear(self) -> None:
        """Show nothing."""
        for key in ("inspector", "labels"):
            self._jobs.drop(key)
        self._pair.show_pictures()
        self._matched(visible=False)
        self._buttons.hide()
        self._pair.hide()
        self._name.setText(tr("Nothing selected"))
        self._show_facts([])

    def show_photo(self, photo: Photo) -> None:
        """Show one photo and its facts."""
        self._matched(visible=False)
        self._show_words(photo)

        def load(_cancel: CancelToken) -> QImage:
            return images.to_image(self._library.picture(photo, _PICTURE_SIDE))

        def came(image: QImage) -> None:
            self._pair.show()
            self._pair.show_pictures(("", image))

        self._jobs.read(load, came, self._failed, key="inspector")

    def check_words(self) -> str:
        """What is said of the check."""
        return self._check_words.text()

    def _looking(self, match: Match) -> None:
        self._jobs.drop("inspector")
        self._matched(visible=True)
        self._show_words(match.photo)
        self._score.setText(_score(match))
        self._bars.show_bars()
        self._sum.clear()
        self._check.show_bars()
        self._check_words.setText(tr("Looking closer…"))

    def _explained(self, found: Explanation) -> None:
        self._sum.setText(_sum_in_words(found))
        self._bars.show_bars(
            Bar(tr("places that help"), found.positive, theme.WARM),
            Bar(tr("places that hurt"), found.negative, theme.COLD),
            *((Bar(tr("photos like both"), found.neighbours),) if found.neighbours else ()),
            Bar(tr("rest: no single place"), found.baseline - found.neighbours),
        )
        self._check_words.setText(tr("Checking: covering what the evidence points at…"))

    def _checked(self, check: dict[str, float]) -> None:
        if not check:
            self._check_words.setText("")
            return
        covered = round(100 * check.get("covered", 0.2))
        self._check_words.setText(
            tr("Checked: covering {share} % of the photo changes the score by").format(
                share=covered
            )
        )
        self._check.show_bars(
            Bar(tr("where evidence is strongest"), -check["fall"]),
            Bar(tr("as much at random"), -check["random_fall"]),
            *(
                (
                    Bar(tr("where it speaks against"), check["rise"]),
                    Bar(tr("as much at random"), check["random_rise"]),
                )
                if check["negative_covered"]
                else ()
            ),
        )

    def _drawn(self, goal: QImage, result: QImage) -> None:
        self._pair.show()
        self._pair.show_pictures((tr("goal"), goal), (tr("result"), result))

    def _failed(self, error: object) -> None:
        self._check_words.show()
        self._check_words.setText(retold(str(error)))

    def _matched(self, *, visible: bool) -> None:
        for widget in (self._tools, self._score, self._sum, self._bars, self._check):
            widget.setVisible(visible)
        self._check_words.setVisible(visible)
        self._legend.setVisible(visible and self._evidence.shown)

    def _show_words(self, photo: Photo) -> None:
        self._buttons.show()
        self._name.setText(_breakable(readable(os.path.basename(photo.path))))
        self._show_facts(facts_of(photo))

        def came(labels: list[tuple[str, float]]) -> None:
            if labels:
                self._show_facts([*facts_of(photo), (tr("Shows"), labels_in_words(labels))])

        self._jobs.read(
            lambda _cancel: self._library.labels(photo), came, self._failed, key="labels"
        )

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        for widget in self._facts_rows:
            self._facts.removeWidget(widget)
            widget.deleteLater()
        self._facts_rows = []
        for row, (label, value) in enumerate(facts):
            left, right = QLabel(label), QLabel(_breakable(value))
            left.setObjectName("secondary")
            right.setWordWrap(True)
            right.setTextFormat(Qt.TextFormat.PlainText)
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._facts.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(right, row, 1)
            self._facts_rows += [left, right]

    def _strength_moved(self, value: int) -> None:
        self.strength_changed.emit(value / 100)


def _sum_in_words(found: Explanation) -> str:
    """The score as what is shown and what is not: "= 0.08 places + 0.46 rest"."""
    parts = [(found.positive + found.negative, tr("places"))]
    if found.neighbours:
        parts.append((found.neighbours, tr("photos like both")))
    parts.append((found.baseline - found.neighbours, tr("rest")))
    words = "".join(
        f" {'−' if value < 0 else '+'} {in_figures(abs(value), '.2f')} {name}"
        for value, name in parts
    )
    return f"= {words.removeprefix(' + ').strip()}"


def _score(match: Match) -> str:
    word = tr("the same picture") if match.kind == "same" else tr("similar")
    score = in_figures(match.score, ".2f").replace("-", "−")
    return f"{score} · {word}"


def _breakable(text: str) -> str:
    """Long paths and names may break after what separates their words (zero-width spaces)."""
    return re.sub(r"([/\\_-])", "\\1\u200b", text)
