from __future__ import annotations

import pytest
from PIL import Image, ImageEnhance
from tests.unit.photos.conftest import scene

from lookalike.photos.metadata import camera_name, colour_and_phash, taken_time


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("DJI", "FC300S", "DJI FC300S"),
        ("Apple\0\0", " iPhone 12 ", "Apple iPhone 12"),
        ("samsung", None, "samsung"),
        (None, "X100", "X100"),
        (b"Sony", b"ILCE-7", "Sony ILCE-7"),
        (None, None, ""),
        (7, (1, 2), ""),
    ],
)
def test_the_camera_names_its_maker_once(make, model, name):
    assert camera_name(make, model) == name


@pytest.mark.parametrize(
    ("stamp", "fraction", "seconds"),
    [
        ("1970:01:01 00:00:10", None, 10.0),
        ("2016:11:18 12:34:56", "5", 1479472496.5),
        ("2016:11:18 12:34:56\0", "no", 1479472496.0),
        ("1969:12:31 23:59:59", None, -1.0),
        ("0000:00:00 00:00:00", None, None),
        ("2016:13:40 12:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        ("", None, None),
        (None, None, None),
        (20161118, None, None),
    ],
)
def test_dates(stamp, fraction, seconds):
    assert taken_time(stamp, fraction) == seconds


def bits_apart(one: int, other: int) -> int:
    return ((one ^ other) & (2**64 - 1)).bit_count()


def test_the_hash_keeps_its_value():
    """Stored hashes are compared with new ones: a change of this value needs a new version."""
    colour, phash = colour_and_phash(scene(160, 120, seed=5))
    assert -(2**63) <= phash < 2**63
    assert (colour, phash) == (8868189, -8561952400169992808)


def test_flat_pictures_have_one_hash():
    for colour in ("black", "white", "#3da5ff"):
        assert colour_and_phash(Image.new("RGB", (50, 50), colour))[1] == 0


def test_the_hash_forgives_scaling_and_light_and_tells_pictures_apart():
    picture = scene(400, 300, seed=3)
    _, own = colour_and_phash(picture)
    _, small = colour_and_phash(picture.resize((200, 150)))
    _, bright = colour_and_phash(ImageEnhance.Brightness(picture).enhance(0.8))
    assert bits_apart(own, small) <= 4
    assert bits_apart(own, bright) <= 6
    others = [colour_and_phash(scene(400, 300, seed=s))[1] for s in range(10, 20)]
    assert min(bits_apart(own, other) for other in others) > 8
