"""The catalogues of the window's words: what the sources say, brought to every language.

`make translations` writes `resources/translations/lookalike.pot` from the sources, brings each
language's `.po` up to it and compiles it to the `.mo` that the program reads. In the window a
string is marked by `tr` or `ntr` (`lookalike/words.py`). The core says its errors, reasons and
notes in English; what is a sentence there, or is given to `mark` or to a progress, is taken as it
stands, with {0} and {1} for what an f-string puts in.
"""

from __future__ import annotations

import ast
import gettext
import io
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bundling import product

FOLDER: Final = product.ROOT / "resources" / "translations"
TEMPLATE: Final = FOLDER / "lookalike.pot"

_PACKAGE: Final = product.ROOT / "desktop" / "lookalike"
_WINDOW: Final = (_PACKAGE / "ui", _PACKAGE / "words.py", _PACKAGE / "app.py")
_CORE: Final = tuple(
    _PACKAGE / name
    for name in (
        *("catalogue", "photos", "search", "usecases", "vision"),
        *("library.py", "paths.py", "writing.py"),
    )
)
_MARKS: Final = {"tr": (0,), "ntr": (0, 1), "mark": (0,), "Act": (1, 2)}
"""Which arguments are words; an `Act` of the menus' table is translated where menus are made."""

_KEPT: Final = {"mark", "progress", "Progress"}
_SENTENCE: Final = re.compile(r"[A-Z{].*[a-z]{3} .*([.!]|[.:] \{\d+\})", re.DOTALL)
_NOTE: Final = "TRANSLATORS:"

Found = tuple[str | tuple[str, str], Path, int, str]
"""A string (or one and many), its file and line, what is noted about it."""


def found() -> Iterator[Found]:
    """Every string that is to be translated, by file and line."""
    for places, read in ((_WINDOW, _marked), (_CORE, _told)):
        for place in places:
            for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
                yield from read(path)


def _marked(path: Path) -> Iterator[Found]:
    """What the window marks."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or _name(node) not in _MARKS:
            continue
        before = lines[node.lineno - 2].strip().lstrip("# ") if node.lineno > 1 else ""
        note = before.removeprefix(_NOTE).strip() if before.startswith(_NOTE) else ""
        given = dict(enumerate(node.args))
        words = [_literal(given.get(place)) for place in _MARKS[_name(node)]]
        if _name(node) == "ntr" and words[0] and words[1]:
            yield (words[0], words[1]), path, node.lineno, note
        else:
            yield from ((each, path, node.lineno, note) for each in words if each)


def _told(path: Path) -> Iterator[Found]:
    """What the core says: sentences, stages of progress, and what is kept to be told later."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed_over: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed_over.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            passed_over.update(id(each) for each in ast.walk(node) if each is not node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in _KEPT and node.args:
            said = _template(node.args[0])
            if said:
                yield said, path, node.lineno, ""
        elif id(node) not in passed_over:
            said = _template(node)
            if said and _SENTENCE.fullmatch(said):
                yield said, path, getattr(node, "lineno", 0), ""


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _template(node: ast.AST) -> str | None:
    """A string as it stands, an f-string with {0}, {1} for its values; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        parts = [_literal(each) for each in node.values]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        parts = [node.value]
        if "{}" in node.value:
            head, *rest = node.value.split("{}")
            parts = [head, *(each for part in rest for each in (None, part))]
    else:
        return None
    places = iter(range(len(parts)))
    return "".join(f"{{{next(places)}}}" if part is None else part for part in parts)


# --- catalogues

_UNSAID: Final = (
    *(b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By', b'"Project-Id-Version'),
    *(b'"Report-Msgid-Bugs-To', b'"Last-Translator', b'"Language-Team'),
)
"""Lines of a heading that say nothing, or something else each time."""


def template() -> Catalog:
    """What `lookalike.pot` holds."""
    made = Catalog(fuzzy=False, header_comment="# Lookalike's words.")
    for words, path, _line, note in found():
        # Without lines: they would change with every change of the sources.
        place = (path.relative_to(product.ROOT).as_posix(), 0)
        made.add(words, locations=[place], auto_comments=[note] if note else ())
        message = made[words if isinstance(words, str) else words[0]]
        if message is not None:
            message.flags.discard("python-format")
            if places(message.id):
                message.flags.add("python-brace-format")
    return made


def places(words: object) -> set[str]:
    """The names in braces, of one string or of all of several."""
    several = words if isinstance(words, tuple | list) else (words,)
    return {
        name
        for each in several
        for _, name, _, _ in string.Formatter().parse(str(each))
        if name is not None
    }


def catalogues() -> list[Path]:
    """The `.po` of every language."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/lookalike.po"))


def read(path: Path, locale: str | None = None) -> Catalog:
    """A catalogue from its file."""
    with open(path, "rb") as file:
        return read_po(file, locale=locale)


def written(catalogue: Catalog) -> bytes:
    """A catalogue as a `.po` or `.pot`, the same whenever it is written."""
    text = io.BytesIO()
    write_po(text, catalogue, width=96, sort_output=False, include_lineno=False)
    kept = [
        line for line in text.getvalue().splitlines(keepends=True) if not line.startswith(_UNSAID)
    ]
    return b"".join(kept)


def compiled(catalogue: Catalog) -> bytes:
    """A catalogue as the program reads it."""
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def language_of(path: Path) -> str:
    """The language that a `.po` is of."""
    return path.parts[-3]


def missing(catalogue: Catalog) -> list[Message]:
    """What is not translated, or only guessed."""
    return [each for each in catalogue if each.id and (each.fuzzy or not _whole(each.string))]


def _whole(told: object) -> bool:
    return all(told) if isinstance(told, tuple | list) else bool(told)


def told(compiled_catalogue: bytes) -> dict[object, str]:
    """What a compiled catalogue says, without its heading, which has the time in it."""
    found = dict(vars(gettext.GNUTranslations(io.BytesIO(compiled_catalogue)))["_catalog"])
    found.pop("", None)
    return found


def _compile(path: Path) -> None:
    """Write the `.mo` beside a `.po`, if it says something else now."""
    made, beside = compiled(read(path, language_of(path))), path.with_suffix(".mo")
    if not beside.exists() or told(beside.read_bytes()) != told(made):
        beside.write_bytes(made)


def main() -> int:
    """Bring everything up to the sources; 1 if a language lacks something."""
    wanted = template()
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_bytes(written(wanted))
    lacking = 0
    for path in catalogues():
        known = read(path, language_of(path))
        known.update(wanted, no_fuzzy_matching=True)
        known.obsolete.clear()
        path.write_bytes(written(known))
        _compile(path)
        for message in missing(known):
            lacking += 1
            print(f"{path.relative_to(product.ROOT)} lacks: {message.id}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
