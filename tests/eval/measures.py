"""Measures of a ranked answer: average precision, precision at 10, whether the first is right.

As in Manning, Raghavan & Schütze 2008, chapter 8. The goal itself is never among the ranked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

DEPTH = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one query, or the mean of many: AP@100, P@10 and R@1, each 0 to 1."""

    precision: float
    at_ten: float
    first: float

    def line(self) -> str:
        """For a table."""
        return f"mAP@{DEPTH} {self.precision:.3f}   P@10 {self.at_ten:.3f}   R@1 {self.first:.3f}"


def measured(ranked: Sequence[str], relevant: Collection[str]) -> Figures:
    """The figures of one answer, best first; `relevant` is not empty.

    AP@100 is the mean, over the relevant that could be among the first 100, of the precision
    where each was found. P@10 counts against ten, or all relevant if they are fewer.
    """
    hits, total = 0, 0.0
    for place, name in enumerate(ranked[:DEPTH], start=1):
        if name in relevant:
            hits += 1
            total += hits / place
    ten = sum(name in relevant for name in ranked[:10])
    return Figures(
        total / min(len(relevant), DEPTH),
        ten / min(len(relevant), 10),
        float(bool(ranked) and ranked[0] in relevant),
    )


def mean(figures: Sequence[Figures]) -> Figures:
    """The mean of each; zeros of nothing."""
    count = max(len(figures), 1)
    return Figures(
        sum(each.precision for each in figures) / count,
        sum(each.at_ten for each in figures) / count,
        sum(each.first for each in figures) / count,
    )
