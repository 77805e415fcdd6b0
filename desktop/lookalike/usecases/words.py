"""Words to photos: labels of the network, names of files and folders, cameras, days."""

from __future__ import annotations

import re

import numpy as np

from lookalike.catalogue.store import Catalogue
from lookalike.catalogue.words import WordHits
from lookalike.usecases.network_in_use import NetworkInUse

_LEAST = 0.1
"""The probability from which on a label's word finds a photo."""


class Words:
    """Finds photos by words; a photo answers when every word finds it."""

    def __init__(self, catalogue: Catalogue, network: NetworkInUse) -> None:
        self._catalogue = catalogue
        self._network = network

    def found(self, words: str) -> WordHits:
        """The photos of `words`, in ascending order of id; a score is the mean of its words'.

        Letters' case and accents do not count, and a word may be cut short.
        """
        hits: WordHits | None = None
        for word in words.split():
            one = self._of_word(word)
            hits = one if hits is None else _both(hits, one)
        if hits is None:
            empty = np.empty(0, np.int64)
            return WordHits(empty, empty, np.empty(0, np.float32))
        count = np.float32(len(words.split()))
        return WordHits(hits.ids, hits.contents, hits.scores / count)

    def _of_word(self, word: str) -> WordHits:
        named = self._catalogue.named(word)
        labels = self._labels(word)
        labelled = self._catalogue.labelled(labels, _LEAST) if labels else named
        ids = np.concatenate([named.ids, labelled.ids])
        contents = np.concatenate([named.contents, labelled.contents])
        scores = np.concatenate([named.scores, labelled.scores])
        # A name before a label: the better score of the two stays.
        order = np.lexsort((-scores, ids))
        first = order[np.unique(ids[order], return_index=True)[1]]
        return WordHits(ids[first], contents[first], scores[first])

    def _labels(self, word: str) -> list[str]:
        """The classes that are called so, or by a more general word."""
        wanted = word.casefold()
        return [
            words[0]
            for words in self._network.encoder.words
            if any(
                token.startswith(wanted) if len(wanted) > 3 else token == wanted
                for each in words
                for token in re.findall(r"\w+", each.casefold())
            )
        ]


def _both(first: WordHits, second: WordHits) -> WordHits:
    """Photos of both, their scores added."""
    ids, at, other = np.intersect1d(first.ids, second.ids, True, True)
    return WordHits(ids, first.contents[at], first.scores[at] + second.scores[other])
