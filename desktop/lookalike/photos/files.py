"""Reading a photo file once: regular files only, unchanged while read, identified by a digest."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, Protocol

import xxhash

from lookalike.errors import PhotoError

WHOLE_READ_LIMIT: Final = 256 * 2**20
"""Files up to this many bytes are read into memory once; larger ones are streamed twice."""

_CHUNK: Final = 4 * 2**20

# Windows: FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN, _RECALL_ON_DATA_ACCESS (Win32 documentation,
# "File Attribute Constants"). macOS: SF_DATALESS of <sys/stat.h>. Linux marks placeholders in no
# common way, and a file there may hold data in zero blocks, so blocks alone tell nothing.
_WINDOWS_ELSEWHERE: Final = 0x1000 | 0x40000 | 0x400000
_MACOS_DATALESS: Final = 0x40000000


class _StatLike(Protocol):
    @property
    def st_size(self) -> int: ...


def is_placeholder(status: _StatLike) -> bool:
    """Whether the file's contents lie in the cloud, so that opening it would fetch them."""
    if getattr(status, "st_file_attributes", 0) & _WINDOWS_ELSEWHERE:
        return True
    return bool(getattr(status, "st_flags", 0) & _MACOS_DATALESS)


@dataclass(frozen=True, slots=True)
class Opened:
    """A photo file that is open: a seekable reader at 0, the digest, and what stat said."""

    file: IO[bytes]
    digest: bytes
    size: int
    mtime_ns: int


@contextmanager
def opened(path: str) -> Iterator[Opened]:
    """Read `path` and check, when the caller is done, that it has not changed meanwhile.

    Raises PhotoError: not a regular file, vanished, no permission, empty, changed, in the cloud.
    """
    with _reasons(), _open_regular(path) as raw:
        before = os.fstat(raw.fileno())
        if before.st_size <= WHOLE_READ_LIMIT:
            data = raw.read()
            if len(data) != before.st_size:
                raise PhotoError(_CHANGED)
            _check_unchanged(path, raw, before)
            file: IO[bytes] = io.BytesIO(data)
            digest = xxhash.xxh3_128_digest(data)
        else:
            digest = _stream_digest(raw)
            raw.seek(0)
            file = raw
        yield Opened(file, digest, before.st_size, before.st_mtime_ns)
        if file is raw:
            _check_unchanged(path, raw, before)


def digest_of(path: str) -> bytes:
    """The xxh3_128 digest (16 bytes) of a file's contents, without decoding it.

    Raises PhotoError as `opened` does.
    """
    with _reasons(), _open_regular(path) as raw:
        before = os.fstat(raw.fileno())
        digest = _stream_digest(raw)
        _check_unchanged(path, raw, before)
        return digest


def _stream_digest(raw: IO[bytes]) -> bytes:
    hasher = xxhash.xxh3_128()
    while chunk := raw.read(_CHUNK):
        hasher.update(chunk)
    return hasher.digest()


@contextmanager
def _open_regular(path: str) -> Iterator[IO[bytes]]:
    """Open a regular, non-empty file that is here; never waits on a FIFO or wakes a device."""
    _check_kind(os.stat(path))
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb", buffering=0) as unbuffered:
        # Again, of what was really opened: the name may have been given to another file.
        _check_kind(os.fstat(handle))
        with io.BufferedReader(unbuffered, 2**16) as raw:
            yield raw


def _check_kind(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise PhotoError("This is a folder with a photo's name; add it as a folder instead.")
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("This is no regular file (a pipe, socket or device); it is left alone.")
    if status.st_size == 0:
        raise PhotoError("The file is empty; copy it again from where it came.")
    if is_placeholder(status):
        raise PhotoError("The file is kept in the cloud only; download it first, then look again.")


_CHANGED: Final = "The file changed while it was being read; look again when it is complete."


def _check_unchanged(path: str, raw: IO[bytes], before: os.stat_result) -> None:
    after, named = os.fstat(raw.fileno()), os.stat(path)
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and (
        before.st_dev,
        before.st_ino,
    ) == (named.st_dev, named.st_ino)
    if not same:
        raise PhotoError(_CHANGED)


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what the file system says into the sentence for "Problems"."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise PhotoError(
            "The file has vanished; look again to bring the list up to date."
        ) from None
    except PermissionError:
        raise PhotoError(
            "There is no permission to read this file; change its permissions and look again."
        ) from None
    except ValueError:  # a NUL in the name
        raise PhotoError("The name is no valid file name; rename the file.") from None
    except OSError as error:
        raise PhotoError(
            f"The file cannot be read ({error.strerror or error}); check the disk and look again."
        ) from error
