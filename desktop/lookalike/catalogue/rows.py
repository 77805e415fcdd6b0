"""What travels into the catalogue: batches of found, new, moved and vanished photos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lookalike.records import Facts


class FoundFile(NamedTuple):
    """A photo file as a scan saw it; `relpath` is relative to its root, "/" between parts."""

    relpath: str
    size: int
    mtime_ns: int
    device: int
    inode: int


class Known(NamedTuple):
    """A photo as the catalogue knows it, to be compared with what a scan sees."""

    photo_id: int
    content_id: int
    relpath: str
    size: int
    mtime_ns: int
    device: int
    inode: int
    offline: bool


@dataclass(frozen=True, slots=True)
class Content:
    """A decoded picture to be stored.

    `vectors` maps a space's id to its packed vector (see `packing`), `labels` a class to its
    probability.
    """

    digest: bytes
    facts: Facts
    vectors: Mapping[int, bytes]
    labels: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class BatchWrite:
    """What one transaction does to one root.

    `new` and `changed` pair a file with a content just decoded, or with the id of one that is
    already stored; `changed` and `moved` name the photo they are about.
    """

    root_id: int
    new: list[tuple[FoundFile, Content | int]] = field(default_factory=list)
    changed: list[tuple[int, FoundFile, Content | int]] = field(default_factory=list)
    moved: list[tuple[int, FoundFile]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    offline: list[int] = field(default_factory=list)
    online: list[int] = field(default_factory=list)
    problems: list[tuple[FoundFile, str]] = field(default_factory=list)
    solved: list[str] = field(default_factory=list)
