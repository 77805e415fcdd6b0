"""Every use case, put together once. Imported when the first of them is asked for.

They bring NumPy, Pillow and the search with them; a window that only shows its library is there
in half the time without.
"""

from __future__ import annotations

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.usecases.duplicates import DuplicateGroups, Duplicates
from lookalike.usecases.embedding import Embedder
from lookalike.usecases.explaining import Explainer, Explanation
from lookalike.usecases.filter_lists import FilterLists
from lookalike.usecases.filter_search import FilterAnswer, FilterMatch, FilterSearch
from lookalike.usecases.filters import Filters, FilterTop, Firing, Layer, Patch, PatchSaliency
from lookalike.usecases.goals import Goals
from lookalike.usecases.hashes import Hashes
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.indexing import Indexing
from lookalike.usecases.looking import Looking, SaliencyMap
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.networks import Networks
from lookalike.usecases.places import PlaceByPlace
from lookalike.usecases.removing import Removing
from lookalike.usecases.same_pictures import SamePictures
from lookalike.usecases.scoring import Scorer
from lookalike.usecases.searching import Searcher
from lookalike.usecases.segmenting import Segmenter, Subject
from lookalike.usecases.upkeep import Upkeep
from lookalike.usecases.words import Words
from lookalike.vision.precision import Agreement
from lookalike.vision.saliency import Rule as SaliencyRule

__all__ = [
    "Agreement",
    "DuplicateGroups",
    "Explanation",
    "FilterAnswer",
    "FilterMatch",
    "FilterTop",
    "Firing",
    "Layer",
    "Patch",
    "PatchSaliency",
    "SaliencyMap",
    "SaliencyRule",
    "Subject",
    "UseCases",
]


class UseCases:
    """What a library can do, beyond what the catalogue answers itself."""

    def __init__(self, paths: DataPaths, catalogue: Catalogue, thumbnails: ThumbnailStore) -> None:
        self.network = NetworkInUse(paths, catalogue)
        self.indexes = Indexes(paths, catalogue, self.network)
        self.goals = Goals(catalogue, thumbnails, self.network)
        self.same = SamePictures(self.goals, Hashes(catalogue))
        self.words = Words(catalogue, self.network)
        scorer = Scorer(self.goals, self.indexes)
        self.searcher = Searcher(
            catalogue, scorer, self.same, PlaceByPlace(self.goals, self.network), self.words
        )
        self.duplicates = Duplicates(catalogue, self.indexes, self.same)
        self.removing = Removing(catalogue)
        self.segmenter = Segmenter(self.network, self.goals)
        self.explainer = Explainer(catalogue, self.network, self.goals, self.indexes, self.searcher)
        self.lists = FilterLists(catalogue)
        self.embedder = Embedder(catalogue, self.goals, self.lists)
        self.indexing = Indexing(
            catalogue, thumbnails, self.network, self.indexes, self.lists, self.embedder
        )
        self.networks = Networks(paths, catalogue, self.embedder, self.network, self.indexes)
        self.looking = Looking(self.network)
        self.filters = Filters(catalogue, self.goals, self.network, self.embedder, self.looking)
        self.filter_search = FilterSearch(self.filters, self.searcher)
        self.upkeep = Upkeep(
            paths, catalogue, thumbnails, self.network, self.indexes, self.lists, self.embedder
        )

    def close(self) -> None:
        """Let go of the files."""
        self.same.close()
        self.indexes.close()
