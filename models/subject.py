"""Learn to find subjects: `python -m models.subject CUTOUTS PHOTOS [--aside OTHERS]`.

CUTOUTS is a folder of pictures with transparency (one thing each), PHOTOS one of photographs.
Things are pasted into photos, in parts of other colours, cut by the frame, another thing beside
them; what is learned is how cues (`vision.subject_cues`) tell the place of a clicked one. The head
that comes with the program was learned from 78 photographed stamps of Tux Paint (GPL, most of
them public domain) on wallpapers and monuments; 50 other stamps and 124 photographs were kept
aside. A few minutes of one core, and 2 GB of memory for a thousand composites.
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.packing import put_subject
from lookalike.vision.planes import resized
from lookalike.vision.segmentation import DEPTHS, LOOK_SIDE, Perceptron, SubjectHead, outline
from lookalike.vision.steps import whole_steps
from lookalike.vision.subject_cues import SubjectCues

Array = NDArray[np.float32]
Half = NDArray[np.float16]
Scene = tuple[NDArray[np.uint8], Array, tuple[float, float]]
"""A photo [H, W, 3], its subject's mask [H, W] of 0 and 1, and a click inside."""
Sample = tuple[SubjectCues, Half, Half]
"""Cues of one photo and click, its first cues [C, h, w], and the share of subject [h, w].

In half precision: the maps of a thousand photos are to be held at once.
"""

PHOTO_SIDE, HIDDEN, STEPS, BATCH, PLACES = 640, (32, 16), 2000, 2048, 500
ASIDE = 50


def composite(things: Sequence[Path], photos: Sequence[Path], chance: random.Random) -> Scene:
    """One photo with a thing in front, perhaps another beside it, clicked inside."""
    while True:
        picture, mask = _pasted(things, photos, chance)
        if 0.02 < mask.mean() < 0.8:
            return np.array(picture), mask, _click(mask, chance)


def _pasted(
    things: Sequence[Path], photos: Sequence[Path], chance: random.Random
) -> tuple[Image.Image, Array]:
    ground = _ground(chance.choice(photos), chance)
    thing, at = _placed(things, ground, chance.uniform(0.4, 1.5), chance)
    mask = Image.new("L", ground.size)
    mask.paste(thing.getchannel("A"), at)
    taken = np.asarray(mask, np.float32) > 127
    if chance.random() < 0.4:
        other, beside = _placed(things, ground, chance.uniform(0.2, 0.5), chance)
        shape = Image.new("L", ground.size)
        shape.paste(other.getchannel("A"), beside)
        # Beside it: what stands on another thing is mostly a part of it.
        if not (taken & (np.asarray(shape) > 127)).any():
            ground.paste(_in_light_of(ground, other, chance), beside, other)
    ground.paste(_in_light_of(ground, thing, chance), at, thing)
    return _as_taken(ground, chance), taken.astype(np.float32)


def _placed(
    things: Sequence[Path], ground: Image.Image, share: float, chance: random.Random
) -> tuple[Image.Image, tuple[int, int]]:
    """A cut-out whose longer side is `share` of the ground's shorter one, and where it goes."""
    thing = cut_out(chance.choice(things), chance)
    scale = share * min(ground.size) / max(thing.size)
    width, height = (max(2, round(side * scale)) for side in thing.size)
    thing = thing.resize((width, height), Image.Resampling.LANCZOS)
    beyond = 0.3 if chance.random() < 0.4 else 0.0  # over the frame's edge
    left, top = (
        round(chance.uniform(-beyond * own, max(side - own * (1 - beyond), 0)))
        for own, side in zip(thing.size, ground.size, strict=True)
    )
    return thing, (left, top)


def _ground(path: Path, chance: random.Random) -> Image.Image:
    """A part of a photo, mirrored or not, sharp, soft, or as plain as a wall."""
    ground = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    ground.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    if chance.random() < 0.5:
        share = chance.uniform(0.5, 1.0)
        width, height = (max(2, round(side * share)) for side in ground.size)
        left, top = (
            chance.randint(0, ground.width - width),
            chance.randint(0, ground.height - height),
        )
        ground = ground.crop((left, top, left + width, top + height))
    if chance.random() < 0.5:
        ground = ImageOps.mirror(ground)
    softness = chance.choice((0.0, 0.0, chance.uniform(0, 4), chance.uniform(20, 80)))
    return ground.filter(ImageFilter.GaussianBlur(softness))


def cut_out(path: Path, chance: random.Random) -> Image.Image:
    """A cut-out, turned, mirrored, in other colours, so that no edge or colour gives it away."""
    image = Image.open(path).convert("RGBA")
    image = image.crop(image.getchannel("A").getbbox())
    if chance.random() < 0.5:
        image = ImageOps.mirror(image)
    if chance.random() < 0.5:
        angle = chance.uniform(-20, 20)
        image = image.rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    for _ in range(chance.choice((0, 1, 1, 2))):
        image = _in_parts(image, chance)
    alpha = image.getchannel("A").filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.2)))
    colours = ImageEnhance.Brightness(image.convert("RGB")).enhance(chance.uniform(0.6, 1.2))
    colours = ImageEnhance.Color(colours).enhance(chance.uniform(0.4, 1.3))
    colours = ImageEnhance.Contrast(colours).enhance(chance.uniform(0.7, 1.1))
    if chance.random() < 0.4:
        colours = colours.filter(ImageFilter.GaussianBlur(chance.uniform(0, 2)))
    colours.putalpha(alpha)
    return colours


def _in_parts(image: Image.Image, chance: random.Random) -> Image.Image:
    """One side of a line in another colour: people wear shirts and trousers, shoes have toes."""
    pixels = np.asarray(image, np.float32)
    rows, columns = np.nonzero(pixels[..., 3] > 127)
    if len(rows) < 16:
        return image
    turn = chance.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]]
    along = x * np.cos(turn) + y * np.sin(turn)
    part = along > np.quantile(along[rows, columns], chance.uniform(0.3, 0.8))
    colours = pixels[..., :3]
    shade = colours.mean(axis=2, keepdims=True)
    tint = np.array([chance.uniform(0.2, 1.6) for _ in range(3)], np.float32)
    kept = chance.uniform(0, 0.6)
    other = kept * colours + (1 - kept) * shade * tint + chance.uniform(-60, 60)
    changed = np.where(part[..., None], np.clip(other, 0, 255), colours).astype(np.uint8)
    found = Image.fromarray(changed)
    found.putalpha(image.getchannel("A"))
    return found


def _in_light_of(ground: Image.Image, thing: Image.Image, chance: random.Random) -> Image.Image:
    """A thing's mean colour drawn towards that of its ground, as one light on both would."""
    away = np.asarray(ground, np.float32).mean(axis=(0, 1))
    pixels = np.asarray(thing.convert("RGB"), np.float32)
    weights = np.asarray(thing.getchannel("A"), np.float32)[..., None] + 1e-3
    own = (pixels * weights).sum(axis=(0, 1)) / weights.sum()
    moved = pixels + chance.uniform(0, 0.5) * (away - own)
    return Image.fromarray(np.clip(moved, 0, 255).astype(np.uint8))


def _as_taken(picture: Image.Image, chance: random.Random) -> Image.Image:
    """With a sensor's noise and a JPEG's traces over thing and ground alike."""
    pixels = np.asarray(picture, np.float32)
    noise = np.random.default_rng(chance.getrandbits(32)).standard_normal(pixels.shape)
    noisy = np.clip(pixels + noise * chance.choice((0.0, 2.0, 6.0)), 0, 255).astype(np.uint8)
    kept = io.BytesIO()
    Image.fromarray(noisy).save(kept, "JPEG", quality=chance.randint(60, 95))
    return Image.open(kept).convert("RGB")


def _click(mask: Array, chance: random.Random) -> tuple[float, float]:
    import cv2

    inner = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(inner > chance.choice((0.3, 0.6, 0.95)) * inner.max())
    at = chance.randrange(len(rows))
    return (columns[at] + 0.5) / mask.shape[1], (rows[at] + 0.5) / mask.shape[0]


def cues_of(encoder: Encoder, scene: Scene) -> SubjectCues:
    """As `usecases.segmenting` takes them."""
    picture, _, click = scene
    size = whole_steps(picture.shape[1], picture.shape[0], LOOK_SIDE, encoder.pack.multiple)
    look = np.array(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    taps = [tap.name for tap in encoder.pack.taps]
    maps = encoder.maps(look, [taps[round(depth * (len(taps) - 1))] for depth in DEPTHS])
    return SubjectCues(picture, maps, [click])


def sample(encoder: Encoder, scene: Scene) -> Sample:
    """What is learned from a scene."""
    cues = cues_of(encoder, scene)
    first, share = cues.first(), resized(scene[1], cues.rows, cues.columns)
    cues.features = [each.astype(np.float16) for each in cues.features]
    return cues, first.astype(np.float16), share.astype(np.float16)


def fit(samples: Sequence[tuple[Half, Half]], chance: np.random.Generator) -> Perceptron:
    """A perceptron of cues [C, h, w] and shares [h, w], by Adam on the cross-entropy."""
    rows, wanted = [], []
    for cues, share in samples:
        some = chance.choice(share.size, PLACES)
        rows.append(cues.reshape(len(cues), -1).T[some])
        wanted.append(share.ravel()[some])
    given = np.concatenate(rows).astype(np.float32)
    answers = np.concatenate(wanted).astype(np.float32)
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
        (np.concatenate([first, _second(cues, halves[number >= half], first)]), share)
        for number, (cues, first, share) in enumerate(samples)
    ]
    return {"first": fit(given, chance), "second": fit(seen, chance)}


def _second(cues: SubjectCues, head: Perceptron, first: Half) -> Half:
    kept = cues.features
    cues.features = [each.astype(np.float32) for each in kept]
    found = cues.second(head(first.astype(np.float32)))
    cues.features = kept
    return found.astype(np.float16)


def overlap(head: SubjectHead, encoder: Encoder, scene: Scene) -> float:
    """Intersection over union of what is found at the click and what is there."""
    picture, mask, click = scene
    found = outline(picture, head.likelihood(cues_of(encoder, scene)), [click])
    there = mask > 0.5
    return float((found & there).sum() / (found | there).sum())


def packed(heads: dict[str, Perceptron]) -> bytes:
    """As `SubjectHead.load` reads them."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, head in heads.items():
        arrays |= {f"{name}.count": np.array(len(head.layers)), f"{name}.mean": head.mean}
        arrays[f"{name}.spread"] = head.spread
        for number, (weights, bias) in enumerate(head.layers):
            arrays |= {f"{name}.weights.{number}": weights, f"{name}.bias.{number}": bias}
    made = io.BytesIO()
    np.savez_compressed(made, allow_pickle=False, **arrays)
    return made.getvalue()


def main() -> None:
    """Read the folders, paste, learn, save; tell what it is worth on things kept aside."""
    parser = argparse.ArgumentParser(description="Learn to find subjects.")
    parser.add_argument("cutouts", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--aside", type=Path, help="a folder of cut-outs to be judged by")
    parser.add_argument("--composites", type=int, default=300)
    parser.add_argument("--out", type=Path, help="an .npz file; left out: the default network's")
    options = parser.parse_args()
    kinds = (".jpg", ".jpeg", ".png", ".webp")
    found = sorted(options.photos.rglob("*"))
    photos = [path for path in found if path.suffix.lower() in kinds]
    pack = NetworkPack.load(default_pack())
    encoder, chance = Encoder(pack), random.Random(5)
    things = sorted(options.cutouts.rglob("*.png"))
    scenes = (composite(things, photos, chance) for _ in range(options.composites))
    samples = [sample(encoder, scene) for scene in scenes]
    heads = learn(samples, np.random.default_rng(0))
    if options.out:
        options.out.write_bytes(packed(heads))
    else:
        put_subject(pack, packed(heads))
    if options.aside:
        others = sorted(options.aside.rglob("*.png"))
        head = SubjectHead(heads["first"], heads["second"])
        worth = [overlap(head, encoder, composite(others, photos, chance)) for _ in range(ASIDE)]
        print(f"intersection over union on {ASIDE} kept aside: {np.mean(worth):.3f}")


if __name__ == "__main__":
    main()
