"""Same picture or similar: by the perceptual hash and the cosine of meaning together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_BITS_APART = 6
"""Of 64. Recompressed and resized copies differ by 0 to 4, different pictures by about 32."""
LEAST_COSINE = 0.9


def same_picture(
    hashes: NDArray[np.uint64], goal: int, cosines: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which of n photos are the goal's picture in another size or compression: bool [n]."""
    apart = np.bitwise_count(hashes ^ np.uint64(goal & 0xFFFFFFFFFFFFFFFF))
    same: NDArray[np.bool_] = (apart <= MOST_BITS_APART) & (cosines >= LEAST_COSINE)
    return same
