"""Whether the graphics processor can be used, and if not, why: NVIDIA's driver and libraries."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
from pathlib import Path

_RUNTIME = 13
"""The CUDA version that the runtime is built for; a driver must know it."""
_DRIVER = "libcuda.so.1" if os.name == "posix" else "nvcuda.dll"
_LIBRARIES = ("libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcudnn.so.9")
"""What the CUDA provider is linked against, each after those it needs."""
_WANTED_LATER = ("libnvrtc.so.13", "libcurand.so.10", "libcufft.so.12")
"""What those open by name in the middle of their work."""
_NO_DEVICE = 100


@functools.cache
def why_not_cuda() -> str:
    """Why the graphics processor is not used, in one sentence; "" when it can be.

    The runtime lists CUDA as available even where its libraries are missing and then complains
    on stderr, so driver and libraries are tried first. Libraries are loaded from where the loader
    looks, else from NVIDIA's own Python packages; what is loaded is found by the runtime.
    """
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "This build of the runtime has no support for NVIDIA graphics processors."
    if why := why_no_driver(_DRIVER):
        return why
    if os.name == "posix":
        packages = _packages()
        for name in _LIBRARIES:
            if not _loads(name, packages):
                return f"The NVIDIA library {name} is not installed."
        for name in _WANTED_LATER:
            _loads(name, packages)
    return ""


def why_no_driver(name: str) -> str:
    """Why the driver in the library `name` shows no graphics processor; "" when it does.

    Source: CUDA Driver API, cuInit, cuDeviceGetCount and cuDriverGetVersion (1000 x the major
    version + 10 x the minor one).
    """
    try:
        driver = ctypes.CDLL(name)
    except OSError:
        return "No NVIDIA driver is installed."
    count, version = ctypes.c_int(0), ctypes.c_int(0)
    failed = driver.cuInit(0)
    if failed == _NO_DEVICE:
        return "The NVIDIA driver finds no graphics processor."
    if failed or driver.cuDeviceGetCount(ctypes.byref(count)):
        return f"The NVIDIA driver does not start (error {failed}); start the computer anew."
    if not count.value:
        return "The NVIDIA driver finds no graphics processor."
    if driver.cuDriverGetVersion(ctypes.byref(version)) or version.value < 1000 * _RUNTIME:
        known = f"{version.value // 1000}.{version.value % 1000 // 10}"
        return f"The NVIDIA driver knows CUDA {known}, not {_RUNTIME}; bring it up to date."
    return ""


def _packages() -> list[Path]:
    """The folders of libraries in NVIDIA's Python packages."""
    spec = importlib.util.find_spec("nvidia")
    roots = spec.submodule_search_locations if spec else None
    return [folder for root in roots or () for folder in sorted(Path(root).glob("**/lib"))]


def _loads(library: str, packages: list[Path]) -> bool:
    for place in (library, *(os.fspath(folder / library) for folder in packages)):
        try:
            ctypes.CDLL(place, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return True
    return False
