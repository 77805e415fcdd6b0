"""Pictures that int8 is calibrated on: a person's photos, or crops of free ones from PyPI.

The free ones are the colour and grey photos that scikit-image and scikit-learn ship (public
domain, CC0 and CC BY; their READMEs name the authors). Nothing of them gets into the pack but the
ranges of the activations.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from models.drift import Pictures

_FREE = {
    "scikit-image": (
        *("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "hubble_deep_field.jpg"),
        *("ihc.png", "motorcycle_left.png", "retina.jpg", "camera.png", "brick.png", "grass.png"),
        *("gravel.png", "coins.png", "moon.png", "page.png"),
    ),
    "scikit-learn": ("china.jpg", "flower.jpg"),
}
_FOLDERS = {"scikit-image": "skimage/data", "scikit-learn": "sklearn/datasets/images"}
_CROPS = 6
_MOST = 128


def pictures_of(folder: Path, size: int) -> Pictures:
    """At most 128 photos of a folder, evenly chosen, squashed as indexing does, [N, S, S, 3]."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found = []
    for path in paths[:: max(1, len(paths) // _MOST)]:
        try:
            with Image.open(path) as image:
                image.draft("RGB", (size, size))
                small = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
        except (OSError, UnidentifiedImageError):
            continue
        found.append(np.asarray(small))
    return np.stack(found[:_MOST]) if found else np.empty((0, size, size, 3), np.uint8)


def sample_pictures(size: int) -> Pictures:
    """Six crops of each of 17 free photos, of many scales and shapes: always the same."""
    chance = np.random.default_rng(0)
    found = []
    for _ in range(_CROPS):
        for package, names in _FREE.items():
            for name in names:
                place = metadata.distribution(package).locate_file(f"{_FOLDERS[package]}/{name}")
                with Image.open(str(place)) as image:
                    found.append(_crop(image.convert("RGB"), size, chance))
    return np.stack(found)


def _crop(image: Image.Image, size: int, chance: np.random.Generator) -> Pictures:
    width, height = image.size
    side = min(width, height) * chance.uniform(0.3, 1)
    shape = chance.uniform(0.75, 1.33)
    across, down = min(width, side * shape), min(height, side / shape)
    left, top = chance.uniform(0, width - across), chance.uniform(0, height - down)
    box = (left, top, left + across, top + down)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box))
