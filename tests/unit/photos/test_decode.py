from __future__ import annotations

import contextlib
import io
import os
import threading
import zlib

import numpy as np
import pytest
import xxhash
from PIL import Image, ImageCms
from tests.unit.photos.conftest import SPEC, encoded, scene, without_rights

from lookalike.errors import PhotoError
from lookalike.photos import files
from lookalike.photos.decode import (
    DecodeSpec,
    decode,
    digest_of,
    load_picture,
    network_input,
    whole_input,
)

LOSSY = {"JPEG": {"quality": 95}, "WEBP": {"quality": 95}, "AVIF": {"quality": 90}}


def difference(one, other) -> float:
    return float(np.abs(np.asarray(one, int) - np.asarray(other, int)).mean())


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head + bytes((depth, colour, 0, 0, 0)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
def test_every_format_gives_the_same_picture(put, kind):
    image = scene(300, 200)
    data = encoded(image, kind, **LOSSY.get(kind, {}))
    done = decode(put("a." + kind.lower(), data), SPEC)
    assert (done.facts.width, done.facts.height, done.facts.format) == (300, 200, kind)
    assert done.digest == xxhash.xxh3_128_digest(data)
    assert done.size == len(data)
    assert done.network_input.shape == (64, 64, 3)
    assert done.network_input.dtype == np.uint8
    assert difference(done.network_input, network_input(np.asarray(image), 64)) < 4
    with Image.open(io.BytesIO(done.thumbnail)) as thumbnail:
        assert thumbnail.size == (96, 64)


def test_heic_where_its_library_is_installed(put):
    heif = pytest.importorskip("pillow_heif")
    image = scene(320, 200)
    out = io.BytesIO()
    heif.from_pillow(image).save(out, quality=90)
    done = decode(put("a.heic", out.getvalue()), SPEC)
    assert (done.facts.width, done.facts.height, done.facts.format) == (320, 200, "HEIF")
    assert difference(done.network_input, network_input(np.asarray(image), 64)) < 4


def test_a_wrong_ending_does_not_matter(put):
    path = put("really-a-png.jpg", encoded(scene(50, 40), "PNG"))
    assert decode(path, SPEC).facts.format == "PNG"


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_in_every_format(put, kind, orientation):
    upright = scene(240, 160)
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # the inverse: how the sensor saw it
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = put("a", encoded(stored, kind, exif=exif, **LOSSY.get(kind, {})))
    done = decode(path, SPEC)
    assert (done.facts.width, done.facts.height) == (240, 160)
    assert difference(done.network_input, network_input(np.asarray(upright), 64)) < 5
    assert load_picture(path).shape == (160, 240, 3)
    with Image.open(io.BytesIO(done.thumbnail)) as thumbnail:
        assert thumbnail.size == (96, 64)


def ramp16(dtype: str) -> np.ndarray:
    return np.tile(np.linspace(0, 65535, 256).astype(dtype), (64, 1))


def test_sixteen_bits_scale_by_the_range_of_the_type(put):
    expected = np.tile(np.arange(256), (64, 1))
    png = encoded(Image.fromarray(ramp16("uint16")), "PNG")
    little = encoded(Image.fromarray(ramp16("uint16")), "TIFF")
    big = encoded(Image.frombytes("I;16B", (256, 64), ramp16(">u2").tobytes()), "TIFF")
    for name, data in (("a.png", png), ("b.tif", little), ("c.tif", big)):
        grey = load_picture(put(name, data))
        assert np.abs(grey[..., 0].astype(int) - expected).max() <= 1, name
        assert (grey[..., 0] == grey[..., 2]).all()


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_fewer_bits_in_sixteen_are_not_shown_black(put, bits):
    values = np.tile(np.linspace(0, 2**bits - 1, 256).astype("uint16"), (8, 1))
    grey = load_picture(put("a.tif", encoded(Image.fromarray(values), "TIFF")))
    assert (grey.min(), grey.max()) == (0, 255)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (np.linspace(0, 1, 256, dtype="float32"), 0, 255),
        (np.linspace(0, 200, 256, dtype="float32"), 0, 200),
        (np.linspace(-500, 1e6, 256, dtype="float32"), 0, 255),
        (np.linspace(0, 65535, 256).astype("int32"), 0, 255),
        (np.array([np.nan, *np.linspace(0, 1, 254), np.inf], "float32"), 0, 255),
    ],
)
def test_floats_and_long_integers_become_visible(put, values, low, high):
    grey = load_picture(put("a.tif", encoded(Image.fromarray(np.tile(values, (8, 1))), "TIFF")))
    assert abs(int(grey.min()) - low) <= 1
    assert abs(int(grey.max()) - high) <= 1


def test_cmyk_and_lab_become_the_colours_they_mean(put):
    red = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    done = load_picture(put("a.jpg", encoded(red, "JPEG", quality=95)))
    assert done[20, 20, 0] > 200
    assert done[20, 20, 1:].max() < 60
    lab = ImageCms.applyTransform(
        Image.new("RGB", (40, 40), (30, 160, 60)),
        ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        ),
    )
    green = load_picture(put("b.tif", encoded(lab, "TIFF")))
    assert np.abs(green[20, 20].astype(int) - (30, 160, 60)).max() <= 6


def test_transparency_lies_on_white(put):
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (10, 0, 20, 20))
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(1, (10, 0, 20, 20))
    key = Image.new("RGB", (20, 20), (255, 0, 0))
    key.paste((0, 0, 255), (10, 0, 20, 20))
    grey = Image.new("LA", (20, 20), (0, 0))
    grey.paste((29, 255), (10, 0, 20, 20))
    for name, data in {
        "rgba": encoded(clear, "PNG"),
        "palette": encoded(palette, "PNG", transparency=0),
        "gif": encoded(palette, "GIF", transparency=0),
        "key": encoded(key, "PNG", transparency=(255, 0, 0)),
        "webp": encoded(clear, "WEBP", lossless=True),
        "grey": encoded(grey, "PNG"),
    }.items():
        pixels = load_picture(put(name, data))
        assert tuple(pixels[10, 2]) == (255, 255, 255), name
        assert tuple(pixels[10, 15]) in {(0, 0, 255), (29, 29, 29)}, name


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_animations_give_their_first_frame(put, kind):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    pixels = load_picture(put("a", data))
    assert pixels.shape == (48, 64, 3)
    assert pixels[20, 20, 0] > 245
    assert pixels[20, 20, 1:].max() < 10


def test_an_embedded_profile_is_brought_to_srgb(put):
    swapped = wide_profile()
    plain = Image.new("RGB", (64, 64), (200, 60, 60))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ours = load_picture(put("s.png", encoded(plain, "PNG", icc_profile=srgb)))
    assert tuple(ours[0, 0]) == (200, 60, 60)
    wide = load_picture(put("w.png", encoded(plain, "PNG", icc_profile=swapped)))
    assert tuple(wide[0, 0]) == (60, 200, 60)
    broken = load_picture(put("b.png", encoded(plain, "PNG", icc_profile=swapped[:200])))
    assert tuple(broken[0, 0]) == (200, 60, 60)


def wide_profile() -> bytes:
    """The sRGB profile with its red and green primaries exchanged: unmistakably another space."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


def test_facts_come_out_of_the_exif(put):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon\0", "Canon EOS 5D"
    exif.get_ifd(0x8769)[0x9003] = "2016:11:18 12:34:56"
    exif.get_ifd(0x8769)[0x9291] = "25"
    facts = decode(put("a.jpg", encoded(scene(200, 100), "JPEG", exif=exif)), SPEC).facts
    assert facts.taken == 1479472496.25
    assert facts.camera == "Canon EOS 5D"


def test_the_average_colour(put):
    facts = decode(put("a.png", encoded(Image.new("RGB", (90, 30), "#3da5ff"), "PNG")), SPEC).facts
    assert facts.colour == 0x3DA5FF


def test_damaged_exif_does_not_cost_the_photo(put):
    exif = b"Exif\0\0II*\0\xff\xff\xff\x7f" + os.urandom(64)
    data = encoded(scene(100, 80), "JPEG", exif=exif)
    facts = decode(put("a.jpg", data), SPEC).facts
    assert (facts.width, facts.taken, facts.camera) == (100, None, "")


def test_small_photos_are_not_enlarged(put):
    done = decode(put("a.png", encoded(scene(30, 20), "PNG")), SPEC)
    with Image.open(io.BytesIO(done.thumbnail)) as thumbnail:
        assert thumbnail.size == (30, 20)
    assert load_picture(put("b.png", encoded(scene(30, 20), "PNG")), 500).shape == (20, 30, 3)
    single = decode(put("c.png", encoded(Image.new("RGB", (1, 1), "red"), "PNG")), SPEC)
    assert tuple(single.network_input[5, 5]) == (255, 0, 0)


def test_extreme_shapes(put):
    for size in ((5000, 3), (2, 4000)):
        done = decode(put("a.png", encoded(scene(*size), "PNG")), SPEC)
        assert (done.facts.width, done.facts.height) == size
        assert done.network_input.shape == (64, 64, 3)


# The same photo as goal and in the library


def test_a_goal_gets_the_input_of_the_library(put):
    path = put("a.jpg", encoded(scene(2400, 1600), "JPEG", quality=92))
    spec = DecodeSpec(network_size=224)
    stored = decode(path, spec).network_input
    with open(path, "rb") as file:
        assert (whole_input(file.read(), 224) == stored).all()
    assert (whole_input(path, 224) == stored).all()
    for side in (None, 1024, 512):
        assert difference(network_input(load_picture(path, side), 224), stored) < 1.5, side


def test_regions_are_fractions_of_the_upright_photo(put):
    image = Image.new("RGB", (400, 200), "black")
    image.paste("white", (200, 100, 400, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = image.transpose(Image.Transpose.ROTATE_90)
    path = put("a.png", encoded(stored, "PNG", exif=exif))
    part = load_picture(path, None, (0.5, 0.5, 0.5, 0.5))
    assert part.shape == (100, 200, 3)
    assert part.min() == 255
    assert load_picture(path, 50, (0.5, 0.5, 0.5, 0.5)).shape == (25, 50, 3)
    for empty in ((0.2, 0.2, 0.0, 0.5), (1.5, 0.0, 0.5, 0.5), (float("nan"), 0, 1, 1)):
        with pytest.raises(PhotoError, match="region is empty"):
            load_picture(path, None, empty)


def test_max_side_bounds_the_result(put):
    path = put("a.jpg", encoded(scene(1500, 900), "JPEG"))
    assert load_picture(path, 300).shape == (180, 300, 3)
    assert load_picture(path).shape == (900, 1500, 3)


# What cannot be used


def refused(path: str) -> str:
    with pytest.raises(PhotoError) as caught:
        decode(path, SPEC)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
def test_half_a_file_is_no_photo(put, kind):
    rng = np.random.default_rng(1)
    noisy = Image.fromarray(rng.integers(0, 255, (200, 300, 3), dtype=np.uint8))
    data = encoded(noisy, kind)
    assert len(data) > 4000
    assert "cut short" in (said := refused(put("a", data[: len(data) // 2]))) or "damaged" in said
    if kind in {"JPEG", "PNG", "BMP", "GIF"}:
        assert "cut short" in said


def test_a_download_that_was_filled_up_with_zeros_is_cut_short(put):
    data = encoded(scene(300, 200), "JPEG", quality=95)
    half = len(data) // 2
    assert "cut short" in refused(put("a.jpg", data[:half] + bytes(half + 70000)))


@pytest.mark.parametrize("data", [b"hello, world", b"%PDF-1.7", b"\xff\xd8", b"P6 1 1 255 abc"])
def test_other_files_are_no_photos(put, data):
    assert "no photo that Lookalike can read" in refused(put("a.jpg", data))


def test_an_empty_file(put):
    assert "empty" in refused(put("a.jpg", b""))


def test_random_bytes_after_a_good_start_never_escape(put):
    rng = np.random.default_rng(2)
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"):
        good = bytearray(encoded(scene(120, 80), kind))
        for _ in range(12):
            bad = good.copy()
            for at in rng.integers(0, len(bad), 20):
                bad[at] = rng.integers(0, 256)
            with contextlib.suppress(PhotoError):
                assert decode(put("a", bytes(bad)), SPEC).network_input.shape == (64, 64, 3)


def test_a_bomb_is_refused_by_its_header(put):
    bomb = png_header(60000, 60000) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    assert "3,600 megapixels" in refused(put("a.png", bomb + chunk(b"IEND", b"")))
    gif = b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + b",\0\0\0\0\xff\xff\xff\xff\x00\x08\x01\x00;"
    assert "megapixels" in refused(put("a.gif", gif))
    jpeg = bytearray(encoded(Image.new("RGB", (64, 64)), "JPEG", progressive=True))
    frame = jpeg.index(b"\xff\xc2")
    jpeg[frame + 5 : frame + 9] = (60000).to_bytes(2, "big") * 2
    assert "GiB to read" in refused(put("a.jpg", bytes(jpeg)))


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_packed_chunks_that_unpack_to_far_too_much(put, kind):
    packed = zlib.compress(bytes(200_000_000), 9)
    body = {
        b"zTXt": b"Comment\0\0" + packed,
        b"iTXt": b"Comment\0\1\0\0\0" + packed,
        b"iCCP": b"profile\0\0" + packed,
    }[kind]
    pixels = chunk(b"IDAT", zlib.compress(bytes(10 * 31)))
    data = png_header(10, 10) + chunk(kind, body) + pixels + chunk(b"IEND", b"")
    assert "far more data than a photo needs" in refused(put("a.png", data))


def test_a_jpeg_of_280_megapixels_is_read_small(put):
    data = encoded(Image.new("L", (20000, 14000), 90), "JPEG")
    done = decode(put("a.jpg", data), DecodeSpec(network_size=224))
    assert (done.facts.width, done.facts.height) == (20000, 14000)
    assert np.abs(done.network_input.astype(int) - 90).max() <= 1


def test_no_regular_files(tmp_path):
    fifo = str(tmp_path / "pipe.jpg")
    os.mkfifo(fifo)
    done = []
    thread = threading.Thread(target=lambda: done.append(refused(fifo)), daemon=True)
    thread.start()
    thread.join(10)
    assert done, "reading waits for the other end of the pipe"
    assert "no regular file" in done[0]
    (tmp_path / "folder.jpg").mkdir()
    assert "folder" in refused(str(tmp_path / "folder.jpg"))
    assert "no regular file" in refused("/dev/null")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    assert "cannot be read" in refused(str(tmp_path / "loop.jpg"))
    assert "vanished" in refused(str(tmp_path / "nowhere.jpg"))


def test_no_permission(put):
    path = put("a.jpg", encoded(scene(20, 20), "JPEG"))
    os.chmod(path, 0)
    with without_rights():
        assert "permission" in refused(path)


@pytest.mark.parametrize(
    "name", [b"caf\xe9.jpg", b'it\'s "quoted".jpg', b"two\nlines.jpg", "ünïcødé 写真.jpg".encode()]
)
def test_any_name_works(tmp_path, name):
    path = os.path.join(str(tmp_path), os.fsdecode(name))
    with open(path, "wb") as file:
        file.write(encoded(scene(60, 40), "JPEG"))
    assert decode(path, SPEC).facts.width == 60
    assert len(digest_of(path)) == 16


def test_digest_without_decoding(put):
    data = os.urandom(10_000_000)
    assert digest_of(put("a.bin", data)) == xxhash.xxh3_128_digest(data)


def test_a_file_that_changes_while_it_is_read(put):
    data = encoded(scene(60, 40), "PNG")
    path = put("a.png", data)
    with files._open_regular(path) as raw:
        before = os.fstat(raw.fileno())
        files._check_unchanged(path, raw, before)
        put("a.png", data + b"more")
        with pytest.raises(PhotoError, match="changed while"):
            files._check_unchanged(path, raw, before)
    with files._open_regular(path) as raw:
        before = os.fstat(raw.fileno())
        os.replace(put("b.png", data), path)
        with pytest.raises(PhotoError, match="changed while"):
            files._check_unchanged(path, raw, before)


def test_a_file_that_is_written_all_the_time_is_never_half_read(put):
    """A real race: a writer replaces the contents in place while the reader reads."""
    one, other = (encoded(Image.new("RGB", (900, 900), c), "BMP") for c in ("red", "blue"))
    path = put("a.bmp", one)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for data in (one, other):
                with open(path, "r+b", buffering=0) as file:
                    for start in range(0, len(data), 100_000):
                        file.write(data[start : start + 100_000])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reasons = set()
        for _ in range(60):
            try:
                decode(path, SPEC)
            except PhotoError as error:
                reasons.add(str(error))
    finally:
        stop.set()
        writer.join()
    assert any("changed while" in reason for reason in reasons)


def test_large_files_are_streamed(put, monkeypatch):
    data = encoded(scene(300, 200), "TIFF")
    path = put("a.tif", data)
    small = decode(path, SPEC)
    monkeypatch.setattr(files, "WHOLE_READ_LIMIT", 1000)
    streamed = decode(path, SPEC)
    assert streamed.digest == small.digest == xxhash.xxh3_128_digest(data)
    assert (streamed.network_input == small.network_input).all()


def test_placeholders_are_recognised_by_what_the_system_says(tmp_path):
    class Status:
        st_size = 100

        def __init__(self, **marks: int) -> None:
            self.__dict__.update(marks)

    assert files.is_placeholder(Status(st_file_attributes=0x400000))
    assert files.is_placeholder(Status(st_file_attributes=0x1000 | 0x20))
    assert files.is_placeholder(Status(st_flags=0x40000000))
    assert not files.is_placeholder(Status(st_file_attributes=0x20, st_flags=0x20))
    assert not files.is_placeholder(os.stat(tmp_path))


def test_a_goal_that_is_no_image():
    with pytest.raises(PhotoError, match="no photo that Lookalike can read"):
        load_picture(b"<html>not found</html>", 512)
    with pytest.raises(PhotoError, match="no photo that Lookalike can read"):
        load_picture(b"", 512)


def test_damaged_tiffs_say_nothing_on_stderr(put, capfd):
    data = bytearray(encoded(scene(200, 200), "TIFF", compression="tiff_lzw"))
    data[200:4000] = os.urandom(3800)
    refused(put("a.tif", bytes(data)))
    assert capfd.readouterr().err == ""
