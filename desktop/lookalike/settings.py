"""What a person set and how the window was left: one small JSON file in the data folder.

Settings are a convenience: a missing or damaged file, or a value out of range, means the
defaults, and a disk that cannot be written to loses nothing but them.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

Theme = Literal["system", "light", "dark"]

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "width": (400, 20000),
    "height": (300, 20000),
    "sidebar_width": (120, 1000),
    "inspector_width": (240, 4000),
    "inspector_height": (120, 4000),
    "cell": (80, 320),
    "strength": (0.0, 1.0),
}


class Settings(NamedTuple):
    """Lengths are in device-independent pixels; `strength` of evidence is 0 to 1."""

    theme: Theme = "system"
    width: int = 1280
    height: int = 800
    maximised: bool = False
    sidebar_shown: bool = True
    sidebar_width: int = 208
    inspector_shown: bool = True
    inspector_width: int = 360
    inspector_height: int = 248
    cell: int = 176
    whole_photos: bool = False
    stacked: bool = True
    evidence_shown: bool = True
    strength: float = 0.7


def load(path: Path) -> Settings:
    """The settings kept in `path`; what is missing or makes no sense is a default."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    if not isinstance(found, dict):
        return Settings()
    kept = {
        name: found[name]
        for name, default in Settings._field_defaults.items()
        if name in found and _makes_sense(name, found[name], default)
    }
    return Settings(**kept)


def save(path: Path, settings: Settings) -> None:
    """Write them whole or not at all. Raises OSError."""
    text = json.dumps(settings._asdict(), indent=2) + "\n"
    handle, temporary = tempfile.mkstemp(prefix=".settings-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _makes_sense(name: str, value: object, default: object) -> bool:
    if name == "theme":
        return value in get_args(Theme)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    allowed = (int, float) if isinstance(default, float) else int
    low, high = _RANGES[name]
    return isinstance(value, allowed) and low <= value <= high
