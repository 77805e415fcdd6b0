"""The words a person reads, in their language: gettext catalogues, standard library only.

English is what stands in the code. The language is decided once a process, before the first
word; where it is English nothing is read and nothing is imported. A catalogue that is missing or
damaged means English, never an error.

Only what the window shows is translated, where it is shown: what is stored, sent between
processes or printed by the command line stays English.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gettext import GNUTranslations

DOMAIN: Final = "lookalike"

# Compiled when they are needed: a start in English needs neither.
_PLACE: Final = r"\{\d+\}"
_FIGURE: Final = r"[-+]?\d{1,3}(,\d{3})*(\.\d+)?"


def tr(text: str) -> str:
    """`text` in the person's language; values come by name: `tr("{n} of them").format(n=n)`."""
    return text if _catalogue is None else _catalogue.gettext(text)


def ntr(one: str, many: str, count: int) -> str:
    """The same for words that depend on a number."""
    if _catalogue is None:
        return one if count == 1 else many
    return _catalogue.ngettext(one, many, count)


def mark(text: str) -> str:
    """`text` as it is: it may be stored or sent, and is translated where it is shown (`retold`)."""
    return text


def in_figures(value: float, form: str = ",") -> str:
    """`format(value, form)` with the language's own marks: 12,480.5 is 12.480,5 in German."""
    text = format(value, form)
    if _catalogue is None:
        return text
    # TRANSLATORS: a number with your language's own marks for thousands and decimals.
    shown = tr("1,234.5")
    return text.translate({ord(","): shown[1:-5], ord("."): shown[-2]})


def retold(text: str) -> str:
    """A sentence of the core (an error, a reason, a note) in the person's language.

    It was put together from a sentence with places in it, {0} and {1}; figures and sentences that
    stand in them are told anew too. A sentence that no catalogue has stays as it is.
    """
    if _catalogue is None or not text:
        return text
    found = _catalogue.gettext(text)
    if found != text:
        return found
    for sentence in _sentences():
        values = _values(sentence, text)
        if values is not None:
            return tr(sentence).format(*map(_retold_value, values))
    return text


def _retold_value(value: str) -> str:
    if re.fullmatch(_FIGURE, value):
        return in_figures(float(value.replace(",", "")), f",.{len(value.partition('.')[2])}f")
    return retold(value) if value.endswith(".") else value  # and not a name that is a word


def _values(sentence: str, text: str) -> tuple[str, ...] | None:
    """What stands in the places of `sentence` in `text`; None if it is another sentence."""
    parts = re.split(_PLACE, sentence)
    # The ends tell nearly all sentences apart, without an expression to be made for each.
    if not text.startswith(parts[0]) or not text.endswith(parts[-1]):
        return None
    match = re.fullmatch("(.+)".join(map(re.escape, parts)), text, re.DOTALL)
    return match.groups() if match else None


def _sentences() -> list[str]:
    """Those with places in them, the most telling first."""
    if not _with_places and _catalogue is not None:
        # The module has no way to list what it holds.
        known: Mapping[object, str] = getattr(_catalogue, "_catalog", {})
        found = [each for each in known if isinstance(each, str) and re.search(_PLACE, each)]
        _with_places.extend(sorted(found, key=lambda each: -len(re.sub(_PLACE, "", each))))
    return _with_places


# --- which language


def languages(environment: Mapping[str, str], system: str = sys.platform) -> list[str]:
    """The languages a person reads, the best first, as in "de_AT"; [] is English.

    By gettext's rules: the locale is named by the first of LC_ALL, LC_MESSAGES and LANG that is
    set, LANGUAGE goes before it, and where the locale is C or POSIX there is nothing but English.
    macOS and Windows, which set none of them, are asked.
    """
    locale = next((environment[name] for name in _LOCALES if environment.get(name)), "")
    if locale.partition(".")[0] in ("C", "POSIX") and (
        "." not in locale or not environment.get("LANGUAGE")
    ):
        return []
    named = environment.get("LANGUAGE") or locale
    found = named.split(":") if named else list(_asked_of(system))
    found = [each.partition(".")[0].partition("@")[0].replace("-", "_") for each in found]
    # Who reads English first is not given another language that comes after it.
    return found[: next((i for i, each in enumerate(found) if each[:2] == "en"), len(found))]


_LOCALES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def _asked_of(system: str) -> Iterator[str]:
    if system == "win32":
        import ctypes
        from locale import windows_locale

        dlls = getattr(ctypes, "windll", None)
        yield windows_locale.get(dlls.kernel32.GetUserDefaultUILanguage() if dlls else 0, "en")
    elif system == "darwin":
        import plistlib

        kept = os.path.expanduser("~/Library/Preferences/.GlobalPreferences.plist")
        try:
            with open(kept, "rb") as file:
                yield from plistlib.load(file).get("AppleLanguages", ())
        except (OSError, ValueError, plistlib.InvalidFileException):
            return


def _opened(wanted: list[str]) -> tuple[str, GNUTranslations | None]:
    """The first of these languages that there is a catalogue for, and the catalogue."""
    if not wanted:
        return "en", None
    import gettext

    from lookalike.resources import resource

    for locale in wanted:
        for name in (locale, locale.partition("_")[0]):
            try:
                path = resource("translations", name, "LC_MESSAGES", f"{DOMAIN}.mo")
                with open(path, "rb") as file:
                    return name, gettext.GNUTranslations(file)
            except (OSError, ValueError, LookupError, struct.error):
                continue
    return "en", None


_with_places: list[str] = []
language, _catalogue = _opened(languages(os.environ))
"""The language of this process, as in "de", and its words; None where these stand in the code."""
