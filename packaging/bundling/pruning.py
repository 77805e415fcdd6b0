"""Takes out of a frozen Linux bundle what nothing in it can reach."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bundling import elf

FILM = re.compile(r"opencv_python[^/]*\.libs/lib(avcodec|avformat|avutil|swscale|avif)-[^/]*$")
"""OpenCV's readers of films and of AVIF: linked into its one library, never called by the program
(`tests/packaging/test_contents.py` keeps the list of what is called)."""

ALGEBRA = re.compile(r"opencv_python[^/]*\.libs/libopenblas[^/]*$")
"""OpenCV's own OpenBLAS. It asks it for decompositions of matrices from 25 rows up, and those of
points, planes and colours have at most nine; and for products from 25 rows up, as the fit of a
homography to many points makes them. Those are small, and plain loops do (`_PRODUCTS`)."""

_PRODUCTS = """
#define PRODUCT(NAME, REAL) \\
void NAME(int order, int ta, int tb, int m, int n, int k, REAL alpha, const REAL *a, int lda, \\
          const REAL *b, int ldb, REAL beta, REAL *c, int ldc) { \\
    int row_major = order == 101, at = ta != 111, bt = tb != 111; \\
    for (int i = 0; i < m; i++) for (int j = 0; j < n; j++) { \\
        double sum = 0; \\
        for (int p = 0; p < k; p++) { \\
            REAL x = a[(at == row_major) ? (long)p * lda + i : (long)i * lda + p]; \\
            REAL y = b[(bt == row_major) ? (long)j * ldb + p : (long)p * ldb + j]; \\
            sum += (double)x * y; \\
        } \\
        REAL *out = c + (row_major ? (long)i * ldc + j : (long)j * ldc + i); \\
        *out = (REAL)(alpha * sum + (beta == 0 ? 0 : beta * *out)); \\
    } \\
}
PRODUCT(cblas_dgemm, double)
PRODUCT(cblas_sgemm, float)
"""
"""C of the two products, by the standard's arguments (BLAS Technical Forum 2001, cblas_?gemm)."""

_MADE = ("cblas_dgemm", "cblas_sgemm")


def unreached(bundle: Path) -> list[Path]:
    """Libraries that no program, extension module or plug-in of the bundle leads to."""
    every = {path: elf.wants(path) for path in elf.files(bundle)}
    by_name: dict[str, list[Path]] = {}
    for path in every:
        by_name.setdefault(path.name, []).append(path)
    reached: set[Path] = set()
    # The program itself opens libpython by its name.
    waiting = [
        path
        for path in every
        if not elf.is_library(path, bundle) or path.name.startswith("libpython")
    ]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for name in every[path].needed:
            waiting += by_name.get(name, [])
    return sorted(set(every) - reached)


def remove_unreached(bundle: Path) -> int:
    """Delete them and the links to them; returns the bytes that were freed."""
    freed = 0
    for path in unreached(bundle):
        freed += path.stat().st_size
        path.unlink()
    for path in bundle.rglob("*"):
        if path.is_symlink() and not path.exists():
            path.unlink()
    return freed


def strip_debugging(bundle: Path) -> int:
    """Take out what only a debugger reads, where it was left in; returns the bytes freed.

    Libraries that come stripped are not touched: rewriting one that was patched for its wheel
    can break it.
    """
    freed = 0
    for path in elf.files(bundle):
        told = subprocess.run(
            ["objdump", "-h", str(path)], capture_output=True, text=True, check=True
        )
        if " .debug_info" in told.stdout:
            before = path.stat().st_size
            subprocess.run(["strip", "--strip-debug", str(path)], check=True)
            freed += before - path.stat().st_size
    return freed


def replace_by_stand_ins(bundle: Path, patterns: tuple[re.Pattern[str], ...]) -> int:
    """Put a library that only ends the program in the place of each that is hardly called.

    Its functions carry the names and versions that the bundle links to, so that the loader is
    content; a call says on stderr what was called and aborts, but for small products. Returns the
    bytes freed.
    """
    freed = 0
    users = list(elf.files(bundle))
    for path in users:
        if any(pattern.search(path.as_posix()) for pattern in patterns):
            before = path.stat().st_size
            names = _imported_from(path, users)
            _build_stand_in(path, names)
            freed += before - path.stat().st_size
    return freed


def _imported_from(library: Path, users: list[Path]) -> dict[str, str]:
    """The functions of `library` that others in the bundle import, each with its version."""
    own = dict(_symbols(library, "--defined-only"))
    found = {}
    for user in users:
        if user != library and library.name in elf.wants(user).needed:
            found.update(
                {name: own[name] for name, _ in _symbols(user, "--undefined-only") if name in own}
            )
    return found


def _symbols(file: Path, which: str) -> list[tuple[str, str]]:
    done = subprocess.run(
        ["nm", "-D", "--with-symbol-versions", which, str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = []
    for line in done.stdout.splitlines():
        name, _, version = line.split()[-1].partition("@")
        found.append((name, version.lstrip("@")))
    return found


def _build_stand_in(path: Path, names: dict[str, str]) -> None:
    source = path.with_suffix(".stand-in.c")
    versions = path.with_suffix(".stand-in.map")
    code = ["#include <stdio.h>", "#include <stdlib.h>"]
    code += [
        f'void {name}(void) {{ fputs("lookalike: {name} is not in this bundle\\n", stderr);'
        " abort(); }"
        for name in sorted(names)
        if name not in _MADE
    ]
    if not names.keys().isdisjoint(_MADE):
        code.append(_PRODUCTS)
    source.write_text("\n".join(code) + "\n", encoding="utf-8")
    by_version: dict[str, list[str]] = {}
    for name, version in sorted(names.items()):
        by_version.setdefault(version, []).append(name)
    named = {version: group for version, group in by_version.items() if version}
    versions.write_text(
        "".join(f"{version} {{ {' '.join(f'{n};' for n in group)} }};\n"
                for version, group in named.items()),
        encoding="utf-8",
    )  # fmt: skip
    script = [f"-Wl,--version-script={versions}"] if named else []
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-Os", "-s", "-fno-builtin", "-w", f"-Wl,-soname,{path.name}",
         *script, "-o", str(path), str(source)],
        check=True,
    )  # fmt: skip
    source.unlink()
    versions.unlink()
