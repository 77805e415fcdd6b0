"""The indexes of the library, one a descriptor, opened on first use over the catalogue's rows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.progress import CancelToken, OnProgress
from lookalike.records import Part
from lookalike.search.fusion import Frame
from lookalike.search.index import VectorIndex
from lookalike.search.metric import fitted
from lookalike.usecases.network_in_use import NetworkInUse

if TYPE_CHECKING:
    from lookalike.vision.encoder import Encoder

_FITTED = "meaning"
"""The space whose metric is fitted: the others' directions are random, so none is wide."""
_SAMPLE = 2048


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


@dataclass(frozen=True, slots=True)
class Sample:
    """Contents spread evenly over the library of `size`: their rows by space, float32 [n, D]."""

    size: int
    rows: Mapping[str, NDArray[np.float32]]
    metric: NDArray[np.float32]


class Indexes:
    """Opens an index when a query first needs it; thread-safe."""

    def __init__(self, paths: DataPaths, catalogue: Catalogue, network: NetworkInUse) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._network = network
        self._lock = threading.Lock()
        self._open: dict[str, VectorIndex] = {}
        self._samples: dict[str, Sample] = {}

    @property
    def network(self) -> str:
        """What the vectors that are compared now were made by: changes when another is chosen."""
        return self._network.encoder.spaces[_FITTED]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the stored vectors are made of."""
        return self._network.encoder.parts

    def of(self, descriptor: str) -> VectorIndex:
        """The index of a descriptor, the newest commits included."""
        return self._of(self._network.encoder, descriptor)

    def _of(self, encoder: Encoder, descriptor: str) -> VectorIndex:
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

    def reread(self, spaces: Iterable[str]) -> None:
        """Open these anew when they are next asked: they got vectors of older contents.

        An open index looks only for what is newer than its newest row.
        """
        with self._lock:
            for key in spaces:
                # Not closed: a query may still be using it; its threads end with it.
                self._open.pop(key, None)
                self._samples.pop(key, None)

    def sample(self) -> Sample:
        """A sample of the library and the metric fitted on it.

        Taken anew when the library has grown by a half or shrunk by a third, so that scores hold
        still while photos come and go.
        """
        # Asked for once: another network may be chosen meanwhile.
        encoder = self._network.encoder
        key, index = encoder.spaces[_FITTED], self._of(encoder, _FITTED)
        with self._lock:
            found = self._samples.get(key)
        if found is not None and found.size * 2 <= len(index) * 3 <= found.size * 9 / 2:
            return found
        labels = index.all_labels()
        labels = labels[np.linspace(0, len(labels) - 1, min(len(labels), _SAMPLE)).astype(int)]
        rows = {name: self._of(encoder, name).rows(labels) for name in encoder.spaces}
        found = Sample(len(index), rows, fitted(rows[_FITTED], index.centre))
        with self._lock:
            self._samples[key] = found
        return found

    def frame(self, spaces: Iterable[str]) -> Frame:
        """What vectors are compared in now."""
        names = tuple(spaces)
        metrics = {_FITTED: self.sample().metric} if _FITTED in names else {}
        return Frame({name: self.of(name).centre for name in names}, metrics)

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
