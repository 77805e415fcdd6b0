"""The one door for the command line and the window: every use case of a library of photos.

Calls block and may be made from any thread; none imports Qt. Mutations return a `Changes`
receipt. One process writes at a time; any number read beside it.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lookalike.catalogue.store import Catalogue
from lookalike.errors import FolderError, LookalikeError
from lookalike.paths import DataPaths, data_paths
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.progress import CancelToken, OnProgress, ignore_progress
from lookalike.records import (
    Answer,
    Changes,
    Counts,
    Goal,
    Match,
    Photo,
    Problem,
    Query,
    Root,
    View,
)
from lookalike.tidying import Tidying
from lookalike.usecases.thumbnailing import Thumbnailing

if TYPE_CHECKING:
    from PIL import Image

    from lookalike.records import upkeep
    from lookalike.usecases.cell_marks import CellMarks, Marks
    from lookalike.usecases.duplicates import DuplicateGroups
    from lookalike.usecases.explaining import Explanation
    from lookalike.usecases.filter_records import FilterTop, Firing, Layer, Patch, PatchSaliency
    from lookalike.usecases.filter_search import FilterAnswer, FilterMatch
    from lookalike.usecases.filters import Filters
    from lookalike.usecases.goals import Picture
    from lookalike.usecases.looking import Looking, SaliencyMap
    from lookalike.usecases.networks import Networks
    from lookalike.usecases.searching import OnAnswer
    from lookalike.usecases.segmenting import Segmenter, Subject
    from lookalike.usecases.wiring import UseCases
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
    "Library",
    "Marks",
    "Patch",
    "PatchSaliency",
    "SaliencyMap",
    "SaliencyRule",
    "Subject",
]
_HOMES = {
    "usecases.cell_marks": ("Marks",),
    "usecases.duplicates": ("DuplicateGroups",),
    "usecases.explaining": ("Explanation",),
    "usecases.filter_search": ("FilterAnswer", "FilterMatch"),
    "usecases.filter_records": ("FilterTop", "Firing", "Layer", "Patch", "PatchSaliency"),
    "usecases.looking": ("SaliencyMap",),
    "usecases.segmenting": ("Subject",),
    "vision.precision": ("Agreement",),
    "vision.saliency": ("Rule",),
}


def __getattr__(name: str) -> object:
    """The kinds of answers that live with their use cases, imported when they are asked for."""
    wanted = "Rule" if name == "SaliencyRule" else name
    for module, names in _HOMES.items():
        if wanted in names and name in __all__:
            return getattr(import_module(f"lookalike.{module}"), wanted)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Library(Tidying):
    """An open data folder. Use `Library.open`, and close it."""

    def __init__(self, paths: DataPaths, catalogue: Catalogue, writable: bool) -> None:
        self.paths = paths
        self.writable = writable
        self._catalogue = catalogue
        self._thumbnails = ThumbnailStore(paths.thumbnails)
        self._thumbnailing = Thumbnailing(catalogue, self._thumbnails)
        self._wiring = Lock()
        self._wired: UseCases | None = None

    @classmethod
    def open(cls, data_dir: str | os.PathLike[str] | None = None, *, write: bool = True) -> Self:
        """Open the data folder, making it when it is new.

        Raises:
            DataFolderBusyError: another process writes to it (open it with `write=False`).
            NewerDataError: a newer version made it.
            DataFolderError: it cannot be used; the sentence says why.
        """
        paths = data_paths(data_dir)
        return cls(paths, Catalogue.open(paths, write=write), write)

    def close(self) -> None:
        """Let go of the files and, for a writer, of the data folder's lock."""
        if self._wired is not None:
            self._wired.close()
        self._thumbnails.close()
        self._catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    @property
    def _use(self) -> UseCases:
        """The use cases, imported and put together at their first use."""
        with self._wiring:
            if self._wired is None:
                from lookalike.usecases.wiring import UseCases

                self._wired = UseCases(self.paths, self._catalogue, self._thumbnails)
            return self._wired

    # --- what is there

    def roots(self) -> tuple[Root, ...]:
        """The folders of the library."""
        return self._catalogue.roots()

    def counts(self) -> Counts:
        """How many photos, offline photos and problems there are."""
        return self._catalogue.counts()

    def photo_ids(self, view: View) -> array[int]:
        """The ids of a view's photos in its order, as array("q")."""
        return self._catalogue.photo_ids(view)

    def years(self) -> list[tuple[int, int]]:
        """(year, photos), newest first."""
        return self._catalogue.years()

    def photos(self, ids: Sequence[int]) -> list[Photo]:
        """The photos of `ids` that are still there, in that order."""
        return self._catalogue.photos(ids)

    def photo_by_path(self, path: str) -> Photo | None:
        """The photo at `path`, if the library holds it."""
        return self._catalogue.photo_by_path(os.path.abspath(path))

    def problems(self, limit: int, offset: int) -> list[Problem]:
        """A page of the files that were skipped, each with its reason."""
        return self._catalogue.problems(limit, offset)

    def thumbnail(self, content_id: int) -> bytes | None:
        """A JPEG whose longest side is 384 pixels; made anew from the photo when it is missing."""
        return self._thumbnailing.thumbnail(content_id)

    def picture(self, photo: Photo, max_side: int | None = None) -> Picture:
        """The photo, upright, uint8 [H, W, 3]; its thumbnail while it is offline.

        Raises PhotoError where neither can be read.
        """
        return self._use.goals.picture_of(photo, max_side)

    def goal_picture(self, goal: Goal, max_side: int = 1024) -> Picture:
        """The goal as it is searched by, uint8 [H, W, 3]; raises GoalError."""
        return self._use.goals.picture(goal, max_side)

    def status(self) -> upkeep.LibraryStatus:
        """Counts, sizes, and the network and device in use."""
        return self._use.upkeep.status()

    # --- what changes it

    def index(
        self,
        folders: Sequence[str] = (),
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Changes:
        """Read `folders` (none: every folder of the library) into the library.

        Raises FolderError (nothing was changed), Cancelled (what was committed stays).
        """
        for folder in folders:
            if not os.path.isdir(folder):
                raise FolderError(f"{folder} is not a folder that can be read; check the name.")
        return self._use.indexing.run(folders, on_progress, cancel or CancelToken())

    def forget(self, folder: str) -> Changes:
        """Take a folder out of the library; its files stay. Raises FolderError if not in it."""
        return self._use.upkeep.forget(folder)

    def rebuild(
        self, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
    ) -> float:
        """Make every derived file anew from the catalogue; returns the seconds it took."""
        return self._use.upkeep.rebuild(on_progress, cancel or CancelToken())

    def verify(self) -> list[str]:
        """What is wrong with the catalogue or a derived file, a sentence each; [] if nothing."""
        return self._use.upkeep.verify()

    # --- what it answers

    def search(
        self,
        query: Query,
        cancel: CancelToken | None = None,
        on_answer: OnAnswer | None = None,
    ) -> Answer:
        """The photos nearest to the goals, best first. Raises GoalError, Cancelled.

        A thorough search takes looks again. `on_answer` gets, from this thread, what is known at
        once, then every better order (with `Query.places` some eight more); it must return at
        once. What is returned is the last of them.
        """
        more = () if on_answer is None else (on_answer,)
        return self._use.searcher.search(query, cancel or CancelToken(), *more)

    def search_each(
        self, queries: Iterable[Query], cancel: CancelToken | None = None
    ) -> Iterator[Answer | LookalikeError]:
        """The answer to each query in order, or the error it would raise; several at once."""
        from lookalike.usecases.batch import answers_in_order

        return answers_in_order(self._use.searcher.search, queries, cancel or CancelToken())

    def labels(self, photo: Photo) -> list[tuple[str, float]]:
        """What the network calls a photo, and how sure it is, likeliest first."""
        return self._catalogue.labels_of(photo.content_id)

    @property
    def networks(self) -> Networks:
        """The networks of the library: list, add, verify, choose."""
        return self._use.networks

    @property
    def segmenter(self) -> Segmenter:
        """What finds the subject of a photo at a click."""
        return self._use.segmenter

    @property
    def cell_marks(self) -> CellMarks:
        """The evidence of many results, small, for the cells of a grid."""
        from lookalike.usecases.cell_marks import CellMarks

        return CellMarks(self._use.explainer)

    @property
    def looking(self) -> Looking:
        """What the network in use sees in a photo."""
        return self._use.looking

    @property
    def filters(self) -> Filters:
        """What in the library excites each filter of the network in use, and their names."""
        return self._use.filters

    def search_filter(
        self,
        layer: str,
        number: int,
        k: int = 60,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> FilterAnswer:
        """The photos that a filter fires on most, best first. Raises NetworkError, Cancelled."""
        return self._use.filter_search.search(
            layer, number, k, on_progress, cancel or CancelToken()
        )

    def filter_sheet(
        self, layer: str | None = None, number: int | None = None, rule: SaliencyRule = "guided"
    ) -> Image.Image:
        """The strongest filters of every layer, or of one, or one with its saliency.

        Raises NetworkError.
        """
        from lookalike.usecases.filter_sheets import filter_sheet, ladder_sheet, layer_sheet

        if layer is None:
            return ladder_sheet(self._use.filters)
        if number is None:
            return layer_sheet(self._use.filters, layer)
        return filter_sheet(self._use.filters, layer, number, rule)

    def explain(
        self, query: Query, result: Photo | Match, *, check: bool = False,
        cancel: CancelToken | None = None,
    ) -> Explanation:  # fmt: skip
        """Which pixels made the match of `result` to the query. Raises GoalError, PhotoError."""
        return self._use.explainer.explain(query, result, check, cancel or CancelToken())

    def explain_path(self, query: Query, path: str, *, check: bool = False) -> Explanation:
        """The same for any image file, in the library or not."""
        return self._use.explainer.explain_path(query, path, check)

    def overlays(self, explanation: Explanation, strength: float = 0.7) -> tuple[Picture, Picture]:
        """Goal and result with their evidence over them, on one shared scale."""
        from lookalike.usecases import evidence_sheets

        return evidence_sheets.overlays(explanation, strength)

    def answering(
        self, explanation: Explanation, side: int, at: tuple[float, float], strength: float = 0.7
    ) -> Picture | None:
        """The other picture with what answers to a point (fractions) of goal (0) or result (1).

        None where nothing can be told: outside the part of the goal that is searched by, or where
        a photo was compared by a part of it.
        """
        from lookalike.usecases import evidence_sheets

        return evidence_sheets.answering(explanation, side, at, strength)

    def explanation_sheet(self, explanation: Explanation) -> Image.Image:
        """Goal and result with their evidence and numbers, as one picture."""
        from lookalike.usecases import evidence_sheets

        return evidence_sheets.explanation_sheet(explanation)

    def contact_sheet(self, answer: Answer) -> Image.Image:
        """The goal, the nearest photos, and the evidence of each, as one picture."""
        from lookalike.usecases import evidence_sheets

        goal = self.goal_picture(answer.query.goals[0])
        return evidence_sheets.contact_sheet(
            answer, goal, lambda match: self.explain(answer.query, match)
        )
