"""onnxruntime sessions: which device, how many threads, and why not another."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.errors import NetworkError

if TYPE_CHECKING:
    import onnxruntime

# What the CUDA provider of onnxruntime 1.2x and later is linked against.
_CUDA_LIBRARIES = ("libcudart.so.13", "libcublas.so.13", "libcudnn.so.9")
_QUIET = 3  # onnxruntime's severity "error"


def open_session(path: Path, threads: int = 0) -> onnxruntime.InferenceSession:
    """A session for the graph at `path`, on CUDA where its libraries load, else on the CPU.

    `threads` 0 takes every core. Raises NetworkError when the file cannot be run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.log_severity_level = _QUIET
    # Idle worker threads that spin would take cores from decoding.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if not why_not_cuda():
        providers.insert(0, "CUDAExecutionProvider")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:
        raise NetworkError(f"The network file {path.name} cannot be run: {error}") from error


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
