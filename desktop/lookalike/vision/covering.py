"""Covering parts of a photo, to check that a map points at what matters (Samek et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lookalike.progress import CancelToken

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Look = Callable[[Picture], float]
"""The score of a picture uint8 [S, S, 3]."""

SHARE: Final = 0.2
"""Of the photo that is covered."""
RANDOM_TRIES: Final = 4
FAINT: Final = 1 / 255
"""Of the strongest evidence: one step of a pixel's colour."""


def covering_check(
    picture: Picture, evidence: NDArray[np.float32], score: Look, cancel: CancelToken
) -> dict[str, float]:
    """What covering parts of uint8 [S, S, 3] does to its score.

    `covered` is the share of the photo that is hidden, at most the fifth with the strongest
    positive evidence, and `fall` what the score loses by it; `random_fall` is the mean loss by as
    much anywhere. `rise` is what the score gains when `negative_covered`, at most the fifth with
    the strongest negative evidence, is hidden, `random_rise` what it gains by as much anywhere.
    """
    whole, side = score(picture), picture.shape[0]

    def fall(mask: Mask) -> float:
        cancel.check()
        return whole - score(covered(picture, mask))

    def falls(mask: Mask) -> tuple[float, float, float]:
        share = float(mask.mean())
        if not share:
            return 0.0, 0.0, 0.0
        chance = [fall(random_area(side, seed, share)) for seed in range(RANDOM_TRIES)]
        return share, fall(mask), float(np.mean(chance))

    for_it, lost, lost_anywhere = falls(strongest_area(evidence, side))
    against, regained, regained_anywhere = falls(strongest_area(-evidence, side))
    return {
        "covered": for_it,
        "fall": lost,
        "random_fall": lost_anywhere,
        "negative_covered": against,
        "rise": 0.0 - regained,
        "random_rise": 0.0 - regained_anywhere,
    }


def strongest_area(evidence: NDArray[np.float32], side: int) -> Mask:
    """At most a fifth of a photo, with the strongest positive evidence, bool [side, side].

    What would not show beside the strongest evidence of either sign is none.
    """
    import cv2

    sized = cv2.resize(evidence, (side, side), interpolation=cv2.INTER_LINEAR)
    bar = max(np.quantile(sized, 1 - SHARE), float(np.abs(evidence).max()) * FAINT)
    return np.asarray(sized > bar, np.bool_)


def random_area(side: int, seed: int, share: float) -> Mask:
    """This share of a photo in smooth blobs, alike for the same `seed`, bool [side, side]."""
    import cv2

    coarse = np.random.default_rng(seed).standard_normal((7, 7)).astype(np.float32)
    sized = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(sized > np.quantile(sized, 1 - share), np.bool_)


def covered(picture: Picture, mask: Mask) -> Picture:
    """`picture` uint8 [S, S, 3] blurred beyond recognition where `mask` is, with soft edges."""
    import cv2

    side = picture.shape[0]
    blurred = cv2.GaussianBlur(picture, (0, 0), side / 20)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), side / 100)[..., None]
    return np.asarray(picture * (1 - soft) + blurred * soft, np.uint8)
