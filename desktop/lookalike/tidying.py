"""What a library knows of same pictures, and the trash: the half of `Library` that tidies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lookalike.catalogue.store import Catalogue
from lookalike.progress import CancelToken, OnProgress, ignore_progress
from lookalike.records import Kind, Photo, Rule

if TYPE_CHECKING:
    from lookalike.records import upkeep
    from lookalike.usecases.duplicates import DuplicateGroups
    from lookalike.usecases.wiring import UseCases


class Tidying:
    """Part of `Library`, which has the catalogue and the use cases."""

    _catalogue: Catalogue

    @property
    def _use(self) -> UseCases:
        raise NotImplementedError

    def duplicates(
        self,
        kind: Kind = "same",
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> DuplicateGroups:
        """Groups of same pictures, or of similar ones such as bursts; raises Cancelled.

        `len()` is the number of groups, `page(start, count)` reads some of them: the photo to
        keep first in each, with the reasons, without groups that a decision has dissolved since.
        Minutes at 300,000 photos; progress names its two stages.
        """
        return self._use.duplicates.find(kind, on_progress, cancel or CancelToken())

    @staticmethod
    def all_but(rule: Rule, group: upkeep.DuplicateGroup) -> tuple[Photo, ...]:
        """The photos of a group to select when the best, largest or oldest one is kept."""
        from lookalike.usecases.copies import all_but

        return all_but(rule, group)

    def keep_same(self, groups: DuplicateGroups) -> None:
        """Remember what a look for same pictures found, for `stacks`."""
        self._catalogue.keep_same(groups.groups)

    def stacks(self) -> list[tuple[int, ...]]:
        """Photos that are one picture, by their ids: two or more in each, the best first.

        Equal files, and what the last look that was kept found; no photo is opened.
        """
        from lookalike.usecases.decisions import stacks

        return stacks(self._catalogue)

    def not_the_same(
        self, photos: Sequence[Photo], others: Sequence[Photo] = ()
    ) -> upkeep.ToldApart:
        """Remember for ever that `photos` are no duplicates of each other, or of `others`.

        Raises LookalikeError where all are equal files. The receipt undoes it.
        """
        return self._use.removing.not_the_same(photos, others)

    def undo_not_the_same(self, told: upkeep.ToldApart) -> None:
        """Take `not_the_same` back."""
        self._use.removing.undo_not_the_same(told)

    def trash(self, photos: Sequence[Photo]) -> upkeep.Trashed:
        """Move photo files to the system's trash; only ever on a person's own word.

        The receipt says what went, why others did not, and puts it back (`untrash`). Vectors and
        decisions stay. Blocks for about a millisecond a photo.
        """
        return self._use.removing.trash(photos)

    def untrash(self, trashed: upkeep.Trashed) -> upkeep.Restored:
        """Put trashed photos back where they were, with their ids; says what could not be."""
        return self._use.removing.untrash(trashed)
