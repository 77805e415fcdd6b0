"""The perceptual hashes of the whole library in memory: 16 bytes a photo, compared in no time."""

from __future__ import annotations

from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.catalogue.store import Catalogue
from lookalike.photos.metadata import colour_and_phash
from lookalike.search.kinship import nearest_hashes

_MOST_BITS = 10
_MOST = 32
_SIDE = 32


class Hashes:
    """Finds what may be a whole picture turned, flipped or changed beyond the network's eyes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = Lock()
        self._labels = np.empty(0, np.int64)
        self._hashes = np.empty(0, np.uint64)

    def near(self, picture: NDArray[np.uint8]) -> list[int]:
        """Contents whose hash is near that of a picture uint8 [H, W, 3] in any of eight ways.

        The nearest first; some may have lost their photos.
        """
        small = np.asarray(Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX))
        wanted = [
            colour_and_phash(Image.fromarray(np.ascontiguousarray(np.rot90(each, turns))))[1]
            for each in (small, small[:, ::-1])
            for turns in range(4)
        ]
        labels, hashes = self._refreshed()
        near = nearest_hashes(hashes, np.array(wanted, np.int64).view(np.uint64), _MOST_BITS, _MOST)
        found: list[int] = labels[near].tolist()
        return found

    def _refreshed(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        with self._lock:
            last = int(self._labels[-1]) if len(self._labels) else 0
            labels, hashes = self._catalogue.hashes_after(last)
            if len(labels):
                self._labels = np.concatenate([self._labels, labels])
                self._hashes = np.concatenate([self._hashes, hashes])
            return self._labels, self._hashes
