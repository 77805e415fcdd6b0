"""Same picture or similar: by the perceptual hash and the cosine of meaning together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_BITS_APART = 6
"""Of 64. Recompressed and resized copies differ by 0 to 4, different pictures by about 32."""
LEAST_COSINE = 0.9
FEWEST_BITS = 16
"""Bits of either kind in a hash that tells something.

A photo has 32 of each, since the hash compares with a median. A flat picture, a plain gradient
or a single edge has almost none set, as any other of its kind: such a hash tells nothing.
"""


def same_picture(
    hashes: NDArray[np.uint64], goal: int | NDArray[np.uint64], cosines: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which of n photos are the goal's picture in another size or compression: bool [n].

    `goal` is one hash, or each photo's own of n. Never so where a hash tells nothing, since the
    cosine alone errs.
    """
    wanted = np.uint64(goal & 0xFFFFFFFFFFFFFFFF) if isinstance(goal, int) else goal
    apart = np.bitwise_count(hashes ^ wanted)
    same: NDArray[np.bool_] = (apart <= MOST_BITS_APART) & (cosines >= LEAST_COSINE)
    return same & tells(hashes) & tells(np.asarray(wanted))


def nearest_hashes(
    hashes: NDArray[np.uint64], wanted: NDArray[np.uint64], most: int, count: int
) -> NDArray[np.intp]:
    """Places of at most `count` of n hashes that lie within `most` bits of any wanted one.

    The nearest first. Hashes that tell nothing are never among them.
    """
    apart = np.full(len(hashes), 65, np.uint8)
    for each in wanted[tells(wanted)]:
        np.minimum(apart, np.bitwise_count(hashes ^ each), out=apart)
    places = np.flatnonzero(apart <= most)
    places = places[tells(hashes[places])]
    return places[np.argsort(apart[places], kind="stable")[:count]]


def first_of_each(
    hashes: NDArray[np.uint64],
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    one: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """For each of n photos in order, the place of the first that is the same picture, [n].

    `vectors` float32 [n, D] are of length 1, equal `labels` are equal files, and all of `one`
    bool [n] are one picture. A picture is compared with firsts alone, so that no chain of small
    differences joins two that differ.
    """
    firsts = np.arange(len(hashes))
    for place in range(1, len(hashes)):
        heads = np.flatnonzero(firsts[:place] == np.arange(place))
        near = same_picture(hashes[heads], int(hashes[place]), vectors[heads] @ vectors[place])
        near |= (labels[heads] == labels[place]) | (one[heads] & one[place])
        if near.any():
            firsts[place] = heads[np.argmax(near)]
    return firsts


def tells(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which hashes have enough bits of either kind to tell something."""
    count = np.bitwise_count(hashes)
    telling: NDArray[np.bool_] = (count >= FEWEST_BITS) & (count <= 64 - FEWEST_BITS)
    return telling
