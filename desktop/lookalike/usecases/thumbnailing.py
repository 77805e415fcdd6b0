"""Thumbnails on demand: from the store, else made anew from the photo (they are derived)."""

from __future__ import annotations

from lookalike.catalogue.store import Catalogue
from lookalike.errors import DataFolderError, PhotoError
from lookalike.photos.thumbnails import ThumbnailStore

THUMBNAIL_SIDE = 384
"""Longest side in pixels: sharp in a 190-pixel cell at 200 % scale."""


class Thumbnailing:
    """Answers with a thumbnail whenever the store or the photo itself can give one."""

    def __init__(self, catalogue: Catalogue, thumbnails: ThumbnailStore) -> None:
        self._catalogue = catalogue
        self._thumbnails = thumbnails

    def thumbnail(self, content_id: int) -> bytes | None:
        """JPEG bytes, or None when it is missing and the photo cannot be read now."""
        stored = self._thumbnails.get(content_id)
        if stored is not None:
            return stored
        made = self._made_anew(content_id)
        if made is not None:
            try:
                self._thumbnails.put_many([(content_id, made)])
            except DataFolderError:
                # A full disk must not hide a picture that is at hand.
                return made
        return made

    def _made_anew(self, content_id: int) -> bytes | None:
        from lookalike.photos.decode import DecodeSpec, decode

        # The smallest network input: only the thumbnail is wanted here.
        spec = DecodeSpec(network_size=32, thumbnail_side=THUMBNAIL_SIDE)
        for photo in self._catalogue.photos_of_contents([content_id]).get(content_id, []):
            try:
                return decode(photo.path, spec).thumbnail
            except PhotoError:
                continue
        return None
