"""What the network calls a picture: the classes that are kept of it."""

from __future__ import annotations

import numpy as np

from lookalike.vision.encoder import Encoded, Encoder

_LABELS, _LEAST = 5, 0.02
"""A content keeps so many classes at most, of at least this probability; the first always."""


def labels_of(encoder: Encoder, seen: Encoded) -> list[dict[str, float]]:
    """The likeliest classes of each picture of a batch and their probabilities."""
    names = encoder.labels
    if seen.classes is None or not names:
        return [{} for _ in next(iter(seen.vectors.values()))]
    found = []
    for row in seen.classes:
        best = np.argsort(-row, kind="stable")[:_LABELS]
        kept = [place for place in best.tolist() if row[place] >= _LEAST] or best[:1].tolist()
        found.append({names[place]: float(row[place]) for place in kept})
    return found
