"""Which libraries of the system a bundle needs, and the Debian packages that hold them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bundling import elf

_LINE = re.compile(r"^\s*(\S+) \([^)]*\) => (\S+)$", re.MULTILINE)


class MissingLibraryError(Exception):
    """The bundle links to a library that neither it nor this system has."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a bundle asks of its system: names of libraries, each with a file that wants it."""

    outside: Mapping[str, str]
    glibc: tuple[int, int]


def needs(bundle: Path) -> Needs:
    """Read every ELF file of the bundle."""
    every = {path: elf.wants(path) for path in elf.files(bundle)}
    inside = {path.name for path in every}
    inside |= {path.name for path in bundle.rglob("*.so*") if path.is_symlink()}
    outside: dict[str, str] = {}
    for path, wants in sorted(every.items()):
        for name in wants.needed:
            if name not in inside:
                outside.setdefault(name, str(path.relative_to(bundle)))
    newest = max((wants.glibc for wants in every.values()), default=(0, 0))
    return Needs(outside, newest)


def system_libraries(text: str) -> dict[str, str]:
    """Name to file, from what `ldconfig -p` printed; the first of a name wins."""
    found: dict[str, str] = {}
    for name, path in _LINE.findall(text):
        found.setdefault(name, path)
    return found


def package_of(path: str) -> str:
    """The Debian package that holds a file; "" where none does."""
    real = str(Path(path).resolve())
    # /lib is a link to /usr/lib; the packages' lists say either.
    for name in (path, real, real.removeprefix("/usr"), f"/usr{path}"):
        done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return ""


def depends(
    told: Needs, files: Mapping[str, str], package: Callable[[str], str] = package_of
) -> list[str]:
    """The `Depends` of a .deb, sorted.

    Raises:
        MissingLibraryError: a library is in no place, or in no package; the sentence names it.
    """
    found = set()
    for name, user in told.outside.items():
        if name not in files:
            raise MissingLibraryError(
                f"{user} links to {name}, which is neither in the bundle nor on this system."
            )
        holder = package(files[name])
        if not holder:
            raise MissingLibraryError(f"{files[name]}, which {user} links to, is of no package.")
        found.add(holder)
    found.discard("libc6")
    # Debian and Ubuntu renamed packages for 64-bit time; those provide the old names.
    plain = sorted(name.removesuffix("t64") for name in found)
    return [f"libc6 (>= {told.glibc[0]}.{told.glibc[1]})", *plain]


def of_this_system() -> dict[str, str]:
    """What the loader of this machine finds."""
    done = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True)
    return system_libraries(done.stdout)


def unresolved(bundle: Path, libraries: Iterable[Path]) -> list[str]:
    """What the loader itself does not find, run over the bundle as it would be at start."""
    found = []
    for path in libraries:
        done = subprocess.run(
            ["ldd", str(path)], capture_output=True, text=True, check=False,
            env={"LD_LIBRARY_PATH": str(bundle / "_internal"), "LC_ALL": "C"},
        )  # fmt: skip
        lines = [line for line in done.stdout.splitlines() if line.endswith("not found")]
        found += [f"{path.relative_to(bundle)}: {line.split()[0]}" for line in lines]
    return sorted(set(found))
