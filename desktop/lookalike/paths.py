"""Where things are: the data folder with all that the program writes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lookalike.errors import DataFolderError

ENVIRONMENT_VARIABLE = "LOOKALIKE_HOME"


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The layout of a data folder. Only `catalogue` holds truth; the rest can be rebuilt."""

    home: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite database: roots, photos, vectors, what the person made of them."""
        return self.home / "catalogue.sqlite"

    @property
    def thumbnails(self) -> Path:
        """The thumbnail store (derived)."""
        return self.home / "thumbnails.sqlite"

    @property
    def index(self) -> Path:
        """The folder of index segments (derived)."""
        return self.home / "index"

    @property
    def networks(self) -> Path:
        """Network packs the person added."""
        return self.home / "networks"

    @property
    def network_in_use(self) -> Path:
        """Names the network that answers; without it the one that comes with the program does."""
        return self.networks / "in-use"

    @property
    def settings(self) -> Path:
        """The person's settings, JSON."""
        return self.home / "settings.json"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes."""
        return self.home / "writer.lock"


def data_paths(data_dir: str | os.PathLike[str] | None = None) -> DataPaths:
    """The data folder: `data_dir`, else $LOOKALIKE_HOME, else the platform's own place.

    Raises:
        DataFolderError: none is named, and this account has no home folder to keep one in.
    """
    chosen = data_dir or os.environ.get(ENVIRONMENT_VARIABLE)
    try:
        if not chosen:
            chosen = platformdirs.user_data_dir("lookalike", appauthor=False)
        return DataPaths(Path(chosen).expanduser().absolute())
    except RuntimeError as error:  # neither $HOME nor the system's list of accounts says one
        raise DataFolderError(
            "This account has no home folder to keep the library in; name a folder with --data-dir."
        ) from error
