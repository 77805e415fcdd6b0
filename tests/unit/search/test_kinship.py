"""Same picture or similar: copies are told, and a hash that tells nothing tells nothing."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lookalike.photos.metadata import colour_and_phash
from lookalike.search.kinship import LEAST_COSINE, MOST_BITS_APART, same_picture
from tests.drawn_photos import draw

PHOTO = 0x5A5A_33CC_0F0F_9696
EVERY = 0xFFFF_FFFF_FFFF_FFFF


def hash_of(image: Image.Image) -> int:
    return colour_and_phash(image.convert("RGB").resize((288, 288)))[1]


def same(hashes: list[int], goal: int, cosine: float = 1.0) -> list[bool]:
    found = np.array([each & EVERY for each in hashes], np.uint64)
    cosines = np.full(len(hashes), cosine, np.float32)
    return [bool(each) for each in same_picture(found, goal, cosines)]


def flipped(bits: int, goal: int = PHOTO) -> int:
    """`goal` with so many of its bits turned, as many set as cleared."""
    for bit in range(0, 2 * bits, 2):
        goal ^= 1 << bit
    return goal


def test_hash_and_cosine_must_both_agree() -> None:
    assert same([PHOTO, flipped(MOST_BITS_APART), flipped(MOST_BITS_APART + 1)], PHOTO) == [
        True,
        True,
        False,
    ]
    assert same([PHOTO], PHOTO, LEAST_COSINE) == [True]
    assert same([PHOTO], PHOTO, LEAST_COSINE - 0.01) == [False]
    assert same([PHOTO], PHOTO, float("nan")) == [False]
    assert same([], PHOTO) == []


def test_hashes_are_the_same_signed_or_not() -> None:
    signed = PHOTO | 1 << 63
    assert same([signed], signed - (1 << 64)) == [True]
    assert same([signed - (1 << 64)], signed) == [True]


@pytest.mark.parametrize("empty", [0, EVERY, 1, 0xFF, EVERY ^ 0b111, 0x8000_0000_0000_0000])
def test_a_hash_that_tells_nothing_makes_nothing_the_same(empty: int) -> None:
    assert same([empty, empty ^ 1, PHOTO], empty) == [False] * 3
    assert same([empty], PHOTO) == [False]


def plain(kind: str, number: int) -> Image.Image:
    """Pictures with nothing in them that a hash could hold on to."""
    if kind == "flat":
        return Image.new("RGB", (64, 48), (37 * number % 256, 200, 90 * number % 256))
    if kind == "gradient":
        return Image.linear_gradient("L").rotate(90 * number).resize((300, 200 + number))
    image = Image.new("L", (300, 300), 10 * number)
    ImageDraw.Draw(image).rectangle([0, 150, 300, 300], fill=255 - 10 * number)
    return image


@pytest.mark.parametrize("kind", ["flat", "gradient", "edge"])
def test_plain_pictures_are_never_the_same(kind: str) -> None:
    hashes = [hash_of(plain(kind, number)) for number in range(4)]
    for goal in hashes:
        assert same(hashes, goal) == [False] * 4


def test_copies_of_photos_are_the_same_and_other_photos_are_not() -> None:
    # Stripes are left out: next to one strong frequency the others, and their bits, are noise.
    originals = [draw(kind, number) for kind in ("discs", "bricks") for number in range(6)]
    hashes = [hash_of(image) for image in originals]
    for place, image in enumerate(originals):
        packed = io.BytesIO()
        image.resize((200, 150)).save(packed, "JPEG", quality=50)
        answer = same(hashes, hash_of(Image.open(packed)))
        assert answer.pop(place)
        assert not any(answer)
