"""Whether every photo has what a network tells of it; known by counts alone, without NumPy."""

from __future__ import annotations

from lookalike.catalogue.store import Catalogue
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.spaces import space_keys


def is_embedded(catalogue: Catalogue, pack: NetworkPack, precision: str) -> bool:
    """Whether every content has all of the network's vectors in this precision, and labels.

    Told by counts, so that looking at an unchanged library again stays cheap.
    """
    counts = [
        catalogue.count_vectors(catalogue.space_id(key))
        for key in space_keys(pack, precision).values()
    ]
    if pack.class_words():
        counts.append(catalogue.count_labelled())
    return set(counts) == {catalogue.count_contents()}
