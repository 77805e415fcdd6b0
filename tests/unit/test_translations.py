"""The words of the window: all marked, all in the catalogues, told in the person's language."""

from __future__ import annotations

import ast
import re
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
