"""What a camera makes of a scene: two exposures from the hand, and pictures in frames on a wall.

Simulated from photos: the scene is flat or in relief, the camera turns and steps aside, and each
exposure has its own light, focus, noise and compression.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = Image.Image
Pixels = NDArray[np.float32]
Chance = np.random.Generator


def compressed(pixels: Pixels, quality: int) -> Picture:
    """As a JPEG file's picture."""
    out = io.BytesIO()
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    picture.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def exposures(
    picture: Picture, chance: Chance, amount: float, relief: bool
) -> tuple[Picture, Picture]:
    """Two exposures of what a photo shows, the camera held in a hand.

    `amount` 1 is a turn of about a degree each way and a step of a thirtieth of the distance.
    What both show is cut from within, so that no border is made up.
    """
    scene = np.asarray(picture.convert("RGB")).astype(np.float32)
    edge = (slice(scene.shape[0] // 10, -scene.shape[0] // 10),)
    edge += (slice(scene.shape[1] // 10, -scene.shape[1] // 10),)
    one, other = scene[edge], _seen_again(scene, chance, amount, relief)[edge]
    return _exposed(one, chance), _exposed(other, chance)


def _seen_again(scene: Pixels, chance: Chance, amount: float, relief: bool) -> Pixels:
    height, width = scene.shape[:2]
    focal = chance.uniform(0.8, 1.4) * max(width, height)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    right, down = (x - width / 2) / focal, (y - height / 2) / focal
    slope = chance.normal(0, 0.2, 2)
    depth = 1 + slope[0] * right + slope[1] * down
    if relief:
        bumps = chance.normal(0, 1, chance.integers(3, 8, 2)).astype(np.float32)
        depth += 0.15 * cv2.resize(bumps, (width, height), interpolation=cv2.INTER_CUBIC)
    depth = np.clip(depth, 0.4, 3)
    turn = np.deg2rad(chance.normal(0, [1.0, 1.0, 0.8]) * amount)
    rays = np.stack([right * depth, down * depth, depth], axis=-1) @ cv2.Rodrigues(turn)[0].T
    rays += chance.normal(0, 0.03, 3) * amount
    found = []
    aimed = chance.uniform(0, 0.8)  # the hand aims at the same thing again, more or less
    for axis, own, middle in ((0, x, width / 2), (1, y, height / 2)):
        mapped = rays[..., axis] / rays[..., 2] * focal + middle
        found.append((mapped - aimed * np.median(mapped - own)).astype(np.float32))
    seen = cv2.remap(scene, *found, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(seen, np.float32)


def _exposed(scene: Pixels, chance: Chance) -> Picture:
    light = np.exp(chance.normal(0, 0.12)) * np.exp(chance.normal(0, 0.03, 3))
    pixels = 255 * np.clip(scene * light / 255, 0, 1) ** chance.uniform(0.93, 1.07)
    focus = chance.uniform(0.2, 0.9) * max(scene.shape) / 1200 + 0.05
    pixels = cv2.GaussianBlur(pixels, (0, 0), focus)
    pixels += chance.normal(0, chance.uniform(1, 6), pixels.shape)
    return compressed(pixels, int(chance.integers(80, 95)))


def on_a_wall(picture: Picture, chance: Chance, wall: Picture) -> Picture:
    """A photograph of a picture in a frame on a wall, from somewhat aside, in a room's light."""
    width, height = (800, 600) if chance.random() < 0.6 else (600, 800)
    framed = _in_a_frame(np.asarray(picture.convert("RGB")).astype(np.float32), chance)
    tall, wide = framed.shape[:2]
    scale = chance.uniform(0.4, 0.95) * min(width / wide, height / tall)
    left = chance.uniform(0, width - wide * scale)
    top = chance.uniform(0, height - tall * scale)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) + chance.uniform(-0.07, 0.07, (4, 2))
    aside = (corners * [wide * scale, tall * scale] + [left, top]).astype(np.float32)
    whole = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    way = cv2.getPerspectiveTransform(whole, aside)
    softer = cv2.GaussianBlur(framed, (0, 0), max(0.01, 0.45 / scale)) if scale < 0.9 else framed
    seen = cv2.warpPerspective(softer, way, (width, height))
    there = cv2.warpPerspective(np.ones((tall, wide), np.float32), way, (width, height))
    behind = np.asarray(wall.convert("RGB").resize((width, height))).astype(np.float32)
    behind = cv2.GaussianBlur(behind, (0, 0), chance.uniform(0.5, 8))
    room = seen * there[..., np.newaxis] + behind * (1 - there[..., np.newaxis])
    room = cv2.GaussianBlur(_lit(room, chance), (0, 0), chance.uniform(0.2, 1.8))
    room += chance.normal(0, chance.uniform(2, 9), room.shape)
    return compressed(room, 75)


def _in_a_frame(pixels: Pixels, chance: Chance) -> Pixels:
    """In a moulded frame of one colour, every third with a white mount."""
    height, width = pixels.shape[:2]
    wood = max(2, int(chance.uniform(0.03, 0.14) * min(height, width)))
    mount = int(chance.choice([0, 0, chance.uniform(0.02, 0.1)]) * min(height, width))
    rim = wood + mount
    found = np.empty((height + 2 * rim, width + 2 * rim, 3), np.float32)
    found[:] = chance.integers(30, 220, 3)
    for step, light in enumerate(np.abs(np.linspace(-1, 1, wood)) * 40 - 20):
        found[step : -step or None, step : -step or None] = found[0, 0] + light
    found[wood:-wood, wood:-wood] = chance.uniform(215, 245)
    found[rim : rim + height, rim : rim + width] = pixels
    return found


def _lit(room: Pixels, chance: Chance) -> Pixels:
    """Darker towards one side and the corners, tinted, with up to two reflections."""
    height, width = room.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    side = np.linspace(chance.uniform(0.6, 1.1), chance.uniform(0.6, 1.1), width)
    tint = [chance.uniform(0.8, 1.15), 1.0, chance.uniform(0.75, 1.1)]
    far = ((x - width / 2) / width) ** 2 + ((y - height / 2) / height) ** 2
    lit = room * side[np.newaxis, :, np.newaxis] * tint
    lit *= (1 - chance.uniform(0, 0.8) * far)[..., np.newaxis]
    for _ in range(chance.integers(0, 3)):
        size, stretch = chance.uniform(20, 150), chance.uniform(0.5, 2)
        down, right = chance.uniform(0, height), chance.uniform(0, width)
        glare = np.exp(-(((y - down) / size) ** 2) - ((x - right) / (size * stretch)) ** 2)
        lit += glare[..., np.newaxis] * chance.uniform(0, 160)
    return lit.astype(np.float32)
