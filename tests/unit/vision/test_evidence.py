"""Evidence: whatever the photos, their shapes and the dials, a map sums to what it explains."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from lookalike.errors import GoalError, LookalikeError
from lookalike.library import Library
from lookalike.records import Goal, Photo, Query, View
from lookalike.vision.evidence import LONGEST_SIDE, helped_and_hurt, map_size, spread
from lookalike.vision.masks import mask_bytes
from tests.drawn_photos import draw, save_photos

SHAPES = {
    "photo": (480, 360),
    "square": (300, 300),
    "tall 1:50": (24, 1200),
    "wide 50:1": (1200, 24),
    "tiny": (3, 2),
}


def picture(name: str, size: tuple[int, int]) -> Image.Image:
    """A scene, or smooth noise, of a shape of its own."""
    if name == "photo":
        return draw("discs", 2, size)
    noise = np.random.default_rng(len(name)).integers(0, 255, (size[1], size[0], 3))
    return Image.fromarray(noise.astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("shapes")
    for name, size in SHAPES.items():
        picture(name, size).save(folder / f"{name.replace(':', '-')}.png")
    draw("bricks", 1).save(folder / "another.jpg")
    Image.new("RGB", (200, 100), (200, 30, 30)).save(folder / "flat.png")
    with Library.open(tmp_path_factory.mktemp("home")) as opened:
        assert opened.index([str(folder)]).added == len(SHAPES) + 2
        yield opened


def photo(library: Library, name: str) -> Photo:
    return photo_named(library, name.replace(":", "-"))


def photo_named(library: Library, stem: str) -> Photo:
    photos = library.photos(library.photo_ids(View()))
    return next(each for each in photos if Path(each.path).stem == stem)


def adds_up(library: Library, query: Query, result: Photo) -> None:
    found = library.explain(query, result)
    told = found.score - found.baseline
    for evidence, shown in (
        (found.goal_map, found.goal_picture),
        (found.result_map, found.result_picture),
    ):
        assert evidence.dtype == np.float32
        assert np.isfinite(evidence).all()
        assert float(np.sum(evidence, dtype=np.float64)) == pytest.approx(told, abs=1e-4)
        assert evidence.shape == map_size(*shown.shape[:2])
    assert found.positive >= 0 >= found.negative
    assert found.positive + found.negative == pytest.approx(told, abs=1e-4)
    assert -1 <= found.score <= 1


@pytest.mark.parametrize("goal", SHAPES)
def test_maps_sum_to_the_score_minus_the_baseline_for_any_shape(
    goal: str, library: Library
) -> None:
    query = Query((Goal(path=photo(library, goal).path),))
    for result in ("photo", "tall 1:50", "tiny", goal):
        adds_up(library, query, photo(library, result))


@pytest.mark.parametrize("depth", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("style", [0.0, 0.6, 1.0])
def test_maps_sum_wherever_the_dials_stand(depth: float, style: float, library: Library) -> None:
    goal = Goal(photo_id=photo(library, "photo").id)
    for result in ("another", "wide 50:1"):
        adds_up(library, Query((goal,), 5, depth, style), photo(library, result))


def test_maps_sum_for_a_part_of_the_goal_and_with_goals_to_avoid(library: Library) -> None:
    source = photo(library, "photo").path
    part = Goal(path=source, region=(0.1, 0.2, 0.5, 0.03))
    adds_up(library, Query((part,)), photo(library, "another"))
    avoided = Goal(path=photo(library, "square").path, weight=-1.0)
    adds_up(library, Query((Goal(path=source), avoided)), photo(library, "another"))


@pytest.mark.parametrize("seed", range(6))
def test_maps_sum_for_random_settings(seed: int, library: Library) -> None:
    chance = np.random.default_rng(seed)
    photos = library.photos(library.photo_ids(View()))
    goals = []
    for number in range(1 + seed % 3):
        source = photos[int(chance.integers(len(photos)))]
        left, top = chance.uniform(0, 0.8, 2)
        region = (float(left), float(top), 0.2, 0.15) if chance.random() < 0.5 else None
        mask = mask_bytes(chance.random((9, 12)) > 0.5) if chance.random() < 0.5 else None
        weight = 1.0 if number == 0 else float(chance.choice([-1.0, -0.5, 2.0]))
        goals.append(Goal(photo_id=source.id, region=region, mask=mask, weight=weight))
    depth, style = chance.random(2).round(2)
    query = Query(tuple(goals), 5, float(depth), float(style))
    adds_up(library, query, photos[int(chance.integers(len(photos)))])


def test_a_region_of_one_pixel_is_shown_where_it_lies(library: Library) -> None:
    source = photo(library, "photo")
    part = Goal(path=source.path, region=(0.5, 0.25, 1 / 480, 1 / 360))
    adds_up(library, Query((part,)), photo(library, "another"))
    found = library.explain(Query((part,)), source)
    rows, columns = np.nonzero(found.goal_map)
    assert np.ptp(rows) <= 1
    assert np.ptp(columns) <= 1
    height, width = found.goal_map.shape
    assert rows.min() == pytest.approx(0.25 * height, abs=1)
    assert columns.min() == pytest.approx(0.5 * width, abs=1)


def test_a_mask_of_the_whole_goal_is_no_mask(library: Library) -> None:
    source = photo(library, "photo")
    plain = library.search(Query((Goal(path=source.path),), 5)).matches
    whole = Goal(path=source.path, mask=mask_bytes(np.ones((12, 16), np.bool_)))
    masked = library.search(Query((whole,), 5)).matches
    assert [match.photo.id for match in masked] == [match.photo.id for match in plain]
    assert masked[1].score == pytest.approx(plain[1].score, abs=0.02)


def pasted(tmp_path: Path, name: str, kind: str, at: tuple[int, int]) -> str:
    """The same bricks on a ground of another kind, at a place of its own."""
    ground = draw(kind, 4, (480, 360))
    ground.paste(draw("bricks", 7, (160, 160)), at)
    ground.save(tmp_path / name)
    return str(tmp_path / name)


def test_evidence_points_at_what_two_photos_have_in_common(
    tmp_path: Path, library: Library
) -> None:
    goal = pasted(tmp_path, "goal.png", "leaves", (20, 20))
    result = pasted(tmp_path, "result.png", "stripes", (290, 170))
    found = library.explain_path(Query((Goal(path=goal),)), result, check=True)
    positive = np.clip(found.result_map, 0, None)
    row, column = np.unravel_index(int(positive.argmax()), positive.shape)
    height, width = positive.shape
    assert 290 / 480 <= column / width <= 450 / 480
    assert 170 / 360 <= row / height <= 330 / 360
    assert positive[int(170 / 360 * height) :, int(290 / 480 * width) :].sum() > positive.sum() / 2
    assert found.check["fall"] > found.check["random_fall"]
    assert set(found.check) == {
        *("covered", "fall", "random_fall"),
        *("negative_covered", "rise", "random_rise"),
    }

    asked = found.answers_in_result(0.2, 0.25)
    assert asked is not None
    assert asked.shape == found.result_map.shape
    assert int(asked.argmax()) % width > width / 2
    back = found.answers_in_goal(370 / 480, 250 / 360)
    assert back is not None
    assert int(back.argmax()) % found.goal_map.shape[1] < found.goal_map.shape[1] / 2


@pytest.mark.parametrize(("depth", "style"), [(0.0, 0.0), (0.5, 0.0), (1.0, 0.5), (1.0, 1.0)])
def test_evidence_points_wherever_the_dials_stand(
    depth: float, style: float, tmp_path: Path, library: Library
) -> None:
    """Texture and style too are alike where the same thing is, not all over the photos."""
    goal = pasted(tmp_path, "goal.png", "leaves", (20, 20))
    result = pasted(tmp_path, "result.png", "stripes", (290, 170))
    found = library.explain_path(Query((Goal(path=goal),), 5, depth, style), result)
    for evidence, (left, top) in ((found.result_map, (290, 170)), (found.goal_map, (20, 20))):
        positive = np.clip(evidence, 0, None)
        scale = positive.shape[1] / 480
        box = (
            slice(int(top * scale), round((top + 160) * scale)),
            slice(int(left * scale), round((left + 160) * scale)),
        )
        assert positive[box].max() == positive.max()
        assert positive[box].sum() > 0.6 * positive.sum()


@pytest.mark.parametrize(("depth", "style"), [(0.0, 0.0), (0.5, 0.0), (1.0, 1.0)])
def test_a_patch_finds_its_like_by_texture_and_style_too(
    depth: float, style: float, tmp_path: Path, library: Library
) -> None:
    goal, result = draw("leaves", 4, (480, 360)), draw("leaves", 9, (480, 360))
    goal.paste(draw("bricks", 7, (240, 360)), (0, 0))
    result.paste(draw("bricks", 8, (240, 360)), (240, 0))
    for name, picture in (("goal", goal), ("result", result)):
        picture.save(tmp_path / f"{name}.png")
    query = Query((Goal(path=str(tmp_path / "goal.png")),), 5, depth, style)
    found = library.explain_path(query, str(tmp_path / "result.png"))
    for at in (0.25, 0.75):
        asked, back = found.answers_in_result(at, 0.5), found.answers_in_goal(1 - at, 0.5)
        assert asked is not None
        assert back is not None
        assert on_the_right(asked) == (at < 0.5)
        assert on_the_right(back) == (at > 0.5)


def on_the_right(evidence: np.ndarray) -> bool:
    """Whether the right half holds more."""
    middle = evidence.shape[1] // 2
    return bool(evidence[:, -middle:].sum() > evidence[:, :middle].sum())


def test_a_result_that_changed_is_explained_as_it_is_now(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, kind in (("one", "discs"), ("two", "leaves")):
        draw(kind, 3).save(folder / f"{name}.png")
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
        query = Query((Goal(path=str(folder / "one.png")),))
        before = library.explain_path(query, str(folder / "two.png"))
        draw("discs", 3).save(folder / "two.png")
        after = library.explain_path(query, str(folder / "two.png"))
        assert after.score > before.score
        assert after.score == pytest.approx(1, abs=1e-2)
        gone = library.photo_by_path(str(folder / "two.png"))
        (folder / "two.png").unlink()
        assert gone is not None
        adds_up(library, query, gone)  # by its thumbnail
        with pytest.raises(LookalikeError):
            library.explain_path(query, str(folder / "two.png"))


def test_matches_are_explained_while_photos_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=2)
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
        save_photos(folder / "more", each=12)
        query = Query((Goal(path=str(folder / "discs-000.jpg")),))
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(library.index)
            with Library.open(tmp_path / "home", write=False) as reader:
                result = photo_named(reader, "discs-001")
                adds_up(reader, query, result)
                while not reading.done():
                    adds_up(reader, query, result)
            assert reading.result().added == 48


@pytest.mark.parametrize("mask", [b"no picture", mask_bytes(np.zeros((4, 4), np.bool_))])
def test_a_mask_that_marks_nothing_gets_a_sentence(mask: bytes, library: Library) -> None:
    goal = Goal(path=photo(library, "photo").path, mask=mask)
    with pytest.raises(GoalError, match="mask"):
        library.search(Query((goal,)))


@pytest.mark.parametrize("name", ["photo", "flat"])
def test_maps_sum_for_pictures_with_nothing_in_them(name: str, library: Library) -> None:
    query = Query((Goal(path=photo(library, "flat").path),))
    adds_up(library, query, photo(library, name))


def test_the_score_that_is_explained_is_the_one_that_ranked(library: Library) -> None:
    query = Query((Goal(photo_id=photo(library, "photo").id),), 20)
    for match in library.search(query).matches:
        assert library.explain(query, match.photo).score == pytest.approx(match.score, abs=1e-4)


@pytest.mark.parametrize("places", [(1, 1), (14, 14), (9, 9), (1, 14), (3, 50)])
@pytest.mark.parametrize("size", [(448, 448), (448, 9), (9, 448), (1, 448), (1, 1), (448, 299)])
def test_spreading_keeps_the_sum_of_every_place(
    places: tuple[int, int], size: tuple[int, int]
) -> None:
    sums = np.random.default_rng(1).standard_normal(places)
    found = spread(sums, *size)
    assert found.shape == size
    assert float(found.sum(dtype=np.float64)) == pytest.approx(float(sums.sum()), abs=1e-4)
    one = np.zeros(places)
    one[-1, 0] = 1.0
    assert float(spread(one, *size).sum(dtype=np.float64)) == pytest.approx(1.0, abs=1e-5)


def test_a_place_is_spread_where_it_lies() -> None:
    sums = np.zeros((14, 14))
    sums[3, 10] = 1.0
    found = spread(sums, 448, 448)
    row, column = np.unravel_index(int(found.argmax()), found.shape)
    assert row // 32 == 3
    assert column // 32 == 10
    assert (found >= 0).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3000, 4000), (336, 448)),
        ((100, 100), (448, 448)),
        ((50, 2500), (9, 448)),
        ((1, 65_000), (1, 448)),
        ((65_000, 1), (448, 1)),
    ],
)
def test_maps_keep_the_photos_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert map_size(*size) == expected
    assert max(map_size(*size)) == LONGEST_SIDE


def test_what_helped_and_what_hurt() -> None:
    assert helped_and_hurt(np.array([[0.5, -0.25], [0.0, 0.25]], np.float32)) == (0.75, -0.25)
    assert helped_and_hurt(np.zeros((2, 2), np.float32)) == (0.0, 0.0)
