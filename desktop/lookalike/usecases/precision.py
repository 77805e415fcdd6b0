"""The precision a network's vectors have in a library: float32 or int8, never mixed."""

from __future__ import annotations

from lookalike.catalogue.store import Catalogue
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.spaces import space_keys

DEFAULT = "float32"
"""What a new library is embedded in. int8 is faster and ranks a little worse: ARCHITECTURE.md."""


def precision_of(pack: NetworkPack, catalogue: Catalogue | None) -> str:
    """The precision that most photos of the library have vectors of this network in.

    A library that holds vectors keeps the precision they were made in, until a person chooses
    another; one that holds none starts in float32.
    """
    if catalogue is None:
        return DEFAULT
    counts = {each: embedded(pack, each, catalogue) for each in pack.graphs}
    held = max(counts, key=lambda each: (counts[each], each == DEFAULT))
    return held if counts[held] else DEFAULT


def embedded(pack: NetworkPack, precision: str, catalogue: Catalogue) -> int:
    """How many contents have a vector of this network in this precision."""
    return catalogue.count_vectors(catalogue.space_id(space_keys(pack, precision)["meaning"]))
