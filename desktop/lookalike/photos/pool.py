"""Decoding in worker processes: a file that crashes, hangs or bombs its decoder costs itself alone.

Small on purpose, and supervised from the thread that consumes the results; there is no thread
of its own. Each worker has a pipe for small messages and a piece of shared memory for pixels.
Since a worker answers in the order it was asked, the photo to blame is always the oldest one it
has not answered. Messages are far smaller than a pipe's buffer, so a worker that stops in the
middle of anything can never leave the parent waiting in a read.

Why not a library: pebble gives the same isolation, but every result travels through one pickled
pipe; on small photos it was 4 to 20 % slower (172 and 143 photos a second against 179 and 180).
Python's own resource tracker, which multiprocessing starts beside the first worker, stays until
the program ends; it holds nothing of ours.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import (
    ForkServerContext,
    ForkServerProcess,
    SpawnContext,
    SpawnProcess,
)
from multiprocessing.sharedctypes import RawArray
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from lookalike.errors import LookalikeError, PhotoError
from lookalike.photos import worker
from lookalike.photos.decode import Decoded, DecodeSpec
from lookalike.progress import CancelToken

_STEP: Final = 0.1  # seconds between looks at `cancel` while nothing arrives
_START_TIMEOUT: Final = 60.0
_START_TRIES: Final = 3
_TRIES: Final = 2  # a worker may die of something else (memory, a signal): ask once more

Result = tuple[int, Decoded | PhotoError]


@dataclass(slots=True)
class _Job:
    number: int
    path: str
    deaths: int = 0


@dataclass(slots=True)
class _Worker:
    """One process, the jobs it was given (oldest first, with their slots) and its clock."""

    process: SpawnProcess | ForkServerProcess
    pipe: Connection
    memory: Any
    since: float
    ready: bool = False
    jobs: deque[tuple[int, _Job]] = field(default_factory=deque)
    free: list[int] = field(default_factory=lambda: list(range(worker.SLOTS)))


class DecodePool:
    """Worker processes that decode photos; a context manager.

    `workers` processes (0: one a core), each started when there is work for it; `timeout` seconds
    for one photo, after which its worker is killed and replaced. One `run` at a time.
    """

    def __init__(self, workers: int, spec: DecodeSpec, timeout: float = 30.0) -> None:
        self._size = workers or os.cpu_count() or 1
        self._spec = spec
        self._timeout = timeout
        self._context = _context()
        self._workers: list[_Worker] = []
        self._again: deque[_Job] = deque()
        self._failed_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker; afterwards no process of the pool is left."""
        workers, self._workers = self._workers, []
        for each in workers:
            _end(each, kill=bool(each.jobs) or not each.ready)
        for each in workers:
            _reap(each)

    def start(self, jobs: int) -> None:
        """Start the workers that `jobs` photos will need, ahead of `run`; returns at once."""
        while len(self._workers) < min(self._size, jobs):
            self._start()

    def run(
        self, jobs: Iterable[tuple[int, str]], cancel: CancelToken | None = None
    ) -> Iterator[Result]:
        """Decode (number, path) jobs; yields (number, Decoded or PhotoError) as they are done.

        Reads at most a few jobs ahead of what was yielded. Raises Cancelled promptly when
        `cancel` says so, and holds while it is paused.
        """
        source = iter(jobs)
        results: deque[Result] = deque()
        try:
            while True:
                if cancel is not None:
                    cancel.check()
                source = self._hand_out(source)
                if not any(each.jobs for each in self._workers):
                    if not self._again:
                        return
                    continue
                self._collect(results)
                while results:
                    yield results.popleft()
        finally:
            self._abandon()

    def _hand_out(self, source: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """Fill every free slot, the least busy worker first; start workers while there is work."""
        while True:
            each = min(self._workers, key=lambda one: len(one.jobs), default=None)
            starting = len(self._workers) < self._size and (each is None or bool(each.jobs))
            if not starting and (each is None or not each.free):
                return source
            job = self._next(source)
            if job is None:
                return iter(())
            if starting or each is None:
                each = self._start()
            self._give(each, job)

    def _next(self, source: Iterator[tuple[int, str]]) -> _Job | None:
        if self._again:
            return self._again.popleft()
        given = next(source, None)
        return None if given is None else _Job(*given)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        memory = RawArray("B", worker.SLOTS * worker.slot_bytes(self._spec.network_size))
        process = self._context.Process(
            target=worker.work,
            args=(theirs, memory, *astuple(self._spec)),
            name="photo reader",
            daemon=True,
        )
        process.start()
        theirs.close()
        started = _Worker(process, ours, memory, time.monotonic())
        self._workers.append(started)
        return started

    def _give(self, each: _Worker, job: _Job) -> None:
        if not each.jobs and each.ready:
            each.since = time.monotonic()
        slot = each.free.pop()
        each.jobs.append((slot, job))
        # A worker that has died meanwhile is found by its sentinel.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            each.pipe.send((slot, job.path))

    def _collect(self, results: deque[Result]) -> None:
        """Wait a moment for answers, deaths and timeouts, and note what came of them."""
        sources: dict[Any, _Worker] = {each.pipe: each for each in self._workers}
        sources.update((each.process.sentinel, each) for each in self._workers)
        arrived = wait(list(sources), timeout=_STEP)
        now = time.monotonic()
        for each in {id(sources[one]): sources[one] for one in arrived}.values():
            if not self._listen(each, results):
                self._bury(each, results)
        for each in list(self._workers):
            limit = self._timeout if each.ready else _START_TIMEOUT
            # The clock of a photo starts when it becomes the oldest; an answer resets it.
            if each.jobs and now - each.since > limit and not each.pipe.poll():
                self._time_out(each, results)

    def _listen(self, each: _Worker, results: deque[Result]) -> bool:
        """Take all answers of a worker; False when it is dead."""
        alive = each.process.is_alive()
        try:
            while each.pipe.poll():
                answer = each.pipe.recv()
                each.since = time.monotonic()
                if answer is None:
                    each.ready, self._failed_starts = True, 0
                else:
                    slot, job = each.jobs.popleft()
                    results.append((job.number, self._result(each, slot, answer)))
                    each.free.append(slot)
        except (EOFError, OSError):
            return False
        return alive

    def _result(self, each: _Worker, slot: int, answer: Any) -> Decoded | PhotoError:  # noqa: ANN401
        if isinstance(answer, str):
            return PhotoError(answer)
        digest, facts, thumbnail, size, mtime_ns = answer
        side = self._spec.network_size
        start, pixels = (
            slot * worker.slot_bytes(self._spec.network_size),
            math.prod((side, side, 3)),
        )
        shared = np.frombuffer(each.memory, np.uint8)
        if isinstance(thumbnail, int):
            begin = start + pixels
            thumbnail = shared[begin : begin + thumbnail].tobytes()
        network_input = shared[start : start + pixels].reshape(side, side, 3).copy()
        return Decoded(digest, facts, network_input, thumbnail, size, mtime_ns)

    def _bury(self, each: _Worker, results: deque[Result]) -> None:
        """A worker died: blame the photo in its hand the second time, ask for the rest again."""
        self._dismiss(each)
        if not each.ready:
            self._failed_starts += 1
            if self._failed_starts >= _START_TRIES:
                raise LookalikeError(
                    "The processes that read photos cannot start; run `lookalike self-test`."
                )
        elif each.jobs:
            job = each.jobs[0][1]
            job.deaths += 1
            if job.deaths >= _TRIES:
                each.jobs.popleft()
                results.append(
                    (
                        job.number,
                        PhotoError(
                            "Reading this file ends the reading process; it is damaged or large: "
                            "save a new copy of it."
                        ),
                    )
                )
        self._again.extend(job for _, job in each.jobs)

    def _time_out(self, each: _Worker, results: deque[Result]) -> None:
        if each.ready:
            _, job = each.jobs.popleft()
            results.append(
                (
                    job.number,
                    PhotoError(
                        f"Reading this file took longer than {self._timeout:g} seconds; "
                        "it is damaged, or its disk is very slow."
                    ),
                )
            )
            self._dismiss(each)
            self._again.extend(job for _, job in each.jobs)
        else:
            self._bury(each, results)

    def _dismiss(self, each: _Worker) -> None:
        self._workers.remove(each)
        _end(each, kill=True)
        _reap(each)

    def _abandon(self) -> None:
        """After a run that was cut off: end the workers that still have jobs of it."""
        self._again.clear()
        busy = [each for each in self._workers if each.jobs]
        self._workers = [each for each in self._workers if not each.jobs]
        for each in busy:
            _end(each, kill=True)
        for each in busy:
            _reap(each)


def _context() -> SpawnContext | ForkServerContext:
    """How workers start: on Linux as copies of one process that has imported the decoder.

    It has one thread, so copying it is safe, and the second worker, or the one in the place of a
    dead one, is there in milliseconds. Elsewhere each starts anew: system libraries of macOS do
    not survive a copy, and Windows knows none. Python 3.14 has made the same choice.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lookalike.photos.decode"])
    return context


def _end(each: _Worker, *, kill: bool) -> None:
    """Ask a worker to leave by closing its pipe, or kill it."""
    if kill:
        each.process.kill()
    each.pipe.close()


def _reap(each: _Worker) -> None:
    each.process.join(5.0)
    if each.process.is_alive():
        each.process.kill()
        each.process.join()
    each.process.close()
