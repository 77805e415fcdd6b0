"""The encoder: pictures to descriptors in batches, and single pictures to the network's maps."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.records import Part
from lookalike.vision.colours import COLOURS, colour_entries
from lookalike.vision.descriptors import (
    COLOUR_SHARE,
    COLOUR_SIZE,
    LinearDescriptor,
    RootDescriptor,
    gram_entries,
    gram_layout,
)
from lookalike.vision.filters import FilterWatch, Peaks
from lookalike.vision.finer import DEPTHS
from lookalike.vision.looks import CELLS, Sight, part_look
from lookalike.vision.network.cuda import why_not_cuda
from lookalike.vision.network.outputs import with_outputs
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.network.session import Session, open_session
from lookalike.vision.spaces import space_keys

Array = NDArray[np.float32]
Pictures = NDArray[np.uint8]

_STYLE_COLOUR = 0.5
_MOST_PLACES = 32
"""Along each side of a finer look: a million pairs of places, 8 MB."""
SMALL = frozenset({"texture"})
"""Descriptors of parts of length 1: a byte holds each of their numbers well enough."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch as the network saw it in one pass.

    `vectors`: descriptors by name, float32 [N, D], not normalised. `classes`: the probabilities
    of the network's classes, float32 [N, K], in the order of `Encoder.labels`; None where the
    network has no classifier. `peaks`: what excites each filter; None where nobody watched.
    """

    vectors: dict[str, Array]
    classes: Array | None
    peaks: Peaks | None = None


class Encoder:
    """Runs a pack's network. Sessions are opened at the first call; calls are thread-safe."""

    def __init__(self, pack: NetworkPack, precision: str = "auto", threads: int = 0) -> None:
        if precision != "auto" and precision not in pack.graphs:
            raise NetworkError(f"The network {pack.name} has no {precision} graph.")
        self.pack = pack
        self.precision = precision if precision != "auto" else "float32"
        self._threads = threads
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._places: Session | None = None

    @property
    def size(self) -> int:
        """Side in pixels of the square input that indexing uses."""
        return self.pack.size

    @property
    def spaces(self) -> dict[str, str]:
        """Descriptor to the key its vectors are stored under: network, precision, version."""
        return space_keys(self.pack, self.precision)

    @property
    def dimensions(self) -> dict[str, int]:
        """Descriptor to the count of its numbers."""
        texture = sum(part.size for part in self.parts if part.space == "texture")
        return {"meaning": self.meaning.size, "texture": texture}

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What the stored vectors are made of, and how much each part counts by the dials.

        Style is the Gram matrices alike, with meaning and half the colours beside them.
        """
        taps = self.pack.texture
        sizes, shares = gram_layout(len(taps))
        whole = sum(shares) + COLOUR_SHARE
        styled = len(taps) + 1.0 + _STYLE_COLOUR
        meaning = self.meaning.size
        parts = [Part("meaning", "meaning", 0, meaning, 1.0, 1.0 / styled)]
        start = 0
        for tap, size, share in zip(taps, sizes, shares, strict=True):
            parts.append(Part(tap, "texture", start, start + size, share / whole, 1.0 / styled))
            start += size
        parts.append(
            Part(
                "colour",
                "texture",
                start,
                start + COLOUR_SIZE,
                COLOUR_SHARE / whole,
                _STYLE_COLOUR / styled,
            )
        )
        return tuple(parts)

    def root(self, name: str) -> RootDescriptor:
        """The descriptor of a part of the texture."""
        part = next(each for each in self.parts if each.name == name)
        return RootDescriptor(name, part.size)

    @property
    def provider(self) -> str:
        """The device the network runs on: "CUDA" or "CPU"."""
        return self._run_by().device

    @property
    def provider_reason(self) -> str:
        """Why it is not a graphics processor; "" if it is one."""
        if why := why_not_cuda() or self._run_by().failure:
            return why
        return "" if self._device != "CPU" else "In int8 the network runs on the processor alone."

    @property
    def _device(self) -> str:
        """CUDA's provider knows no convolution in int8; each would be taken back to the CPU."""
        return "CPU" if self.precision == "int8" else ""

    @cached_property
    def meaning(self) -> LinearDescriptor:
        """The linear descriptor of the last map."""
        try:
            # Opened here: numpy leaves a file open that it finds to be no archive.
            with (
                open(self.pack.descriptors, "rb") as file,
                np.load(file, allow_pickle=False) as arrays,
            ):
                return LinearDescriptor(arrays["meaning.mean"], arrays["meaning.projection"])
        except (OSError, KeyError, ValueError, BadZipFile, zlib.error) as error:
            raise NetworkError(
                f"The descriptors of the network {self.pack.name} are damaged; install it again."
            ) from error

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class that `describe` scores; () where they are not known."""
        return tuple(words[0] for words in self.words)

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Each class's name and further words for it, from special to general."""
        return self.pack.class_words()

    def encode(self, batch: Pictures) -> dict[str, Array]:
        """uint8 [N, S, S, 3] to descriptors by name, float32 [N, D], not normalised."""
        return self.describe(batch).vectors

    def describe(self, batch: Pictures, watch: FilterWatch | None = None) -> Encoded:
        """uint8 [N, S, S, 3] to descriptors and class probabilities, in one pass.

        With `watch` (see `watch`) the same pass also tells what excites each filter.
        """
        names = self._outputs()
        if watch is None:
            values, peaks = self._run_by().run_batch(names, batch), None
        else:
            values, peaks = watch.run(batch)
        found = dict(zip(names, values, strict=True))
        scores = found.get("classes")
        vectors = self._vectors(batch, found)
        return Encoded(vectors, None if scores is None else _probabilities(scores), peaks)

    def watch(self) -> FilterWatch:
        """The same network, watched while it embeds; raises NetworkError if it cannot be."""
        names = self._outputs()
        return FilterWatch(self.pack, self.precision, names, self._threads, self._device)

    def _outputs(self) -> list[str]:
        """The outputs of the graph that descriptors and classes are made of."""
        names = ["pooled", *(f"{tap}.gram" for tap in self.pack.texture)]
        return [*names, "classes"] if self.pack.classes else names

    def _vectors(self, batch: Pictures, found: dict[str, Array]) -> dict[str, Array]:
        entries = {tap: gram_entries(found[f"{tap}.gram"]) for tap in self.pack.texture}
        entries["colour"] = colour_entries(batch), np.ones(COLOURS, np.float32)
        texture = [
            self.root(part.name).apply(*entries[part.name])
            for part in self.parts
            if part.space == "texture"
        ]
        return {
            "meaning": self.meaning.apply(found["pooled"]),
            "texture": np.concatenate(texture, axis=1),
        }

    def look(
        self,
        picture: Pictures,
        parts: tuple[Part, ...],
        weights: Array | None = None,
        finer: bool = False,
    ) -> Sight:
        """One picture uint8 [H, W, 3] through the network, the looks of `parts` by their names.

        H and W are multiples of `pack.multiple`. The same graph as `encode`, so a look at the
        network's own size has the very vectors that are stored. `weights` float32 [h, w] say how
        much each part of the picture counts; `finer` keeps maps that tell places apart.
        """
        names = {"meaning": self.pack.last, "colour": ""}
        taps = {part.name: names.get(part.name, part.name) for part in parts}
        between = self._finer_taps if finer else ()
        wanted = sorted({tap for tap in (*taps.values(), *between) if tap})
        found = self.maps(picture, wanted)
        maps = dict(zip(wanted, found, strict=True))
        rows, columns = maps[self.pack.last].shape[1:] if self.pack.last in maps else CELLS
        looks = {
            part.name: part_look(
                part, maps.get(taps[part.name], picture), self.meaning, (rows, columns), weights
            )
            for part in parts
        }
        return Sight(looks, tuple(maps[tap] for tap in between))

    @cached_property
    def _finer_taps(self) -> tuple[str, ...]:
        """Taps between texture and things, shallow to deep."""
        taps = [tap.name for tap in self.pack.taps if tap.name != self.pack.last]
        places = sorted({round(depth * len(taps)) for depth in DEPTHS})
        return tuple(taps[min(place, len(taps) - 1)] for place in places) if taps else ()

    def look_side(self, wanted: int) -> int:
        """The side of a square look of about `wanted` pixels that the network can take.

        A network that hardly strides has too many places at that size for pairs of them to be
        kept; it is looked at smaller, but never smaller than it was indexed.
        """
        pack = self.pack
        if pack.fixed:
            return pack.size
        steps = max(1, round(wanted / pack.multiple))
        return min(steps, max(_MOST_PLACES, pack.size // pack.multiple)) * pack.multiple

    def places(self, picture: Pictures) -> Array:
        """What each place of one picture uint8 [H, W, 3] means: float32 [h, w, D].

        Their mean is the picture's meaning, since that is linear in the last map. On a CPU one
        thread looks, at the last map alone: calls side by side fill the cores better than one.
        """
        self._check_sides(picture)
        (look,) = self._placed_by().run([self.pack.last], {"image": picture[np.newaxis]})
        return self.meaning.apply(look[0].transpose(1, 2, 0))

    def maps(self, picture: Pictures, taps: Sequence[str]) -> list[Array]:
        """The maps of `taps` for one picture uint8 [H, W, 3]: float32 [C, h, w] each."""
        self._check_sides(picture)
        if not taps:
            return []
        found = self._run_by().run(list(taps), {"image": picture[np.newaxis]})
        return [each[0] for each in found]

    def _check_sides(self, picture: Pictures) -> None:
        if any(side % self.pack.multiple for side in picture.shape[:2]):
            raise ValueError(f"sides must be multiples of {self.pack.multiple}")

    def _run_by(self) -> Session:
        with self._lock:
            if self._session is None:
                graph = self.pack.graphs[self.precision]
                self._session = open_session(graph, self._threads, self._device)
            return self._session

    def _placed_by(self) -> Session:
        if self.provider != "CPU":
            return self._run_by()
        with self._lock:
            if self._places is None:
                graph = with_outputs(self.pack.graphs[self.precision], (self.pack.last,))
                self._places = open_session(graph.SerializeToString(), 1, "CPU")
            return self._places


def _probabilities(scores: Array) -> Array:
    """Softmax over the last axis, stable for any scores."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares
