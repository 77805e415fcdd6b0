"""What keeping a library in order answers with: groups, receipts of the trash, the status."""

from __future__ import annotations

from dataclasses import dataclass, field

from lookalike.records import Changes, Kind, Photo, Problem, Root


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Photos that belong together, the one to keep first, and why, in a few words.

    `reason` says why they are a group, `best` why the first is the one to keep, and `notes` what
    each photo is beside it ("" for the first), in the order of `photos`.
    """

    kind: Kind
    photos: tuple[Photo, ...]
    reason: str
    best: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldApart:
    """The receipt of "not the same": what undoes it, and whose photos it was about."""

    act: int
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class TrashedPhoto:
    """A photo in the system's trash; `where` is its path there, "" if the system does not say."""

    photo: Photo
    where: str


@dataclass(frozen=True, slots=True)
class Trashed:
    """The receipt of moving photos to the trash; `failed` says of each other photo why not."""

    photos: tuple[TrashedPhoto, ...]
    failed: tuple[Problem, ...] = ()

    @property
    def changes(self) -> Changes:
        """What views have to know."""
        return Changes(removed=len(self.photos), skipped=len(self.failed))


@dataclass(frozen=True, slots=True)
class Restored:
    """The receipt of its undo: photos that are back, and why others are not."""

    photos: tuple[Photo, ...]
    failed: tuple[Problem, ...] = ()

    @property
    def changes(self) -> Changes:
        """What views have to know."""
        return Changes(added=len(self.photos), skipped=len(self.failed))


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What `status` reports. Sizes are in bytes."""

    photos: int
    contents: int
    offline: int
    problems: int
    roots: tuple[Root, ...]
    network: str
    precision: str
    provider: str
    indexed: int
    catalogue_bytes: int
    index_bytes: int
    thumbnail_bytes: int
    data_dir: str
    details: dict[str, str] = field(default_factory=dict)
