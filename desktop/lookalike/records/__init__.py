"""The frozen values that travel between rooms: photos, folders, queries, answers, receipts.

Standard library only; arrays live in `vision` and `search`. Paths are `str` with
surrogateescape, so a name that is not UTF-8 survives the round trip to the file system. What a
window needs only later is in the modules beside: each of these classes costs a start half a
millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Region = tuple[float, float, float, float]
"""x, y, width, height as fractions of the oriented photo, 0 to 1."""

Kind = Literal["same", "similar"]

Rule = Literal["best", "largest", "oldest"]
"""Which photo of a group of duplicates is kept when the rest is selected."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a photo file says of itself, after EXIF orientation is applied.

    `taken` is seconds since 1970 of the camera's local clock read as UTC (None if unknown);
    `colour` is the average colour as 0xRRGGBB; `phash` a 64-bit perceptual hash (signed).
    """

    width: int
    height: int
    format: str
    taken: float | None = None
    camera: str = ""
    colour: int = 0x808080
    phash: int = 0


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo file of the library. Equal files share `content_id` (and so their vectors)."""

    id: int
    root_id: int
    content_id: int
    path: str
    size: int
    mtime_ns: int
    facts: Facts
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the library. `online` is False while it cannot be reached."""

    id: int
    path: str
    online: bool
    photos: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that was skipped, and why, in one sentence."""

    path: str
    reason: str
    root_id: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The receipt of a mutation: what `index`, `forget` or a view refresh has to know."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0
    photos: int = 0
    seconds: float = 0.0

    @property
    def any(self) -> bool:
        """Whether views have something to refresh."""
        return bool(self.added or self.updated or self.moved or self.removed or self.skipped)


@dataclass(frozen=True, slots=True)
class View:
    """Which photos a grid shows, and in which order: all, one folder, one year, offline ones."""

    root_id: int | None = None
    year: int | None = None
    offline_only: bool = False
    order: Literal["taken", "added", "path"] = "taken"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal image: a file path, image bytes (a paste or a drop), or a photo of the library.

    Exactly one of `path`, `data`, `photo_id` is set. `weight` below 0 means "less like this".
    `region` cuts a rectangle out; `mask`, the bytes of a grey PNG stretched over the oriented
    photo, says how much each place counts (white: fully, black: not at all).
    `depth` and `style` are the dials of this goal alone, such as style for the background of a
    subject that counts by meaning; None: as the query's stand. `name` is what people read for it.
    """

    path: str | None = None
    data: bytes | None = None
    photo_id: int | None = None
    region: Region | None = None
    weight: float = 1.0
    name: str = ""
    mask: bytes | None = None
    depth: float | None = None
    style: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A search as it was asked; frozen at submission. It has goals, or words, or both.

    `depth` is the dial from texture (0) to meaning (1), `style` how much style counts instead.
    A `thorough` search looks at the pixels of the best again; the other answers at once. With
    `places` it looks at the best place by place too: the goal may be a small part of a photo.
    `words` are looked for in labels, names, cameras and dates; "" asks for none.
    """

    goals: tuple[Goal, ...]
    k: int = 200
    depth: float = 1.0
    style: float = 0.0
    thorough: bool = True
    words: str = ""
    places: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stored vector that is compared by itself: its space and place in it.

    `share` is its part of its space's score, `style_share` its part of the score by style.
    """

    name: str
    space: str
    start: int
    stop: int
    share: float
    style_share: float

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Match:
    """One photo of an answer. `score` is a cosine in -1 to 1; by words alone, how sure they are.

    Matches with the same `group` number are one picture; None is a picture by itself. `part` is
    the part of the photo that was found to be like the goals, where it was looked for. `details`
    is how many details lie in the photo as in the goal, where these put it ahead of its score.
    """

    photo: Photo
    score: float
    kind: Kind = "similar"
    group: int | None = None
    part: Region | None = None
    details: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, best first. `exact` says whether every stored vector was compared.

    The first `likeness_ends` matches are alike, by this query's own scale; None: not known.
    `note` says in a sentence why there is no match.
    """

    query: Query
    matches: tuple[Match, ...]
    milliseconds: float
    exact: bool = False
    likeness_ends: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the library holds. `contents` are different pictures, equal files counted once."""

    photos: int
    contents: int
    offline: int
    problems: int
