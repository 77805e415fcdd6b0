"""Finding the photo files below a folder: names and stat only, nothing is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from lookalike.errors import FolderError
from lookalike.progress import CancelToken

PHOTO_ENDINGS: Final = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".png",
        ".apng",
        ".webp",
        ".avif",
        ".avifs",
        ".gif",
        ".tif",
        ".tiff",
        ".bmp",
        ".dib",
        ".heic",
        ".heif",
        ".hif",
    )
)
"""Lower-case endings of the files that are looked at."""

_SKIPPED_FOLDERS: Final = frozenset(
    (
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "@eadir",
        "#recycle",
        "__macosx",
        "node_modules",
    )
)


class Found(NamedTuple):
    """A file with a photo's ending. `relpath` is relative to the root, with "/" between parts.

    A tuple, since a library has millions and a dataclass takes three times as long to make.
    """

    relpath: str
    size: int
    mtime_ns: int
    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder or file that could not be looked at, and why; "" is the root itself."""

    relpath: str
    reason: str


def scan(root: str, cancel: CancelToken) -> Iterator[Found | Unreadable]:
    """Every photo file below `root`: files of a folder by name, then its folders by name.

    Hidden files and folders, and the system's own (trash, volume information), are left out.
    Linked folders are followed after all real ones, each real folder once, so that a link can
    neither loop nor take a photo's place. Raises FolderError if `root` itself cannot be read,
    Cancelled when `cancel` says so.
    """
    try:
        status = os.stat(root)
        seen = {(status.st_dev, status.st_ino)}
        with os.scandir(root):
            pass
    except OSError as error:
        raise FolderError(
            f"The folder {_shown(root)} cannot be read ({error.strerror}); check that it is there."
        ) from error
    linked: list[str] = []
    yield from _walk(root, [""], seen, linked, cancel)
    while linked:
        relpath = linked.pop(0)
        status_of = _stat_quietly(os.path.join(root, relpath))
        if status_of is None or (status_of.st_dev, status_of.st_ino) in seen:
            continue
        seen.add((status_of.st_dev, status_of.st_ino))
        yield from _walk(root, [relpath], seen, linked, cancel)


def _walk(
    root: str, stack: list[str], seen: set[tuple[int, int]], linked: list[str], cancel: CancelToken
) -> Iterator[Found | Unreadable]:
    """Depth first from the folders of `stack`; notes linked folders in `linked` for later."""
    while stack:
        cancel.check()
        folder = stack.pop()
        try:
            with os.scandir(os.path.join(root, folder) if folder else root) as listing:
                entries = sorted(listing, key=attrgetter("name"))
        except OSError as error:
            yield Unreadable(folder, _folder_reason(error))
            continue
        inner: list[str] = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            relpath = f"{folder}/{entry.name}" if folder else entry.name
            try:
                found = _look(entry, relpath, seen, inner, linked)
            except OSError as error:
                if _is_photo_name(entry.name):
                    yield Unreadable(relpath, _file_reason(error))
                continue
            if found is not None:
                yield found
        stack.extend(reversed(inner))


def _look(
    entry: os.DirEntry[str],
    relpath: str,
    seen: set[tuple[int, int]],
    inner: list[str],
    linked: list[str],
) -> Found | Unreadable | None:
    """Judge one entry; folders go into `inner` or `linked`."""
    if entry.is_file(follow_symlinks=False):
        return _found(entry, relpath) if _is_photo_name(entry.name) else None
    if entry.is_dir(follow_symlinks=False):
        if entry.name.lower() in _SKIPPED_FOLDERS:
            return None
        status = entry.stat(follow_symlinks=False)
        # On Windows a listing carries no inode; there folders cannot loop but by links.
        if status.st_ino == 0 or (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            inner.append(relpath)
        return None
    if entry.is_dir():
        linked.append(relpath)
        return None
    if not _is_photo_name(entry.name):
        return None
    return _found(entry, relpath)


def _found(entry: os.DirEntry[str], relpath: str) -> Found | Unreadable:
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        return Unreadable(
            relpath, "This is no regular file (a pipe, socket or device); it is left alone."
        )
    return Found(relpath, status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)


def _is_photo_name(name: str) -> bool:
    # Never a hidden file, so the dot found is not the first sign. `splitext` takes thrice as long.
    return name[name.rfind(".") :].lower() in PHOTO_ENDINGS


def _stat_quietly(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _folder_reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "There is no permission to read this folder; change its permissions and look again."
    return f"This folder cannot be read ({error.strerror}); check the disk and look again."


def _file_reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "This link leads nowhere; remove it or restore what it pointed to."
    if isinstance(error, PermissionError):
        return "There is no permission to look at this file; change its permissions and look again."
    return f"This file cannot be looked at ({error.strerror}); check the disk and look again."


def _shown(path: str) -> str:
    """A path that can be printed, whatever bytes its name has."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
