"""The network behind the library: opened on first use, shared by every use case."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.usecases.precision import precision_of
from lookalike.vision.network.pack import NetworkPack, default_pack

if TYPE_CHECKING:
    from lookalike.vision.encoder import Encoder


class NetworkInUse:
    """Opens the pack and its sessions when something asks for them, once; thread-safe.

    Without a data folder it is the program's own network in float32.
    """

    def __init__(
        self,
        paths: DataPaths | None = None,
        catalogue: Catalogue | None = None,
        threads: int = 0,
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._threads = threads
        self._lock = threading.Lock()
        self._pack: NetworkPack | None = None
        self._encoder: Encoder | None = None

    @property
    def pack(self) -> NetworkPack:
        """The pack's description; reads one small file, no network."""
        with self._lock:
            return self._open_pack()

    @property
    def precision(self) -> str:
        """The precision of its numbers; opens no network either."""
        with self._lock:
            return self._precision(self._open_pack())

    @property
    def encoder(self) -> Encoder:
        """The encoder; its sessions load at their first call.

        Raises:
            NetworkError: a file of the network is not what it was when it was added.
        """
        with self._lock:
            if self._encoder is None:
                from lookalike.vision.encoder import Encoder

                pack = self._open_pack()
                pack.check()
                self._encoder = Encoder(pack, self._precision(pack), self._threads)
            return self._encoder

    def _open_pack(self) -> NetworkPack:
        if self._pack is None:
            self._pack = NetworkPack.load(self.folder)
        return self._pack

    def choose(self, name: str, precision: str) -> None:
        """Let a network answer from now on, in this precision. Raises OSError."""
        if self._paths is None:
            raise ValueError("there is no data folder to remember the choice in")
        self._paths.networks.mkdir(parents=True, exist_ok=True)
        scratch = self._paths.network_in_use.with_suffix(".new")
        scratch.write_text(f"{name}\n{precision}\n", encoding="utf-8")
        os.replace(scratch, self._paths.network_in_use)
        with self._lock:
            self._pack = self._encoder = None

    @property
    def folder(self) -> Path:
        """The chosen network's pack; the program's own while none is chosen."""
        name = self._chosen()[0]
        if self._paths is None or not name or Path(name).name != name:
            return default_pack()
        own = self._paths.networks / name
        return own if own.is_dir() else default_pack()

    def _precision(self, pack: NetworkPack) -> str:
        """As chosen with the network; else that of the vectors the library holds already."""
        name, precision = self._chosen()
        if name == pack.name and precision in pack.graphs:
            return precision
        return precision_of(pack, self._catalogue)

    def _chosen(self) -> tuple[str, str]:
        """Network and precision as a person chose them; "" where none was chosen."""
        if self._paths is None:
            return "", ""
        try:
            told = self._paths.network_in_use.read_text(encoding="utf-8").split("\n")
        except (OSError, ValueError):
            return "", ""
        return told[0].strip(), told[1].strip() if len(told) > 1 else ""
