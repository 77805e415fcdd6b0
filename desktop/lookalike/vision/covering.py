"""Covering parts of a photo, to check that a map points at what matters (Samek et al. 2016)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SHARE: Final = 0.2
"""Of the photo that is covered."""
RANDOM_TRIES: Final = 4


def strongest_area(evidence: NDArray[np.float32], side: int) -> Mask:
    """The fifth of a photo with the strongest positive evidence, bool [side, side]."""
    import cv2

    sized = cv2.resize(evidence, (side, side), interpolation=cv2.INTER_LINEAR)
    bar = np.quantile(sized, 1 - SHARE)
    return np.asarray(sized > max(bar, 0.0), np.bool_)


def random_area(side: int, seed: int) -> Mask:
    """A fifth of a photo in smooth blobs, the same for the same `seed`, bool [side, side]."""
    import cv2

    coarse = np.random.default_rng(seed).standard_normal((7, 7)).astype(np.float32)
    sized = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(sized > np.quantile(sized, 1 - SHARE), np.bool_)


def covered(picture: Picture, mask: Mask) -> Picture:
    """`picture` uint8 [S, S, 3] blurred beyond recognition where `mask` is, with soft edges."""
    import cv2

    side = picture.shape[0]
    blurred = cv2.GaussianBlur(picture, (0, 0), side / 20)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), side / 100)[..., None]
    return np.asarray(picture * (1 - soft) + blurred * soft, np.uint8)
