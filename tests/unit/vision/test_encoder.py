"""The encoder: the same numbers for the same pixels, in any batch, thread or process."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xxhash
from numpy.typing import NDArray

from lookalike.catalogue.packing import packed, unpacked
from lookalike.vision.encoder import SMALL, Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from tests.drawn_photos import KINDS, draw
from tests.faults import environment

Pictures = NDArray[np.uint8]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(NetworkPack.load(default_pack()), threads=1)


def photos(size: int, each: int = 2) -> Pictures:
    """Drawn scenes at the network's size, uint8 [n, size, size, 3]."""
    images = [draw(kind, number) for kind in KINDS for number in range(each)]
    return np.stack([np.asarray(image.resize((size, size)), np.uint8) for image in images])


def test_shapes_and_keys(encoder: Encoder) -> None:
    found = encoder.encode(photos(encoder.size, 1))
    assert set(found) == set(encoder.spaces) == set(encoder.dimensions)
    for name, rows in found.items():
        assert rows.dtype == np.float32
        assert rows.shape == (4, encoder.dimensions[name])
        assert np.isfinite(rows).all()
    keys = list(encoder.spaces.values())
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert encoder.pack.name in key
        assert encoder.precision in key


def test_numbers_fit_into_what_is_stored(encoder: Encoder) -> None:
    """Half precision, or a byte of 256ths: none overflows, and next to nothing is lost."""
    whole = 0
    for name, rows in encoder.encode(photos(encoder.size)).items():
        stored = unpacked(packed(rows, name in SMALL), rows.shape[1]).astype(np.float32)
        likeness = (stored * rows).sum(axis=1) / np.linalg.norm(rows, axis=1)
        assert (likeness / np.linalg.norm(stored, axis=1) > 0.9995).all()
        whole += len(packed(rows[:1], name in SMALL)[0])
    assert whole <= 1200


def test_a_photo_has_the_same_numbers_in_any_batch(encoder: Encoder) -> None:
    pictures = photos(encoder.size)
    together = encoder.encode(pictures)
    for name, rows in together.items():
        for place in (0, 3, 7):
            alone = encoder.encode(pictures[place : place + 1])[name][0]
            tolerance = 1e-4 * float(np.linalg.norm(rows[place]))
            assert np.allclose(alone, rows[place], atol=tolerance)


def test_the_same_call_gives_the_same_bits(encoder: Encoder) -> None:
    pictures = photos(encoder.size, 1)
    first, second = encoder.encode(pictures), encoder.encode(pictures.copy())
    for name, rows in first.items():
        assert np.array_equal(rows, second[name])


def test_threads_share_one_encoder(encoder: Encoder) -> None:
    pictures = photos(encoder.size, 1)
    alone = [encoder.encode(pictures[place : place + 1]) for place in range(4)]
    gate = threading.Barrier(4)

    def encode(place: int) -> dict[str, NDArray[np.float32]]:
        gate.wait()
        return encoder.encode(pictures[place : place + 1])

    with ThreadPoolExecutor(4) as pool:
        for place, found in enumerate(pool.map(encode, range(4))):
            for name, rows in found.items():
                assert np.allclose(rows, alone[place][name], atol=1e-4)


def digest(encoder: Encoder) -> str:
    """Of every number of some photos."""
    found = encoder.encode(photos(encoder.size, 1))
    told = xxhash.xxh3_128()
    for name in sorted(found):
        told.update(found[name].tobytes())
    return told.hexdigest()


def test_another_process_computes_the_same_bits(encoder: Encoder) -> None:
    code = (
        "from tests.unit.vision.test_encoder import *\n"
        "print(digest(Encoder(NetworkPack.load(default_pack()), threads=1)))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**environment(), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert told == {digest(encoder)}


def test_pictures_with_nothing_in_them_have_numbers(encoder: Encoder) -> None:
    levels = np.array([0, 1, 127, 255], np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    flat = np.broadcast_to(levels, (4, encoder.size, encoder.size, 3)).copy()
    for rows in encoder.encode(flat).values():
        assert np.isfinite(rows).all()
        assert np.isfinite(rows.astype(np.float16)).all()


def test_like_photos_are_nearer_than_others(encoder: Encoder) -> None:
    """Each kind of scene is nearer to its own than to the rest, by both descriptors."""
    found = encoder.encode(photos(encoder.size))
    for rows in found.values():
        centred = rows - rows.mean(axis=0)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
        likeness = centred @ centred.T
        np.fill_diagonal(likeness, -2)
        nearest = likeness.argmax(axis=1)
        assert (nearest // 2 == np.arange(8) // 2).mean() >= 0.75


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_places_mean_together_what_the_picture_means(encoder: Encoder, precision: str) -> None:
    encoder = Encoder(encoder.pack, precision)
    for picture in photos(encoder.size, 1):
        whole = encoder.encode(picture[np.newaxis])["meaning"][0]
        places = encoder.places(picture)
        assert places.shape == (9, 9, encoder.meaning.size)
        tolerance = 1e-3 * float(np.linalg.norm(whole))
        assert np.allclose(places.mean(axis=(0, 1)), whole, atol=tolerance)


def test_places_are_looked_at_from_several_threads_by_one_session(encoder: Encoder) -> None:
    fresh = Encoder(encoder.pack)
    pictures = photos(encoder.size, 1)
    gate = threading.Barrier(4)

    def look(picture: Pictures) -> NDArray[np.float32]:
        gate.wait()
        return fresh.places(picture)

    with ThreadPoolExecutor(4) as pool:
        for picture, found in zip(pictures, pool.map(look, pictures), strict=True):
            assert np.array_equal(found, fresh.places(picture))


def test_sides_the_network_cannot_take_are_a_mistake_of_the_caller(encoder: Encoder) -> None:
    odd = np.zeros((encoder.pack.multiple + 1, encoder.pack.multiple, 3), np.uint8)
    with pytest.raises(ValueError, match="multiples"):
        encoder.places(odd)
    with pytest.raises(ValueError, match="multiples of"):
        encoder.look(odd, ())
