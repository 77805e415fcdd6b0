"""The indexes of the library, one a descriptor, opened on first use over the catalogue's rows."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.progress import CancelToken, OnProgress
from lookalike.records import Part
from lookalike.search.index import VectorIndex
from lookalike.usecases.network_in_use import NetworkInUse


@dataclass(frozen=True, slots=True)
class SpaceRows:
    """The catalogue's rows of one space, as an index wants them."""

    catalogue: Catalogue
    key: str
    dim: int

    def after(self, label: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """The next rows behind `label`."""
        space = self.catalogue.space_id(self.key, self.dim)
        labels, vectors = self.catalogue.vectors_after(space, label, limit)
        return labels, vectors.reshape(len(labels), self.dim)

    def labels(self) -> NDArray[np.int64]:
        """Every label of the space."""
        return self.catalogue.vector_labels(self.catalogue.space_id(self.key, self.dim))


class Indexes:
    """Opens an index when a query first needs it; thread-safe."""

    def __init__(self, paths: DataPaths, catalogue: Catalogue, network: NetworkInUse) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._network = network
        self._lock = threading.Lock()
        self._open: dict[str, VectorIndex] = {}

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the stored vectors are made of."""
        return self._network.encoder.parts

    def of(self, descriptor: str) -> VectorIndex:
        """The index of a descriptor, the newest commits included."""
        encoder = self._network.encoder
        key, dim = encoder.spaces[descriptor], encoder.dimensions[descriptor]
        with self._lock:
            index = self._open.get(key)
            if index is None:
                folder = self._paths.index / key.replace("/", "_")
                index = VectorIndex(folder, dim, SpaceRows(self._catalogue, key, dim))
                self._open[key] = index
                return index
        index.refresh()
        return index

    def load(self, cancel: CancelToken) -> None:
        """Load every graph into memory; queries are answered meanwhile."""
        for descriptor in self._network.encoder.spaces:
            self.of(descriptor).load(cancel)

    def maintain(self, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Write what is new to segments, and anew what is damaged or thinned out."""
        for descriptor in self._network.encoder.spaces:
            self.of(descriptor).maintain(on_progress, cancel)

    def verify(self) -> list[str]:
        """What is damaged, a sentence each."""
        return [
            sentence
            for descriptor in self._network.encoder.spaces
            for sentence in self.of(descriptor).verify()
        ]

    def close(self) -> None:
        """Let go of files and threads."""
        with self._lock:
            for index in self._open.values():
                index.close()
            self._open.clear()
