"""What a scan means: which files are new, changed, moved, gone, or merely out of reach.

Missing is not deleted: a root that cannot be read, or that is suddenly empty, marks its photos
offline and changes nothing else; so does a folder inside it that cannot be read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from lookalike.catalogue.rows import FoundFile, Known
from lookalike.catalogue.store import Catalogue
from lookalike.errors import FolderError, PhotoError
from lookalike.photos.files import digest_of
from lookalike.photos.scan import Found, scan
from lookalike.progress import CancelToken, OnProgress, RateMeter
from lookalike.records import Root

_REPORT_EVERY = 512


@dataclass(frozen=True, slots=True)
class Work:
    """A file to be read: new (`photo_id` None), or a known photo whose file has changed."""

    file: FoundFile
    photo_id: int | None = None

    def as_read(self, size: int, mtime_ns: int) -> Work:
        """The same with the size and time the file had when it was read."""
        return replace(self, file=self.file._replace(size=size, mtime_ns=mtime_ns))


@dataclass(slots=True)
class Plan:
    """What a scan of one root asks for."""

    unchanged: int = 0
    known_problems: int = 0
    work: list[Work] = field(default_factory=list)
    moved: list[tuple[int, FoundFile]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    offline: list[int] = field(default_factory=list)
    back_online: list[int] = field(default_factory=list)
    unreadable: list[tuple[FoundFile, str]] = field(default_factory=list)
    solved: list[str] = field(default_factory=list)


def plan_root(
    catalogue: Catalogue, root: Root, on_progress: OnProgress, cancel: CancelToken
) -> Plan | None:
    """Scan a root and compare it with the catalogue; None when it is out of reach."""
    known = catalogue.known_of_root(root.id)
    try:
        found, unreadable = _look(root.path, on_progress, cancel)
    except FolderError:
        catalogue.set_root_online(root.id, online=False)
        return None
    if known and not found:
        # An unmounted drive often leaves an empty folder behind.
        catalogue.set_root_online(root.id, online=False)
        return None
    catalogue.set_root_online(root.id, online=True)
    problems = catalogue.problems_of_root(root.id)
    plan = Plan(unreadable=unreadable)
    fresh = _compare(found, known, problems, plan)
    gone = _gone(known, unreadable, plan)
    _recognise(catalogue, root, fresh, gone, plan)
    if problems:
        here = {file.relpath for file in found} | {file.relpath for file, _ in unreadable}
        plan.solved += [name for name in problems if name not in here]
    plan.removed += [each.photo_id for each in gone.values()]
    return plan


def _look(
    path: str, on_progress: OnProgress, cancel: CancelToken
) -> tuple[list[Found], list[tuple[FoundFile, str]]]:
    found: list[Found] = []
    unreadable: list[tuple[FoundFile, str]] = []
    meter = RateMeter()
    for each in scan(path, cancel):
        if isinstance(each, Found):
            found.append(each)
            if len(found) % _REPORT_EVERY == 0:
                on_progress(meter.progress("looking", len(found), None))
        else:
            unreadable.append((FoundFile(each.relpath, 0, 0, 0, 0), each.reason))
    return found, unreadable


def _compare(
    found: list[Found],
    known: dict[str, Known],
    problems: dict[str, tuple[int, int]],
    plan: Plan,
) -> list[FoundFile]:
    """Settle what is unchanged; takes every file that is there out of `known`."""
    fresh = []
    for file in found:
        name, size, mtime_ns, _, _ = file
        before = known.pop(name, None)
        if problems and problems.get(name) == (size, mtime_ns):
            plan.known_problems += 1
        elif before is None:
            fresh.append(FoundFile(*file))
        elif before.size == size and before.mtime_ns == mtime_ns:
            plan.unchanged += 1
            if before.offline:
                plan.back_online.append(before.photo_id)
        else:
            plan.work.append(Work(FoundFile(*file), before.photo_id))
    return fresh


def _gone(
    known: dict[str, Known], unreadable: list[tuple[FoundFile, str]], plan: Plan
) -> dict[str, Known]:
    """The photos whose files are no longer there; those in unreadable folders are offline."""
    hidden = tuple(file.relpath for file, _ in unreadable)
    gone = {}
    for relpath, each in known.items():
        if any(_at_or_below(relpath, folder) for folder in hidden):
            if not each.offline:
                plan.offline.append(each.photo_id)
        else:
            gone[relpath] = each
    return gone


def _at_or_below(relpath: str, folder: str) -> bool:
    return not folder or relpath == folder or relpath.startswith(folder + "/")


def _recognise(
    catalogue: Catalogue,
    root: Root,
    fresh: list[FoundFile],
    gone: dict[str, Known],
    plan: Plan,
) -> None:
    """Match new names with vanished photos: by inode without opening a file, else by content."""
    by_inode = {(each.inode, each.size, each.mtime_ns): each for each in gone.values()}
    by_content: dict[int, list[Known]] = {}
    for each in gone.values():
        by_content.setdefault(each.content_id, []).append(each)

    def take(each: Known, file: FoundFile) -> None:
        plan.moved.append((each.photo_id, file))
        del gone[each.relpath]
        by_content[each.content_id].remove(each)

    for file in fresh:
        same = by_inode.pop((file.inode, file.size, file.mtime_ns), None)
        if same is not None and file.inode and same.relpath in gone:
            take(same, file)
            continue
        content_id = _known_content(catalogue, root, file) if gone else None
        if content_id is not None and by_content.get(content_id):
            take(by_content[content_id][0], file)
        else:
            plan.work.append(Work(file))


def _known_content(catalogue: Catalogue, root: Root, file: FoundFile) -> int | None:
    """The id of the content of a new file, when a photo of its size is known."""
    if not catalogue.has_size(file.size):
        return None
    try:
        return catalogue.content_by_digest(digest_of(os.path.join(root.path, file.relpath)))
    except PhotoError:
        return None
