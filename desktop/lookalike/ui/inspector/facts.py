"""A photo's facts in words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lookalike.records import Photo

_LIKELY, _MOST = 0.1, 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def readable(path: str) -> str:
    """A path as text; bytes that are no text show as replacement marks."""
    return os.fsencode(path).decode("utf-8", "replace").replace("\n", "⏎")


def from_home(path: str) -> str:
    """A path as text, with ~ for the person's own folder."""
    home = os.path.expanduser("~")
    if path == home or path.startswith(home.rstrip(os.sep) + os.sep):
        return "~" + readable(path[len(home.rstrip(os.sep)) :])
    return readable(path)


def size_in_words(size: int) -> str:
    """Bytes as kB, MB or GB."""
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1_000_000_000 else f"{size / 1e9:.2f} GB"


def taken_in_words(taken: float | None) -> str:
    """The camera's local date and time, or nothing."""
    if taken is None:
        return ""
    try:
        moment = _EPOCH + timedelta(seconds=taken)
    except OverflowError:
        return ""
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def labels_in_words(labels: Sequence[tuple[str, float]]) -> str:
    """What a photo shows, likeliest first: "jean 62 % · cowboy boot 11 %"."""
    kept = [each for each in labels if each[1] >= _LIKELY][:_MOST] or labels[:1]
    return " · ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in kept)


def facts_of(photo: Photo) -> list[tuple[str, str]]:
    """(label, value) of what is known."""
    facts = photo.facts
    megapixels = facts.width * facts.height / 1e6
    found = [
        ("Taken", taken_in_words(facts.taken)),
        ("Camera", facts.camera),
        ("Size", f"{facts.width:,} × {facts.height:,} · {megapixels:.1f} MP"),
        ("File", f"{facts.format} · {size_in_words(photo.size)}"),
        ("Folder", from_home(os.path.dirname(photo.path))),
        ("State", "offline: shown by its thumbnail" if photo.offline else ""),
    ]
    return [(label, value) for label, value in found if value]
