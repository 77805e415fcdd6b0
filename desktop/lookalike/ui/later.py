"""What is made when it is first asked for, so that a window that opens does not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Later(Generic[T_co]):
    """A part of the window: call it to have it. `made` without making it."""

    def __init__(self, make: Callable[[], T_co]) -> None:
        self._make = make
        self._made: T_co | None = None
        self._waiting: list[Callable[[T_co], object]] = []

    def __call__(self) -> T_co:
        """The part; those who wait for it are told before it is used."""
        if self._made is None:
            self._made = self._make()
            for do in self._waiting:
                do(self._made)
            self._waiting.clear()
        return self._made

    @property
    def made(self) -> T_co | None:
        """The part, if anybody has asked for it yet."""
        return self._made

    def when_made(self, do: Callable[[T_co], object]) -> None:
        """Hand the part over as soon as there is one: to connect to it."""
        if self._made is None:
            self._waiting.append(do)
        else:
            do(self._made)

    def if_made(self, do: Callable[[T_co], object]) -> None:
        """Hand the part over if there is one: what nobody has seen has nothing to follow."""
        if self._made is not None:
            do(self._made)
