"""What the product is called and where its files are, for every recipe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGING: Final = ROOT / "packaging"
SOURCE: Final = ROOT / "desktop"
BUILD: Final = ROOT / "build" / "bundle"
DIST: Final = ROOT / "dist"

NAME: Final = "lookalike"
TITLE: Final = "Lookalike"
APP_ID: Final = "app.lookalike.Lookalike"
"""Of the desktop entry, the metainfo, Flatpak and macOS. Whoever publishes must own the domain (and
that of `MAINTAINER`)."""
SUMMARY: Final = "Search your own photos by a goal image"
MAINTAINER: Final = "The Lookalike authors <noreply@lookalike.app>"

IMAGE_TYPES: Final = (
    ("image/jpeg", ("jpg", "jpeg")),
    ("image/png", ("png",)),
    ("image/webp", ("webp",)),
    ("image/avif", ("avif",)),
    ("image/tiff", ("tif", "tiff")),
    ("image/gif", ("gif",)),
    ("image/bmp", ("bmp",)),
)
"""MIME types and file extensions of "Open with"."""


def version() -> str:
    """The version, from the one place that says it."""
    text = (SOURCE / NAME / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise SystemExit("desktop/lookalike/__init__.py names no version.")
    return found.group(1)
