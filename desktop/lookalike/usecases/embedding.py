"""Photos that are in the library already, embedded with a network that has not seen them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.packing import packed
from lookalike.catalogue.store import Catalogue
from lookalike.errors import PhotoError
from lookalike.photos.decode import network_input, whole_input
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import Photo
from lookalike.usecases.completeness import is_embedded
from lookalike.usecases.filter_lists import FilterLists, Watching, space_of
from lookalike.usecases.goals import Goals
from lookalike.usecases.labelling import labels_of
from lookalike.vision.encoder import SMALL, Encoder

_BATCH = 16


class Embedder:
    """Reads the photos again, or their thumbnails while they are away."""

    def __init__(self, catalogue: Catalogue, goals: Goals, lists: FilterLists) -> None:
        self._catalogue, self._goals, self._lists = catalogue, goals, lists

    def embed(self, encoder: Encoder, on_progress: OnProgress, cancel: CancelToken) -> int:
        """Embed what lacks this network's vectors or any label; returns how many photos."""
        if is_embedded(self._catalogue, encoder.pack, encoder.precision):
            return 0
        spaces = self._vector_spaces(encoder)
        unlabelled = self._catalogue.unlabelled() if encoder.labels else []
        missing = self._missing(spaces, unlabelled)
        with self._lists.watching(encoder) as watching:
            return self._run(watching, missing, on_progress, cancel, "embedding")

    def look_for_filters(
        self, encoder: Encoder, on_progress: OnProgress, cancel: CancelToken
    ) -> int:
        """Look at what was embedded before its filters were watched; returns how many photos.

        None of a network that cannot be watched.
        """
        space = self._catalogue.ensure_space(*space_of(encoder))
        missing = self._missing([space], ())
        if not missing:
            return 0
        with self._lists.watching(encoder) as watching:
            if not watching.open():
                return 0
            return self._run(watching, missing, on_progress, cancel, "looking at filters")

    def _vector_spaces(self, encoder: Encoder) -> list[int]:
        return [
            self._catalogue.ensure_space(key, encoder.dimensions[name])
            for name, key in encoder.spaces.items()
        ]

    def _run(
        self,
        watching: Watching,
        missing: Sequence[int],
        on_progress: OnProgress,
        cancel: CancelToken,
        stage: str,
    ) -> int:
        meter, done, size = RateMeter(), 0, watching.encoder.size
        with ThreadPoolExecutor(os.cpu_count() or 1, "embed") as pool:
            for start in range(0, len(missing), _BATCH):
                cancel.check()
                part = self._goals.photos_of(missing[start : start + _BATCH]).values()
                pictures = pool.map(lambda photo: self._picture(photo, size), part)
                read = [
                    (photo, picture)
                    for photo, picture in zip(part, pictures, strict=True)
                    if picture is not None
                ]
                if read:
                    self._keep(watching, read)
                done += len(read)
                seen = min(start + _BATCH, len(missing))
                on_progress(meter.progress(stage, seen, len(missing)))
        return done

    def _keep(self, watching: Watching, read: Sequence[tuple[Photo, NDArray[np.uint8]]]) -> None:
        encoder = watching.encoder
        labels = [photo.content_id for photo, _ in read]
        encoded = watching.describe(np.stack([picture for _, picture in read]))
        spaces = dict(zip(encoder.spaces, self._vector_spaces(encoder), strict=True))
        for name, vectors in encoded.vectors.items():
            rows = packed(vectors, name in SMALL)
            self._catalogue.add_vectors(spaces[name], list(zip(labels, rows, strict=True)))
        called = labels_of(encoder, encoded)
        self._catalogue.add_labels(zip(labels, called, strict=True))
        watching.take(labels, [photo.facts.phash for photo, _ in read], encoded)

    def _missing(self, spaces: Sequence[int], others: Sequence[int]) -> list[int]:
        """The contents that lack a vector in one of the spaces, and `others`, ascending."""
        have = [set(self._catalogue.vector_labels(space).tolist()) for space in spaces]
        both = set.intersection(*have) - set(others)
        found: list[int] = []
        last = 0
        while page := self._catalogue.contents_after(last, 8192):
            found += [content for content in page if content not in both]
            last = page[-1]
        return found

    def _picture(self, photo: Photo, size: int) -> NDArray[np.uint8] | None:
        try:
            if not _is_as_it_was(photo):
                raise PhotoError("The file has changed since it was read.")
            return whole_input(photo.path, size)
        except PhotoError:
            # Offline or another picture by now: its thumbnail is all there is of it.
            try:
                return network_input(self._goals.small_picture_of(photo), size)
            except PhotoError:
                return None


def _is_as_it_was(photo: Photo) -> bool:
    """Whether the file is still the one that was read: its vectors are kept by its content."""
    try:
        facts = os.stat(photo.path)
    except OSError:
        return False
    return (facts.st_size, facts.st_mtime_ns) == (photo.size, photo.mtime_ns)
