"""What the visible cells show: rows and thumbnails, read in the background, kept within bounds."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Photo
from lookalike.ui import images
from lookalike.ui.jobs import Jobs

LANES = 2
CHUNK = 8
"""Thumbnails read by a lane in one go: a few hundredths of a second, then it asks again."""

FADE_SECONDS = 0.12
_STILL_SECONDS = 0.2
_KEPT_ROWS = 20_000
_KEPT_BYTES = 256 * 1024 * 1024

Shape = tuple[int, float, bool]
"""Side of a cell, device pixels to each of it, and whether whole photos are shown in it."""


class Thumbnails(QObject):
    """Asked again at every look: `want` names what is visible now, and nothing else is read.

    Rows come before pictures, so that a cell has its average colour at once.
    """

    rows_came = Signal(object)
    pictures_came = Signal(object)

    def __init__(self, jobs: Jobs, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._rows: OrderedDict[int, Photo] = OrderedDict()
        self._pixmaps: OrderedDict[int, tuple[Shape, QPixmap, float]] = OrderedDict()
        self._bytes = 0
        self._gone: set[int] = set()
        self._unreadable: set[int] = set()
        self._wanted: list[int] = []
        self._shape: Shape = (0, 1.0, False)
        self._busy: set[int] = set()
        self._on_the_way: set[int] = set()
        self._asking_rows = False
        self._moved_at = 0.0

    def moved(self) -> None:
        """The view scrolls: what comes now is shown at once, since fading costs frames."""
        self._moved_at = time.monotonic()

    def keep(self, photos: Sequence[Photo]) -> None:
        """Take in rows that are already known."""
        for photo in photos:
            self._rows[photo.id] = photo
            self._rows.move_to_end(photo.id)

    def forget(self) -> None:
        """Something changed in the library: rows may be stale, pictures are not."""
        self._rows.clear()
        self._gone.clear()
        self._unreadable.clear()

    def row(self, photo_id: int) -> Photo | None:
        """A photo, if it was read."""
        return self._rows.get(photo_id)

    def pixmap(self, photo: Photo) -> tuple[QPixmap | None, float]:
        """A photo's picture and how far it has faded in, 0 to 1; None until it is there."""
        found = self._pixmaps.get(photo.content_id)
        if found is None:
            return None, 0.0
        self._pixmaps.move_to_end(photo.content_id)
        since = time.monotonic() - found[2]
        return found[1], min(1.0, since / FADE_SECONDS)

    def unreadable(self, photo: Photo) -> bool:
        """Whether there is no picture of this photo to be had now."""
        return photo.content_id in self._unreadable

    def want(self, ids: Sequence[int], shape: Shape) -> None:
        """Read what the photos `ids` lack, first to last; what was wanted before is dropped."""
        self._wanted, self._shape = list(ids), shape
        self._read_rows()
        self._read_pictures()

    def _read_rows(self) -> None:
        unknown = [i for i in self._wanted if i not in self._rows and i not in self._gone]
        if not unknown or self._asking_rows:
            return
        self._asking_rows = True

        def came(photos: list[Photo]) -> None:
            self._asking_rows = False
            self.keep(photos)
            self._gone.update(set(unknown) - {photo.id for photo in photos})
            while len(self._rows) > _KEPT_ROWS:
                self._rows.popitem(last=False)
            self.rows_came.emit(set(unknown))
            self._read_rows()
            self._read_pictures()

        def failed(error: object) -> None:
            self._asking_rows = False
            self._jobs.failed.emit(error)

        self._jobs.read(lambda _cancel: self._library.photos(unknown), came, failed)

    def _read_pictures(self) -> None:
        for lane in range(LANES):
            if lane in self._busy:
                continue
            missing = self._missing()
            if not missing:
                return
            self._read_chunk(lane, missing)

    def _missing(self) -> list[int]:
        found: dict[int, None] = {}
        settled = self._unreadable | self._on_the_way
        for photo_id in self._wanted:
            photo = self._rows.get(photo_id)
            if photo is None or photo.content_id in settled:
                continue
            kept = self._pixmaps.get(photo.content_id)
            if kept is None or kept[0] != self._shape:
                found[photo.content_id] = None
            if len(found) == CHUNK:
                break
        return list(found)

    def _read_chunk(self, lane: int, contents: list[int]) -> None:
        self._busy.add(lane)
        self._on_the_way.update(contents)
        shape = self._shape

        def done(found: list[tuple[int, QImage]]) -> None:
            self._busy.discard(lane)
            self._on_the_way.difference_update(contents)
            self._take(found, shape)
            self._read_pictures()

        def failed(error: object) -> None:
            # Not asked for again until something changes, or it would fail without end.
            self._unreadable.update(contents)
            self._busy.discard(lane)
            self._on_the_way.difference_update(contents)
            self._jobs.failed.emit(error)

        self._jobs.read(_reading(self._library, contents, shape), done, failed)

    def _take(self, found: list[tuple[int, QImage]], shape: Shape) -> None:
        for content_id, image in found:
            if image.isNull():
                self._unreadable.add(content_id)
                continue
            before = self._pixmaps.pop(content_id, None)
            if before is not None:
                self._bytes -= _bytes(before[1])
            # Only what replaces a plain colour fades in; another size of it does not.
            still = time.monotonic() - self._moved_at > _STILL_SECONDS
            since = time.monotonic() if before is None and still else 0.0
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(shape[1])
            self._pixmaps[content_id] = (shape, pixmap, since)
            self._bytes += _bytes(pixmap)
        while self._bytes > _KEPT_BYTES and len(self._pixmaps) > len(self._wanted):
            _, (_, pixmap, _) = self._pixmaps.popitem(last=False)
            self._bytes -= _bytes(pixmap)
        self.pictures_came.emit({content_id for content_id, _ in found})


def _reading(
    library: Library, contents: list[int], shape: Shape
) -> Callable[[CancelToken], list[tuple[int, QImage]]]:
    side, whole = round(shape[0] * shape[1]), shape[2]

    def read(cancel: CancelToken) -> list[tuple[int, QImage]]:
        found = []
        for content_id in contents:
            cancel.check()
            jpeg = library.thumbnail(content_id)
            image = images.fitted(jpeg, side, whole=whole) if jpeg else QImage()
            found.append((content_id, image))
        return found

    return read


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
