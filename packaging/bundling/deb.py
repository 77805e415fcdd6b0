"""The .deb: a tree for dpkg-deb, for Debian 12 and later and the Ubuntu of its age."""

from __future__ import annotations

import datetime
import gzip
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bundling import changes, product

DATA_PACKAGES: Final = ("fontconfig-config", "libx11-data", "xkb-data")
"""What libraries inside the bundle read from the system: fonts and their rules, keyboards."""

OVERRIDES: Final = """\
# The bundle carries its own copies on purpose: the versions it was tested with.
lookalike binary: embedded-library *
# Python's packages are frozen as they come; some keep data or notices beside their code.
lookalike binary: package-contains-documentation-outside-usr-share-doc *
lookalike binary: extra-license-file *
# Patched by auditwheel to find their neighbours ($ORIGIN).
lookalike binary: custom-library-search-path *
lookalike binary: shared-library-lacks-prerequisites *
lookalike binary: unstripped-binary-or-object *
lookalike binary: library-not-linked-against-libc *
"""

COPYRIGHT: Final = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Lookalike
Comment: The package is a bundle: the licence of each part in it is in
 /usr/share/doc/lookalike/licences, listed in NOTICE.txt there.

Files: *
Copyright: {year} The Lookalike authors
License: Apache-2.0
 On Debian systems the full text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.

Files: usr/lib/lookalike/_internal/PySide6/*
Copyright: The Qt Company Ltd. and other contributors
License: LGPL-3.0-only
 On Debian systems the full text of the GNU Lesser General Public License,
 version 3, is in /usr/share/common-licenses/LGPL-3.
Comment: The libraries are shared and may be replaced by one's own build. Sources:
 https://download.qt.io/official_releases/
"""


def architecture() -> str:
    """Debian's name of this machine's architecture."""
    done = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def control(depends: Sequence[str], installed_bytes: int, arch: str) -> str:
    """The control file (Debian Policy 5.3)."""
    return (
        f"Package: {product.NAME}\n"
        f"Version: {product.version()}\n"
        f"Architecture: {arch}\n"
        f"Maintainer: {product.MAINTAINER}\n"
        f"Installed-Size: {-(-installed_bytes // 1024)}\n"
        f"Depends: {', '.join(depends)}\n"
        "Section: graphics\n"
        "Priority: optional\n"
        f"Description: {product.SUMMARY[0].lower()}{product.SUMMARY[1:]}\n"
        " Drop a photo in; see the photos of your own disk that look like it, and which\n"
        " pixels make them alike. Lookalike reads the folders you name, makes no network\n"
        " connection, and never writes to your photos unasked.\n"
    )


def build(bundle: Path, share: Path, depends: Sequence[str], now: datetime.datetime) -> Path:
    """Lay out the tree and pack it; returns the .deb."""
    tree = product.BUILD / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    library = tree / "usr" / "lib" / product.NAME
    shutil.copytree(
        bundle, library, symlinks=True, ignore=shutil.ignore_patterns("share", "licences")
    )
    shutil.copytree(share, tree / "usr" / "share", symlinks=True)
    binaries = tree / "usr" / "bin"
    binaries.mkdir(parents=True)
    (binaries / product.NAME).symlink_to(f"../lib/{product.NAME}/{product.NAME}")
    _documents(bundle, tree, now)
    _set_modes(tree)
    arch = architecture()
    size = sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir())
    folder = tree / "DEBIAN"
    folder.mkdir()
    told = control(sorted({*depends, *DATA_PACKAGES}), size, arch)
    (folder / "control").write_text(told, encoding="utf-8")
    _write_sums(tree, folder / "md5sums")
    target = product.DIST / f"{product.NAME}_{product.version()}_{arch}.deb"
    target.unlink(missing_ok=True)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(tree), str(target)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return target


def _documents(bundle: Path, tree: Path, now: datetime.datetime) -> None:
    documents = tree / "usr" / "share" / "doc" / product.NAME
    documents.mkdir(parents=True)
    shutil.copytree(bundle / "licences", documents / "licences")
    (documents / "copyright").write_text(COPYRIGHT.format(year=now.year), encoding="utf-8")
    releases = changes.read((product.ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    _compress(documents / "changelog.gz", changes.debian(releases, now).encode())
    manual = tree / "usr" / "share" / "man" / "man1" / f"{product.NAME}.1"
    _compress(manual.with_suffix(".1.gz"), manual.read_bytes())
    manual.unlink()
    overrides = tree / "usr" / "share" / "lintian" / "overrides" / product.NAME
    overrides.parent.mkdir(parents=True)
    overrides.write_text(OVERRIDES, encoding="utf-8")


def _compress(target: Path, data: bytes) -> None:
    target.write_bytes(gzip.compress(data, 9, mtime=0))


def _set_modes(tree: Path) -> None:
    """755 for folders and programs, 644 for the rest, whatever the umask was."""
    for path in [tree, *tree.rglob("*")]:
        if path.is_symlink():
            continue
        program = path.is_dir() or path == tree / "usr/lib" / product.NAME / product.NAME
        os.chmod(path, 0o755 if program else 0o644)


def _write_sums(tree: Path, target: Path) -> None:
    import hashlib

    lines = []
    for path in sorted((tree / "usr").rglob("*")):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                found = hashlib.file_digest(file, "md5").hexdigest()
            lines.append(f"{found}  {path.relative_to(tree)}\n")
    target.write_text("".join(lines), encoding="utf-8")
    os.chmod(target, 0o644)
