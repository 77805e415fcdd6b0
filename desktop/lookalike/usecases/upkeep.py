"""Keeping a library in order: status, forgetting, checking, making derived files anew."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from lookalike.catalogue.store import Catalogue
from lookalike.errors import FolderError, NetworkError, PhotoError
from lookalike.paths import DataPaths
from lookalike.photos.decode import DecodeSpec, decode
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import Changes, View
from lookalike.records.upkeep import LibraryStatus
from lookalike.usecases.embedding import Embedder
from lookalike.usecases.filter_lists import FilterLists
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.precision import embedded
from lookalike.usecases.thumbnailing import THUMBNAIL_SIDE

_PAGE = 500


class Upkeep:
    """What a person does with a library besides filling and searching it."""

    def __init__(
        self,
        paths: DataPaths,
        catalogue: Catalogue,
        thumbnails: ThumbnailStore,
        network: NetworkInUse,
        indexes: Indexes,
        lists: FilterLists,
        embedder: Embedder,
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._thumbnails = thumbnails
        self._network = network
        self._indexes = indexes
        self._lists = lists
        self._embedder = embedder

    def status(self) -> LibraryStatus:
        """Counts, sizes in bytes, and the network and device in use."""
        counts = self._catalogue.counts()
        encoder = self._network.encoder
        return LibraryStatus(
            photos=counts.photos,
            contents=counts.contents,
            offline=counts.offline,
            problems=counts.problems,
            roots=self._catalogue.roots(),
            network=encoder.pack.name,
            precision=encoder.precision,
            provider=encoder.provider,
            indexed=embedded(encoder.pack, encoder.precision, self._catalogue),
            catalogue_bytes=_size(self._paths.catalogue),
            index_bytes=sum(_size(each) for each in self._paths.index.rglob("*")),
            thumbnail_bytes=_size(self._paths.thumbnails),
            data_dir=str(self._paths.home),
            details={"device": encoder.provider_reason} if encoder.provider_reason else {},
        )

    def forget(self, folder: str) -> Changes:
        """Take a root out of the library. Raises FolderError if it is none."""
        started = time.monotonic()
        wanted = os.path.realpath(folder)
        for root in self._catalogue.roots():
            if root.path == wanted:
                removed = self._catalogue.remove_root(root.id)
                self._purge()
                photos = self._catalogue.counts().photos
                seconds = round(time.monotonic() - started, 3)
                return Changes(removed=removed, photos=photos, seconds=seconds)
        raise FolderError(
            f"{folder} is not a folder of the library; `lookalike status` lists them."
        )

    def verify(self) -> list[str]:
        """What is wrong, a sentence each; [] if nothing is."""
        found = self._catalogue.integrity()
        try:
            self._network.pack.check()
        except NetworkError as error:
            found.append(str(error))
        return found + self._indexes.verify()

    def rebuild(self, on_progress: OnProgress, cancel: CancelToken) -> float:
        """Drop what no photo needs; make the index anew, and what is missing; returns seconds."""
        started = time.monotonic()
        self._indexes.close()
        shutil.rmtree(self._paths.index, ignore_errors=True)
        self._indexes.maintain(on_progress, cancel)
        self._purge()
        ids = self._catalogue.photo_ids(View(order="path", descending=False))
        spec = DecodeSpec(network_size=32, thumbnail_side=THUMBNAIL_SIDE)
        meter = RateMeter()
        for start in range(0, len(ids), _PAGE):
            photos = self._catalogue.photos(ids[start : start + _PAGE])
            have = self._thumbnails.has_many([photo.content_id for photo in photos])
            for photo in photos:
                cancel.check()
                if photo.content_id in have:
                    continue
                try:
                    made = decode(photo.path, spec).thumbnail
                except PhotoError:
                    continue
                self._thumbnails.put_many([(photo.content_id, made)])
                have.add(photo.content_id)
            on_progress(meter.progress("making thumbnails", start + len(photos), len(ids)))
        self._embedder.look_for_filters(self._network.encoder, on_progress, cancel)
        return time.monotonic() - started

    def _purge(self) -> None:
        gone = self._catalogue.purge_orphans()
        self._thumbnails.remove_many(gone)
        self._lists.drop(gone)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
