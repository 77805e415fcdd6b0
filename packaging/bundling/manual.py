"""The manual page (roff, man(7)), made from the command line's own parser."""

from __future__ import annotations

import argparse
import datetime
import subprocess
from pathlib import Path

from bundling import product

_DATA_DIR = "\\fBlookalike\\fR [\\fB\\-\\-data\\-dir\\fR \\fIDIR\\fR]"
_FILES = """.SH FILES
.TP
.I ~/.local/share/lookalike
The data folder, unless
.B \\-\\-data\\-dir
or
.B LOOKALIKE_HOME
names another. Only
.I catalogue.sqlite
in it holds what cannot be made anew.
.SH ENVIRONMENT
.TP
.B LOOKALIKE_HOME
The data folder, where no
.B \\-\\-data\\-dir
is given.
.SH EXIT STATUS
0 done, 1 a failure (one sentence on standard error says which), 2 wrong usage, 130 interrupted;
what was done until then stays.
"""


def page(parser: argparse.ArgumentParser, version: str, today: datetime.date) -> str:
    """The whole page."""
    parts = [
        f'.TH LOOKALIKE 1 "{today.isoformat()}" "lookalike {version}" "User Commands"',
        f".SH NAME\nlookalike \\- {roff(_lower(parser.description or '')).rstrip('.')}",
        ".SH SYNOPSIS",
        f"{_DATA_DIR} [\\fIFOLDER\\fR | \\fIIMAGE\\fR ...]\n.br",
        f"{_DATA_DIR} \\fICOMMAND\\fR ...",
        f".SH DESCRIPTION\n{roff(parser.description or '')}\n.PP\n{roff(parser.epilog or '')}",
        ".SH OPTIONS",
        *_arguments(parser),
        ".SH COMMANDS",
        *_commands(parser, "lookalike"),
    ]
    return "\n".join(parts) + "\n" + _FILES


def roff(text: str) -> str:
    """Text as roff reads it: hyphens that can be copied, no line taken for a request."""
    told = text.replace("\\", "\\e").replace("-", "\\-").replace("%%", "%")
    return "\\&" + told if told.startswith((".", "'")) else told


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _commands(parser: argparse.ArgumentParser, before: str) -> list[str]:
    parts = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {each.dest: each.help or "" for each in action._choices_actions}
            for name, command in action.choices.items():
                full = f"{before} {name}"
                parts.append(f".SS {roff(full.removeprefix('lookalike '))}")
                parts.append(roff(_sentence(told.get(name, ""))))
                parts += _arguments(command)
                parts += _commands(command, full)
    return parts


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _arguments(parser: argparse.ArgumentParser) -> list[str]:
    parts = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) or action.help == argparse.SUPPRESS:
            continue
        if action.dest in ("help", "json", "data_dir") and parser.prog.count(" "):
            continue  # said once, for every command
        told = roff(_sentence(action.help or "")) or "\\&"
        parts.append(f".TP\n{_name(action)}\n{told}")
    return parts


def _name(action: argparse.Action) -> str:
    value = ""
    if action.nargs != 0:
        told = action.metavar or (
            "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
        )
        value = f"\\fI{roff(told if isinstance(told, str) else ' '.join(told))}\\fR"
    if not action.option_strings:
        return value
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in action.option_strings)
    return f"{names} {value}".rstrip()


_WRITE = """
import datetime, sys
sys.path[:0] = sys.argv[1:3]
from bundling import manual, product
from lookalike.cli import build_parser
today = datetime.datetime.now(datetime.UTC).date()
with open(sys.argv[3], "w", encoding="utf-8") as file:
    file.write(manual.page(build_parser(), product.version(), today))
"""


def write(python: Path, target: Path) -> None:
    """Write the page, asking the command line in the environment that has what it imports."""
    subprocess.run(
        [str(python), "-c", _WRITE, str(product.PACKAGING), str(product.SOURCE), str(target)],
        check=True,
    )
