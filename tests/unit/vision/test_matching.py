"""One picture or two: changed copies are told from other pictures of their kind, by pixels."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from lookalike.vision.features import (
    LEAST_HINTS,
    Features,
    extract,
    extract_coarse,
    glimpse,
    hints,
    mirrored,
    proposals,
)
from lookalike.vision.matching import Overlap, greyed, overlap
from lookalike.vision.registration import Settled
from tests.drawn_photos import KINDS, draw


def looked_at(image: Image.Image) -> tuple[np.ndarray, Features]:
    grey = greyed(np.asarray(image.convert("RGB")))
    return grey, extract(grey)


def same(first: Image.Image, second: Image.Image) -> bool:
    (one, features), (other, others) = looked_at(first), looked_at(second)
    sharp = min(max(first.size), max(second.size))
    laid = overlap(one, other, proposals(features, [others])[0], sharp)
    return laid is not None and laid.same


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue()))


CHANGES = {
    "recompressed": lambda image: jpeg(image, 20),
    "smaller": lambda image: image.resize((120, 90)),
    "squashed": lambda image: image.resize((480, 280)),
    "turned": lambda image: image.rotate(90, expand=True),
    "flipped": ImageOps.mirror,
    "upside down and flipped": ImageOps.flip,
    "tilted": lambda image: image.rotate(7, Image.Resampling.BICUBIC, expand=True),
    "cropped": lambda image: image.crop((150, 60, 430, 270)),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(4)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "darker": lambda image: image.point(lambda value: value // 2),
    "framed": lambda image: ImageOps.expand(image, 60, "white"),
}


WHOLE = sorted(set(CHANGES) - {"tilted", "cropped", "framed"})


@pytest.mark.parametrize(
    ("kind", "change"),
    [*(("leaves", change) for change in CHANGES), *(("discs", change) for change in WHOLE)],
)
def test_a_changed_picture_is_the_same(kind: str, change: str) -> None:
    """Discs have too few features to be found in a part of a picture, but not as a whole."""
    picture = draw(kind, 3)
    changed = CHANGES[change](picture)
    assert same(picture, changed)
    assert same(changed, picture)


@pytest.mark.parametrize("kind", KINDS)
def test_another_of_its_kind_is_not(kind: str) -> None:
    for seed in range(4):
        assert not same(draw(kind, seed), draw(kind, seed + 10))


def test_another_moment_of_one_scene_is_not() -> None:
    """Everything moves a little, each its own way: as between two exposures."""
    picture = np.asarray(draw("leaves", 5))
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    moved_x = x + 6 * np.sin(y / 40) + 5 * np.cos(x / 50)
    moved_y = y + 6 * np.cos(x / 45) + 5 * np.sin(y / 55)
    moved = picture[
        moved_y.round().astype(int).clip(0, height - 1),
        moved_x.round().astype(int).clip(0, width - 1),
    ]
    assert not same(Image.fromarray(picture), Image.fromarray(moved))


def test_a_picture_seen_from_the_side_is_shown_but_not_the_same() -> None:
    """As a photograph of a painting on its wall: another exposure, however alike."""
    picture = draw("leaves", 6)
    seen = picture.transform(
        picture.size,
        Image.Transform.QUAD,
        (30, 40, 5, 350, 470, 330, 440, 5),
        Image.Resampling.BICUBIC,
    )
    (one, features), (other, others) = looked_at(seen), looked_at(picture)
    laid = overlap(one, other, proposals(features, [others])[0])
    assert laid is not None
    assert laid.bend > 0.03
    assert laid.shown
    assert not laid.same


def test_a_whole_copy_tells_without_features() -> None:
    picture = draw("leaves", 3)
    one = greyed(np.asarray(picture))
    for copy in (jpeg(picture.resize((200, 150)), 30), ImageOps.mirror(picture)):
        other = greyed(np.asarray(copy.convert("RGB")))
        (ways,) = proposals(glimpse(one), [glimpse(other)])
        assert [way.inliers for way in ways] == [0]
        laid = overlap(one, other, ways, 200)
        assert laid is not None
        assert laid.same
    cut = greyed(np.asarray(picture.crop((150, 60, 430, 270))))
    found = overlap(one, cut, proposals(glimpse(one), [glimpse(cut)])[0])
    assert found is None or not found.same


def test_features_in_plenty_show_it_though_light_hides_a_part() -> None:
    assert Overlap(0.4, 0.5, 1.0, 36).shown
    assert not Overlap(0.4, 0.5, 1.0, 36).same
    assert not Overlap(0.4, 0.5, 1.0, 9).shown
    assert Overlap(0.9, 0.5, 1.0, 9).shown
    assert not Overlap(0.9, 0.5, 1.0, 0).shown


@pytest.mark.parametrize(
    "plain",
    [
        Image.new("RGB", (300, 200), "black"),
        Image.new("RGB", (1, 1), "red"),
        Image.linear_gradient("L").convert("RGB"),
        Image.new("RGB", (2000, 3), "white"),
    ],
    ids=["black", "one pixel", "gradient", "line"],
)
def test_plain_pictures_are_nothing_else(plain: Image.Image) -> None:
    assert not same(plain, draw("leaves", 1))
    assert not same(draw("leaves", 1), plain)


def test_the_map_leads_to_the_very_spot() -> None:
    picture = draw("leaves", 2, (640, 480))
    part = picture.crop((200, 100, 520, 340))  # a half each way
    _, whole = looked_at(picture)
    _, cut = looked_at(part)
    (way,) = [each for each in proposals(cut, [whole])[0] if each.inliers]
    spots = np.array([[0, 0, 1], [320, 0, 1], [160, 120, 1], [320, 240, 1]], float)
    found = spots @ way.matrix.T
    # Both are looked at with a longer side of 320 pixels.
    expected = np.array([[100, 50], [260, 50], [180, 110], [260, 170]])
    assert found[:, :2] / found[:, 2:] == pytest.approx(expected, abs=1.5)


def test_features_of_the_mirrored_picture_are_mirrored_features() -> None:
    picture = draw("leaves", 4)
    _, one = looked_at(picture)
    _, other = looked_at(ImageOps.mirror(picture))
    likeness = mirrored(one.sift).astype(float) @ other.sift.astype(float).T
    near = other.points[likeness.argmax(axis=1)]
    where = np.stack([one.shape[1] - 1 - one.points[:, 0], one.points[:, 1]], axis=1)
    assert (np.abs(near - where).max(axis=1) < 2).mean() > 0.8


def test_many_at_once_are_as_one_by_one() -> None:
    pictures = [draw(kind, seed) for kind in KINDS for seed in range(6)]
    looked = [looked_at(picture)[1] for picture in pictures]
    leaves = KINDS.index("leaves") * 6
    goal = looked_at(pictures[leaves].resize((300, 225)))[1]
    together = proposals(goal, looked)
    alone = [proposals(goal, [each])[0] for each in looked]
    assert [len(each) for each in together] == [len(each) for each in alone]
    assert max(way.inliers for way in together[leaves]) > 50
    assert proposals(goal, []) == []


@pytest.mark.parametrize("change", WHOLE)
def test_a_coarse_look_lays_a_whole_copy_as_a_close_one_does(change: str) -> None:
    picture = draw("discs", 3)
    one, other = (
        greyed(np.asarray(each.convert("RGB"))) for each in (picture, CHANGES[change](picture))
    )
    (ways,) = proposals(extract_coarse(one), [extract_coarse(other)])
    (close,) = proposals(extract(one), [extract(other)])
    whole = [[way.matrix for way in each if way.inliers == 0] for each in (ways, close)]
    assert len(whole[0]) == len(whole[1]) == 1
    assert np.allclose(whole[0][0], whole[1][0])


def test_a_part_of_a_picture_hints_at_it_in_a_coarse_look() -> None:
    picture = draw("leaves", 3)
    cut = greyed(np.asarray(picture.crop((150, 60, 430, 270))))
    goal = extract_coarse(cut), extract(cut)
    mirror = extract_coarse(greyed(np.asarray(ImageOps.mirror(picture))))
    whole = extract_coarse(greyed(np.asarray(picture)))
    assert hints(*goal, whole) >= LEAST_HINTS
    assert hints(*goal, mirror) >= LEAST_HINTS
    others = [extract_coarse(looked_at(draw("leaves", seed))[0]) for seed in range(10, 22)]
    assert sum(hints(*goal, other) >= LEAST_HINTS for other in others) <= 6
    plain = extract_coarse(np.full((240, 320), 90, np.uint8))
    assert hints(*goal, plain) == hints(plain, plain, whole) == 0


def low_sun() -> Image.Image:
    """A smooth sky, a haze and a hill's faint line: hardly a corner in it."""
    y, x = np.mgrid[:300, :400].astype(np.float32)
    sun = 90 * np.exp(-(((x - 270) / 60) ** 2) - ((y - 150) / 40) ** 2)
    hill = np.where(y > 210 + 25 * np.sin(x / 45) + 10 * np.sin(x / 17), -30, 0)
    grey = cv2.GaussianBlur((60 + y / 6 + x / 8 + sun + hill).astype(np.float32), (0, 0), 5)
    return Image.fromarray(
        np.repeat(grey[..., np.newaxis], 3, axis=2).clip(0, 255).astype(np.uint8)
    )


def in_a_viewer(image: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (420, 640), (18, 18, 20))
    painter = ImageDraw.Draw(screen)
    painter.text((210, 50), "Photos", anchor="mm", font_size=20, fill="white")
    screen.paste(image.resize((420, 315)), (0, 150))
    return screen


@pytest.mark.parametrize(
    "change",
    [
        lambda image: jpeg(image, 10),
        lambda image: ImageOps.expand(image, 40, (200, 180, 20)),
        lambda image: ImageOps.pad(image, (500, 300), color="black"),
        in_a_viewer,
    ],
    ids=["compressed", "framed", "with bars", "in a viewer"],
)
def test_a_picture_without_corners_is_found(change: Callable[[Image.Image], Image.Image]) -> None:
    picture = low_sun()
    assert same(picture, change(picture))
    assert same(change(picture), picture)


def test_what_is_pasted_on_a_plain_ground_does_not_hide_a_faint_picture() -> None:
    """It counts in one of them alone; what both show agrees."""
    assert Overlap(0.46, 0.97, 1.0, 54, common=0.81).same
    assert not Overlap(0.46, 0.97, 1.0, 54, common=0.5).same
    assert not Overlap(0.2, 0.97, 1.0, 54, common=0.9).same


def test_a_whole_copy_is_told_where_few_blocks_can_be_measured() -> None:
    """The best fit to noise wanders; the map that lays frame on frame does not."""
    drifted = Settled(0.4, 0.05, 0.3, 0.99, 3.0, 320, 13, stayed=0.2)
    assert drifted.one_exposure
    assert not replace(drifted, stayed=0.6).one_exposure
    assert not replace(drifted, stayed=math.inf).one_exposure
