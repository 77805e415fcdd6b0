"""Where a person can go: the sidebar's entries as data, and what each of them shows."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from lookalike.records import Counts, Root, View
from lookalike.ui.inspector.facts import readable
from lookalike.words import tr

LIBRARY: Final = "library"
"""The page with the grid; other pages are named where they are made."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry. `view` is what the grid shows on the page "library"; `folder` a root's path."""

    key: str
    text: str
    icon: str
    page: str = LIBRARY
    view: View | None = None
    count: int | None = None
    section: str = ""
    folder: str = ""
    online: bool = True


class Known(NamedTuple):
    """What the sidebar tells of a library; years are (year, photos)."""

    counts: Counts = Counts(0, 0, 0, 0)
    roots: tuple[Root, ...] = ()
    years: tuple[tuple[int, int], ...] = ()


ALL: Final = Place("all", tr("All photos"), "images", view=View())


SAME: Final = Place("duplicates", tr("Same pictures"), "copy-check", page="duplicates")
PROBLEMS: Final = Place("problems", tr("Problems"), "file-warning", page="problems")
NETWORK: Final = Place("network", tr("Network"), "waypoints", page="network")


def places(known: Known, same: int | None = None) -> tuple[Place, ...]:
    """Every entry, in order; a new page adds its own here.

    `same` is how many groups of same pictures there are, if that was found out.
    """
    counts = known.counts
    found = [replace(ALL, count=counts.photos)]
    if counts.photos:
        found.append(replace(SAME, count=same))
    if counts.offline:
        view = View(offline_only=True)
        found.append(Place("offline", tr("Offline"), "cloud-off", view=view, count=counts.offline))
    if counts.problems:
        found.append(replace(PROBLEMS, count=counts.problems))
    found.append(NETWORK)
    found += [_folder(root) for root in known.roots]
    found += [
        Place(
            f"year-{year}",
            str(year),
            "calendar",
            view=View(year=year),
            count=count,
            section=tr("Dates"),
        )
        for year, count in known.years
    ]
    return tuple(found)


def _folder(root: Root) -> Place:
    return Place(
        f"folder-{root.id}",
        readable(os.path.basename(root.path.rstrip(os.sep)) or root.path),
        "folder" if root.online else "cloud-off",
        view=View(root_id=root.id),
        count=root.photos,
        section=tr("Folders"),
        folder=root.path,
        online=root.online,
    )
