"""Many queries, one answer each: several at once on a few threads, given out in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from lookalike.errors import LookalikeError
from lookalike.progress import CancelToken
from lookalike.records import Answer, Query

_AHEAD = 4
"""Queries a thread that may be under way or wait for their turn to be given out."""


def answers_in_order(
    search: Callable[[Query, CancelToken], Answer], queries: Iterable[Query], cancel: CancelToken
) -> Iterator[Answer | LookalikeError]:
    """Each query's answer, or why it has none; one that fails holds up no other.

    Decoding and the network let the interpreter go, so that one goal is decoded while another
    is compared.
    """
    threads = os.cpu_count() or 1

    def answer(query: Query) -> Answer | LookalikeError:
        cancel.check()
        try:
            return search(query, cancel)
        except LookalikeError as error:
            return error

    waiting: deque[Future[Answer | LookalikeError]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="batch") as pool:
        try:
            for query in queries:
                waiting.append(pool.submit(answer, query))
                if len(waiting) >= threads * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
