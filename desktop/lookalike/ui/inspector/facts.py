"""A photo's facts in words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lookalike.records import Photo
from lookalike.words import in_figures, ntr, tr

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
        return f"{in_figures(size / 1000, '.0f')} kB"
    if size < 1_000_000_000:
        return f"{in_figures(size / 1e6, '.1f')} MB"
    return f"{in_figures(size / 1e9, '.2f')} GB"


def photos_in_words(count: int) -> str:
    """How many photos."""
    return ntr("{count} photo", "{count} photos", count).format(count=in_figures(count))


def taken_in_words(taken: float | None) -> str:
    """The camera's local date and time, or nothing."""
    if taken is None:
        return ""
    try:
        moment = _EPOCH + timedelta(seconds=taken)
    except OverflowError:
        return ""
    return tr("{day} {month} {year}, {time}").format(
        day=moment.day, month=_months()[moment.month - 1], year=moment.year, time=f"{moment:%H:%M}"
    )


def _months() -> tuple[str, ...]:
    """Not by `strftime`, whose names follow a locale that may be another than the window's."""
    return (
        *(tr("January"), tr("February"), tr("March"), tr("April"), tr("May"), tr("June")),
        *(tr("July"), tr("August"), tr("September"), tr("October"), tr("November")),
        tr("December"),
    )


def labels_in_words(labels: Sequence[tuple[str, float]]) -> str:
    """What a photo shows, likeliest first: "jean 62 % · cowboy boot 11 %"."""
    kept = [each for each in labels if each[1] >= _LIKELY][:_MOST] or labels[:1]
    return " · ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in kept)


def facts_of(photo: Photo) -> list[tuple[str, str]]:
    """(label, value) of what is known."""
    facts = photo.facts
    shown = in_figures(facts.width * facts.height / 1e6, ".1f")
    found = [
        (tr("Taken"), taken_in_words(facts.taken)),
        (tr("Camera"), facts.camera),
        (tr("Size"), f"{in_figures(facts.width)} × {in_figures(facts.height)} · {shown} MP"),
        (tr("File"), f"{facts.format} · {size_in_words(photo.size)}"),
        (tr("Folder"), from_home(os.path.dirname(photo.path))),
        (tr("State"), tr("offline: shown by its thumbnail") if photo.offline else ""),
    ]
    return [(label, value) for label, value in found if value]
