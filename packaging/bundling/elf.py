"""What a Linux program or library asks of others, as `objdump -p` tells it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)
_GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)(?:\.\d+)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wants:
    """`needed`: names of libraries (DT_NEEDED). `glibc`: the newest version of it, or (0, 0)."""

    needed: tuple[str, ...]
    glibc: tuple[int, int]


def read(text: str) -> Wants:
    """From what `objdump -p` printed."""
    versions = [(int(major), int(minor)) for major, minor in _GLIBC.findall(text)]
    return Wants(tuple(_NEEDED.findall(text)), max(versions, default=(0, 0)))


def wants(file: Path) -> Wants:
    """Of one file; raises CalledProcessError if it is no ELF file."""
    done = subprocess.run(["objdump", "-p", str(file)], capture_output=True, text=True, check=True)
    return read(done.stdout)


def files(folder: Path) -> Iterator[Path]:
    """Every ELF file below `folder`, links left out."""
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            if path.is_symlink():
                continue
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def is_library(path: Path, bundle: Path) -> bool:
    """Whether it is there only because others link to it; the rest is opened by name."""
    parts = path.relative_to(bundle).parts
    if ".so" not in path.name:
        return False
    return (
        (len(parts) == 2 and path.name.startswith("lib"))
        or any(part.endswith(".libs") for part in parts)
        or parts[-3:-1] == ("Qt", "lib")
    )
