"""Starting where something is missing: one sentence each, nothing touched."""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.catalogue.schema import VERSION
from lookalike.errors import DataFolderError
from lookalike.paths import data_paths
from tests.drawn_photos import save_photos
from tests.faults import SOURCE, bound_by_permissions, small_disk
from tests.starting import PLAIN, one_sentence, start

MODELS = SOURCE.parent / "models"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's displays")


@linux
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "no display"),
        ({"DISPLAY": ":4711"}, '":4711" cannot be reached'),
        ({"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": "/nowhere"}, "wayland-9 cannot be"),
    ],
    ids=["none", "x", "wayland"],
)
def test_no_display_is_one_sentence(
    environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert words in one_sentence(start("--data-dir", str(home), **environment))
    assert not home.exists()


@linux
def test_a_library_that_a_display_needs_is_named_by_its_package(tmp_path: Path) -> None:
    """With the loader itself, on a plug-in that is linked to a library which then is gone."""
    from lookalike.ui import display

    if shutil.which("cc") is None:
        pytest.skip("no compiler here")
    library, plugin = tmp_path / "libxcb-cursor.so.0", tmp_path / "libqxcb.so"
    empty = tmp_path / "empty.c"
    empty.write_text("int cursor(void) { return 1; }")
    subprocess.run(["cc", "-shared", "-o", str(library), str(empty)], check=True)
    subprocess.run(
        ["cc", "-shared", "-Wl,--no-as-needed", "-o", str(plugin), "-x", "c", "/dev/null", "-x",
         "none", str(library)],
        check=True,
    )  # fmt: skip
    library.unlink()
    said = display.why_not({"DISPLAY": ":0"}, tmp_path)
    assert "libxcb-cursor.so.0" in said
    assert "apt install libxcb-cursor0" in said


@linux
def test_the_first_display_that_works_suffices(tmp_path: Path) -> None:
    from lookalike.ui import display

    for name in ("wayland", "xcb", "offscreen"):
        (tmp_path / f"libq{name}.so").touch()
    broken = {"wayland"}

    def load(path: str) -> object:
        if any(f"libq{name}" in path for name in broken):
            raise OSError("libwayland-cursor.so.0: cannot open shared object file")
        return object()

    both = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}
    assert display.why_not(both, tmp_path, load) == ""
    assert "libwayland-cursor0" in display.why_not({"WAYLAND_DISPLAY": "w"}, tmp_path, load)
    broken.add("xcb")
    assert "libwayland-cursor0" in display.why_not(both, tmp_path, load)
    assert display.why_not({"QT_QPA_PLATFORM": "offscreen"}, tmp_path, load) == ""


def test_a_missing_library_of_qt_itself_is_named() -> None:
    from lookalike.ui import display

    error = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    assert "install the package libegl1" in display.sentence(display.missing_library(error))
    assert "libnew.so.9 is missing" in display.sentence("libnew.so.9")


@linux
def test_every_library_of_qts_plugins_has_a_package_named() -> None:
    """What is linked here and comes from the system must be in the table."""
    from PySide6.QtCore import QLibraryInfo

    from lookalike.ui import display

    if shutil.which("objdump") is None:
        pytest.skip("no binutils here")
    from bundling import elf

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
    own = {path.name for path in folder.parents[1].joinpath("lib").glob("*.so*")}
    system = ("libc", "libm", "libdl", "libpthread", "librt", "libstdc++", "libgcc_s", "ld-linux")
    files = [folder / "libqxcb.so", folder / "libqwayland.so"]
    libraries = folder.parents[1] / "lib"
    files += [
        libraries / f"libQt6{each}.so.6" for each in ("Gui", "XcbQpa", "WaylandClient", "DBus")
    ]
    for file in files:
        wanted = set(elf.wants(file).needed) - own - set(display.PACKAGES) - {"libz.so.1"}
        assert [each for each in wanted if not each.startswith(system)] == [], file.name


def test_no_home_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither $HOME nor the system's accounts know a home folder."""

    def nobody(_number: int) -> pwd.struct_passwd:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME", "LOOKALIKE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(DataFolderError, match="--data-dir"):
        data_paths()
    assert data_paths("/somewhere").home == Path("/somewhere")


def test_home_unset_takes_the_accounts_own(tmp_path: Path) -> None:
    expected = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".local/share/lookalike"
    code = "from lookalike.paths import data_paths; print(data_paths().home)"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    if sys.platform.startswith("linux"):
        assert done.stdout.strip() == str(expected)


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """The program copied to a folder with spaces and letters of other alphabets."""
    place = tmp_path / "Мои программы 写真" / "lookalike copy"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCE / "lookalike", place / "lookalike", ignore=ignored)
    for pack in MODELS.iterdir():
        if (pack / "pack.json").exists():
            shutil.copytree(pack, place / "lookalike" / "_packs" / pack.name)
    shutil.copytree(SOURCE.parent / "resources" / "icons", place / "lookalike/_resources/icons")
    return place


def test_a_read_only_installation_and_names_of_any_kind(installation: Path, tmp_path: Path) -> None:
    for path in [installation, *installation.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    photos = tmp_path / "фото и photos ñ 写真"
    save_photos(photos, each=1)
    home = str(tmp_path / "данные ü")
    before = bound_by_permissions()
    try:
        done = start(
            "--data-dir", home, "index", str(photos), source=installation, before=before, **PLAIN
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "4 added" in done.stdout
        goal = str(photos / "discs-000.jpg")
        found = start(
            "--data-dir", home, "search", goal, "-k", "1",
            source=installation, before=before, **PLAIN,
        )  # fmt: skip
        assert (found.returncode, found.stderr) == (0, "")
        assert found.stdout.rstrip().endswith("discs-000.jpg")
        assert not list(installation.rglob("__pycache__"))
    finally:
        for path in [installation, *installation.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_the_window_opens_in_a_locale_without_utf8(installation: Path, tmp_path: Path) -> None:
    photos, home = tmp_path / "фото", str(tmp_path / "данные")
    save_photos(photos, each=1)
    start("--data-dir", home, "index", str(photos), source=installation, **PLAIN)
    picture = tmp_path / "окно.png"
    done = start(
        "--data-dir", home, "self-test", "--window", str(picture),
        source=installation, QT_QPA_PLATFORM="offscreen", **PLAIN,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 1000


def test_two_versions_side_by_side(installation: Path, tmp_path: Path) -> None:
    """The newer one brings the library up to date; the older one then leaves it alone."""
    schema = installation / "lookalike" / "catalogue" / "schema.py"
    text = schema.read_text(encoding="utf-8")
    text, count = re.subn(
        rf"^VERSION: Final = {VERSION}$",
        f"VERSION: Final = {VERSION + 1}",
        text,
        flags=re.MULTILINE,
    )
    assert count == 1
    schema.write_text(
        text + "\nMIGRATIONS = (*MIGRATIONS, 'CREATE TABLE of_the_newer (id INTEGER);')\n",
        encoding="utf-8",
    )
    photos, home = tmp_path / "photos", tmp_path / "home"
    save_photos(photos, each=1)
    assert start("--data-dir", str(home), "index", str(photos)).returncode == 0
    newer = start("--data-dir", str(home), "index", str(photos), source=installation)
    assert newer.returncode == 0, newer.stderr
    assert "4 unchanged" in newer.stdout
    assert [path.name for path in home.iterdir() if "version" in path.name] == []
    before = (home / "catalogue.sqlite").read_bytes()
    for command in (["status"], ["index", str(photos)], []):
        older = start("--data-dir", str(home), *command, QT_QPA_PLATFORM="offscreen")
        assert "newer Lookalike" in one_sentence(older)
    assert (home / "catalogue.sqlite").read_bytes() == before
    again = start("--data-dir", str(home), "status", source=installation)
    assert again.returncode == 0, again.stderr
    assert "4 photos" in again.stdout


def test_a_home_on_a_full_disk_is_one_sentence() -> None:
    with small_disk(64) as disk:
        disk.fill()
        for command in (["status"], []):
            home = str(disk.folder / "home")
            said = one_sentence(start("--data-dir", home, *command, QT_QPA_PLATFORM="offscreen"))
            assert "full" in said or "No space left" in said


def test_an_installation_without_its_network_says_so(installation: Path, tmp_path: Path) -> None:
    shutil.rmtree(installation / "lookalike" / "_packs")
    said = one_sentence(start("--data-dir", str(tmp_path), "status", source=installation))
    assert "install Lookalike again" in said


def test_ctypes_is_what_the_display_is_tried_with() -> None:
    """The loader's own error is what `missing_library` reads."""
    from lookalike.ui import display

    with pytest.raises(OSError, match="libnowhere") as caught:
        ctypes.CDLL("libnowhere.so.3")
    assert display.missing_library(caught.value) == "libnowhere.so.3"
