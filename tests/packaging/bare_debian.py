"""A Debian with nothing but its base, in a folder: what a bundle meets on somebody's machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MIRROR = "http://deb.debian.org/debian"
_MOUNTS = (("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "dev/shm"), ("tmpfs", "tmp"))
Done = subprocess.CompletedProcess[str]


class BareDebian:
    """A folder with Debian's base system to run programs in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for kind, place in _MOUNTS:
            target = root / place
            target.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "-t", kind, kind, str(target)], check=True)

    def run(self, *command: str, user: str = "root", env: dict[str, str] | None = None) -> Done:
        """Run a command inside, as root or as "nobody"; `env` is all that it has, besides PATH."""
        told = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(env or {})}
        rights = [] if user == "root" else ["--userspec", f"{user}:nogroup"]
        return subprocess.run(
            ["chroot", *rights, str(self.root), *command],
            env=told, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip

    def files(self) -> set[str]:
        """Every file outside of what the system keeps about itself."""
        kept = (
            "proc",
            "sys",
            "dev",
            "tmp",
            "var/lib",
            "var/cache",
            "var/log",
            "run",
            "root",
            "home",
        )
        found = set()
        for here, _, names in os.walk(self.root):
            inside = os.path.relpath(here, self.root)
            if not inside.startswith(kept):
                found |= {os.path.join(inside, name) for name in names}
        return found

    def close(self) -> None:
        """Unmount; what is in the folder may then be removed."""
        for _, place in reversed(_MOUNTS):
            subprocess.run(["umount", "-l", str(self.root / place)], check=False)


def make(root: Path, suite: str) -> BareDebian:
    """Fetch and unpack the base system of `suite`; skips where that cannot be done."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root can make a bare Debian")
    if shutil.which("debootstrap") is None:
        pytest.skip("debootstrap is not installed")
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", suite, str(root), MIRROR],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no bare Debian could be fetched: {done.stdout.strip().splitlines()[-1:]}")
    for source in ("etc/resolv.conf", "etc/hosts"):
        shutil.copyfile(f"/{source}", root / source)
    return BareDebian(root)
