"""Where icons and translations are: in a checkout, or beside an installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "_resources", _PACKAGE.parents[1] / "resources")


def resource(*parts: str) -> Path:
    """Where a resource is; `parts` are folder and file names, as "icons", "image.svg".

    Raises:
        FileNotFoundError: it is in no place; the program was packed without its resources.
    """
    for place in _PLACES:
        found = place.joinpath(*parts)
        if found.exists():
            return found
    raise FileNotFoundError(f"The resource {'/'.join(parts)} is missing from this installation.")
