"""The system's trash: moving a photo there on a person's word, and getting it back.

On Linux the trash is that of the freedesktop.org Trash specification 1.0, on macOS the folder
`.Trash`. A file keeps its inode on its way there, by which it is found again; where the system
hides its trash (Windows) the file is restored with the system's own program.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from lookalike.errors import PhotoError


def to_trash(path: str, size: int, mtime_ns: int) -> str:
    """Move a photo file to the trash if it is still the very file; returns where it is, or "".

    Raises:
        PhotoError: it has changed or vanished, or the system refuses.
    """
    from send2trash import send2trash

    try:
        facts = os.stat(path, follow_symlinks=False)
        if (facts.st_size, facts.st_mtime_ns) != (size, mtime_ns):
            raise PhotoError("The file has changed since it was read; look for new photos first.")
        send2trash(path)
    except FileNotFoundError:
        raise PhotoError("The file is no longer there; look for new photos first.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise PhotoError(f"The system did not move it to the trash: {reason}.") from error
    if os.path.lexists(path):
        raise PhotoError("The system did not move it to the trash; it is still in its folder.")
    return _found(path, facts)


def _found(path: str, facts: os.stat_result) -> str:
    """The path of the file in the trash, by its inode; "" where it cannot be told."""
    if not facts.st_ino:
        return ""
    for folder in _folders(path):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.inode() == facts.st_ino:
                    found = os.stat(entry.path, follow_symlinks=False)
                    if (found.st_size, found.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns):
                        return entry.path
    return ""


def _folders(path: str) -> Iterator[str]:
    """Where the system may have put what lay at `path`."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return
    if sys.platform == "darwin":
        yield os.path.join(home, ".Trash")
    else:
        data = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
        yield os.path.join(data, "Trash", "files")
    top = os.path.dirname(os.path.realpath(path))
    while not os.path.ismount(top) and top != os.path.dirname(top):
        top = os.path.dirname(top)
    user = os.getuid()
    if sys.platform == "darwin":
        yield os.path.join(top, ".Trashes", str(user))
    else:
        yield os.path.join(top, ".Trash", str(user), "files")
        yield os.path.join(top, f".Trash-{user}", "files")


def from_trash(where: str, path: str) -> os.stat_result:
    """Move a file from where it lies in the trash back to `path`; never over another file.

    Raises:
        PhotoError: it is no longer there, its place is taken, or its folder cannot be written.
    """
    if not where:
        raise PhotoError("This system restores it by itself: open its trash and put it back.")
    if not os.path.lexists(where):
        raise PhotoError("It is no longer in the trash.")
    if os.path.lexists(path):
        raise PhotoError("Another file has its name now; it stays in the trash.")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.rename(where, path)
        facts = os.stat(path)
    except OSError as error:
        raise PhotoError(f"It could not be put back: {error.strerror}.") from error
    folder, name = os.path.split(where)
    if os.path.basename(folder) == "files":
        # What the specification keeps beside it: where the file came from, and when.
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(os.path.dirname(folder), "info", f"{name}.trashinfo"))
    return facts
