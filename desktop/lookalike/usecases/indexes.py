"""The stored vectors in memory, one table a descriptor, kept in step with the catalogue."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.usecases.network_in_use import NetworkInUse

_PAGE = 20_000


@dataclass(frozen=True, slots=True)
class Table:
    """`labels` int64 [n] ascending (content ids), `vectors` float16 [n, D]."""

    labels: NDArray[np.int64]
    vectors: NDArray[np.float16]


class Indexes:
    """Answers with the vectors of the contents that have a photo now; thread-safe."""

    def __init__(self, catalogue: Catalogue, network: NetworkInUse) -> None:
        self._catalogue = catalogue
        self._network = network
        self._lock = threading.Lock()
        self._tables: dict[str, Table] = {}

    def table(self, descriptor: str) -> Table:
        """Every vector of a descriptor, the newest commits included."""
        encoder = self._network.encoder
        dim = encoder.dimensions[descriptor]
        space = self._catalogue.space_id(encoder.spaces[descriptor], dim)
        with self._lock:
            table = self._tables.get(
                descriptor, Table(np.empty(0, np.int64), np.empty((0, dim), np.float16))
            )
            table = self._grown(table, space)
            self._tables[descriptor] = table
        alive = np.isin(table.labels, self._catalogue.alive(), assume_unique=True)
        return table if alive.all() else Table(table.labels[alive], table.vectors[alive])

    def _grown(self, table: Table, space: int) -> Table:
        labels, vectors = [table.labels], [table.vectors]
        last = int(table.labels[-1]) if len(table.labels) else 0
        while True:
            more, rows = self._catalogue.vectors_after(space, last, _PAGE)
            if not len(more):
                break
            labels.append(more)
            vectors.append(rows)
            last = int(more[-1])
        if len(labels) == 1:
            return table
        return Table(np.concatenate(labels), np.concatenate(vectors))
