"""Every use case, imported and put together when the first caller asks for it.

They bring NumPy, Pillow and the search with them: what only shows the library, or looks at a
folder in which nothing has changed, is there in half the time without.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.photos.thumbnails import ThumbnailStore

if TYPE_CHECKING:
    from lookalike.usecases.duplicates import Duplicates
    from lookalike.usecases.embedding import Embedder
    from lookalike.usecases.explaining import Explainer
    from lookalike.usecases.filter_lists import FilterLists
    from lookalike.usecases.filter_search import FilterSearch
    from lookalike.usecases.filters import Filters
    from lookalike.usecases.goals import Goals
    from lookalike.usecases.indexes import Indexes
    from lookalike.usecases.indexing import Indexing
    from lookalike.usecases.looking import Looking
    from lookalike.usecases.network_in_use import NetworkInUse
    from lookalike.usecases.networks import Networks
    from lookalike.usecases.reading import Reader
    from lookalike.usecases.removing import Removing
    from lookalike.usecases.same_pictures import SamePictures
    from lookalike.usecases.searching import Searcher
    from lookalike.usecases.segmenting import Segmenter
    from lookalike.usecases.upkeep import Upkeep

T = TypeVar("T")


class _Once(Generic[T]):
    """An attribute that is made when it is first read, once, whichever thread reads it.

    `functools.cached_property` has no lock from Python 3.12 on, and two of an index would differ.
    """

    def __init__(self, make: Callable[[UseCases], T]) -> None:
        self._make = make
        self._name = make.__name__

    def __get__(self, use: UseCases, _owner: type[UseCases]) -> T:
        with use.lock:
            made = vars(use)
            if self._name not in made:
                # From now on the instance answers by itself.
                made[self._name] = self._make(use)
            found: T = made[self._name]
            return found


class UseCases:
    """What a library can do, beyond what the catalogue answers itself."""

    def __init__(self, paths: DataPaths, catalogue: Catalogue, thumbnails: ThumbnailStore) -> None:
        self.lock = threading.RLock()
        self._paths, self._catalogue, self._thumbnails = paths, catalogue, thumbnails

    @_Once
    def network(self) -> NetworkInUse:
        """The network that answers."""
        from lookalike.usecases.network_in_use import NetworkInUse

        return NetworkInUse(self._paths, self._catalogue)

    @_Once
    def indexes(self) -> Indexes:
        """The indexes over the vectors."""
        from lookalike.usecases.indexes import Indexes

        return Indexes(self._paths, self._catalogue, self.network)

    @_Once
    def goals(self) -> Goals:
        """Goals to pictures and vectors."""
        from lookalike.usecases.goals import Goals

        return Goals(self._catalogue, self._thumbnails, self.network)

    @_Once
    def same(self) -> SamePictures:
        """What tells the same picture from a similar one."""
        from lookalike.usecases.hashes import Hashes
        from lookalike.usecases.inner_views import InnerViews
        from lookalike.usecases.same_pictures import SamePictures

        views = InnerViews(self.goals, self.indexes)
        return SamePictures(self._catalogue, self.goals, Hashes(self._catalogue), views)

    @_Once
    def searcher(self) -> Searcher:
        """Goals to answers."""
        from lookalike.usecases.places import PlaceByPlace
        from lookalike.usecases.scoring import Scorer
        from lookalike.usecases.searching import Searcher
        from lookalike.usecases.words import Words

        return Searcher(
            self._catalogue,
            Scorer(self.goals, self.indexes),
            self.same,
            PlaceByPlace(self.goals, self.network),
            Words(self._catalogue, self.network),
        )

    @_Once
    def duplicates(self) -> Duplicates:
        """Groups of same and similar pictures."""
        from lookalike.usecases.duplicates import Duplicates

        return Duplicates(self._catalogue, self.indexes, self.same)

    @_Once
    def removing(self) -> Removing:
        """The trash, and what is not the same."""
        from lookalike.usecases.removing import Removing

        return Removing(self._catalogue)

    @_Once
    def segmenter(self) -> Segmenter:
        """The subject at a click."""
        from lookalike.usecases.segmenting import Segmenter

        return Segmenter(self.network, self.goals)

    @_Once
    def explainer(self) -> Explainer:
        """Which pixels made a match."""
        from lookalike.usecases.explaining import Explainer

        return Explainer(self._catalogue, self.network, self.goals, self.indexes, self.searcher)

    @_Once
    def lists(self) -> FilterLists:
        """What excites each filter most."""
        from lookalike.usecases.filter_lists import FilterLists

        return FilterLists(self._catalogue)

    @_Once
    def embedder(self) -> Embedder:
        """Photos that a network has not seen."""
        from lookalike.usecases.embedding import Embedder

        return Embedder(self._catalogue, self.goals, self.lists)

    @_Once
    def reader(self) -> Reader:
        """New photo files into the library."""
        from lookalike.usecases.reading import Reader

        return Reader(
            self._catalogue,
            self._thumbnails,
            self.network,
            self.indexes,
            self.lists,
            self.embedder,
        )

    @_Once
    def indexing(self) -> Indexing:
        """Folders into the library."""
        from lookalike.usecases.indexing import Indexing

        return Indexing(self._catalogue, self._thumbnails, self.network, lambda: self.reader)

    @_Once
    def networks(self) -> Networks:
        """Adding, checking and choosing networks."""
        from lookalike.usecases.networks import Networks

        return Networks(self._paths, self._catalogue, self.embedder, self.network, self.indexes)

    @_Once
    def looking(self) -> Looking:
        """What the network sees in a picture."""
        from lookalike.usecases.looking import Looking

        return Looking(self.network)

    @_Once
    def filters(self) -> Filters:
        """Layers, filters and their patches."""
        from lookalike.usecases.filters import Filters

        return Filters(self._catalogue, self.goals, self.network, self.embedder, self.looking)

    @_Once
    def filter_search(self) -> FilterSearch:
        """Photos that a filter fires on."""
        from lookalike.usecases.filter_search import FilterSearch

        return FilterSearch(self.filters, self.searcher)

    @_Once
    def upkeep(self) -> Upkeep:
        """Status, forgetting, checking, making anew."""
        from lookalike.usecases.upkeep import Upkeep

        return Upkeep(
            self._paths,
            self._catalogue,
            self._thumbnails,
            self.network,
            self.indexes,
            self.lists,
            self.embedder,
        )

    def close(self) -> None:
        """Let go of the files."""
        with self.lock:
            made = vars(self)
            for name in ("same", "indexes"):
                if name in made:
                    made[name].close()
