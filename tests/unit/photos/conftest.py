"""Photos made for the tests of this room."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.photos.decode import DecodeSpec

SPEC = DecodeSpec(network_size=64, thumbnail_side=96)


def scene(width: int, height: int, seed: int = 0) -> Image.Image:
    """A smooth picture with structure: brighter to the right, redder to the bottom, some discs."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pixels = np.stack([y / height * 255, x / width * 160, x * 0 + 90], axis=-1)
    for _ in range(6):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        inside = (x - cx) ** 2 + (y - cy) ** 2 < (min(width, height) * rng.uniform(0.05, 0.2)) ** 2
        pixels[inside] = rng.integers(0, 255, 3)
    return Image.fromarray(pixels.astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Be an ordinary person for a moment, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(scope="session")
def slow_jpeg() -> bytes:
    """A photo whose decoding takes its time: progressive, 169 megapixels, one colour."""
    return encoded(Image.new("RGB", (13000, 13000), 90), "JPEG", progressive=True)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], str]:
    """Write bytes under a name in the test's folder; gives the path."""

    def write(name: str, data: bytes) -> str:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return str(target)

    return write
