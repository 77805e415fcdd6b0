"""Folders to vectors: scan, recognise, decode, embed and commit, batch by batch.

One decode of a photo serves its thumbnail, descriptors and hash. Decoding runs in worker
processes, the network in a thread of its own, the catalogue is written by the calling thread;
what waits between them is bounded. What a batch has committed stays, wherever the process dies.
"""

from __future__ import annotations

import os
import time
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
from lookalike.records import Changes, Root
from lookalike.usecases.embedding import Embedder
from lookalike.usecases.filter_lists import FilterLists, Watching
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.labelling import labels_of
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.scanning import Plan, Work, plan_root
from lookalike.usecases.thumbnailing import THUMBNAIL_SIDE
from lookalike.vision.encoder import SMALL, Encoded

BATCH = 16
"""Photos a forward pass and a transaction: more gains nothing on a CPU, and loses more work."""


@dataclass(slots=True)
class _Tally:
    """What has been done so far; becomes the receipt."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0

    def take(self, plan: Plan) -> None:
        """Count what the plan settles without reading a photo."""
        self.moved += len(plan.moved)
        self.removed += len(plan.removed)
        self.unchanged += plan.unchanged
        self.skipped += len(plan.unreadable) + plan.known_problems


class Indexing:
    """Reads folders into the library."""

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

    def run(self, folders: Sequence[str], on_progress: OnProgress, cancel: CancelToken) -> Changes:
        """Index `folders`, or every root when there are none; returns the receipt.

        Raises Cancelled; what was committed stays.
        """
        started = time.monotonic()
        if folders:
            named = {root.id: root for root in map(self._catalogue.add_root, folders)}
            # A later folder may have taken an earlier one in.
            roots = [root for root in self._catalogue.roots() if root.id in named]
        else:
            roots = list(self._catalogue.roots())
        tally = _Tally()
        for root in roots:
            self._root(root, tally, on_progress, cancel)
        if tally.removed or tally.updated:
            # Only now: a photo that moved from one root to another has found its vectors again.
            gone = self._catalogue.purge_orphans()
            self._thumbnails.remove_many(gone)
            self._lists.drop(gone)
        # An older version, or another network, may have left vectors or labels out.
        encoder = self._network.encoder
        late = self._embedder.embed(encoder, on_progress, cancel)
        if late:
            self._indexes.reread(encoder.spaces.values())
        if tally.added or tally.updated or tally.removed or late:
            self._indexes.maintain(on_progress, cancel)
        return Changes(
            tally.added,
            tally.updated,
            tally.moved,
            tally.removed,
            tally.unchanged,
            tally.skipped,
            self._catalogue.counts().photos,
            round(time.monotonic() - started, 3),
        )

    def _root(
        self, root: Root, tally: _Tally, on_progress: OnProgress, cancel: CancelToken
    ) -> None:
        plan = plan_root(self._catalogue, root, on_progress, cancel)
        if plan is None:
            return
        tally.take(plan)
        # Moves first: a photo keeps its row however the rest of the run ends.
        self._catalogue.commit_batch(
            BatchWrite(
                root.id,
                moved=plan.moved,
                online=plan.back_online,
                offline=plan.offline,
                problems=plan.unreadable,
                solved=plan.solved,
            )
        )
        if plan.work:
            self._read(root, plan.work, tally, on_progress, cancel)
        if plan.removed:
            self._catalogue.commit_batch(BatchWrite(root.id, removed=plan.removed))

    def _read(
        self,
        root: Root,
        work: list[Work],
        tally: _Tally,
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> None:
        """Decode in processes, embed in a thread, commit here; one batch is under way in each."""
        encoder = self._network.encoder
        spaces = {
            name: self._catalogue.ensure_space(key, encoder.dimensions[name])
            for name, key in encoder.spaces.items()
        }
        spec = DecodeSpec(encoder.size, THUMBNAIL_SIDE)
        meter = RateMeter()
        jobs = (
            (number, os.path.join(root.path, each.file.relpath)) for number, each in enumerate(work)
        )
        done = 0
        with (
            self._lists.watching(encoder) as watching,
            DecodePool(0, spec) as pool,
            ThreadPoolExecutor(1, thread_name_prefix="network") as network,
        ):
            under_way: Future[_Embedded] | None = None
            for batch in _batches(pool.run(jobs, cancel), work):
                following = network.submit(_embed, watching, spaces, batch)
                if under_way is not None:
                    done += self._commit(root, under_way.result(), tally, watching)
                    on_progress(meter.progress("reading", done, len(work)))
                under_way = following
            if under_way is not None:
                done += self._commit(root, under_way.result(), tally, watching)
                on_progress(meter.progress("reading", done, len(work)))

    def _commit(self, root: Root, embedded: _Embedded, tally: _Tally, watching: Watching) -> int:
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
    results: Iterator[tuple[int, Decoded | PhotoError]], work: list[Work]
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
