"""Same picture or similar: by the perceptual hash and the cosine of meaning together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_BITS_APART = 6
"""Of 64. Recompressed and resized copies differ by 0 to 4, different pictures by about 32."""
LEAST_COSINE = 0.9
_ROWS: Final = 512
"""Photos that are compared with all before them at a time."""
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
    vectors: Callable[[NDArray[np.intp]], NDArray[np.float32]],
    labels: NDArray[np.int64],
    one: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """For each of n photos in order, the place of the first that is the same picture, [n].

    `vectors` gives those of places, float32 [m, D], of length 1: only photos whose hashes are
    near are asked for. Equal `labels` are equal files, and all of `one` bool [n] are one picture.
    A picture is compared with firsts alone, so that no chain of small differences joins two that
    differ.
    """
    firsts = np.arange(len(hashes))
    later, earlier = _near_pairs(hashes, labels, one)
    if not len(later):
        return firsts
    asked, rows = np.unique(np.concatenate([later, earlier]), return_inverse=True)
    known = vectors(asked)
    one_row, other_row = rows[: len(later)], rows[len(later) :]
    cosines = np.einsum("ij,ij->i", known[one_row], known[other_row])
    near = (labels[later] == labels[earlier]) | (one[later] & one[earlier])
    near |= same_picture(hashes[earlier], hashes[later], cosines)
    for place, other in zip(later[near].tolist(), earlier[near].tolist(), strict=True):
        # In order of `later`, then of `earlier`: whether the other is a first is known by now.
        if firsts[place] == place and firsts[other] == other:
            firsts[place] = other
    return firsts


def _near_pairs(
    hashes: NDArray[np.uint64], labels: NDArray[np.int64], one: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of pairs that may be one picture, the later and the earlier one, in order."""
    later, earlier = [], []
    for start in range(0, len(hashes), _ROWS):
        rows = slice(start, start + _ROWS)
        stop = min(start + _ROWS, len(hashes))
        near = np.bitwise_count(hashes[rows, np.newaxis] ^ hashes[:stop]) <= MOST_BITS_APART
        near |= labels[rows, np.newaxis] == labels[:stop]
        near |= one[rows, np.newaxis] & one[:stop]
        found, others = np.nonzero(np.tril(near, start - 1))
        later.append(found + start)
        earlier.append(others)
    if not later:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    return np.concatenate(later), np.concatenate(earlier)


def tells(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which hashes have enough bits of either kind to tell something."""
    count = np.bitwise_count(hashes)
    telling: NDArray[np.bool_] = (count >= FEWEST_BITS) & (count <= 64 - FEWEST_BITS)
    return telling
