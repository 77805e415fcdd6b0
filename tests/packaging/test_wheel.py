"""Wheel and sdist: one from the other, and the program works where the wheel alone is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from bundling import contents, product

pytest.importorskip("hatchling")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def build(source: Path, kind: str, target: Path) -> Path:
    """What `make wheel` runs; the one file that it makes."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)],
        check=True, cwd=source, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From the checkout."""
    return build(product.ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From the checkout."""
    return build(product.ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


def files(wheel: Path) -> dict[str, bytes]:
    """What is in a wheel, by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_sdist_makes_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build(unpacked, "wheel", tmp_path / "again")
    assert again.name == wheel.name
    one, other = files(wheel), files(again)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_the_sdist_is_of_what_git_keeps(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {"/".join(name.split("/")[1:]) for name in archive.getnames()}
    if not (product.ROOT / ".git").exists():
        pytest.skip("not a checkout")
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=product.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = {
        name
        for name in told.split("\0")
        if name and not name.startswith((".ci/", ".github/")) and (product.ROOT / name).exists()
    }
    assert kept - names == set()
    assert {name for name in names - kept if (product.ROOT / name).is_file()} == set()


def test_the_wheel_carries_the_network_and_the_icons(wheel: Path) -> None:
    inside = files(wheel)
    for source, target in contents.DATAS:
        folder = product.ROOT / source
        for path in filter(Path.is_file, folder.rglob("*")):
            name = f"{target}/{path.relative_to(folder).as_posix()}"
            assert inside[name] == path.read_bytes()
    assert not [name for name in inside if not name.startswith("lookalike")]
    (told,) = (text for name, text in inside.items() if name.endswith("/entry_points.txt"))
    assert "lookalike = lookalike.cli:main" in told.decode()


def test_where_the_wheel_alone_is_installed_every_part_works(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own; what it depends on is lent by the one that tests it.

    A path file lends them: it does not read the lent folder's own path files, so that the
    checkout, which is installed there as editable, stays out of sight.
    """
    place = tmp_path / "Мой environment"
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    told = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(told.stdout.strip(), "lent.pth").write_text("\n".join(sorted(lent)), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", "--disable-pip-version-check", "--ignore-installed", str(wheel)],
        check=True,
    )  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = subprocess.run(
        [str(python), "-c", "import lookalike; print(lookalike.__file__)"],
        capture_output=True, text=True, check=True, env=kept, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert Path(where).is_relative_to(place)
    done = subprocess.run(
        [str(python.with_name("lookalike")), "self-test", "--json"],
        capture_output=True, text=True, check=False, env=kept, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout or done.stderr
    assert json.loads(done.stdout)["ok"]
