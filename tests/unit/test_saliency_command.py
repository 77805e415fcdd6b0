"""`lookalike saliency` as it is called: layers, filters, the row of four, the arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.drawn_photos import draw
from tests.unit.test_cli import call


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.jpg"
    draw("discs", 3, (640, 427)).save(path)
    return str(path)


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    return "--data-dir", str(tmp_path / "data")


def saved(tmp_path: Path, picture: Image.Image, **settings: object) -> str:
    path = tmp_path / "odd.png"
    picture.save(path, **settings)
    return str(path)


def looked(capsys, data, photo: str, tmp_path: Path, *options: str) -> tuple[dict, dict]:
    """What one call printed, and the arrays it wrote."""
    maps = str(tmp_path / "maps.npz")
    code, out, err = call(
        capsys, *data, "saliency", photo, "--maps", maps, "--json", "--layer", *options
    )
    assert (code, err) == (0, "")
    with np.load(maps) as arrays:
        return json.loads(out), dict(arrays)


def test_layers_and_filters_are_listed(capsys, data, photo: str) -> None:
    code, out, _ = call(capsys, *data, "saliency", photo, "--json")
    layers = json.loads(out)["layers"]
    assert code == 0
    assert layers[-1] == "last"
    code, out, _ = call(capsys, *data, "saliency", photo, "--layer", layers[4], "--json")
    rows = json.loads(out)["filters"]
    strengths = [row["activation"] for row in rows]
    assert strengths == sorted(strengths, reverse=True)
    assert sorted(row["filter"] for row in rows) == list(range(len(rows)))
    code, out, _ = call(capsys, *data, "saliency", photo, "--layer", layers[4])
    assert out.splitlines()[0].split()[1] == str(rows[0]["filter"])


@pytest.mark.parametrize("rule", ["guided", "gradient", "deconvnet"])
def test_maps_are_what_the_design_says(capsys, data, photo: str, tmp_path: Path, rule: str) -> None:
    told, maps = looked(capsys, data, photo, tmp_path, "block-10", "--filter", "5", "--rule", rule)
    assert set(maps) == {"positive", "negative", "saliency"}
    signed = maps["saliency"]
    assert all(each.dtype == np.float32 for each in maps.values())
    assert {each.shape for each in maps.values()} == {signed.shape}
    assert signed.shape[2] == 3
    assert signed.min() < 0 < signed.max()
    np.testing.assert_allclose(maps["positive"], np.maximum(signed, 0) / signed.max(), rtol=1e-5)
    np.testing.assert_allclose(maps["negative"], np.maximum(-signed, 0) / -signed.min(), rtol=1e-5)
    height, width = signed.shape[:2]
    assert abs(width * 427 / 640 - height) <= 0.5
    assert told["size"] == [width, height]
    x, y, w, h = told["part"]
    assert 0 <= x < x + w <= width
    assert 0 <= y < y + h <= height
    assert {"layer": "block-10", "filter": 5, "rule": rule}.items() <= told.items()
    _, out, _ = call(capsys, *data, "saliency", photo, "--layer", "block-10", "--json")
    listed = {row["filter"]: row for row in json.loads(out)["filters"]}[5]
    assert told["place"] == listed["place"]
    assert told["activation"] == pytest.approx(listed["activation"], rel=1e-4)


def test_the_part_is_where_the_saliency_is(capsys, data, photo: str, tmp_path: Path) -> None:
    told, maps = looked(capsys, data, photo, tmp_path, "block-02", "--filter", "7")
    x, y, w, h = told["part"]
    assert w * h < 0.1 * told["size"][0] * told["size"][1]
    outside = np.abs(maps["saliency"])
    # The map is resampled to the photo's aspect: a pixel may spill over.
    outside[max(y - 1, 0) : y + h + 1, max(x - 1, 0) : x + w + 1] = 0
    assert not outside.any()


def test_the_map_lies_on_the_upright_photo(capsys, data, tmp_path: Path) -> None:
    """A photo stored on its side, with a note to turn it, is looked at like the upright one."""
    upright = draw("leaves", 2, (450, 300))
    exif = Image.Exif()
    exif[274] = 6
    paths = [str(tmp_path / name) for name in ("upright.png", "turned.png")]
    upright.save(paths[0])
    upright.transpose(Image.Transpose.ROTATE_90).save(paths[1], exif=exif)
    (told, maps), (other, turned) = (
        looked(capsys, data, path, tmp_path, "block-04", "--filter", "7") for path in paths
    )
    assert told == other
    np.testing.assert_array_equal(maps["saliency"], turned["saliency"])


@pytest.mark.parametrize(
    "size", [(3000, 60), (60, 3000), (1, 1), (3, 5), (31, 33), (2, 900)], ids=str
)
def test_extreme_aspects_and_tiny_photos(
    capsys, data, tmp_path: Path, size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(noise))
    sheet = str(tmp_path / "sheet.png")
    told, maps = looked(capsys, data, path, tmp_path, "block-05", "--filter", "1", "--out", sheet)
    width, height = told["size"]
    assert maps["saliency"].shape == (height, width, 3)
    assert np.isfinite(maps["saliency"]).all()
    longer = max(width, height)
    assert min(width, height) == max(1, round(longer * min(size) / max(size)))
    x, y, w, h = told["part"]
    assert min(w, h) >= 1
    assert x + w <= width
    assert y + h <= height
    with Image.open(sheet) as image:
        assert image.width > 4 * 300


@pytest.mark.parametrize("colour", ["black", "white", "teal"])
def test_a_photo_of_one_colour(capsys, data, tmp_path: Path, colour: str) -> None:
    path = saved(tmp_path, Image.new("RGB", (320, 240), colour))
    for layer in ("stem", "block-07", "last"):
        told, maps = looked(capsys, data, path, tmp_path, layer, "--filter", "0")
        assert np.isfinite(maps["saliency"]).all()
        assert np.isfinite(told["activation"])


def test_a_filter_that_does_not_fire_says_so(capsys, data, tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("RGB", (320, 240), "black"))
    _, out, _ = call(capsys, *data, "saliency", path, "--layer", "last", "--json")
    silent = json.loads(out)["filters"][-1]
    assert silent["activation"] < 0
    told, maps = looked(capsys, data, path, tmp_path, "last", "--filter", str(silent["filter"]))
    assert told["fires"] is False
    assert np.isfinite(maps["positive"]).all()
    _, out, _ = call(
        capsys, *data, "saliency", path, "--layer", "last", "--filter", str(silent["filter"])
    )
    assert "does not fire" in out


def test_the_sheet_shows_the_row_of_four(capsys, data, photo: str, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    code, _, _ = call(
        capsys, *data, *("saliency", photo, "--layer", "block-12", "--filter", "9"),
        *("--out", str(sheet)),
    )  # fmt: skip
    assert code == 0
    with Image.open(sheet) as image:
        pixels = np.asarray(image.convert("L"))
    assert pixels.shape[1] / pixels.shape[0] > 2.5
    for quarter in np.array_split(pixels, 4, axis=1):
        assert quarter.std() > 10


@pytest.mark.parametrize(
    ("options", "code", "pattern"),
    [
        (("{photo}", "--layer", "nowhere", "--filter", "0"), 1, "no layer nowhere"),
        (("{photo}", "--layer", "nowhere"), 1, "no layer nowhere"),
        (("{photo}", "--layer", "stem", "--filter", "32"), 1, "filters 0 to 31"),
        (("{photo}", "--layer", "stem", "--filter", "-1"), 2, "whole number"),
        (("{photo}", "--layer", "stem", "--filter", "one"), 2, "filter"),
        (("{photo}", "--layer", "stem", "--filter", "0", "--rule", "magic"), 2, "magic"),
        (("{photo}", "--filter", "0"), 2, "--layer"),
        (("{photo}", "--layer", "stem", "--out", "{folder}/a.png"), 2, "--filter"),
        (("{folder}/gone.jpg", "--layer", "stem", "--filter", "0"), 1, "gone.jpg"),
        (("{folder}/gone.jpg",), 1, "gone.jpg"),
        (("{folder}", "--layer", "stem"), 1, "{folder}"),
        (("{photo}", "--layer", "stem", "--filter", "0", "--out", "/gone/a.png"), 1, "/gone"),
        (("{photo}", "--layer", "stem", "--filter", "0", "--out", "{folder}/a.abc"), 1, ".png"),
        (("{photo}", "--layer", "stem", "--filter", "0", "--maps", "{folder}"), 1, "written"),
    ],
)
def test_what_cannot_be_asked_gets_one_sentence(
    capsys, data, photo: str, tmp_path: Path, options: tuple[str, ...], code: int, pattern: str
) -> None:
    asked = [each.format(photo=photo, folder=tmp_path) for each in options]
    found, out, err = call(capsys, *data, "saliency", *asked)
    assert (found, out) == (code, "")
    assert pattern.format(folder=tmp_path) in err
    assert "Traceback" not in err
    if code == 1:
        assert len(err.splitlines()) == 1
