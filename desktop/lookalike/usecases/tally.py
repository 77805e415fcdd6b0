"""What an `index` has done so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from lookalike.records import Changes
from lookalike.usecases.scanning import Plan


@dataclass(slots=True)
class Tally:
    """Counts photos by what became of them, under the names of `Changes`."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0

    def take(self, plan: Plan) -> None:
        """Count what the plan settles without reading a photo."""
        self.moved += len(plan.moved)
        self.removed += len(plan.removed)
        self.unchanged += plan.unchanged
        self.skipped += len(plan.unreadable) + plan.known_problems

    def changes(self, photos: int, seconds: float) -> Changes:
        """The receipt, with how many photos there are now and how long it took."""
        return Changes(**asdict(self), photos=photos, seconds=seconds)
