"""onnxruntime sessions: which device, how many threads, and why not another."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.errors import NetworkError

if TYPE_CHECKING:
    import onnxruntime

# What the CUDA provider of onnxruntime 1.2x and later is linked against.
_CUDA_LIBRARIES = ("libcudart.so.13", "libcublas.so.13", "libcudnn.so.9")
_POOL_LOCK = threading.Lock()
_POOLS: list[object] = []
_QUIET = 4  # onnxruntime's severity "fatal": what fails is raised, and said in our own words


def open_session(
    graph: Path | bytes, threads: int = 0, device: str = "", shared: bool = False
) -> onnxruntime.InferenceSession:
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
    providers = ["CPUExecutionProvider"]
    if device != "CPU" and not why_not_cuda():
        providers.insert(0, "CUDAExecutionProvider")
    source = graph if isinstance(graph, bytes) else _openable(graph)
    name = "graph" if isinstance(graph, bytes) else f"file {graph.name}"
    try:
        return onnxruntime.InferenceSession(source, options, providers=providers)
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


def why_not_cuda() -> str:
    """Why the graphics processor is not used, in one sentence; "" when it can be.

    The runtime lists CUDA as available even where its libraries are missing and then complains
    on stderr, so the libraries are tried first.
    """
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "This build of the runtime has no support for NVIDIA graphics processors."
    if not _loads("libcuda.so.1" if os.name == "posix" else "nvcuda.dll"):
        return "No NVIDIA driver is installed."
    if os.name == "posix":
        for name in _CUDA_LIBRARIES:
            if not _loads(name):
                return f"The NVIDIA library {name} is not installed."
    return ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
