"""Collects the licence of every part of a bundle, and the notices that they ask for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bundling import product
from bundling.contents import Recipe
from bundling.libraries import package_of

_FILES: Final = re.compile(
    r"(^|/)((un)?licen[cs]e|copying|copyright|notice|thirdpartynotices|privacy)[^/]*$",
    re.IGNORECASE,
)
_OWN_TEXTS: Final = {
    # Their wheels carry no text of the licence that they name.
    "PySide6-Essentials": (product.PACKAGING / "licences").glob("*.txt"),
    "shiboken6": (product.PACKAGING / "licences").glob("*.txt"),
    "flatbuffers": [product.ROOT / "LICENSE"],
}
_ASK: Final = """
import importlib.metadata, json, sys
found = []
for name in sys.argv[1:]:
    try:
        told = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        continue
    data = told.metadata
    licence = data.get("License-Expression") or (data.get("License") or "").split("\\n")[0]
    if not licence:
        kinds = [each for each in data.get_all("Classifier", []) if each.startswith("License")]
        licence = "; ".join(each.split(" :: ")[-1] for each in kinds)
    links = [each.split(", ", 1)[-1] for each in data.get_all("Project-URL") or []]
    home = data.get("Home-page") or (links or [""])[0]
    files = [str(told.locate_file(each)) for each in told.files or []]
    found.append([name, told.version, licence, home, files])
json.dump(found, sys.stdout)
"""
_WHERE: Final = """
import sys, sysconfig
print(sys.base_prefix)
print(sysconfig.get_path("stdlib"))
print(sys.version.split()[0])
"""
NOTICE: Final = """\
Lookalike {version}: licences of what is in this folder
{rule}

Lookalike itself is under the Apache License, version 2.0 (lookalike/LICENSE). It is shipped
together with the parts named below, each under its own licence; the texts are in the folders
beside this file.

Qt and PySide6 ({qt}) are used under the GNU Lesser General Public License, version 3. They lie in
_internal/PySide6 as shared libraries and may be replaced by your own build of the same version:
put its files in their place. Their sources: https://download.qt.io/official_releases/QtForPython/
and https://download.qt.io/official_releases/qt/ (the directories of that version); whoever gave
you this bundle also gives you the sources on request.

The libraries under "system" are Debian's; their sources: https://sources.debian.org/

Changed for this bundle: the film and matrix libraries that opencv-python-headless is linked to
(FFmpeg, libavif, OpenBLAS) are left out and stand-ins without a function lie in their place; ICU's
data (libicudata) holds English and the language-neutral rules alone.

{table}
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bundle and where its licence is from."""

    name: str
    version: str
    licence: str
    home: str
    texts: tuple[Path, ...]


def of_distributions(python: Path, names: Iterable[str]) -> list[Part]:
    """The Python packages; raises SystemExit for one without a licence text."""
    asked = subprocess.run(
        [str(python), "-c", _ASK, *names], capture_output=True, text=True, check=True
    )
    parts = []
    for name, version, licence, home, files in json.loads(asked.stdout):
        texts = [Path(file) for file in files if _FILES.search(file.replace("\\", "/"))]
        texts = [path for path in texts if path.suffix not in (".py", ".pyc", ".so")]
        texts += _OWN_TEXTS.get(name, [])
        if not texts:
            raise SystemExit(f"{name} carries no licence; name one in licences.py.")
        parts.append(Part(name, version, licence, home, tuple(sorted(set(texts)))))
    return parts


def of_python(python: Path) -> Part:
    """The interpreter."""
    told = subprocess.run(
        [str(python), "-c", _WHERE],
        capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    places = [Path(told[1], "LICENSE.txt"), Path(told[0], "LICENSE.txt")]
    texts = tuple(path for path in places if path.exists())[:1]
    if not texts:  # Debian's own Python keeps it elsewhere
        texts = tuple(Path("/usr/share/doc").glob("libpython3*-minimal/copyright"))[:1]
    return Part("Python", told[2], "PSF-2.0", "https://www.python.org", texts)


def of_system(bundle: Path) -> list[Part]:
    """Debian's libraries that PyInstaller took from the machine it ran on."""
    collected = json.loads((product.BUILD / "collected.json").read_text(encoding="utf-8"))
    found = {}
    for name, source in collected:
        if source.startswith(("/lib/", "/usr/lib/")) and (bundle / "_internal" / name).exists():
            package = package_of(source)
            text = Path("/usr/share/doc") / package / "copyright"
            if not package or not text.exists():
                raise SystemExit(f"{source} is of no package with a licence.")
            found[package] = Part(package, _debian_version(package), "", "", (text,))
    return [found[name] for name in sorted(found)]


def _debian_version(package: str) -> str:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}\n", package],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split("\n")[0]


def collect(recipe: Recipe, python: Path, bundle: Path) -> list[Part]:
    """Write every licence below `bundle`/licences, and the notice that lists them."""
    parts = [of_python(python)]
    parts += of_distributions(python, [*recipe.distributions, "pyinstaller"])
    system = of_system(bundle) if recipe.system == "linux" else []
    target = bundle / "licences"
    shutil.rmtree(target, ignore_errors=True)
    _copy(
        Part(product.NAME, product.version(), "Apache-2.0", "", (product.ROOT / "LICENSE",)), target
    )
    icons = product.ROOT / "resources" / "icons" / "LICENSE"
    _copy(Part("lucide-icons", "", "ISC", "https://lucide.dev", (icons,)), target)
    for part in parts:
        _copy(part, target)
    for part in system:
        _copy(part, target / "system")
    (target / "NOTICE.txt").write_text(_notice(parts, system), encoding="utf-8")
    return parts + system


def _copy(part: Part, target: Path) -> None:
    folder = target / part.name
    folder.mkdir(parents=True, exist_ok=True)
    for text in part.texts:
        # Names that repeat (numpy has nine of LICENSE.md) are told apart by their folders.
        name = text.name
        if (folder / name).exists():
            name = f"{text.parent.name}-{name}"
        shutil.copyfile(text, folder / name)


def _notice(parts: list[Part], system: list[Part]) -> str:
    title = f"Lookalike {product.version()}: licences of what is in this folder"
    rows = [
        f"{part.name:28} {part.version:16} {part.licence[:60]:60} {part.home}" for part in parts
    ]
    rows.append(f"{'lucide-icons':28} {'':16} {'ISC':60} https://lucide.dev")
    rows += [f"{'system/' + part.name:28} {part.version}" for part in system]
    qt = next(part.version for part in parts if part.name.startswith("PySide6"))
    table = "\n".join(row.rstrip() for row in rows)
    return NOTICE.format(version=product.version(), rule="=" * len(title), qt=qt, table=table)
