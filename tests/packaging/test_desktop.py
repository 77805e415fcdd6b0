"""What a desktop reads: changelog, metainfo, desktop entry, manual page, .deb's files."""

from __future__ import annotations

import argparse
import datetime
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from configparser import ConfigParser
from pathlib import Path

import pytest

from bundling import changes, deb, desktop, manual, product
from lookalike.cli import COMMANDS, build_parser

TODAY = datetime.date(2026, 1, 2)
CHANGELOG = (product.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def tool(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a checker; skips where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_metainfo_tells_the_changelog(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(desktop.metainfo(CHANGELOG, TODAY))
    releases = tree.findall("./releases/release")
    headings = re.findall(r"^## (\S+)", CHANGELOG, re.MULTILINE)
    assert [each.get("version") for each in releases] == headings
    assert headings[0] == product.version()
    points = [each.text or "" for each in releases[0].iter("li")]
    told = CHANGELOG.split("\n## ")[1]
    assert len(points) == len(re.findall(r"^- ", told, re.MULTILINE))
    plain = changes.plain(told)
    for point in points:
        assert " ".join(point.split()) in " ".join(plain.split())


def test_a_changelog_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match="VERSION"):
        changes.read("# Changelog\n\n## next week\n- nothing\n")


def test_released_and_unreleased_versions() -> None:
    text = "## 1.1.0 — unreleased\n- A `new` thing,\n  on two lines.\n\n"
    text += "## 1.0.0 — 2026-01-01\n- **B**.\n"
    new, old = changes.read(text)
    assert (new.date, old.date) == (None, datetime.date(2026, 1, 1))
    assert new.points == ("A `new` thing, on two lines.",)
    told = changes.appstream([new, old], TODAY)
    assert 'version="1.1.0" date="2026-01-02" type="development"' in told
    assert 'version="1.0.0" date="2026-01-01" type="stable"' in told
    log = changes.debian([new, old], datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC))
    assert log.startswith("lookalike (1.1.0) stable; urgency=medium\n\n  * A new thing, on two")
    assert "  Thu, 01 Jan 2026 00:00:00 +0000\n" in log


def test_appstream_finds_nothing_to_say(tmp_path: Path) -> None:
    file = tmp_path / f"{product.APP_ID}.metainfo.xml"
    file.write_text(desktop.metainfo(CHANGELOG, TODAY), encoding="utf-8")
    done = tool("appstreamcli", "validate", "--no-net", str(file))
    assert done.returncode == 0, done.stdout


def test_the_desktop_entry_is_valid_and_opens_photos_and_folders(tmp_path: Path) -> None:
    told = ConfigParser(interpolation=None)
    told.optionxform = str  # type: ignore[assignment,method-assign]
    told.read_string(desktop.entry())
    entry = told["Desktop Entry"]
    assert entry["Icon"] == entry["StartupWMClass"] == product.APP_ID
    assert entry["Exec"] == "lookalike %F"
    types = entry["MimeType"].rstrip(";").split(";")
    assert {"inode/directory", "image/jpeg", "image/webp"} <= set(types)
    file = tmp_path / f"{product.APP_ID}.desktop"
    file.write_text(desktop.entry(), encoding="utf-8")
    done = tool("desktop-file-validate", str(file))
    assert (done.returncode, done.stdout) == (0, "")


def test_the_manual_page_holds_every_command_and_option() -> None:
    page = manual.page(build_parser(), product.version(), TODAY)
    text = page.replace("\\-", "-")
    for command in COMMANDS:
        assert f"\n.SS {command}\n" in text, command
    (commands,) = (
        each for each in build_parser()._actions if isinstance(each, argparse._SubParsersAction)
    )
    for name, command in commands.choices.items():
        part = text.split(f"\n.SS {name}\n")[1].split("\n.SH ")[0]
        for action in command._actions:
            for option in action.option_strings:
                if option not in ("-h", "--help", "--json", "--data-dir"):
                    assert option in part, f"{name} {option}"


def test_the_manual_page_is_sound_roff(tmp_path: Path) -> None:
    file = tmp_path / "lookalike.1"
    file.write_text(manual.page(build_parser(), product.version(), TODAY), encoding="utf-8")
    done = tool("man", "--warnings", "-l", "-Tutf8", str(file))
    assert done.returncode == 0
    assert done.stderr == ""
    # Bold is written as letters struck twice.
    assert "self-test" in re.sub(".\b", "", done.stdout)


@pytest.mark.parametrize("text", [".dot", "'quote", "a\\b", "50 %%"])
def test_roff_takes_no_text_for_a_request(text: str) -> None:
    told = manual.roff(text)
    assert not told.startswith((".", "'"))
    assert told.replace("\\&", "").replace("\\e", "\\") == text.replace("%%", "%")


def test_the_control_file_says_what_it_must() -> None:
    told = deb.control(["libc6 (>= 2.36)", "libegl1"], 300_000_001, "amd64")
    assert "\nInstalled-Size: 292969\n" in told
    assert "\nDepends: libc6 (>= 2.36), libegl1\n" in told
    assert told.splitlines()[-1].startswith(" ")
    for field in ("Package", "Version", "Architecture", "Maintainer", "Description", "Section"):
        assert re.search(rf"^{field}: \S", told, re.MULTILINE)
