"""onnxruntime sessions: on which device, with how many threads."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.network.cuda import why_not_cuda

if TYPE_CHECKING:
    import onnxruntime

_CUDA: Final = (
    "CUDAExecutionProvider",
    {
        # Full float32: vectors of both devices are one to rounding, so a library may be read by
        # either; the short mantissas of TF32 would set them a thousandth apart.
        "use_tf32": "0",
        # Trying every algorithm takes seconds for each new size of picture.
        "cudnn_conv_algo_search": "HEURISTIC",
        # Doubling what is held would take memory that other programs need.
        "arena_extend_strategy": "kSameAsRequested",
    },
)
# What the runtime's messages, which name its sources and functions, tell a person.
_TOLD: Final = re.compile(r"CUDA failure \d+: [\w ]*\w|CU(DNN|BLAS)_STATUS_\w+|[Oo]ut of memory")
_POOL_LOCK = threading.Lock()
_POOLS: list[object] = []
_QUIET = 4  # onnxruntime's severity "fatal": what fails is raised, and said in our own words

Pictures = NDArray[np.uint8]

TOGETHER: Final = 4
"""Pictures of one pass on a CPU. The runtime takes all of a batch through one layer before the
next: of sixteen, the shallow maps leave the caches between two layers, which costs 3 to 5 %."""


class Session:
    """A graph ready to run; where the graphics processor fails, on the CPU from then on."""

    def __init__(
        self, source: str | bytes, options: onnxruntime.SessionOptions, device: str
    ) -> None:
        self._source = source
        self._options = options
        self._lock = threading.Lock()
        self.failure = ""
        """Why the graphics processor was given up; "" where it was not."""
        self._session = self._opened(device)
        if self.device == "CPU":
            # Nothing is opened again.
            self._source = b""

    @property
    def device(self) -> str:
        """What it runs on: "CUDA" or "CPU"."""
        return str(self._session.get_providers()[0]).removesuffix("ExecutionProvider")

    def run(self, names: Sequence[str], feed: Mapping[str, Any]) -> list[Any]:
        """The outputs `names` for the inputs `feed`; raises what the runtime raises on the CPU."""
        session = self._session
        try:
            return list(session.run(list(names), dict(feed)))
        except Exception as error:
            if self.device == "CPU":
                raise
            with self._lock:
                if self._session is session:
                    self._give_up(error)
                    self._session = self._opened("CPU")
        return self.run(names, feed)

    def run_batch(self, names: Sequence[str], batch: Pictures) -> list[Any]:
        """The outputs `names` [N, ...] for a batch of pictures uint8 [N, H, W, 3]."""
        return joined([self.run(names, {"image": pictures}) for pictures in self.passes_of(batch)])

    def passes_of(self, batch: Pictures) -> list[Pictures]:
        """A batch in the parts that are best run one by one: on a graphics processor, whole."""
        step = TOGETHER if self.device == "CPU" else max(len(batch), 1)
        return [batch[start : start + step] for start in range(0, max(len(batch), 1), step)]

    def _opened(self, device: str) -> onnxruntime.InferenceSession:
        import onnxruntime

        cpu = "CPUExecutionProvider"
        if device == "CUDA":
            try:
                # Its own falling back would be told on stdout, where JSON goes.
                return onnxruntime.InferenceSession(
                    self._source, self._options, providers=[_CUDA, cpu], enable_fallback=False
                )
            except Exception as error:  # noqa: BLE001 - the runtime's errors have no common base
                self._give_up(error)
        return onnxruntime.InferenceSession(self._source, self._options, providers=[cpu])

    def _give_up(self, error: Exception) -> None:
        told = _TOLD.search(str(error))
        reason = told[0] if told else type(error).__name__
        self.failure = f"The graphics processor failed and is not used: {reason}"


def joined(passes: Sequence[Sequence[NDArray[Any]]]) -> list[Any]:
    """What the passes over parts of a batch gave, as of one."""
    return [np.concatenate(each) for each in zip(*passes, strict=True)]


def open_session(
    graph: Path | bytes, threads: int = 0, device: str = "", shared: bool = False
) -> Session:
    """A session for a graph (its file or its bytes), on CUDA where its libraries load.

    `threads` 0 takes every core; `device` "CPU" asks for no other. Sessions that are `shared`
    take their memory from one pool of the process, so that many of them need little more than
    the largest. Raises NetworkError when the graph cannot be run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.log_severity_level = _QUIET
    # Idle worker threads that spin would take cores from decoding.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if shared:
        _shared_pool()
        options.add_session_config_entry("session.use_env_allocators", "1")
        # A plan of all of a run's memory in one piece would fit no other session's.
        options.enable_mem_pattern = False
    source = graph if isinstance(graph, bytes) else _openable(graph)
    name = "graph" if isinstance(graph, bytes) else f"file {graph.name}"
    try:
        return Session(source, options, "CPU" if device == "CPU" or why_not_cuda() else "CUDA")
    except Exception as error:
        raise NetworkError(f"The network {name} cannot be run: {error}") from error


def _openable(graph: Path) -> str | bytes:
    """A file's name where the runtime can take it (it wants UTF-8), else what is in the file."""
    try:
        return os.fspath(graph).encode("utf-8").decode("utf-8")
    except UnicodeEncodeError:
        return graph.read_bytes()


def _shared_pool() -> None:
    """Register the process's one pool of memory, once."""
    import onnxruntime

    with _POOL_LOCK:
        if not _POOLS:
            memory = onnxruntime.OrtMemoryInfo(
                "Cpu",
                onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
                0,
                onnxruntime.OrtMemType.DEFAULT,
            )
            # Of the runtime's own defaults but for growing by what is asked, not by doubling.
            onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg(0, 1, -1, -1))
            _POOLS.append(memory)
