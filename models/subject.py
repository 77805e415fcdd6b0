"""Learn to find subjects: `python -m models.subject CUTOUTS PHOTOS OUT.npz`.

CUTOUTS is a folder of pictures with transparency (one thing each), PHOTOS one of photographs.
Things are pasted into photos beside others; what is learned is how cues
(`vision.subject_cues`) tell the place of a clicked one. The head that comes with the program was
learned from 78 photographed stamps of Tux Paint (GPL, most of them public domain) on wallpapers
and monuments; 50 other stamps and 66 photographs with masks were kept aside.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.planes import resized
from lookalike.vision.segmentation import DEPTHS, LOOK_SIDE, Perceptron
from lookalike.vision.steps import whole_steps
from lookalike.vision.subject_cues import SubjectCues

Array = NDArray[np.float32]
Sample = tuple[SubjectCues, Array, Array]
"""Cues of one photo and click, its first cues [C, h, w], and the share of subject [h, w]."""

PHOTO_SIDE, HIDDEN, STEPS, BATCH, PLACES = 640, (32, 16), 1500, 2048, 500


def composite(things: Sequence[Path], photos: Sequence[Path], chance: random.Random) -> Sample:
    """One photo with a thing in front of up to two others, clicked inside."""
    while True:
        picture, mask = _pasted(things, photos, chance)
        if 0.02 < mask.mean() < 0.8:
            return _sample(np.array(picture), mask, _click(mask, chance))


def _pasted(
    things: Sequence[Path], photos: Sequence[Path], chance: random.Random
) -> tuple[Image.Image, Array]:
    ground = ImageOps.exif_transpose(Image.open(chance.choice(photos))).convert("RGB")
    ground.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    if chance.random() < 0.4:
        ground = ground.filter(ImageFilter.GaussianBlur(chance.uniform(0, 4)))
    mask = Image.new("L", ground.size)
    count = chance.choice((1, 1, 2, 3))
    for number in range(count):
        front = number == count - 1
        thing = _thing(chance.choice(things), chance)
        wanted = chance.uniform(0.35, 1.25) if front else chance.uniform(0.2, 0.5)
        scale = wanted * min(ground.size) / max(thing.size)
        size = tuple(max(2, round(side * scale)) for side in thing.size)
        thing = thing.resize((size[0], size[1]), Image.Resampling.LANCZOS)
        beyond = 0.25 if chance.random() < 0.3 else 0.0  # over the frame's edge
        at = [
            round(chance.uniform(-beyond * own, max(side - own * (1 - beyond), 0)))
            for own, side in zip(thing.size, ground.size, strict=True)
        ]
        ground.paste(thing, (at[0], at[1]), thing)
        if front:
            mask.paste(thing.getchannel("A"), (at[0], at[1]))
    return ground, (np.asarray(mask, np.float32) > 127).astype(np.float32)


def _thing(path: Path, chance: random.Random) -> Image.Image:
    """A cut-out, turned, mirrored and in another light, so that no edge or colour gives it away."""
    image = Image.open(path).convert("RGBA")
    image = image.crop(image.getchannel("A").getbbox())
    if chance.random() < 0.5:
        image = ImageOps.mirror(image)
    if chance.random() < 0.5:
        angle = chance.uniform(-20, 20)
        image = image.rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    alpha = image.getchannel("A").filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.2)))
    colours = ImageEnhance.Brightness(image.convert("RGB")).enhance(chance.uniform(0.6, 1.2))
    colours = ImageEnhance.Contrast(colours).enhance(chance.uniform(0.7, 1.1))
    colours.putalpha(alpha)
    return colours


def _click(mask: Array, chance: random.Random) -> tuple[float, float]:
    import cv2

    inner = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(inner > chance.choice((0.3, 0.6, 0.95)) * inner.max())
    at = chance.randrange(len(rows))
    return (columns[at] + 0.5) / mask.shape[1], (rows[at] + 0.5) / mask.shape[0]


def _sample(picture: NDArray[np.uint8], mask: Array, click: tuple[float, float]) -> Sample:
    encoder = Encoder(NetworkPack.load(default_pack()))
    size = whole_steps(picture.shape[1], picture.shape[0], LOOK_SIDE, encoder.pack.multiple)
    look = np.array(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    taps = [tap.name for tap in encoder.pack.taps]
    maps = encoder.maps(look, [taps[round(depth * (len(taps) - 1))] for depth in DEPTHS])
    cues = SubjectCues(picture, maps, [click])
    return cues, cues.first(), resized(mask, cues.rows, cues.columns)


def fit(samples: Sequence[tuple[Array, Array]], chance: np.random.Generator) -> Perceptron:
    """A perceptron of cues [C, h, w] and shares [h, w], by Adam on the cross-entropy."""
    rows, wanted = [], []
    for cues, share in samples:
        some = chance.choice(share.size, PLACES)
        rows.append(cues.reshape(len(cues), -1).T[some])
        wanted.append(share.ravel()[some])
    given, answers = np.concatenate(rows), np.concatenate(wanted)
    mean, spread = given.mean(axis=0), given.std(axis=0) + 1e-3
    given = np.clip((given - mean) / spread, -4, 4)
    sizes = (given.shape[1], *HIDDEN, 1)
    weights = [
        (chance.standard_normal(pair) * np.sqrt(2 / pair[0])).astype(np.float32)
        for pair in itertools.pairwise(sizes)
    ]
    parameters = [*weights, *(np.zeros(size, np.float32) for size in sizes[1:])]
    step = _adam(parameters)
    for number in range(STEPS):
        some = chance.integers(0, len(given), BATCH)
        noise = chance.standard_normal((BATCH, sizes[0])).astype(np.float32) * 0.1
        slopes = _slopes(parameters, given[some] + noise, answers[some])
        step(slopes, 3e-3 * (0.5 + 0.5 * np.cos(np.pi * number / STEPS)))
    half = len(parameters) // 2
    layers = tuple(zip(parameters[:half], parameters[half:], strict=True))
    return Perceptron(mean, spread, layers)


def _slopes(parameters: Sequence[Array], rows: Array, wanted: Array) -> list[Array]:
    half = len(parameters) // 2
    held = [rows]
    for number in range(half):
        rows = held[-1] @ parameters[number] + parameters[half + number]
        held.append(np.maximum(rows, 0) if number + 1 < half else rows)
    back = ((1 / (1 + np.exp(-held[-1][:, 0])) - wanted) / len(wanted))[:, None]
    slopes: list[Array] = [np.empty(0, np.float32)] * len(parameters)
    for number in reversed(range(half)):
        slopes[number] = held[number].T @ back + 1e-4 * parameters[number]
        slopes[half + number] = back.sum(axis=0)
        if number:
            back = (back @ parameters[number].T) * (held[number] > 0)
    return slopes


def _adam(parameters: Sequence[Array]) -> Callable[[Sequence[Array], float], None]:
    first, second = ([np.zeros_like(each) for each in parameters] for _ in range(2))
    count = 0

    def step(slopes: Sequence[Array], rate: float) -> None:
        nonlocal count
        count += 1
        for each, slope, mean, square in zip(parameters, slopes, first, second, strict=True):
            np.add(mean, 0.1 * (slope - mean), out=mean)
            np.add(square, 0.001 * (slope**2 - square), out=square)
            even = mean / (1 - 0.9**count) / (np.sqrt(square / (1 - 0.999**count)) + 1e-8)
            np.subtract(each, rate * even, out=each, casting="same_kind")

    return step


def learn(samples: Sequence[Sample], chance: np.random.Generator) -> dict[str, Perceptron]:
    """Both perceptrons; the second sees answers of a first that has not seen its photos."""
    given = [(first, share) for _, first, share in samples]
    half = len(samples) // 2
    halves = [fit(given[half:], chance), fit(given[:half], chance)]
    seen = [
        (np.concatenate([first, cues.second(halves[number >= half](first))]), share)
        for number, (cues, first, share) in enumerate(samples)
    ]
    return {"first": fit(given, chance), "second": fit(seen, chance)}


def save(path: Path, heads: dict[str, Perceptron]) -> None:
    """As `SubjectHead.load` reads it."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, head in heads.items():
        arrays |= {f"{name}.count": np.array(len(head.layers)), f"{name}.mean": head.mean}
        arrays[f"{name}.spread"] = head.spread
        for number, (weights, bias) in enumerate(head.layers):
            arrays |= {f"{name}.weights.{number}": weights, f"{name}.bias.{number}": bias}
    np.savez_compressed(path, allow_pickle=False, **arrays)


def main() -> None:
    """Read the folders, paste, learn, save."""
    parser = argparse.ArgumentParser(description="Learn to find subjects.")
    parser.add_argument("cutouts", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--composites", type=int, default=340)
    options = parser.parse_args()
    things = sorted(options.cutouts.rglob("*.png"))
    photos = [path for path in sorted(options.photos.rglob("*")) if path.suffix in (".jpg", ".png")]
    chance = random.Random(1)
    samples = [composite(things, photos, chance) for _ in range(options.composites)]
    save(options.out, learn(samples, np.random.default_rng(0)))


if __name__ == "__main__":
    main()
