"""What a person decides about duplicates: not the same, to the trash, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.catalogue.rows import FoundFile
from lookalike.catalogue.store import Catalogue
from lookalike.errors import LookalikeError, PhotoError
from lookalike.photos.trash import from_trash, to_trash
from lookalike.records import Photo, Problem
from lookalike.records.upkeep import Restored, ToldApart, Trashed, TrashedPhoto


class Removing:
    """Decisions about photos; each returns a receipt by which it is undone."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def not_the_same(self, photos: Sequence[Photo], others: Sequence[Photo]) -> ToldApart:
        """Remember for ever that none of `photos` is the same as, or similar to, another.

        With `others`, that none of `photos` belongs to those, which may belong together.

        Raises:
            LookalikeError: fewer than two different pictures.
        """
        sides = {photo.content_id: number for number, photo in enumerate(photos)}
        if others:
            sides = dict.fromkeys(sides, 0)
            sides |= {photo.content_id: 1 for photo in others}
        if len(set(sides.values())) < 2:
            raise LookalikeError(
                "These files are equal byte for byte; only different pictures can be told apart."
            )
        return ToldApart(self._catalogue.tell_apart(sides), (*photos, *others))

    def undo_not_the_same(self, told: ToldApart) -> None:
        """Take `not_the_same` back."""
        self._catalogue.forget_apart(told.act)

    def trash(self, photos: Sequence[Photo]) -> Trashed:
        """Move photos to the system's trash, and out of the library; their vectors stay.

        A photo that is offline, changed or gone is left alone, with the reason.
        """
        done, failed = [], []
        for photo in photos:
            try:
                if photo.offline:
                    raise PhotoError("It is offline; connect its drive first.")
                where = to_trash(photo.path, photo.size, photo.mtime_ns)
            except PhotoError as error:
                failed.append(Problem(photo.path, str(error), photo.root_id))
                continue
            # At once: should the program end here, the library and the disk still agree.
            self._catalogue.take_out_photos([photo.id])
            done.append(TrashedPhoto(photo, where))
        return Trashed(tuple(done), tuple(failed))

    def untrash(self, trashed: Trashed) -> Restored:
        """Put photos back where they were, with their ids and vectors."""
        back, failed = [], []
        for item in trashed.photos:
            photo = item.photo
            try:
                facts = from_trash(item.where, photo.path)
            except PhotoError as error:
                failed.append(Problem(photo.path, str(error), photo.root_id))
                continue
            relpath = self._catalogue.relpath_in_root(photo)
            file = FoundFile(relpath, facts.st_size, facts.st_mtime_ns, facts.st_dev, facts.st_ino)
            # Where its folder or content has been forgotten meanwhile, the next look reads it.
            self._catalogue.put_back_photo(photo, file)
            back.append(photo)
        return Restored(tuple(back), tuple(failed))
