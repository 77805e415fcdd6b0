"""`make bundle`: environment, freezing, pruning, checks, licences, archives."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bundling import (
    deb,
    desktop,
    elf,
    environment,
    icu,
    libraries,
    licences,
    manual,
    product,
    pruning,
)
from bundling.contents import Recipe


def main() -> int:
    """Make what the options ask for; 1 when a check fails."""
    parser = argparse.ArgumentParser(prog="bundling", description=__doc__)
    parser.add_argument("--cuda", action="store_true", help="with NVIDIA's libraries")
    parser.add_argument("--only-folder", action="store_true", help="no archives")
    options = parser.parse_args()
    recipe = Recipe.of_this_system(options.cuda)
    started = time.monotonic()
    python = environment.make(recipe)
    _say(started, f"environment {python.parent.parent.name}")
    bundle = freeze(recipe, python)
    _say(started, f"frozen, {megabytes(bundle):.0f} MB")
    if recipe.system == "linux":
        depends = finish_linux(recipe, python, bundle)
        _say(started, f"pruned to {megabytes(bundle):.0f} MB; needs {', '.join(depends)}")
        if not options.only_folder:
            for made in archives(bundle, depends):
                _say(
                    started, f"{made.relative_to(product.ROOT)}, {made.stat().st_size / 1e6:.0f} MB"
                )
    else:
        licences.collect(recipe, python, bundle)
    return 0


def freeze(recipe: Recipe, python: Path) -> Path:
    """Run PyInstaller; the folder it made."""
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    command += ["--workpath", str(product.BUILD / "work"), "--distpath", str(product.BUILD)]
    given = {**os.environ, "LOOKALIKE_CUDA": "1" if recipe.cuda else "", "PYTHONPATH": ""}
    if recipe.system != "linux":
        desktop.draw_program_icons(python, recipe.system)
    subprocess.run([*command, str(product.PACKAGING / "lookalike.spec")], check=True, env=given)
    return product.BUILD / product.NAME


def finish_linux(recipe: Recipe, python: Path, bundle: Path) -> list[str]:
    """Prune, check what is linked to, add what a desktop reads; the packages it depends on."""
    pruning.replace_by_stand_ins(bundle, (pruning.FILM, pruning.ALGEBRA))
    pruning.remove_unreached(bundle)
    pruning.strip_debugging(bundle)
    for library in (bundle / "_internal" / "PySide6" / "Qt" / "lib").glob("libicudata.so.*"):
        icu.make_smaller(library)
    missing = libraries.unresolved(bundle, elf.files(bundle))
    if missing:
        raise SystemExit("Missing libraries:\n  " + "\n  ".join(missing))
    told = libraries.needs(bundle)
    depends = libraries.depends(told, libraries.of_this_system())
    licences.collect(recipe, python, bundle)
    share(python, bundle / "share")
    return depends


def share(python: Path, target: Path) -> None:
    """Desktop entry, metainfo, icons and manual page, as they lie below /usr/share."""
    shutil.rmtree(target, ignore_errors=True)
    today = datetime.datetime.now(datetime.UTC).date()
    changelog = (product.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for folder, name, text in (
        ("applications", f"{product.APP_ID}.desktop", desktop.entry()),
        ("metainfo", f"{product.APP_ID}.metainfo.xml", desktop.metainfo(changelog, today)),
    ):
        (target / folder).mkdir(parents=True)
        (target / folder / name).write_text(text, encoding="utf-8")
    desktop.draw_icons(python, target)
    page = target / "man" / "man1" / f"{product.NAME}.1"
    page.parent.mkdir(parents=True)
    manual.write(python, page)


def archives(bundle: Path, depends: list[str]) -> list[Path]:
    """The .tar.xz and the .deb."""
    product.DIST.mkdir(exist_ok=True)
    made = []
    name = f"{product.NAME}-{product.version()}-linux-{platform.machine()}"
    target = product.DIST / f"{name}.tar.xz"
    shutil.copyfile(product.PACKAGING / "linux" / "README.txt", bundle / "README.txt")
    subprocess.run(
        ["tar", "--create", "--file", str(target), "--use-compress-program", "xz -T0 -6",
         "--owner=0", "--group=0", "--sort=name", "--transform", f"s,^{product.NAME},{name},S",
         "--directory", str(bundle.parent), product.NAME],
        check=True,
    )  # fmt: skip
    made.append(target)
    (bundle / "README.txt").unlink()
    if shutil.which("dpkg-deb"):
        made.append(
            deb.build(bundle, bundle / "share", depends, datetime.datetime.now(datetime.UTC))
        )
    return made


def megabytes(folder: Path) -> float:
    """The bytes of every file in it, in millions."""
    return sum(path.stat().st_size for path in folder.rglob("*") if not path.is_symlink()) / 1e6


def _say(started: float, text: str) -> None:
    print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
