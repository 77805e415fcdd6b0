"""Photo files to rows: decode, embed and commit, batch by batch.

One decode of a photo serves its thumbnail, descriptors and hash. Decoding runs in worker
processes, the network in a thread of its own, the catalogue is written by the calling thread;
what waits between them is bounded. What a batch has committed stays, wherever the process dies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lookalike.catalogue.packing import packed
from lookalike.catalogue.rows import BatchWrite, Content, FoundFile
from lookalike.catalogue.store import Catalogue
from lookalike.errors import PhotoError
from lookalike.photos.decode import Decoded, DecodeSpec
from lookalike.photos.pool import DecodePool
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import Root
from lookalike.usecases.embedding import Embedder
from lookalike.usecases.filter_lists import FilterLists, Watching
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.labelling import labels_of
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.scanning import Work
from lookalike.usecases.tally import Tally
from lookalike.usecases.thumbnailing import THUMBNAIL_SIDE
from lookalike.vision.encoder import SMALL, Encoded

BATCH = 16
"""Photos a forward pass and a transaction: more gains nothing on a CPU, and loses more work."""


class Reader:
    """Reads photos into the library, and keeps what is derived from them in step."""

    def __init__(
        self,
        catalogue: Catalogue,
        thumbnails: ThumbnailStore,
        network: NetworkInUse,
        indexes: Indexes,
        lists: FilterLists,
        embedder: Embedder,
    ) -> None:
        self._catalogue = catalogue
        self._thumbnails = thumbnails
        self._network = network
        self._indexes = indexes
        self._lists = lists
        self._embedder = embedder

    def embed_missing(self, on_progress: OnProgress, cancel: CancelToken) -> int:
        """Embed what an older version, or another network, left out; returns how many photos."""
        encoder = self._network.encoder
        late = self._embedder.embed(encoder, on_progress, cancel)
        if late:
            self._indexes.reread(encoder.spaces.values())
        return late

    def drop(self, contents: Sequence[int]) -> None:
        """Take contents that have gone out of what is derived."""
        self._lists.drop(contents)

    def maintain(self, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Bring the indexes up to date."""
        self._indexes.maintain(on_progress, cancel)

    def read(
        self,
        root: Root,
        work: Sequence[Work],
        tally: Tally,
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> None:
        """Decode in processes, embed in a thread, commit here; one batch is under way in each.

        Raises Cancelled; what was committed stays.
        """
        spec = DecodeSpec(self._network.pack.size, THUMBNAIL_SIDE)
        meter = RateMeter()
        jobs = (
            (number, os.path.join(root.path, each.file.relpath)) for number, each in enumerate(work)
        )
        done = 0
        with DecodePool(0, spec) as pool, ThreadPoolExecutor(1, "network") as network:
            # First of all: they start while the network is opened.
            pool.start(len(work))
            encoder = self._network.encoder
            spaces = {
                name: self._catalogue.ensure_space(key, encoder.dimensions[name])
                for name, key in encoder.spaces.items()
            }
            under_way: Future[_Embedded] | None = None
            with self._lists.watching(encoder) as watching:
                network.submit(watching.open)
                for batch in _batches(pool.run(jobs, cancel), work):
                    following = network.submit(_embed, watching, spaces, batch)
                    if under_way is not None:
                        done += self._commit(root, under_way.result(), tally, watching)
                        on_progress(meter.progress("reading", done, len(work)))
                    under_way = following
                if under_way is not None:
                    done += self._commit(root, under_way.result(), tally, watching)
                    on_progress(meter.progress("reading", done, len(work)))

    def _commit(self, root: Root, embedded: _Embedded, tally: Tally, watching: Watching) -> int:
        """Write one batch and its thumbnails; returns how many files it settles."""
        batch = BatchWrite(root.id, problems=embedded.problems)
        for each, content in embedded.contents:
            if each.photo_id is None:
                batch.new.append((each.file, content))
            else:
                batch.changed.append((each.photo_id, each.file, content))
            batch.solved.append(each.file.relpath)
        # A changed file that cannot be read any more: its old picture stays, marked offline.
        batch.offline += embedded.lost
        ids = self._catalogue.commit_batch(batch)
        self._thumbnails.put_many(
            (ids[digest], jpeg) for digest, jpeg in embedded.thumbnails.items() if digest in ids
        )
        if embedded.encoded is not None:
            labels = [ids[digest] for digest, _ in embedded.hashes]
            watching.take(labels, [phash for _, phash in embedded.hashes], embedded.encoded)
        tally.added += len(batch.new)
        tally.updated += len(batch.changed)
        tally.skipped += len(batch.problems)
        return len(embedded.contents) + len(embedded.problems)


_Outcome = tuple[Work, Decoded | PhotoError | int]


@dataclass(slots=True)
class _Embedded:
    """A batch ready to be committed."""

    contents: list[tuple[Work, Content | int]]
    problems: list[tuple[FoundFile, str]]
    lost: list[int]
    thumbnails: dict[bytes, bytes]
    hashes: list[tuple[bytes, int]]
    encoded: Encoded | None


def _batches(
    results: Iterator[tuple[int, Decoded | PhotoError]], work: Sequence[Work]
) -> Iterator[list[_Outcome]]:
    batch: list[_Outcome] = []
    for number, result in results:
        batch.append((work[number], result))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _embed(watching: Watching, spaces: dict[str, int], batch: list[_Outcome]) -> _Embedded:
    """The network over a batch; runs in its one thread."""
    decoded = [(each, result) for each, result in batch if isinstance(result, Decoded)]
    failed = [(each, result) for each, result in batch if isinstance(result, PhotoError)]
    rows: dict[str, list[bytes]] = {}
    encoded = None
    labels: list[dict[str, float]] = []
    if decoded:
        pictures = np.stack([result.network_input for _, result in decoded])
        encoded = watching.describe(pictures)
        rows = {name: packed(vectors, name in SMALL) for name, vectors in encoded.vectors.items()}
        labels = labels_of(watching.encoder, encoded)
    contents: list[tuple[Work, Content | int]] = []
    for index, (each, result) in enumerate(decoded):
        vectors = {spaces[name]: found[index] for name, found in rows.items()}
        content = Content(result.digest, result.facts, vectors, labels[index])
        contents.append((each.as_read(result.size, result.mtime_ns), content))
    return _Embedded(
        contents,
        [(each.file, str(error)) for each, error in failed],
        [each.photo_id for each, _ in failed if each.photo_id is not None],
        {result.digest: result.thumbnail for _, result in decoded},
        [(result.digest, result.facts.phash) for _, result in decoded],
        encoded,
    )
