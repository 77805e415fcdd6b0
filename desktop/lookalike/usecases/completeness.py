"""Whether every photo has what a network tells of it; known by counts alone, without NumPy."""

from __future__ import annotations

from lookalike.catalogue.store import Catalogue
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.spaces import space_keys


def is_embedded(catalogue: Catalogue, pack: NetworkPack, precision: str) -> bool:
    """Whether every content has all of the network's vectors in this precision, and labels.

    Told by counts, so that looking at an unchanged library again stays cheap.
    """
    contents = catalogue.count_contents()
    keys = space_keys(pack, precision).values()
    if any(catalogue.count_vectors(catalogue.space_id(key)) != contents for key in keys):
        return False
    # In this order: the words need not be read while all is well.
    return catalogue.count_labelled() == contents or not pack.class_words()
