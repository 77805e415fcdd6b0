"""What runs in a decoding process: takes paths from a pipe, leaves pixels in shared memory.

Nothing heavy is imported here at the top: the process first sets itself up (threads, priority,
limits), then imports the decoder.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lookalike.photos.decode import Decoded, DecodeSpec

SLOTS: Final = 3
"""Photos a worker may have in hand: one being decoded, the others waiting in its pipe."""

THUMBNAIL_ROOM: Final = 256 * 2**10
"""Bytes of a slot for the thumbnail; a larger one travels through the pipe."""

ADDRESS_SPACE: Final = 4 * 2**30
"""Bytes of address space a worker may take (where the system enforces it): a backstop behind
the estimates made from headers. Measured: a fresh worker takes about 0.3 GiB of it."""

LOWER_PRIORITY: Final = 10
_BELOW_NORMAL_PRIORITY_CLASS: Final = 0x4000  # Windows, processthreadsapi.h


def slot_bytes(network_size: int) -> int:
    """Bytes of one slot: the network input, then room for the thumbnail."""
    return network_size * network_size * 3 + THUMBNAIL_ROOM


def work(
    pipe: Connection,
    memory: Any,  # noqa: ANN401 - a ctypes array
    network_size: int,
    thumbnail_side: int,
) -> None:
    """Decode until the pipe closes.

    Receives (slot, path); answers, in order, (facts and the like) or a reason: see `_answer`.
    The first message is None: ready. Plain numbers stand for the DecodeSpec: to unpickle one would
    import NumPy before `_set_up`.
    """
    _set_up()
    from lookalike.photos.decode import DecodeSpec, decode
    from lookalike.photos.formats import use_one_thread

    use_one_thread()
    _limit_memory()
    spec = DecodeSpec(network_size, thumbnail_side)
    view = memoryview(memory).cast("B")
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(None)
        while True:
            slot, path = pipe.recv()
            pipe.send(_answer(decode, path, spec, view, slot * slot_bytes(network_size)))
    # Nothing is left to do; an orderly end of the interpreter would keep the parent waiting.
    os._exit(0)


def _answer(
    decode: Callable[[str, DecodeSpec], Decoded],
    path: str,
    spec: DecodeSpec,
    view: memoryview,
    start: int,
) -> tuple[Any, ...] | str:
    """A reason (str), or all of `Decoded` but the pixels, which are put at `start` of `view`."""
    from lookalike.errors import PhotoError

    try:
        done = decode(path, spec)
    except PhotoError as error:
        return str(error)
    except MemoryError:
        return "The picture needs more memory to read than it may take; save a smaller copy of it."
    pixels = done.network_input.reshape(-1).data
    view[start : start + len(pixels)] = pixels
    thumbnail: bytes | int = done.thumbnail
    if len(done.thumbnail) <= THUMBNAIL_ROOM:
        begin = start + len(pixels)
        view[begin : begin + len(done.thumbnail)] = done.thumbnail
        thumbnail = len(done.thumbnail)
    return done.digest, done.facts, thumbnail, done.size, done.mtime_ns


def _set_up() -> None:
    """Make this process a quiet, polite one that does not outlive its parent."""
    # Before NumPy is imported: its linear algebra would start a thread for every core.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    # Ctrl-C reaches the whole foreground group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, name="parent watch", daemon=True).start()
    _lower_priority()
    # libtiff and others write to stderr on damaged files; what people see are reasons.
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def _lower_priority() -> None:
    """Let the window and the network go first."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS)
    else:
        with contextlib.suppress(OSError):
            os.nice(LOWER_PRIORITY)


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(ADDRESS_SPACE, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but refuses it
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
