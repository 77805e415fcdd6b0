"""Photos the tests draw themselves: a few kinds of scenes, each with variations.

Not photographs, but a network sees kinds in them: stripes, discs on a gradient, leaves, bricks.
"""

from __future__ import annotations

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

KINDS = ("stripes", "discs", "leaves", "bricks")


def draw(kind: str, seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """One scene of `kind`; the same `seed` draws the same picture."""
    # Drawing a scene needs chance, not secrecy.
    chance = random.Random(f"{kind}-{seed}")
    image = _gradient(chance, size)
    painter = ImageDraw.Draw(image)
    {"stripes": _stripes, "discs": _discs, "leaves": _leaves, "bricks": _bricks}[kind](
        painter, chance, size
    )
    return image.filter(ImageFilter.GaussianBlur(0.8))


def save_photos(folder: Path, each: int, size: tuple[int, int] = (480, 360)) -> list[Path]:
    """`each` JPEG photos of every kind in `folder`, named kind-number.jpg; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in KINDS:
        for number in range(each):
            path = folder / f"{kind}-{number:03}.jpg"
            draw(kind, number, size).save(path, quality=90)
            paths.append(path)
    return paths


def _colour(chance: random.Random, low: int = 30, high: int = 225) -> tuple[int, int, int]:
    return chance.randint(low, high), chance.randint(low, high), chance.randint(low, high)


def _gradient(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    top, bottom = Image.new("RGB", size, _colour(chance)), Image.new("RGB", size, _colour(chance))
    return Image.composite(top, bottom, ramp)


def _stripes(painter: ImageDraw.ImageDraw, chance: random.Random, size: tuple[int, int]) -> None:
    width, colour = chance.randint(10, 26), _colour(chance)
    for x in range(-size[1], size[0], width * 2):
        painter.line([(x, 0), (x + size[1] // 3, size[1])], fill=colour, width=width)


def _discs(painter: ImageDraw.ImageDraw, chance: random.Random, size: tuple[int, int]) -> None:
    for _ in range(chance.randint(5, 9)):
        x, y, r = chance.randint(0, size[0]), chance.randint(0, size[1]), chance.randint(25, 70)
        painter.ellipse([x - r, y - r, x + r, y + r], fill=_colour(chance), outline=(20, 20, 20))


def _leaves(painter: ImageDraw.ImageDraw, chance: random.Random, size: tuple[int, int]) -> None:
    for _ in range(120):
        x, y = chance.randint(0, size[0]), chance.randint(0, size[1])
        angle, length = chance.random() * math.tau, chance.randint(14, 34)
        tip = (x + length * math.cos(angle), y + length * math.sin(angle))
        side = (x + length / 3 * math.cos(angle + 0.9), y + length / 3 * math.sin(angle + 0.9))
        green = (chance.randint(10, 70), chance.randint(90, 190), chance.randint(10, 70))
        painter.polygon([(x, y), side, tip], fill=green)


def _bricks(painter: ImageDraw.ImageDraw, chance: random.Random, size: tuple[int, int]) -> None:
    height, width = chance.randint(22, 32), chance.randint(50, 75)
    for row, y in enumerate(range(0, size[1], height)):
        for x in range(-width + (row % 2) * width // 2, size[0], width):
            red = (chance.randint(130, 190), chance.randint(50, 80), chance.randint(40, 60))
            painter.rectangle([x + 2, y + 2, x + width - 2, y + height - 2], fill=red)
