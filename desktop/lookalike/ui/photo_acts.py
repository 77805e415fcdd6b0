"""What a person can do with the selected photo."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from lookalike.progress import CancelToken
from lookalike.records import Goal, Match, Photo
from lookalike.ui import desktop, images
from lookalike.ui.grid.cells import Item
from lookalike.ui.inspector.facts import readable
from lookalike.ui.parts import Parts
from lookalike.words import retold, tr

_COPIED_SIDE = 8000


class PhotoActs(QObject):
    """Sentences go to the status bar; `warn` shows one in a banner."""

    def __init__(
        self, parts: Parts, current: Callable[[], Item | None], warn: Callable[[str], object]
    ) -> None:
        super().__init__(parts.window)
        self._jobs, self._library, self._session = parts.jobs, parts.library, parts.session
        self._current, self._say, self._warn = current, parts.status.say, warn
        self._removing, self._pages, self._duplicates = (
            parts.removing,
            parts.pages,
            parts.later.duplicates,
        )

    def photo(self) -> Photo | None:
        """The selected photo."""
        item = self._current()
        return item.photo if isinstance(item, Match) else item

    def find_similar(self) -> None:
        """Search by the selected photo."""
        photo = self.photo()
        if photo is not None:
            self._session.look_for(_goal(photo, 1.0))

    def more_like(self) -> None:
        """Search by the selected photo too."""
        self._add(1.0)

    def less_like(self) -> None:
        """Search by less of what the selected photo shows."""
        if not self._session.active:
            self._say(tr("Search by a photo first; then take away what should be less."))
            return
        self._add(-1.0)

    def trash(self) -> None:
        """To the system's trash: what is marked among same pictures, else the selected photo."""
        if self._pages.name == "duplicates" and len(self._duplicates().marks):
            self._duplicates().trash()
            return
        photo = self._reachable()
        if photo is not None:
            self._removing.trash([photo])

    def open_file(self) -> None:
        """With the system's program for it."""
        photo = self._reachable()
        if photo is not None and not desktop.open_file(photo.path):
            self._warn(
                tr("The system has no program to open {photo} with.").format(
                    photo=readable(photo.path)
                )
            )

    def reveal(self) -> None:
        """In the file manager."""
        photo = self._reachable()
        if photo is not None and not desktop.reveal(photo.path):
            self._warn(
                tr("The {program} did not open; the photo is {photo}.").format(
                    program=desktop.FILE_MANAGER, photo=photo.path
                )
            )

    def copy_path(self) -> None:
        """To the clipboard, as text."""
        photo = self.photo()
        if photo is not None:
            desktop.copy_text(readable(photo.path))
            self._say(tr("Path copied"))

    def copy_image(self) -> None:
        """To the clipboard, as a picture and as a file."""
        photo = self.photo()
        if photo is None:
            return

        def load(_cancel: CancelToken) -> QImage:
            return images.to_image(self._library.picture(photo, _COPIED_SIDE))

        def came(image: QImage) -> None:
            desktop.copy_image(image, photo.path)
            self._say(tr("Image copied"))

        self._jobs.read(load, came, self._failed, key="copy")

    def _failed(self, error: object) -> None:
        self._warn(retold(str(error)))

    def _add(self, weight: float) -> None:
        photo = self.photo()
        if photo is not None and not any(
            goal.photo_id == photo.id for goal in self._session.query.goals
        ):
            self._session.add(_goal(photo, weight))

    def _reachable(self) -> Photo | None:
        photo = self.photo()
        if photo is not None and photo.offline:
            self._warn(
                tr("{photo} is offline: connect its drive, then look for new photos.").format(
                    photo=readable(os.path.basename(photo.path))
                )
            )
            return None
        return photo


def _goal(photo: Photo, weight: float) -> Goal:
    name = readable(os.path.basename(photo.path))
    return Goal(photo_id=photo.id, name=name, weight=weight)
