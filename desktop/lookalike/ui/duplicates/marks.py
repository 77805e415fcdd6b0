"""Which photos are marked to go. One photo of every group stays."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from lookalike.records import Photo
from lookalike.records.upkeep import DuplicateGroup
from lookalike.words import tr

ONE_STAYS = tr("One photo of each group stays; take the mark off another one first.")


class Marks(QObject):
    """Marked photos, by id. `refused` with a sentence when a mark would leave a group empty."""

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._photos: dict[int, Photo] = {}

    def __contains__(self, photo_id: int) -> bool:
        """Whether a photo is marked."""
        return photo_id in self._photos

    def __len__(self) -> int:
        """How many are marked."""
        return len(self._photos)

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The marked ones."""
        return tuple(self._photos.values())

    @property
    def bytes(self) -> int:
        """How much room they take on the disk."""
        return sum(photo.size for photo in self._photos.values())

    def toggle(self, photo: Photo, group: DuplicateGroup | None) -> None:
        """Mark a photo of a group, or take the mark off."""
        if photo.id in self._photos:
            del self._photos[photo.id]
            self.changed.emit()
            return
        others = group.photos if group is not None else ()
        if all(each.id == photo.id or each.id in self._photos for each in others):
            self.refused.emit(ONE_STAYS)
            return
        self._photos[photo.id] = photo
        self.changed.emit()

    def mark(self, photos: Iterable[Photo]) -> None:
        """Mark these and no others."""
        self._photos = {photo.id: photo for photo in photos}
        self.changed.emit()

    def drop(self, photos: Iterable[Photo]) -> None:
        """Take the marks off photos that are gone or no longer in a group."""
        for photo in photos:
            self._photos.pop(photo.id, None)
        self.changed.emit()
