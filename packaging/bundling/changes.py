"""CHANGELOG.md read once, and told again as AppStream releases and as a Debian changelog."""

from __future__ import annotations

import datetime
import re
import textwrap
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bundling import product

_HEADING = re.compile(r"^## (\S+) — (unreleased|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Release:
    """One version; `date` is None while it is not released."""

    version: str
    date: datetime.date | None
    points: tuple[str, ...]


def read(text: str) -> list[Release]:
    """The releases of a changelog, newest first; raises ValueError for what it cannot read."""
    found: list[tuple[str, datetime.date | None, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("## "):
            heading = _HEADING.match(line)
            if heading is None:
                raise ValueError(f'"{line}" should read "## VERSION — DATE" (or "unreleased")')
            when = None if heading[2] == "unreleased" else datetime.date.fromisoformat(heading[2])
            found.append((heading[1], when, []))
        elif line.startswith("- "):
            found[-1][2].append(line[2:].strip())
        elif line.startswith("  ") and line.strip():
            found[-1][2][-1] += " " + line.strip()
    return [Release(version, when, tuple(points)) for version, when, points in found]


def plain(text: str) -> str:
    """Without Markdown's marks."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"\*\*([^*]+)\*\*|`([^`]+)`", lambda found: found[1] or found[2], text)


def appstream(releases: list[Release], today: datetime.date) -> str:
    """The `<releases>` element (AppStream 1.0, 2.1.2.1); what is unreleased bears today's date."""
    lines = ["  <releases>"]
    for release in releases:
        kind = "stable" if release.date else "development"
        day = (release.date or today).isoformat()
        lines.append(
            f'    <release version="{escape(release.version)}" date="{day}" type="{kind}">'
        )
        lines += ["      <description>", "        <ul>"]
        lines += [f"          <li>{escape(plain(point))}</li>" for point in release.points]
        lines += ["        </ul>", "      </description>", "    </release>"]
    return "\n".join([*lines, "  </releases>"])


def debian(releases: list[Release], today: datetime.datetime) -> str:
    """A Debian changelog (Debian Policy 4.4)."""
    parts = []
    for release in releases:
        when = today
        if release.date is not None:
            when = datetime.datetime.combine(release.date, datetime.time(), datetime.UTC)
        points = "\n".join(
            textwrap.fill(plain(point), 76, initial_indent="  * ", subsequent_indent="    ")
            for point in release.points
        )
        day = when.strftime("%a, %d %b %Y %H:%M:%S +0000")
        parts.append(
            f"{product.NAME} ({release.version}) stable; urgency=medium\n\n{points}\n\n"
            f" -- {product.MAINTAINER}  {day}\n"
        )
    return "\n".join(parts)
