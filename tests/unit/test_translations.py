"""The words of the window: all marked, all in the catalogues, told in the person's language."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike import words

translations = pytest.importorskip("translations", reason="Babel is needed")

SOURCE = Path(words.__file__).parent
ROOT = SOURCE.parents[1]
CATALOGUES = translations.catalogues()
MARKS = {"tr", "ntr", "mark", "Act"}

SHOWN = {
    *("QLabel", "QPushButton", "QAction", "QTreeWidgetItem", "QCheckBox", "QGroupBox"),
    *("setText", "setToolTip", "setStatusTip", "setWindowTitle", "setPlaceholderText"),
    *("setAccessibleName", "setAccessibleDescription", "setHeaderLabels", "addItems"),
    *("addAction", "addMenu", "explain", "say", "did", "Bar", "DropTile", "Tiles"),
    *("getOpenFileName", "getSaveFileName", "getExistingDirectory"),
}
"""What shows a string that it is given."""

NO_WORDS = {"Lookalike", "Esc", " in that part"}
"""The program's name, a key's; what is taken off an English title."""

MARKUP = re.compile(r"<|&nbsp;|(left|right) (top|bottom)$")
"""Hypertext around words; the corners of a rectangle."""

LOOKS_SPOKEN = re.compile(r"[A-Z][a-z]+[ ,.…!?][\s\S]*|[\s\S]*[A-Za-z]{2,} [A-Za-z][\s\S]*")
NOT_SPOKEN = {"trial.py", "theme.py"}
"""The self-test's sentences, which machines read; a style sheet."""


def literals(path: Path) -> Iterator[tuple[ast.Constant, bool]]:
    """Strings that are no docstrings nor types, and whether each is marked."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left: set[int] = set()
    marked: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left.add(id(node.value))
        for kind in ("annotation", "returns"):
            left.update(id(each) for each in ast.walk(getattr(node, kind, None) or ast.Pass()))
        if isinstance(node, ast.Call) and called(node) in MARKS:
            marked.update(id(each) for each in ast.walk(node))
        if isinstance(node, ast.Call) and called(node) in ("setStyleSheet", "cast", "TypeVar"):
            left.update(id(each) for each in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left:
            yield node, id(node) in marked


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", "") or getattr(node.func, "id", "")


WINDOW = [path for path in sorted((SOURCE / "ui").rglob("*.py")) if path.name not in NOT_SPOKEN]


@pytest.mark.parametrize("path", WINDOW, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_sentence_of_the_window_is_marked(path: Path) -> None:
    bare = [
        f"{path.name}:{node.lineno}: {node.value}"
        for node, marked in literals(path)
        if not marked and LOOKS_SPOKEN.fullmatch(node.value) and is_spoken(node.value)
    ]
    assert bare == []


@pytest.mark.parametrize("path", WINDOW, ids=lambda path: str(path.relative_to(SOURCE)))
def test_what_shows_a_string_is_given_no_bare_one(path: Path) -> None:
    bare = [
        f"{path.name}:{part.lineno}: {part.value}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and called(node) in SHOWN
        for given in node.args
        for part in (given.values if isinstance(given, ast.JoinedStr) else [given])
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and is_spoken(part.value)
    ]
    assert bare == []


def is_spoken(text: str) -> bool:
    """Whether a string that is shown is words, and not an icon's name or an exception."""
    icon = ROOT / "resources" / "icons" / f"{text}.svg"
    known = text in NO_WORDS or MARKUP.search(text) is not None or icon.exists()
    return not known and re.search("[A-Za-z]{2}", text) is not None


# --- catalogues


def test_the_template_is_what_the_sources_say() -> None:
    """`make translations` brings it up to them."""
    made = translations.template()
    assert translations.TEMPLATE.read_bytes() == translations.written(made)


@pytest.mark.parametrize("path", CATALOGUES, ids=translations.language_of)
def test_a_catalogue_is_whole(path: Path) -> None:
    known = translations.read(path, translations.language_of(path))
    assert [each.id for each in translations.missing(known)] == []
    wanted = {each.id for each in translations.template()}
    assert {each.id for each in known} == wanted
    for each in known:
        if each.id:
            assert translations.places(each.string) == translations.places(each.id), each.id
            if each.pluralizable:
                assert len(each.string) == known.num_plurals, each.id


@pytest.mark.parametrize("path", CATALOGUES, ids=translations.language_of)
def test_what_is_read_is_what_is_written(path: Path) -> None:
    known = translations.read(path, translations.language_of(path))
    read = translations.told(path.with_suffix(".mo").read_bytes())
    assert read == translations.told(translations.compiled(known))


@pytest.mark.parametrize("path", CATALOGUES, ids=translations.language_of)
def test_no_two_entries_of_a_menu_share_a_letter(path: Path) -> None:
    from lookalike.ui.actions import ACTS

    known = translations.read(path, translations.language_of(path))
    letters: dict[str, list[str]] = {}
    for act in ACTS:
        text = known[act.text].string if known[act.text] else act.text
        _, found, after = text.partition("&")
        if found:
            letters.setdefault(act.menu, []).append(after[0].casefold())
    assert {menu: each for menu, each in letters.items() if len(set(each)) < len(each)} == {}


# --- which language


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, []),
        ({"LANG": "C"}, []),
        ({"LC_ALL": "POSIX", "LANGUAGE": "de"}, []),
        ({"LANG": "C.UTF-8"}, []),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, ["de"]),
        ({"LANG": "de_AT.UTF-8"}, ["de_AT"]),
        ({"LANG": "de_DE@euro", "LANGUAGE": ""}, ["de_DE"]),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, []),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:de:en:it"}, ["fr", "de"]),
    ],
)
def test_the_language_is_that_of_the_environment(
    environment: dict[str, str], wanted: list[str]
) -> None:
    assert words.languages(environment, "linux") == wanted


def told(code: str, **environment: str) -> str:
    """What a process of its own prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    given = {**kept, "PYTHONPATH": str(SOURCE.parent), **environment}
    done = subprocess.run(
        [sys.executable, "-c", "from lookalike import words\n" + code],
        env=given, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace").strip()


def test_sentences_of_the_core_are_told_anew() -> None:
    sentence = "x.jpg cannot be a goal. The picture is damaged; open it in an editor and save it"
    sentence += " again, or restore a copy."
    code = f"print(words.retold({sentence!r}), words.in_figures(12480.5, ',.1f'))"
    found = told(code, LANG="C.UTF-8", LANGUAGE="de")
    assert found.startswith("x.jpg kann kein Zielbild sein. Das Bild ist beschädigt;")
    assert found.endswith("12.480,5")
    assert told(code, LANG="C.UTF-8", LANGUAGE="en") == f"{sentence} 12,480.5"


def test_plurals_follow_the_language() -> None:
    code = "print(*(words.ntr('{count} group', '{count} groups', n).format(count=n)"
    code += " for n in (0, 1, 2)))"
    assert told(code, LANGUAGE="de", LANG="C.UTF-8") == "0 Gruppen 1 Gruppe 2 Gruppen"


@pytest.mark.parametrize("damage", ["empty", "cut", "other", "missing"])
def test_a_catalogue_that_cannot_be_read_means_english(damage: str, tmp_path: Path) -> None:
    place = tmp_path / "lookalike" / "_resources" / "translations" / "de" / "LC_MESSAGES"
    place.mkdir(parents=True)
    for name in ("__init__.py", "words.py", "resources.py"):
        (tmp_path / "lookalike" / name).write_bytes((SOURCE / name).read_bytes())
    whole = CATALOGUES[0].with_suffix(".mo").read_bytes()
    made = {"empty": b"", "cut": whole[: len(whole) // 2], "other": b"\0" * 999}
    if damage != "missing":
        (place / "lookalike.mo").write_bytes(made[damage])
    found = told("print(words.tr('&Library'))", LANGUAGE="de", PYTHONPATH=str(tmp_path))
    assert found == "&Library"


def test_english_reads_no_catalogue() -> None:
    code = "import sys; print(words.language, 'gettext' in sys.modules)"
    assert told(code, LANG="en_GB.UTF-8", LANGUAGE="") == "en False"


def test_what_a_machine_reads_is_english_in_every_language(tmp_path: Path) -> None:
    def status(language: str) -> object:
        done = subprocess.run(
            [sys.executable, "-m", "lookalike", "--data-dir", str(tmp_path / "home"),
             "search", "--words", "nothing", "--json"],
            env={**os.environ, "PYTHONPATH": str(SOURCE.parent), "LANGUAGE": language},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return {**json.loads(done.stdout), "ms": 0}

    assert status("de") == status("en")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_locale_without_utf8_does_no_harm(encoding: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lookalike", str(tmp_path / "nirgends-ü")],
        env={**os.environ, "PYTHONPATH": str(SOURCE.parent), "LANG": "de_DE.ISO-8859-1",
             "LANGUAGE": "de", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == 1
