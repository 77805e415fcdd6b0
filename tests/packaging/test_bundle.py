"""The artefact itself: built here, installed into a bare Debian, tried there, removed again.

Slow (some minutes), needs root, debootstrap and Debian's mirror; each is skipped where missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundling import product
from tests.drawn_photos import save_photos
from tests.packaging import bare_debian
from tests.packaging.bare_debian import BareDebian

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the Linux bundle"),
]

LARGEST = 300e6
SOMEBODY = "nobody"
SUITE = "bookworm"


@pytest.fixture(scope="module")
def deb(built: Path) -> Path:
    """The .deb."""
    (found,) = product.DIST.glob(f"lookalike_{product.version()}_*.deb")
    return found


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareDebian]:
    """A Debian with nothing on it."""
    made = bare_debian.make(tmp_path_factory.mktemp("debian") / "root", SUITE)
    try:
        yield made
    finally:
        made.close()


def test_the_bundle_is_not_too_large(built: Path) -> None:
    sizes = [
        path.stat().st_size for path in built.rglob("*") if path.is_file() and not path.is_symlink()
    ]
    assert sum(sizes) <= LARGEST


def test_every_part_has_its_licence(built: Path) -> None:
    folder = built / "licences"
    notice = (folder / "NOTICE.txt").read_text(encoding="utf-8")
    parts = {path.name for path in folder.iterdir() if path.is_dir()}
    assert {"lookalike", "Python", "numpy", "PySide6-Essentials", "onnxruntime", "system"} <= parts
    for part in [*folder.iterdir(), *(folder / "system").iterdir()]:
        if part.is_dir() and part.name != "system":
            assert any(text.stat().st_size > 100 for text in part.iterdir()), part
            assert part.name == "lookalike" or re.search(rf"\b{re.escape(part.name)} ", notice), (
                part
            )
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (
        folder / "PySide6-Essentials" / "LGPL-3.0.txt"
    ).read_text(encoding="utf-8")
    # Every package whose files came along is among them.
    for told in (built / "_internal").glob("*.dist-info/METADATA"):
        name = re.search(r"^Name: (\S+)$", told.read_text(encoding="utf-8"), re.MULTILINE)
        assert name is not None
        wanted = re.sub(r"[-_.]+", "-", name[1]).lower()
        assert wanted in {re.sub(r"[-_.]+", "-", part).lower() for part in parts}


def test_qt_can_be_replaced(built: Path) -> None:
    """It lies there as shared libraries, found by a path relative to their users."""
    libraries = built / "_internal" / "PySide6" / "Qt" / "lib"
    for name in ("Core", "Gui", "Widgets", "Svg"):
        assert (libraries / f"libQt6{name}.so.6").is_file()


def test_lintian_finds_no_error(deb: Path) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", str(deb)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_unpacked_archive_names_what_a_bare_system_lacks(
    built: Path, debian: BareDebian
) -> None:
    """No package manager was asked: the commands work, the window says what to install."""
    (archive,) = product.DIST.glob(f"lookalike-{product.version()}-linux-*.tar.xz")
    place = debian.root / "opt" / "здесь и there"
    place.mkdir(parents=True)
    subprocess.run(["tar", "-xf", str(archive), "-C", str(place)], check=True)
    (folder,) = place.iterdir()
    program = f"/opt/{place.name}/{folder.name}/lookalike"
    home = {"LOOKALIKE_HOME": "/tmp/data", "HOME": "/nonexistent"}
    photos = debian.root / "tmp" / "фото 写真"
    save_photos(photos, each=2)
    told = debian.run(program, "index", "/tmp/фото 写真", "--json", env=home)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["added"] == 8
    plain = debian.run(program, env=home)
    assert (plain.returncode, plain.stderr.count("\n")) == (1, 1)
    assert "no display" in plain.stderr
    window = debian.run(program, env={**home, "DISPLAY": ":99"})
    assert window.returncode == 1
    assert re.search(r"install the package lib(e?gl1)", window.stderr), window.stderr
    assert window.stderr.count("\n") == 1
    # Nobody's home is no folder, and nothing says another.
    homeless = debian.run(program, "status", user=SOMEBODY)
    assert (homeless.returncode, homeless.stderr.count("\n")) == (1, 1)
    shutil.rmtree(place)
    shutil.rmtree(debian.root / "tmp" / "data")


def test_installed_into_a_bare_debian_it_works_and_leaves_no_trace(
    deb: Path, debian: BareDebian, tmp_path: Path
) -> None:
    shutil.copyfile(deb, debian.root / "lookalike.deb")
    apt = ("apt-get", "-qq", "-y", "-o", "APT::Sandbox::User=root")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    # What it depends on comes first, so that the traces sought are its own.
    depends = subprocess.run(
        ["dpkg-deb", "--field", str(deb), "Depends"], capture_output=True, text=True, check=True
    ).stdout
    names = [re.split(r"[ (|]", each.strip())[0] for each in depends.split(",")]
    got = debian.run(*apt, "install", "--no-install-recommends", *names, env=quiet)
    assert got.returncode == 0, got.stderr
    before = debian.files()
    got = debian.run(*apt, "install", "--no-install-recommends", "/lookalike.deb", env=quiet)
    assert got.returncode == 0, got.stderr

    # As an ordinary person: the installation is read-only, the locale says nothing of UTF-8.
    home = debian.root / "home" / "Анна Мария"
    home.mkdir()
    os.chown(home, 65534, 65534)
    somebody = {"HOME": "/home/Анна Мария"}
    told = debian.run(
        "lookalike", "self-test", "--json", "--out", "/home/Анна Мария/pictures",
        user=SOMEBODY, env=somebody,
    )  # fmt: skip
    steps = json.loads(told.stdout)
    assert told.returncode == 0, steps["steps"][-1]
    assert steps["ok"]
    assert {"index", "search", "explain", "numbers", "window"} <= {
        s["step"] for s in steps["steps"]
    }
    for picture in (home / "pictures").iterdir():
        shutil.copy(picture, tmp_path)
    plain = debian.run("lookalike", "status", "--json", user=SOMEBODY, env=somebody)
    assert json.loads(plain.stdout)["data_dir"] == "/home/Анна Мария/.local/share/lookalike"
    for file in ("applications/app.lookalike.Lookalike.desktop", "man/man1/lookalike.1.gz",
                 "icons/hicolor/48x48/apps/app.lookalike.Lookalike.png",
                 "metainfo/app.lookalike.Lookalike.metainfo.xml"):  # fmt: skip
        assert (debian.root / "usr/share" / file).is_file() or file.startswith("man"), file

    got = debian.run("dpkg", "--purge", "lookalike")
    assert got.returncode == 0, got.stderr
    assert debian.files() - before == set()
    assert (home / ".local/share/lookalike/catalogue.sqlite").exists()  # what is theirs stays


def test_a_display_on_the_bare_debian(debian: BareDebian, deb: Path) -> None:
    """With an X server on it, the window opens there too: nothing of xcb is missing."""
    apt = ("apt-get", "-qq", "-y", "-o", "APT::Sandbox::User=root")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    got = debian.run(
        *apt, "install", "--no-install-recommends", "xvfb", "/lookalike.deb", env=quiet
    )
    assert got.returncode == 0, got.stderr
    told = debian.run("lookalike", "self-test", "--json", env={"HOME": "/root"})
    steps = {each["step"]: each for each in json.loads(told.stdout)["steps"]}
    assert told.returncode == 0, list(steps.values())[-1]
    assert steps["window on a display"]["detail"].startswith("xcb: 6 photos")
