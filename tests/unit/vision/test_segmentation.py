"""Subjects at a click: found whole, obeying brushes, at the photo's own size; cues and planes."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lookalike import cli
from lookalike.errors import LookalikeError, NetworkError
from lookalike.library import Library
from lookalike.records import Goal
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.packing import put_subject
from lookalike.vision.planes import resized
from lookalike.vision.segmentation import SubjectHead
from lookalike.vision.subject_cues import geodesic
from tests.drawn_photos import draw

ABOUT = (140, 90, 350, 290)
"""Where the subject of `scene` is, in pixels."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("home")) as opened:
        yield opened


def scene(size: tuple[int, int] = (480, 360)) -> tuple[Image.Image, np.ndarray]:
    """A thing in two colours on leaves: the click is on one of them. Returns its mask, too."""
    image, mask = draw("leaves", 5, (480, 360)), Image.new("L", (480, 360))
    painter = ImageDraw.Draw(image)
    painter.ellipse(ABOUT, fill=(205, 60, 50))
    painter.rectangle((200, 150, 290, 230), fill=(240, 220, 90))
    ImageDraw.Draw(mask).ellipse(ABOUT, fill=255)
    return image.resize(size), np.asarray(mask.resize(size)) > 127


def iou(found: np.ndarray, wanted: np.ndarray) -> float:
    return float((found & wanted).sum() / (found | wanted).sum())


def test_the_whole_thing_is_found_not_the_clicked_colour_alone(
    tmp_path: Path, library: Library
) -> None:
    image, wanted = scene()
    image.save(tmp_path / "scene.png")
    for click in ((0.52, 0.52), (0.35, 0.53)):
        subject = library.segmenter.subject(Goal(path=str(tmp_path / "scene.png")), [click])
        assert iou(subject.mask, wanted) > 0.75
        assert subject.share == pytest.approx(wanted.mean(), abs=0.06)


@pytest.mark.parametrize("moved", [(-200, 0), (190, 0), (0, -150), (0, 130)])
def test_a_subject_that_the_frame_cuts_is_found_too(
    moved: tuple[int, int], tmp_path: Path, library: Library
) -> None:
    left, top, right, bottom = (side + by for side, by in zip(ABOUT, (*moved, *moved), strict=True))
    image, mask = draw("leaves", 5, (480, 360)), Image.new("L", (480, 360))
    for picture, colour in ((image, (205, 60, 50)), (mask, 255)):
        ImageDraw.Draw(picture).ellipse((left, top, right, bottom), fill=colour)
    image.save(tmp_path / "scene.png")
    wanted = np.asarray(mask) > 127
    rows, columns = np.nonzero(wanted)
    inside = (columns.mean() + 0.5) / 480, (rows.mean() + 0.5) / 360
    aside = inside[0] + 0.3 * (columns.max() - columns.min()) / 480, inside[1]
    for click in (inside, aside):
        subject = library.segmenter.subject(Goal(path=str(tmp_path / "scene.png")), [click])
        assert iou(subject.mask, wanted) > 0.75


def test_a_second_click_adds_another_part(tmp_path: Path, capsys) -> None:
    image, mask = draw("leaves", 5, (480, 360)), Image.new("L", (480, 360))
    for box, colour in (((40, 60, 180, 200), (205, 60, 50)), ((300, 180, 430, 310), (40, 70, 200))):
        ImageDraw.Draw(image).ellipse(box, fill=colour)
        ImageDraw.Draw(mask).ellipse(box, fill=255)
    image.save(tmp_path / "scene.png")
    out = tmp_path / "mask.png"
    asked = ["--data-dir", str(tmp_path / "home"), "segment", str(tmp_path / "scene.png")]
    asked += ["--click", "0.23,0.36", "--click", "0.76,0.68", "--out", str(out)]
    assert cli.main(asked) == 0
    with Image.open(out) as found:
        assert iou(np.asarray(found) > 0, np.asarray(mask) > 127) > 0.75


def test_brushes_are_obeyed(tmp_path: Path, library: Library) -> None:
    image, wanted = scene()
    image.save(tmp_path / "scene.png")
    subject = library.segmenter.subject(Goal(path=str(tmp_path / "scene.png")), [(0.3, 0.5)])
    never = np.zeros(wanted.shape, np.bool_)
    never[:, 300:] = True
    also = np.zeros(wanted.shape, np.bool_)
    also[10:50, 10:60] = True
    corrected = subject.corrected(also, never)
    assert not corrected.mask[:, 305:].any()
    assert corrected.mask[15:45, 15:55].all()
    assert subject.mask[:, 305:].any()  # the first answer stays what it was


def test_a_subject_and_its_background_are_goals(tmp_path: Path, library: Library) -> None:
    image, _ = scene()
    image.save(tmp_path / "scene.png")
    goal = Goal(path=str(tmp_path / "scene.png"), region=(0, 0, 0.5, 0.5))
    subject = library.segmenter.subject(goal, [(0.5, 0.5)])
    this, rest = subject.as_goal(goal), subject.as_goal(goal, background=True)
    assert this.mask
    assert rest.mask
    assert this.region is rest.region is None
    seen = [library.goal_picture(each) for each in (this, rest)]
    assert seen[0].shape[1] < seen[1].shape[1]  # cut to what counts


def test_the_mask_has_the_oriented_photos_size(tmp_path: Path, capsys) -> None:
    image, wanted = scene((960, 720))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    image.rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=exif)
    out = tmp_path / "mask.png"
    data, photo = str(tmp_path / "home"), str(tmp_path / "turned.jpg")
    asked = ["--data-dir", data, "segment", photo, "--click", "0.5,0.5", "--out", str(out)]
    assert cli.main(asked) == 0
    with Image.open(out) as mask:
        assert mask.mode == "L"
        assert mask.size == (960, 720)
        found = np.asarray(mask)
    assert set(np.unique(found)) == {0, 255}
    assert iou(found > 0, wanted) > 0.75


@pytest.mark.parametrize("size", [(1200, 24), (24, 1200), (3, 2), (64, 64)])
@pytest.mark.parametrize("click", [(0.0, 0.0), (1.0, 1.0), (0.5, 0.5)])
def test_any_shape_and_a_flat_photo_have_an_answer(
    size: tuple[int, int], click: tuple[float, float], tmp_path: Path, library: Library
) -> None:
    Image.new("RGB", size, (90, 120, 30)).save(tmp_path / "flat.png")
    found = library.segmenter.subject_of_file(str(tmp_path / "flat.png"), [click])
    assert found.shape == (size[1], size[0])
    assert found.any()


def test_no_click_gets_a_sentence(tmp_path: Path, library: Library) -> None:
    scene()[0].save(tmp_path / "scene.png")
    with pytest.raises(LookalikeError, match="Click"):
        library.segmenter.subject(Goal(path=str(tmp_path / "scene.png")), [])


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "gone"])
def test_a_damaged_head_is_told_in_a_sentence(damage: str, tmp_path: Path) -> None:
    folder = shutil.copytree(default_pack(), tmp_path / "pack")
    head = folder / "subject.npz"
    data = head.read_bytes()
    middle = len(data) // 2
    changed = {
        "cut": data[:middle],
        "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "emptied": b"",
    }
    head.unlink()
    if damage in changed:
        head.write_bytes(changed[damage])
    pack = NetworkPack.load(folder)
    with pytest.raises(NetworkError, match=r"subject\.npz.*install it again\."):
        SubjectHead.load(pack)
    with pytest.raises(NetworkError, match="subject"):
        pack.check()


def test_a_sound_head_of_another_shape_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = shutil.copytree(default_pack(), tmp_path / "pack")
    made = io.BytesIO()
    np.savez(made, other=np.zeros(3))
    put_subject(NetworkPack.load(folder), made.getvalue())
    with pytest.raises(NetworkError, match="another version"):
        SubjectHead.load(NetworkPack.load(folder))


def test_resizing_keeps_what_is_the_same_everywhere() -> None:
    planes = np.ones((130, 5, 7), np.float32)
    for size in ((5, 7), (1, 1), (40, 3), (2, 90)):
        assert np.allclose(resized(planes, *size), 1, atol=1e-6)
    ramp = np.arange(8, dtype=np.float32)[None]
    assert np.allclose(resized(ramp, 1, 4), [[0.5, 2.5, 4.5, 6.5]], atol=0.3)


def test_the_way_round_a_wall_is_longer() -> None:
    start = np.zeros((20, 20), np.bool_)
    start[0, 0] = True
    free = geodesic(start, np.zeros((20, 20), np.float32))
    wall = np.zeros((20, 20), np.float32)
    wall[:15, 10] = 3.0
    walled = geodesic(start, wall)
    assert free[0, 19] == pytest.approx(19 * 0.5 / 20, abs=1e-5)
    assert walled[0, 19] > free[0, 19] + 0.5
    assert walled[0, 5] == pytest.approx(free[0, 5])
