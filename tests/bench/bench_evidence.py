"""From click to overlay, and a search, in forward passes of the network."""

from __future__ import annotations

import os
import tempfile

import numpy as np

from lookalike.library import Library
from lookalike.records import Goal, Query
from lookalike.usecases.network_in_use import NetworkInUse
from tests.bench.figures import heading, seconds, show


def main(folders: list[str]) -> None:
    """Print the figures for the photos of the first of `folders`."""
    heading("Search and evidence")
    encoder = NetworkInUse().encoder
    picture = np.random.default_rng(0).integers(0, 256, (1, encoder.size, encoder.size, 3))
    one, low, high = seconds(lambda: encoder.encode(picture.astype(np.uint8)), 20)
    show("one forward pass, ms", f"{one * 1000:.1f}", f"{low * 1000:.1f} to {high * 1000:.1f}")
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        library.index(folders[:1])
        photos = library.photos(range(1, 9))
        query = Query((Goal(photo_id=photos[0].id),))
        library.search(query)
        found, _, _ = seconds(lambda: library.search(query), 10)
        show("search by a photo of the library, ms", f"{found * 1000:.1f}")

        def click() -> None:
            library.overlays(library.explain(query, photos[1]))

        clicked, _, _ = seconds(click, 10)
        name = os.path.basename(photos[1].path)
        show("click to overlay, decoding included, ms", f"{clicked * 1000:.1f}", name)
        show("  in forward passes", f"{clicked / one:.1f}", "wanted at most 4")
