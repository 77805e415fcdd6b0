"""The page of same pictures: look for them, mark what goes, move it to the trash."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lookalike.library import Library
from lookalike.progress import Progress
from lookalike.records import Kind, Photo, Rule
from lookalike.ui.activity import told
from lookalike.ui.duplicates.finding import Finding
from lookalike.ui.duplicates.group_list import GroupList
from lookalike.ui.duplicates.marks import Marks
from lookalike.ui.icons import IconButton
from lookalike.ui.inspector.facts import size_in_words
from lookalike.ui.jobs import Jobs
from lookalike.ui.labels import Elided
from lookalike.ui.pages.message import MessagePage
from lookalike.ui.removing import Removing
from lookalike.words import in_figures, ntr, retold, tr

_TITLES: dict[Kind, str] = {"same": tr("Same pictures"), "similar": tr("Similar photos")}
_NONE: dict[Kind, tuple[str, str]] = {
    "same": (tr("No picture twice"), tr("Every picture is in the library once.")),
    "similar": (tr("No bursts"), tr("No photos of one scene were taken within seconds.")),
}
_SAYS: dict[Kind, str] = {
    "same": tr("The very same picture in other sizes, formats or crops, compared pixel by pixel."),
    "similar": tr("One scene, taken within seconds or very much alike."),
}


class DuplicatesPage(QWidget):
    """Groups of one kind. `counted` with how many groups of same pictures there are."""

    counted = Signal(int)
    said = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        removing: Removing,
        actions: dict[str, QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._removing, self._actions = removing, actions
        self.finding, self.marks = Finding(jobs, library, self), Marks(self)
        self.list = GroupList(jobs, library, self.finding, self.marks)
        self._message = MessagePage()
        self._build()
        self.finding.progressed.connect(self._progressed)
        self.finding.found.connect(self._found)
        self.finding.stopped.connect(self._stopped)
        self.finding.ruled.connect(self.marks.mark)
        self.marks.changed.connect(self._marked)
        self.marks.refused.connect(self.said)
        removing.changed.connect(self._changed)
        self._marked()

    # --- what it is made of

    def _build(self) -> None:
        self._body = QStackedWidget()
        self._body.addWidget(self.list)
        self._body.addWidget(self._message)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_head())
        column.addWidget(self._body, 1)
        column.addWidget(self._build_foot())

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 12, 12, 12)
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(4)
        self._title, self._says = QLabel(), Elided()
        self._title.setObjectName("title")
        self._says.setObjectName("secondary")
        words.addWidget(self._title)
        words.addWidget(self._says, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(words, 1)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName(tr("Progress"))
        self._stop = QPushButton(tr("Stop"))
        self._stop.clicked.connect(self.finding.stop)
        self._again = QPushButton(tr("Look again"))
        self._again.clicked.connect(self.look)
        for widget in (self._bar, self._stop, self._again):
            row.addWidget(widget)
        self._kinds = QButtonGroup(self)
        for kind, text in (("same", tr("Same")), ("similar", tr("Similar"))):
            button = QPushButton(text)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setToolTip(_SAYS[kind])  # type: ignore[index]
            button.setProperty("kind", kind)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            self._kinds.addButton(button)
            row.addWidget(button)
        self._kinds.buttonClicked.connect(lambda button: self.show_kind(button.property("kind")))
        return row

    def _build_foot(self) -> QWidget:
        self._foot = QWidget()
        self._foot.setObjectName("foot")
        self._foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(8)
        rules = QPushButton(tr("Mark"))
        rules.setToolTip(tr("In every group, mark all photos but one"))
        menu = QMenu(rules)
        for rule in ("best", "largest", "oldest"):
            menu.addAction(self._actions[f"mark_all_but_{rule}"])
        rules.setMenu(menu)
        row.addWidget(rules)
        self._count = Elided()
        row.addSpacing(8)
        row.addWidget(self._count)
        row.addStretch(1)
        self._clear = IconButton("x", self._actions["clear_marks"])
        self._trash = QPushButton(tr("Move to trash"))
        self._trash.setObjectName("primary")
        self._trash.clicked.connect(self._actions["trash"].trigger)
        row.addWidget(self._clear)
        row.addWidget(self._trash)
        return self._foot

    # --- what it does

    def entered(self) -> None:
        """Look for groups the first time, and when the library has changed."""
        nothing = self.finding.groups is None and not self.finding.running
        if nothing or self.finding.stale:
            self.look()
        else:
            self.list.setFocus()

    def look(self) -> None:
        """Look for groups of the present kind."""
        self.show_kind(self.finding.kind)

    def show_kind(self, kind: Kind) -> None:
        """Look for groups of a kind."""
        self.marks.mark(())
        self.finding.look(kind)
        self._found_nothing_yet()

    def mark_all_but(self, rule: Rule) -> None:
        """Mark, in every group, the photos that a rule does not keep."""
        self.finding.marked_by(rule)

    def toggle_mark(self) -> None:
        """Mark the selected photo, or take its mark off."""
        photo = self.list.current()
        if photo is not None:
            self.marks.toggle(photo, self.list.group())

    def trash(self) -> None:
        """Move what is marked to the trash."""
        self._removing.trash(self.marks.photos)

    def not_the_same(self, *, whole_group: bool) -> None:
        """The selected photo is not the same as the others; or none of its group is."""
        photo, group = self.list.current(), self.list.group()
        if photo is None or group is None:
            return
        others = [each for each in group.photos if each.content_id != photo.content_id]
        if whole_group:
            self._removing.tell_apart(group.photos)
        else:
            self._removing.tell_apart([photo], others)

    def library_changed(self) -> None:
        """Photos came or went: what was found may not be all."""
        if self.finding.groups is not None:
            self.finding.stale = True
            self._again.show()

    # --- what it shows

    def _found_nothing_yet(self) -> None:
        kind = self.finding.kind
        for button in self._kinds.buttons():
            button.setChecked(button.property("kind") == kind)
        self._title.setText(_TITLES[kind])
        self._message.say("copy-check", tr("Looking…"), _SAYS[kind], None)
        self._body.setCurrentWidget(self._message)
        self._foot.hide()
        self._again.hide()

    def _progressed(self, progress: Progress | None) -> None:
        running = self.finding.running
        self._bar.setVisible(running)
        self._stop.setVisible(running)
        if not running:
            return
        self._says.setText(told(progress) if progress is not None else retold("looking"))
        total = progress.total if progress is not None else None
        self._bar.setRange(0, 1000 if total else 0)
        if progress is not None and total:
            self._bar.setValue(min(1000, progress.done * 1000 // total))

    def _found(self) -> None:
        kind, count = self.finding.kind, len(self.finding.groups or ())
        self._progressed(None)
        groups = ntr("{count} group", "{count} groups", count).format(count=in_figures(count))
        self._title.setText(f"{_TITLES[kind]} · {groups}" if count else _TITLES[kind])
        self._says.setText(_SAYS[kind])
        self._foot.setVisible(bool(count))
        if count:
            self._body.setCurrentWidget(self.list)
            if self.isVisible():
                self.list.setFocus()
        else:
            self._message.say("copy-check", *_NONE[kind], None)
        if kind == "same":
            self.counted.emit(count)

    def _stopped(self) -> None:
        self._progressed(None)
        self._says.setText(_SAYS[self.finding.kind])
        self._message.say(
            "copy-check",
            tr("Stopped"),
            tr("Not every photo was compared."),
            (tr("Look again"), self.look),
        )

    def _marked(self) -> None:
        count = len(self.marks)
        told = tr("{count} marked").format(count=in_figures(count))
        told = f"{told} · {size_in_words(self.marks.bytes)}"
        self._count.setText(told if count else "")
        self._clear.setVisible(bool(count))
        self._trash.setEnabled(bool(count))

    def _changed(self, photos: tuple[Photo, ...]) -> None:
        """A decision was made or taken back: groups are read anew, not looked for."""
        self.marks.drop(photos)
        self.list.refresh(photos)
