"""One exposure or two: copies lie still on their original, a camera in a hand does not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from lookalike.vision.features import extract, opencv, proposals
from lookalike.vision.matching import greyed, overlap
from lookalike.vision.registration import Settled, settled
from tests.drawn_photos import draw


def laid(first: Image.Image, second: Image.Image) -> Settled | None:
    """How the second lies on the first, by the best way that their features propose."""
    one, other = (greyed(np.asarray(each.convert("RGB"))) for each in (first, second))
    ways = proposals(extract(one), [extract(other)])[0]
    sharp = min(320, max(first.size), max(second.size))
    found = [settled(one, other, way.matrix, sharp) for way in ways]
    measured = [each for each in found if each is not None]
    return min(measured, key=lambda each: each.moved, default=None)


def written_on(image: Image.Image) -> Image.Image:
    found = image.copy()
    painter = ImageDraw.Draw(found)
    painter.rectangle([20, 20, 180, 140], fill="teal")
    painter.text((200, 250), "WHEN YOU SEE IT", font_size=40, fill="white", stroke_width=3)
    return found


COPIES = {
    "cut": lambda image: image.crop((83, 41, 415, 290)),
    "smaller": lambda image: image.resize((200, 150)),
    "squashed": lambda image: image.resize((480, 290)),
    "turned by 5": lambda image: image.rotate(5, Image.Resampling.BICUBIC, expand=True),
    "on its side": lambda image: image.rotate(90, expand=True),
    "written on": written_on,
    "as a stamp": lambda image: image.resize((100, 75)),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    "burnt out": lambda image: ImageEnhance.Brightness(image).enhance(1.6),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_lies_still(change: str) -> None:
    picture = draw("leaves", 3)
    for one, other in ((picture, COPIES[change](picture)), (COPIES[change](picture), picture)):
        found = laid(one, other)
        assert found is not None
        assert found.one_exposure
        assert found.inside > 0.99
        off = 0.4 if change == "as a stamp" else 0.12
        assert found.turned == pytest.approx(5 if change == "turned by 5" else 0, abs=off)


def seen_again(
    picture: Image.Image, turn: float = 0, tilt: float = 0, relief: float = 0, shift: float = 0
) -> Image.Image:
    """The scene as a camera sees it that turned and tilted (degrees) and stepped aside."""
    cv2 = opencv()
    pixels = np.asarray(picture)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    right, down = (x - width / 2) / width, (y - height / 2) / width
    near = 1 + relief * np.sin(9 * right) * np.cos(7 * down)  # the depth of the scene
    rays = np.stack([right * near, down * near, near], axis=-1)
    axes = np.deg2rad([tilt, tilt / 2, turn])
    moved = rays @ cv2.Rodrigues(axes)[0].T + [shift, shift / 2, 0]
    maps = [
        (moved[..., axis] / moved[..., 2] * width + middle).astype(np.float32)
        for axis, middle in ((0, width / 2), (1, height / 2))
    ]
    maps = [
        each - np.float32(np.median(each - own)) for each, own in zip(maps, (x, y), strict=True)
    ]
    again = cv2.remap(pixels, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    # No made-up border: what both show is cut from within.
    return Image.fromarray(again[30:-30, 40:-40])


@pytest.mark.parametrize(
    "hand",
    [
        {"tilt": 1.5},
        {"turn": 0.8, "tilt": 0.5},
        {"relief": 0.15, "shift": 0.04},
        {"relief": 0.1, "shift": 0.03, "turn": 0.4, "tilt": 0.7},
    ],
    ids=["tilted", "turned", "stepped aside", "all of it"],
)
def test_a_hand_that_moves_is_seen(hand: dict[str, float]) -> None:
    picture = draw("leaves", 5, (640, 480))
    one, again = seen_again(picture), seen_again(picture, **hand)
    found = laid(one, again)
    assert found is not None
    assert not found.one_exposure
    grey = [greyed(np.asarray(each)) for each in (one, again)]
    ways = proposals(extract(grey[0]), [extract(grey[1])])[0]
    told = overlap(grey[0], grey[1], ways)
    assert told is not None
    assert not told.same
    assert told.shown


def test_where_nothing_can_be_measured_nothing_is_said() -> None:
    plain = greyed(np.full((200, 300, 3), 90, np.uint8))
    assert settled(plain, plain, np.eye(3), 320) is None
