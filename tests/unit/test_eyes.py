"""The lecture's picture: guided saliency of the strongest filters of a middle layer lights eyes.

tests/pictures/chelsea.jpg is "Chelsea the cat" by Stefan van der Walt, CC0, out of scikit-image.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.library import Library

CAT = str(Path(__file__).parents[1] / "pictures" / "chelsea.jpg")
EYES = ((0.29, 0.28, 0.48, 0.51), (0.63, 0.35, 0.78, 0.57))
"""Left, top, right, bottom of each eye and its lid, fractions of the photo."""


def inside(height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    for left, top, right, bottom in EYES:
        rows = slice(round(top * height), round(bottom * height))
        mask[rows, round(left * width) : round(right * width)] = True
    return mask


@pytest.mark.parametrize("layer", ["block-09", "block-10"])
def test_the_strongest_filters_of_a_middle_layer_light_up_the_eyes(
    layer: str, tmp_path: Path
) -> None:
    lit = 0
    with Library.open(tmp_path / "home") as library:
        for each in library.looking.filters(CAT, layer)[:12]:
            _, found = library.looking.saliency(CAT, layer, each.filter)
            strength = np.abs(found.saliency).sum(axis=2)
            eyes = inside(*strength.shape)
            assert eyes.mean() < 0.08
            share = strength[eyes].sum() / strength.sum()
            brightest = eyes.flat[strength.argmax()]
            lit += bool(brightest and share > 0.4)
    assert lit >= 6
