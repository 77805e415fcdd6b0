"""Evidence over the results in sight: found one by one in a reader, nearest first, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from lookalike.errors import Cancelled, LookalikeError
from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Match, Query
from lookalike.ui import images
from lookalike.ui.evidence import Evidence
from lookalike.ui.grid.thumbnails import Shape
from lookalike.ui.jobs import Jobs

if TYPE_CHECKING:
    from lookalike.library import Marks

REST_MILLISECONDS: Final = 200
"""What rushes by, or is about to be answered anew, is not looked at."""
_AT_ONCE: Final = 6
"""Cells that are drawn in one go, where their marks are known."""
_KEPT_MARKS: Final = 512
_KEPT_BYTES: Final = 96 * 1024 * 1024
_KEY: Final = "cell-evidence"

_Drawing = tuple[Shape, float]
_Found = list[tuple[int, "Marks", QImage]]


class CellEvidence(QObject):
    """`want` names the matches in sight; `came` tells whose cells have evidence now."""

    came = Signal(object)

    def __init__(
        self, jobs: Jobs, library: Library, evidence: Evidence, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._evidence = jobs, library, evidence
        self._asked: Query | None = None
        self._query: Query | None = None
        self._wanted: dict[int, Match] = {}
        self._shape: Shape = (0, 1.0, False)
        self._under_way: tuple[int, ...] = ()
        self._marks: OrderedDict[int, Marks] = OrderedDict()
        self._pixmaps: OrderedDict[int, tuple[_Drawing, QPixmap]] = OrderedDict()
        self._bytes = 0
        self._untold: set[int] = set()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.timeout.connect(self._go_on)
        evidence.shown_changed.connect(lambda _shown: self._changed())
        evidence.strength_changed.connect(lambda _strength: self._changed())

    @property
    def settled(self) -> bool:
        """Whether everything in sight has what it can have."""
        return not self._under_way and not self._rest.isActive() and not self._missing()

    def ask(self, query: Query | None) -> None:
        """What the matches answer; None: nothing that can be explained.

        While a dial moves nothing is looked at: the next answer is a moment away.
        """
        asked = replace(query, k=0, thorough=True) if query is not None and query.goals else None
        if asked != self._asked:
            self.forget()
            self._wanted = {}
        self._asked = asked
        self._query = query if asked is not None and query is not None and query.thorough else None

    def forget(self) -> None:
        """What was found is of something else now."""
        self._stop()
        self._marks.clear()
        self._pixmaps.clear()
        self._untold.clear()
        self._bytes = 0

    def want(self, matches: Sequence[Match], shape: Shape) -> None:
        """The matches in sight, nearest first; what is out of sight is left undone."""
        self._wanted = {match.photo.content_id: match for match in matches}
        self._shape = shape
        if self._under_way and not any(each in self._wanted for each in self._under_way):
            self._stop()
        if self._possible() and self._missing():
            self._rest.start()

    def pixmap(self, match: Match) -> QPixmap | None:
        """A match with its evidence over it; None while it is not there or not to be shown."""
        if not self._evidence.shown:
            return None
        found = self._pixmaps.get(match.photo.content_id)
        if found is None or found[0][0] != self._shape:
            return None
        self._pixmaps.move_to_end(match.photo.content_id)
        return found[1]

    # --- finding it

    def _possible(self) -> bool:
        return self._evidence.shown and self._query is not None

    def _changed(self) -> None:
        """Shown or not, strong or faint: what is drawn stays until it is drawn anew."""
        self.came.emit(set(self._wanted))
        if not self._evidence.shown:
            self._stop()
        elif self._possible() and self._missing():
            self._rest.start(0 if self._marks else REST_MILLISECONDS)

    def _stop(self) -> None:
        self._rest.stop()
        self._jobs.drop(_KEY)
        self._under_way = ()

    def _drawing(self) -> _Drawing:
        return self._shape, self._evidence.strength

    def _missing(self) -> list[Match]:
        drawing = self._drawing()
        return [
            match
            for content, match in self._wanted.items()
            if content not in self._untold
            and (content not in self._pixmaps or self._pixmaps[content][0] != drawing)
        ]

    def _go_on(self) -> None:
        """The next cells: several whose marks are known, or one that has to be looked at."""
        missing, query = self._missing(), self._query
        if self._under_way or not missing or query is None or not self._evidence.shown:
            return
        known = [each for each in missing if each.photo.content_id in self._marks]
        part = known[:_AT_ONCE] or missing[:1]
        self._under_way = tuple(each.photo.content_id for each in part)
        marks, drawing = dict(self._marks) if known else {}, self._drawing()

        def work(cancel: CancelToken) -> _Found:
            return [
                (match.photo.content_id, *self._drawn(query, match, marks, drawing, cancel))
                for match in part
            ]

        def done(found: _Found) -> None:
            self._under_way = ()
            self._take(found, drawing)
            self._go_on()

        def failed(error: object) -> None:
            self._untold.update(self._under_way)
            self._under_way = ()
            if not isinstance(error, LookalikeError | Cancelled):
                self._jobs.failed.emit(error)
            self._go_on()

        self._jobs.read(work, done, failed, key=_KEY)

    def _drawn(
        self,
        query: Query,
        match: Match,
        marks: dict[int, Marks],
        drawing: _Drawing,
        cancel: CancelToken,
    ) -> tuple[Marks, QImage]:
        cancel.check()
        content, (shape, strength) = match.photo.content_id, drawing
        found = marks.get(content) or self._library.cell_marks.of(query, match, cancel)
        jpeg, (side, ratio, whole) = self._library.thumbnail(content), shape
        picture = images.opened(jpeg) if jpeg else None
        if picture is None:
            return found, QImage()
        laid = self._library.cell_marks.drawn(found, picture, strength)
        return found, images.fitted(laid, round(side * ratio), whole=whole)

    def _take(self, found: _Found, drawing: _Drawing) -> None:
        for content, marks, image in found:
            self._marks[content] = marks
            self._marks.move_to_end(content)
            if image.isNull():
                self._untold.add(content)
                continue
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(drawing[0][1])
            before = self._pixmaps.pop(content, None)
            self._bytes += _bytes(pixmap) - (_bytes(before[1]) if before else 0)
            self._pixmaps[content] = drawing, pixmap
        while len(self._marks) > max(_KEPT_MARKS, len(self._wanted)):
            self._marks.popitem(last=False)
        while self._bytes > _KEPT_BYTES and len(self._pixmaps) > len(self._wanted):
            self._bytes -= _bytes(self._pixmaps.popitem(last=False)[1][1])
        self.came.emit({content for content, _, _ in found})


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
