"""A segment: up to 32,768 vectors with their graph, written once, checked, never changed.

Small segments keep every cost bounded: a checkpoint writes one, a damaged file costs one, and
loading or saving one holds the interpreter for tens of milliseconds, never for seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xxhash
from numpy.typing import NDArray

from lookalike.errors import DataFolderError, IndexDamagedError
from lookalike.progress import CancelToken
from lookalike.search.exact import unit

if TYPE_CHECKING:
    import hnswlib

Array = NDArray[np.float32]
Halves = NDArray[np.float16]
Labels = NDArray[np.int64]

CAPACITY: Final = 32_768
INDEX_DIM: Final = 96
"""Leading directions of the segment's own vectors that the graph compares (principal axes)."""
LINKS, BUILD_WIDTH = 16, 200  # hnswlib's M and ef_construction (Malkov & Yashunin 2016)
FORMAT: Final = 2
_STEP: Final = 2048  # vectors between looks at `cancel`
_FILES: Final = ("labels.bin", "vectors.bin", "basis.bin", "graph.bin")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a segment's folder holds; `checksums` are xxh3_128 of each file."""

    count: int
    dim: int
    index_dim: int
    first: int
    last: int
    checksums: dict[str, str]


class Segment:
    """An open segment. Files are checked before their first use; the graph is loaded on demand."""

    def __init__(self, folder: Path, dim: int) -> None:
        """Read the manifest; raises IndexDamagedError if it is none of ours."""
        self.folder = folder
        self.manifest = _read_manifest(folder, dim)
        self._lock = threading.Lock()
        self._graph: hnswlib.Index | None = None
        self._arrays: tuple[Labels, Halves, Array, Array] | None = None

    @property
    def name(self) -> str:
        """The name its folder has where it belongs."""
        return _name(self.manifest.first)

    @property
    def labels(self) -> Labels:
        """int64 [n], ascending."""
        return self._open()[0]

    @property
    def vectors(self) -> Halves:
        """float16 [n, D], memory-mapped, in the order of the labels."""
        return self._open()[1]

    @property
    def loaded(self) -> bool:
        """Whether the graph is in memory."""
        return self._graph is not None

    def load(self) -> None:
        """Check and load the graph; raises IndexDamagedError. Holds the interpreter ~30 ms."""
        self._open()
        with self._lock:
            if self._graph is not None:
                return
            self._check("graph.bin")
            import hnswlib

            graph = hnswlib.Index(space="ip", dim=self.manifest.index_dim)
            try:
                graph.load_index(
                    os.fsencode(self.folder / "graph.bin"), max_elements=self.manifest.count
                )
            except RuntimeError as error:
                raise _damaged(self.folder) from error
            if graph.get_current_count() != self.manifest.count:
                raise _damaged(self.folder)
            self._graph = graph

    def nearest(self, goals: Array, count: int) -> NDArray[np.intp]:
        """Rows likely nearest to `goals` float32 [q, D], unordered and without repeats."""
        count = min(count, self.manifest.count)
        if self._graph is None or count * 4 > self.manifest.count:
            return np.arange(self.manifest.count)
        # Another thread may raise ef for its own query meanwhile; it is only ever raised here.
        self._graph.set_ef(max(2 * count, 64))
        try:
            found, _ = self._graph.knn_query(self.heads(goals), k=count, num_threads=1)
        except RuntimeError:
            # Fewer were reached than asked for, as among many equal vectors.
            return np.arange(self.manifest.count)
        return np.unique(found.astype(np.intp))

    def heads(self, vectors: Array) -> Array:
        """What the graph compares of vectors float32 [n, D]: float32 [n, d], of length 1 at most.

        Their leading coordinates, centred and scaled as the segment's own were.
        """
        _, _, basis, centre = self._open()
        found: Array = unit(vectors - centre) @ basis
        return found

    def _open(self) -> tuple[Labels, Halves, Array, Array]:
        if self._arrays is not None:
            return self._arrays
        with self._lock:
            if self._arrays is None:
                for name in ("labels.bin", "vectors.bin", "basis.bin"):
                    self._check(name)
                told = self.manifest
                labels = np.fromfile(self.folder / "labels.bin", "<i8")
                shape = (told.count, told.dim)
                vectors = np.memmap(self.folder / "vectors.bin", "<f2", "r", shape=shape)
                packed = np.fromfile(self.folder / "basis.bin", "<f4")
                basis = packed[told.dim :].reshape(told.dim, told.index_dim)
                self._arrays = (labels, vectors, basis, packed[: told.dim])
            return self._arrays

    def _check(self, name: str) -> None:
        if _checksum(self.folder / name) != self.manifest.checksums[name]:
            raise _damaged(self.folder)


def write_segment(
    parent: Path, labels: Labels, vectors: Halves, centre: Array, cancel: CancelToken
) -> Path:
    """Build a segment and put it in place at once; returns its folder.

    `labels` int64 [n] ascending, `vectors` float16 [n, D]. Written beside, synced, checked,
    renamed: a process that dies on the way leaves nothing that counts.

    Raises:
        DataFolderError: the disk is full or cannot be written.
        Cancelled: `cancel` was set; nothing is left behind.
    """
    final = parent / _name(int(labels[0]))
    scratch = parent / f"writing-{os.getpid()}-{threading.get_ident()}"
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        _write_files(scratch, labels, vectors, centre, cancel)
        Segment(scratch, vectors.shape[1]).load()
        shutil.rmtree(final, ignore_errors=True)
        os.rename(scratch, final)
        _sync(parent)
    except (OSError, RuntimeError, IndexDamagedError) as error:
        # hnswlib reports no error on a full disk; the check after writing finds it.
        raise DataFolderError(
            f"The index in {parent} could not be written; free some space on its disk."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return final


def _write_files(
    folder: Path, labels: Labels, vectors: Halves, centre: Array, cancel: CancelToken
) -> None:
    import hnswlib

    (folder / "labels.bin").write_bytes(labels.astype("<i8").tobytes())
    (folder / "vectors.bin").write_bytes(np.ascontiguousarray(vectors, "<f2").tobytes())
    directions = unit(vectors.astype(np.float32) - centre)
    basis = _principal_axes(directions)
    (folder / "basis.bin").write_bytes(
        centre.astype("<f4").tobytes() + basis.astype("<f4").tobytes()
    )
    graph = hnswlib.Index(space="ip", dim=basis.shape[1])
    graph.init_index(len(labels), M=LINKS, ef_construction=BUILD_WIDTH, random_seed=1)
    projected = directions @ basis
    for start in range(0, len(labels), _STEP):
        cancel.check()
        part = projected[start : start + _STEP]
        graph.add_items(part, np.arange(start, start + len(part)))
    graph.save_index(os.fsencode(folder / "graph.bin"))
    told = {
        "format": FORMAT,
        "count": len(labels),
        "dim": vectors.shape[1],
        "index_dim": basis.shape[1],
        "first": int(labels[0]),
        "last": int(labels[-1]),
        "checksums": {name: _checksum(folder / name) for name in _FILES},
    }
    line = json.dumps(told).encode()
    # The second line is the checksum of the first.
    (folder / "manifest.json").write_bytes(line + b"\n" + xxhash.xxh3_128_hexdigest(line).encode())
    for name in (*_FILES, "manifest.json"):
        _sync(folder / name)
    _sync(folder)


def _principal_axes(directions: Array) -> Array:
    """Directions of greatest spread, float32 [D, at most 96], orthonormal."""
    size = min(INDEX_DIM, directions.shape[1])
    values, axes = np.linalg.eigh(directions.T @ directions)
    del values  # ascending, so the last axes are the widest
    widest: Array = np.ascontiguousarray(axes[:, ::-1][:, :size], np.float32)
    return widest


def _read_manifest(folder: Path, dim: int) -> Manifest:
    try:
        line, checksum = (folder / "manifest.json").read_bytes().split(b"\n")
        if xxhash.xxh3_128_hexdigest(line).encode() != checksum:
            raise ValueError("damaged")
        told = json.loads(line)
        if told.pop("format") != FORMAT or told["dim"] != dim:
            raise ValueError("another format or dimension")
        found = Manifest(**told)
        if set(found.checksums) != set(_FILES) or not 0 < found.count <= CAPACITY:
            raise ValueError("not a segment of ours")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(folder) from error
    return found


def _damaged(folder: Path) -> IndexDamagedError:
    return IndexDamagedError(f"The index segment {folder.name} is damaged.")


def _name(first: int) -> str:
    return f"segment-{first:012}"


def _checksum(path: Path) -> str:
    digest = xxhash.xxh3_128()
    try:
        with open(path, "rb") as file:
            while part := file.read(1 << 22):
                digest.update(part)
    except OSError as error:
        raise IndexDamagedError(f"The index file {path.name} cannot be read.") from error
    return digest.hexdigest()


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows syncs no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
