"""How vectors are kept: float16, or a byte a number where their range is known to be small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


STEP: Final = 1 / 256
"""What a byte counts: it holds -127 to 127 of these, beyond them numbers are cut off."""

_HALF: Final = 65504.0  # the largest number of half precision


def packed(vectors: NDArray[np.float32], small: bool) -> list[bytes]:
    """Each row of float32 [n, D] as it is stored, in D bytes if `small`, else in 2 D.

    A row that holds no numbers comes as zeros: one NaN would spoil the mean of the library.
    """
    import numpy as np

    sound = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0)
    if small:
        return [row.tobytes() for row in np.rint(sound / STEP).clip(-127, 127).astype("i1")]
    return [row.tobytes() for row in sound.clip(-_HALF, _HALF).astype("<f2")]


def unpacked(rows: Sequence[bytes], dim: int) -> NDArray[np.float16]:
    """Stored rows of `dim` numbers, float16 [n, dim]; bytes come without loss."""
    import numpy as np

    if not rows:
        return np.empty((0, dim), np.float16)
    whole = b"".join(rows)
    if len(rows[0]) == dim:
        small = np.frombuffer(whole, "i1").reshape(len(rows), dim)
        exact: NDArray[np.float16] = small.astype(np.float16) * np.float16(STEP)
        return exact
    return np.frombuffer(whole, "<f2").reshape(len(rows), dim)
