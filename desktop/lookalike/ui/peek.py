"""A key that toggles when tapped and peeks while held."""

from __future__ import annotations

import time
from collections.abc import Callable

HELD_SECONDS = 0.35


class Peek:
    """`pressed` toggles; `released` after a hold toggles back."""

    def __init__(
        self, toggle: Callable[[], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._toggle, self._clock = toggle, clock
        self._pressed_at: float | None = None

    def pressed(self) -> None:
        """The key went down (or its menu entry was chosen)."""
        self._pressed_at = self._clock()
        self._toggle()

    def released(self) -> None:
        """The key came up."""
        pressed_at, self._pressed_at = self._pressed_at, None
        if pressed_at is not None and self._clock() - pressed_at > HELD_SECONDS:
            self._toggle()
