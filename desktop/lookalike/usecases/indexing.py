"""Folders to the library: scan, recognise what is known, read what is new.

What is unchanged costs a look at its name and date: neither NumPy nor the network is loaded for
it (`reading` brings them).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lookalike.catalogue.rows import BatchWrite
from lookalike.catalogue.store import Catalogue
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.progress import CancelToken, OnProgress
from lookalike.records import Changes, Root
from lookalike.usecases.completeness import is_embedded
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.scanning import plan_root
from lookalike.usecases.tally import Tally

if TYPE_CHECKING:
    from lookalike.usecases.reading import Reader


class Indexing:
    """Brings folders and library into step. `reader` is made when there is something to read."""

    def __init__(
        self,
        catalogue: Catalogue,
        thumbnails: ThumbnailStore,
        network: NetworkInUse,
        reader: Callable[[], Reader],
    ) -> None:
        self._catalogue = catalogue
        self._thumbnails = thumbnails
        self._network = network
        self._reader = reader

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
        tally = Tally()
        for root in roots:
            self._root(root, tally, on_progress, cancel)
        if tally.removed or tally.updated:
            # Only now: a photo that moved from one root to another has found its vectors again.
            gone = self._catalogue.purge_orphans()
            self._thumbnails.remove_many(gone)
            self._reader().drop(gone)
        late = 0
        if not is_embedded(self._catalogue, self._network.pack, self._network.precision):
            late = self._reader().embed_missing(on_progress, cancel)
        if tally.added or tally.updated or tally.removed or late:
            self._reader().maintain(on_progress, cancel)
        seconds = round(time.monotonic() - started, 3)
        return tally.changes(self._catalogue.counts().photos, seconds)

    def _root(self, root: Root, tally: Tally, on_progress: OnProgress, cancel: CancelToken) -> None:
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
            self._reader().read(root, plan.work, tally, on_progress, cancel)
        if plan.removed:
            self._catalogue.commit_batch(BatchWrite(root.id, removed=plan.removed))
