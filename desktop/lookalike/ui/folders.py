"""The library's folders and counts as the window knows them; adding, removing, bringing back."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.progress import CancelToken
from lookalike.records import Changes, Root
from lookalike.ui.banner import Banners
from lookalike.ui.indexing import Reading
from lookalike.ui.inspector.facts import photos_in_words, readable
from lookalike.ui.jobs import Jobs
from lookalike.ui.places import Known
from lookalike.ui.undo import UndoStack
from lookalike.words import in_figures, ntr, tr

READ_ONLY = tr(
    "Another Lookalike window adds photos to this library; here you can look and search. "
    "Close that window, and open this one again, to add photos here."
)


class Folders(QObject):
    """Asks for what the sidebar shows, and changes which folders are in the library."""

    known_changed = Signal(object)
    changed = Signal()
    failed = Signal(object)
    said = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        library: Library,
        reading: Reading,
        banners: Banners,
        undo: UndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._library, self._reading = jobs, library, reading
        self._banners, self._undo = banners, undo
        self.known = Known()
        self._told_offline: set[int] = set()

    def look(self) -> None:
        """Ask how much there is, and where."""
        years = self.known.years if self._reading.running else None

        def work(_cancel: CancelToken) -> Known:
            counted = self._library.years() if years is None else years
            return Known(self._library.counts(), self._library.roots(), tuple(counted))

        self._jobs.read(work, self._came, self.failed.emit, key="known")

    def add(self, folders: Sequence[str] = ()) -> None:
        """Read these folders (none: look at every folder again)."""
        if not self._library.writable:
            self._banners.say(
                READ_ONLY, key="read-only", icon="info", action=(tr("Refresh"), self.changed.emit)
            )
            return
        self._reading.start(folders)

    def forget(self, folder: str) -> None:
        """Take a folder out of the library; its files stay, and it can be brought back."""
        if not self._library.writable:
            self.add()
            return
        if self._reading.running:
            self.failed.emit(_BusyError(tr("Stop reading first; then this folder can be removed.")))
            return
        name = readable(os.path.basename(folder.rstrip(os.sep)) or folder)

        def done(changes: Changes) -> None:
            words = tr("removing “{name}”").format(name=name)
            act = self._undo.did(words, lambda: self.add([folder]))
            self._banners.say(
                tr(
                    "“{name}” is no longer in the library ({photos}). Its files are where they "
                    "were."
                ).format(name=name, photos=photos_in_words(changes.removed)),
                key=f"removed-{folder}",
                icon="info",
                action=(tr("Undo"), lambda: self._undo.take_back(act)),
            )
            self.changed.emit()

        self._jobs.write(lambda _cancel: self._library.forget(folder), done, self.failed.emit)

    def _came(self, known: Known) -> None:
        self.known = known
        for root in known.roots:
            if root.online:
                self._told_offline.discard(root.id)
                self._banners.drop(f"offline-{root.id}")
            elif root.id not in self._told_offline:
                self._told_offline.add(root.id)
                self._tell_offline(root)
        self.known_changed.emit(known)

    def _tell_offline(self, root: Root) -> None:
        name = readable(os.path.basename(root.path.rstrip(os.sep)) or root.path)
        self._banners.say(
            ntr(
                "“{name}” cannot be reached. Its {count} photo stays here and can be searched; "
                "connect its drive to open it.",
                "“{name}” cannot be reached. Its {count} photos stay here and can be searched; "
                "connect its drive to open them.",
                root.photos,
            ).format(name=name, count=in_figures(root.photos)),
            key=f"offline-{root.id}",
            icon="cloud-off",
            action=(tr("Look again"), self.add) if self._library.writable else None,
        )


class _BusyError(LookalikeError):
    """A sentence: not now."""


def receipt(changes: Changes) -> str:
    """What a reading did, in words."""
    parts = [
        words.format(count=in_figures(count))
        for count, words in (
            (changes.added, tr("{count} new")),
            (changes.updated, tr("{count} changed")),
            (changes.moved, tr("{count} moved")),
            (changes.removed, tr("{count} gone")),
            (changes.skipped, tr("{count} skipped")),
        )
        if count
    ]
    return " · ".join([photos_in_words(changes.photos), *parts])
