"""The only bridge between threads and Qt: futures in, callbacks on the window's thread out."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from lookalike.errors import Cancelled
from lookalike.progress import CancelToken

READERS = 4
DELIVERY_SECONDS = 0.012
"""Of callbacks in one go, before the window may paint again."""

Done = Callable[[Any], None]


class _Delivery(NamedTuple):
    future: Future[Any]
    key: str
    generation: int
    on_done: Done
    on_error: Done | None


class Jobs(QObject):
    """One writer, a pool of readers.

    A job with a `key` replaces the job before it: that one is cancelled, and its result dropped
    should it still come.
    """

    _arrived = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._numbers = itertools.count()
        self._newest: dict[str, tuple[int, CancelToken]] = {}
        self._waiting: deque[_Delivery] = deque()
        self._tokens: set[CancelToken] = set()
        self._closed = False
        self._arrived.connect(self._deliver)

    def read(
        self,
        work: Callable[[CancelToken], Any],
        on_done: Done,
        on_error: Done | None = None,
        key: str = "",
    ) -> CancelToken:
        """Run `work(cancel)` in a reader; its result comes to `on_done` on the window's thread."""
        return self._submit(self._readers, work, on_done, on_error, key)

    def write(
        self,
        work: Callable[[CancelToken], Any],
        on_done: Done,
        on_error: Done | None = None,
        key: str = "",
    ) -> CancelToken:
        """The same in the one writer; writes run in the order they were asked for."""
        return self._submit(self._writer, work, on_done, on_error, key)

    def drop(self, key: str) -> None:
        """Cancel the job with this key, if there is one; its result is not delivered."""
        newest = self._newest.pop(key, None)
        if newest is not None:
            newest[1].cancel()

    def close(self) -> None:
        """Cancel what runs and wait for it; no callback comes afterwards."""
        self._closed = True
        for token in list(self._tokens):
            token.cancel()
        self._newest.clear()
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True, cancel_futures=True)
        self._waiting.clear()
        self._arrived.disconnect(self._deliver)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[CancelToken], Any],
        on_done: Done,
        on_error: Done | None,
        key: str,
    ) -> CancelToken:
        number, token = next(self._numbers), CancelToken()
        if self._closed:
            token.cancel()
            return token
        if key:
            if key in self._newest:
                self._newest[key][1].cancel()
            self._newest[key] = (number, token)
        self._tokens.add(token)

        def run() -> Any:  # noqa: ANN401 - whatever the work returns
            token.check()
            return work(token)

        def finished(future: Future[Any]) -> None:
            self._tokens.discard(token)
            self._waiting.append(_Delivery(future, key, number, on_done, on_error))
            self._arrived.emit()

        pool.submit(run).add_done_callback(finished)
        return token

    def _deliver(self) -> None:
        end = time.perf_counter() + DELIVERY_SECONDS
        while self._waiting:
            self._hand_over(self._waiting.popleft())
            if time.perf_counter() > end:
                QTimer.singleShot(0, self, self._deliver)
                return

    def _hand_over(self, delivery: _Delivery) -> None:
        late = delivery.key and self._newest.get(delivery.key, (-1,))[0] != delivery.generation
        if delivery.future.cancelled():
            return
        error = delivery.future.exception()
        if late or isinstance(error, Cancelled):
            if isinstance(error, Cancelled) and not late and delivery.on_error is not None:
                delivery.on_error(error)
            return
        if error is None:
            delivery.on_done(delivery.future.result())
        elif delivery.on_error is not None:
            delivery.on_error(error)
        else:
            self.failed.emit(error)
