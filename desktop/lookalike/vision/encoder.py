"""The encoder: pictures to descriptors in batches, and single pictures to the network's maps."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.descriptors import (
    TEXTURE_SIZE_PER_TAP,
    LinearDescriptor,
    gram_descriptor,
)
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.network.session import open_session, why_not_cuda

if TYPE_CHECKING:
    import onnxruntime

Array = NDArray[np.float32]
Pictures = NDArray[np.uint8]


class Encoder:
    """Runs a pack's network. Sessions are opened at the first call; calls are thread-safe."""

    def __init__(self, pack: NetworkPack, precision: str = "auto", threads: int = 0) -> None:
        if precision != "auto" and precision not in pack.graphs:
            raise NetworkError(f"The network {pack.name} has no {precision} graph.")
        self.pack = pack
        self.precision = precision if precision != "auto" else "float32"
        self._threads = threads
        self._lock = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None

    @property
    def size(self) -> int:
        """Side in pixels of the square input that indexing uses."""
        return self.pack.size

    @property
    def spaces(self) -> dict[str, str]:
        """Descriptor to the key its vectors are stored under: network, precision, version."""
        pack = self.pack
        return {
            name: f"{pack.name}/{self.precision}/{pack.preprocessing}/{pack.size}/{name}"
            for name in ("meaning", "texture")
        }

    @property
    def dimensions(self) -> dict[str, int]:
        """Descriptor to the count of its numbers."""
        texture = TEXTURE_SIZE_PER_TAP * len(self.pack.texture)
        return {"meaning": self.meaning.size, "texture": texture}

    @property
    def provider(self) -> str:
        """The device the network runs on: "CUDA" or "CPU"."""
        return str(self._run_by().get_providers()[0]).removesuffix("ExecutionProvider")

    @property
    def provider_reason(self) -> str:
        """Why it is not a graphics processor; "" if it is one."""
        return why_not_cuda()

    @cached_property
    def meaning(self) -> LinearDescriptor:
        """The linear descriptor of the last map."""
        try:
            with np.load(self.pack.descriptors, allow_pickle=False) as arrays:
                return LinearDescriptor(arrays["meaning.mean"], arrays["meaning.projection"])
        except (OSError, KeyError, ValueError) as error:
            raise NetworkError(
                f"The descriptors of the network {self.pack.name} are damaged; install it again."
            ) from error

    def encode(self, batch: Pictures) -> dict[str, Array]:
        """uint8 [N, S, S, 3] to descriptors by name, float32 [N, D], not normalised."""
        grams = [f"{tap}.gram" for tap in self.pack.texture]
        pooled, *found = self._run_by().run(["pooled", *grams], {"image": batch})
        parts = [
            gram_descriptor(tap, gram) for tap, gram in zip(self.pack.texture, found, strict=True)
        ]
        return {"meaning": self.meaning.apply(pooled), "texture": np.concatenate(parts, axis=1)}

    def look(self, picture: Pictures, taps: tuple[str, ...] = ("last",)) -> dict[str, Array]:
        """The maps of `taps` for one uint8 [H, W, 3], each float32 [C, H / stride, W / stride].

        H and W are multiples of `pack.multiple`. The same graph as `encode`, so the mean over
        places of "last" is the pooled vector that `encode` projects.
        """
        if any(side % self.pack.multiple for side in picture.shape[:2]):
            raise ValueError(f"sides must be multiples of {self.pack.multiple}")
        found = self._run_by().run(list(taps), {"image": picture[np.newaxis]})
        return {tap: each[0] for tap, each in zip(taps, found, strict=True)}

    def _run_by(self) -> onnxruntime.InferenceSession:
        with self._lock:
            if self._session is None:
                self._session = open_session(self.pack.graphs[self.precision], self._threads)
            return self._session
