"""The network behind the library: opened on first use, shared by every use case."""

from __future__ import annotations

import threading
from pathlib import Path

from lookalike.paths import DataPaths
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack


class NetworkInUse:
    """Opens the pack and its sessions when something asks for them, once; thread-safe."""

    def __init__(self, paths: DataPaths | None = None, threads: int = 0) -> None:
        self._paths = paths
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
    def encoder(self) -> Encoder:
        """The encoder; its sessions load at their first call.

        Raises:
            NetworkError: a file of the network is not what it was when it was added.
        """
        with self._lock:
            if self._encoder is None:
                pack = self._open_pack()
                pack.check()
                self._encoder = Encoder(pack, threads=self._threads)
            return self._encoder

    def _open_pack(self) -> NetworkPack:
        if self._pack is None:
            self._pack = NetworkPack.load(self.folder)
        return self._pack

    @property
    def folder(self) -> Path:
        """The chosen network's pack; the program's own while none is chosen."""
        if self._paths is None:
            return default_pack()
        try:
            name = self._paths.network_in_use.read_text(encoding="utf-8").strip()
        except OSError:
            return default_pack()
        own = self._paths.networks / name
        return own if name and Path(name).name == name and own.is_dir() else default_pack()

    def changed(self) -> None:
        """Forget what is open: another network was chosen."""
        with self._lock:
            self._pack = self._encoder = None
