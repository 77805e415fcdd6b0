"""Looking for groups of same pictures in the background, and reading them a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from lookalike.errors import Cancelled
from lookalike.library import Library
from lookalike.progress import CancelToken, Progress
from lookalike.records import Kind, Photo, Rule
from lookalike.records.upkeep import DuplicateGroup
from lookalike.ui.jobs import Jobs

if TYPE_CHECKING:
    from lookalike.library import DuplicateGroups

PAGE = 40
_POLL_MILLISECONDS = 100


class Finding(QObject):
    """What was found of one kind. `read` brings the groups of a page, `ruled` photos to mark.

    `kept` when the library has remembered which pictures are the same.
    """

    progressed = Signal(object)
    found = Signal()
    kept = Signal()
    stopped = Signal()
    read = Signal(object)
    ruled = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._groups: DuplicateGroups | None = None
        self._latest: Progress | None = None
        self._token: CancelToken | None = None
        self._reading: set[int] = set()
        self.kind: Kind = "same"
        self.stale = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MILLISECONDS)
        self._timer.timeout.connect(lambda: self.progressed.emit(self._latest))

    @property
    def running(self) -> bool:
        """Whether it looks."""
        return self._token is not None

    @property
    def groups(self) -> DuplicateGroups | None:
        """What was found; None before a look has ended."""
        return self._groups

    def look(self, kind: Kind) -> None:
        """Look for groups of a kind; what was found before is dropped."""
        self.kind, self._groups, self._latest = kind, None, None
        self._reading.clear()
        self.stale = False

        def keep(progress: Progress) -> None:
            self._latest = progress

        def work(cancel: CancelToken) -> DuplicateGroups:
            return self._library.duplicates(kind, keep, cancel)

        self._token = self._jobs.read(work, self._found, self._not_found, key="duplicates")
        self._timer.start()
        self.progressed.emit(None)

    def stop(self) -> None:
        """Look no further."""
        if self._token is not None:
            self._token.cancel()

    def close(self) -> None:
        """Poll no more."""
        self._timer.stop()

    def want(self, groups: range) -> None:
        """Read the pages that hold these groups, if that is not under way."""
        found = self._groups
        if found is None or not len(groups):
            return
        for page in range(groups.start // PAGE, (groups.stop - 1) // PAGE + 1):
            if page not in self._reading:
                self._reading.add(page)
                self._read_page(found, page)

    def forget(self, groups: Iterable[int]) -> None:
        """A decision has changed these groups: their pages are to be read anew."""
        self._reading.difference_update(group // PAGE for group in groups)

    def marked_by(self, rule: Rule) -> None:
        """Read every group, and tell which photos a rule does not keep (`ruled`)."""
        found = self._groups
        if found is None:
            return

        def work(cancel: CancelToken) -> list[Photo]:
            chosen: list[Photo] = []
            for start in range(0, len(found), 200):
                cancel.check()
                for group in found.page(start, 200):
                    chosen += self._library.all_but(rule, group)
            return chosen

        self._jobs.read(work, self.ruled.emit, self.failed.emit, key="duplicates-rule")

    def _read_page(self, found: DuplicateGroups, page: int) -> None:
        start = page * PAGE
        wanted = found.groups[start : start + PAGE]

        def work(_cancel: CancelToken) -> dict[int, DuplicateGroup | None]:
            return _by_place(wanted, start, found.page(start, PAGE))

        def came(groups: dict[int, DuplicateGroup | None]) -> None:
            if found is self._groups:
                self.read.emit(groups)

        self._jobs.read(work, came, self.failed.emit)

    def _found(self, groups: DuplicateGroups) -> None:
        self._end()
        self._groups = groups
        if groups.kind == "same" and self._library.writable:
            self._keep(groups)
        self.found.emit()

    def _keep(self, groups: DuplicateGroups) -> None:
        self._jobs.write(
            lambda _cancel: self._library.keep_same(groups),
            lambda _none: self.kept.emit(),
            self.failed.emit,
        )

    def _not_found(self, error: object) -> None:
        self._end()
        self.stopped.emit()
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _end(self) -> None:
        self._token = None
        self._timer.stop()


def _by_place(
    wanted: Sequence[Sequence[int]], start: int, groups: Sequence[DuplicateGroup]
) -> dict[int, DuplicateGroup | None]:
    """Each group at its place; None for one that is no longer a group."""
    place_of = {content: start + place for place, group in enumerate(wanted) for content in group}
    found: dict[int, DuplicateGroup | None] = dict.fromkeys(range(start, start + len(wanted)))
    for group in groups:
        found[place_of[group.photos[0].content_id]] = group
    return found
