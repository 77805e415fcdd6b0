"""The network behind the library: opened on first use, shared by every use case."""

from __future__ import annotations

import threading
from pathlib import Path

from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack


class NetworkInUse:
    """Opens the pack and its sessions when something asks for them, once; thread-safe."""

    def __init__(self, folder: Path | None = None, threads: int = 0) -> None:
        self._folder = folder
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
        """The encoder; its sessions load at their first call."""
        with self._lock:
            if self._encoder is None:
                self._encoder = Encoder(self._open_pack(), threads=self._threads)
            return self._encoder

    def _open_pack(self) -> NetworkPack:
        if self._pack is None:
            self._pack = NetworkPack.load(self._folder or default_pack())
        return self._pack
