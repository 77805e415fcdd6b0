"""The bundle where something is missing: the sentences of a checkout, from the frozen program.

What a bare system lacks is tried in `test_bundle.py`, on one.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lookalike.catalogue.schema import VERSION
from tests.drawn_photos import save_photos
from tests.faults import small_disk
from tests.schemas.make import SCHEMAS
from tests.starting import PLAIN, Done, one_sentence, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
Start = Callable[..., Done]


@pytest.fixture
def run(built: Path) -> Start:
    """Starts the bundle."""

    def run(*arguments: str, **environment: str) -> Done:
        return start(*arguments, program=[str(built / "lookalike")], **environment)

    return run


def everything(folder: Path) -> dict[str, bytes]:
    """Every file but the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "writer.lock"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [({}, "no display"), ({"DISPLAY": ":4711"}, '":4711" cannot be reached')],
    ids=["none", "unreachable"],
)
def test_no_display(environment: dict[str, str], words: str, run: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert words in one_sentence(run("--data-dir", str(home), **environment))
    assert not home.exists()


def test_a_command_does_not_load_qt(built: Path, tmp_path: Path) -> None:
    """Nor do the workers that it starts: the loader tells of every library."""
    photos, told = tmp_path / "photos", tmp_path / "loaded"
    save_photos(photos, each=1)
    done = start(
        "--data-dir", str(tmp_path / "home"), "index", str(photos),
        program=[str(built / "lookalike")], LD_DEBUG="files", LD_DEBUG_OUTPUT=str(told),
    )  # fmt: skip
    assert "4 added" in done.stdout, done.stderr
    loaded = [file.read_text(errors="replace") for file in tmp_path.glob("loaded.*")]
    assert len(loaded) > 1
    assert any("libpython" in text for text in loaded)
    assert not any("libQt6" in text for text in loaded)


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_older_data_folder_is_brought_up_to_date(
    version: int, run: Start, tmp_path: Path
) -> None:
    home, photos = tmp_path / "home", tmp_path / "photos"
    home.mkdir()
    shutil.copyfile(SCHEMAS / f"v{version}.sqlite", home / "catalogue.sqlite")
    save_photos(photos, each=1)
    done = run("--data-dir", str(home), "index", str(photos))
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 added" in done.stdout
    with sqlite3.connect(home / "catalogue.sqlite") as catalogue:
        assert catalogue.execute("PRAGMA user_version").fetchone() == (VERSION,)
    catalogue.close()


def test_a_newer_data_folder_is_refused_and_untouched(run: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(SCHEMAS / f"v{VERSION}.sqlite", home / "catalogue.sqlite")
    with sqlite3.connect(home / "catalogue.sqlite") as catalogue:
        catalogue.execute(f"PRAGMA user_version = {VERSION + 1}")
    catalogue.close()
    before = everything(home)
    for command in (["status"], ["index", str(tmp_path)], []):
        done = run("--data-dir", str(home), *command, QT_QPA_PLATFORM="offscreen")
        assert "newer Lookalike" in one_sentence(done)
    assert everything(home) == before


def test_a_home_on_a_full_disk(run: Start) -> None:
    with small_disk(64) as disk:
        disk.fill()
        for command in (["status"], []):
            home = str(disk.folder / "home")
            said = one_sentence(run("--data-dir", home, *command, QT_QPA_PLATFORM="offscreen"))
            assert "full" in said or "No space left" in said


def test_names_of_any_kind_in_a_locale_without_utf8(run: Start, tmp_path: Path) -> None:
    photos, home = tmp_path / "фото и photos ñ 写真", str(tmp_path / "данные ü")
    save_photos(photos, each=1)
    done = run("--data-dir", home, "index", str(photos), **PLAIN)
    assert (done.returncode, done.stderr) == (0, "")
    picture = tmp_path / "окно.png"
    done = run(
        "--data-dir", home, "self-test", "--window", str(picture),
        QT_QPA_PLATFORM="offscreen", **PLAIN,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 1000
