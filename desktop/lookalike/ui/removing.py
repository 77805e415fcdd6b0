"""Photos to the system's trash and back, and what is not the same: always on a person's word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Photo, Problem
from lookalike.ui.banner import Banners
from lookalike.ui.jobs import Jobs
from lookalike.ui.undo import UndoStack
from lookalike.words import in_figures, ntr, retold, tr

if TYPE_CHECKING:
    from lookalike.records.upkeep import Restored, ToldApart, Trashed


class Removing(QObject):
    """Each act can be undone; its name is in the menu. `changed` with the photos it was about."""

    changed = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        banners: Banners,
        undo: UndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._banners, self._undo = banners, undo

    def trash(self, photos: Sequence[Photo]) -> None:
        """Move photos to the system's trash."""
        chosen = tuple(photos)
        if chosen:
            self._write(lambda _cancel: self._library.trash(chosen), self._trashed)

    def tell_apart(self, photos: Sequence[Photo], others: Sequence[Photo] = ()) -> None:
        """Remember that these are not the same picture."""
        one, other = tuple(photos), tuple(others)
        self._write(lambda _cancel: self._library.not_the_same(one, other), self._told_apart)

    def _write(self, work: Callable[[CancelToken], object], done: Callable[..., None]) -> None:
        if self._library.writable:
            self._jobs.write(work, done, self.failed.emit)
        else:
            self._banners.say(
                tr(
                    "Another Lookalike window changes this library; move photos to the trash there."
                ),
                key="read-only",
                icon="info",
            )

    def _trashed(self, receipt: Trashed) -> None:
        count = len(receipt.photos)
        if count:
            name = ntr("moving a photo to the trash", "moving {count} photos to the trash", count)
            told = ntr("A photo is in the trash.", "{count} photos are in the trash.", count)
            shown = in_figures(count)
            act = self._undo.did(name.format(count=shown), lambda: self._untrash(receipt))
            self._banners.say(
                told.format(count=shown),
                key="trashed",
                icon="trash-2",
                action=(tr("Undo"), lambda: self._undo.take_back(act)),
            )
        words = ntr(
            "A photo could not be moved to the trash.",
            "{count} photos could not be moved to the trash.",
            len(receipt.failed),
        )
        self._tell_failed(receipt.failed, words)
        self.changed.emit(tuple(item.photo for item in receipt.photos))

    def _untrash(self, receipt: Trashed) -> None:
        self._banners.drop("trashed")
        self._write(lambda _cancel: self._library.untrash(receipt), self._restored)

    def _restored(self, receipt: Restored) -> None:
        words = ntr(
            "A photo could not be put back.",
            "{count} photos could not be put back.",
            len(receipt.failed),
        )
        self._tell_failed(receipt.failed, words)
        self.changed.emit(receipt.photos)

    def _told_apart(self, receipt: ToldApart) -> None:
        self._undo.did(tr("“not the same”"), lambda: self._together(receipt))
        self.changed.emit(receipt.photos)

    def _together(self, receipt: ToldApart) -> None:
        def work(_cancel: CancelToken) -> None:
            self._library.undo_not_the_same(receipt)

        self._write(work, lambda _none: self.changed.emit(receipt.photos))

    def _tell_failed(self, failed: Sequence[Problem], words: str) -> None:
        if failed:
            more = tr(" (and {count} more)") if len(failed) > 1 else ""
            self._banners.say(
                f"{words.format(count=in_figures(len(failed)))} {retold(failed[0].reason)}"
                + more.format(count=in_figures(len(failed) - 1)),
                key="not-trashed",
                icon="triangle-alert",
            )
