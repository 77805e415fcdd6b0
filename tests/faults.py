"""Faults for tests: a disk that fills up, a limit on a file's size, an ordinary person's rights."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "desktop"
NOBODY = 65534


class SmallDisk:
    """A disk of its own (tmpfs) that can be filled and made larger."""

    def __init__(self, folder: Path, kibibytes: int) -> None:
        self.folder = folder
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("mounting a small disk takes rights this machine does not give")

    def free(self) -> int:
        """Bytes left."""
        told = os.statvfs(self.folder)
        return told.f_bavail * told.f_bsize

    def fill(self, leave: int = 0) -> None:
        """Put a file in the way that leaves `leave` bytes."""
        with open(self.folder / "in-the-way", "wb") as file:
            file.write(bytes(max(self.free() - leave, 0)))

    def clear(self) -> None:
        """Take that file away again."""
        (self.folder / "in-the-way").unlink()

    def grow(self, kibibytes: int) -> None:
        """Make the disk larger, what is on it stays."""
        option = f"remount,size={kibibytes}k"
        subprocess.run(["mount", "-o", option, str(self.folder)], check=True)

    def remove(self) -> None:
        """Take the disk away."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@contextlib.contextmanager
def small_disk(kibibytes: int) -> Iterator[SmallDisk]:
    """A small disk; skips the test where none can be mounted."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory() as folder:
        disk = SmallDisk(Path(folder), kibibytes)
        try:
            yield disk
        finally:
            disk.remove()


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: a full disk for anybody."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Be an ordinary person for a moment, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def readable_folder() -> Iterator[Path]:
    """A folder that others may enter (pytest's own are the tester's alone)."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def bound_by_permissions() -> list[str]:
    """Put before a command: permissions bind it, also where the tests run as root.

    Root stays root, since the program may lie where only root may look, but loses the power to
    pass over permissions.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("nothing here takes root's power over permissions away")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def environment() -> dict[str, str]:
    """Of a process that imports the program and the tests from here."""
    return {**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{SOURCE.parent}"}
