"""Photos that a network is calibrated on: some of a folder, or some of the library."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError, PhotoError
from lookalike.photos.decode import whole_input
from lookalike.photos.scan import Found, scan
from lookalike.progress import CancelToken, OnProgress, RateMeter

MOST_PICTURES = 128
"""More moves the ranges of the activations by next to nothing."""


def photos_of(folder: str, cancel: CancelToken) -> list[str]:
    """The paths of the photos in a folder and below; raises NetworkError if it is none."""
    if not os.path.isdir(folder):
        raise NetworkError(f"{folder} is not a folder that can be read; check the name.")
    found = [each.relpath for each in scan(folder, cancel) if isinstance(each, Found)]
    return [os.path.join(folder, relpath) for relpath in sorted(found)]


def spread(values: Sequence[int], most: int) -> list[int]:
    """At most `most` of the values, evenly from first to last."""
    if len(values) <= most:
        return list(values)
    return [values[int(place)] for place in np.linspace(0, len(values) - 1, most)]


def calibration_pictures(
    paths: Sequence[str], size: int, on_progress: OnProgress, cancel: CancelToken
) -> NDArray[np.uint8]:
    """At most 128 of the photos as the network takes them, uint8 [N, S, S, 3].

    What cannot be read is passed over; twice as many paths are tried as pictures are wanted.
    """
    chosen = [paths[place] for place in spread(range(len(paths)), 2 * MOST_PICTURES)]
    meter, found = RateMeter(), list[NDArray[np.uint8]]()
    wanted = min(len(chosen), MOST_PICTURES)
    for path in chosen:
        cancel.check()
        if len(found) == wanted:
            break
        try:
            found.append(whole_input(path, size))
        except PhotoError:
            continue
        on_progress(meter.progress("reading photos to calibrate on", len(found), wanted))
    return np.stack(found) if found else np.empty((0, size, size, 3), np.uint8)
