"""Evidence of every kind of search: it explains the score that ranked, and adds up to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.progress import CancelToken, ignore_progress
from lookalike.records import Goal, Match, Photo, Query, View
from lookalike.vision.masks import mask_bytes
from tests.drawn_photos import draw
from tests.unit.test_cli import call
from tests.unit.vision.network.architectures import Net, silu_net

KINDS = ("discs", "leaves", "bricks", "stripes")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos of each of four kinds, one of them flat, one 50 times as wide as high."""
    made = tmp_path_factory.mktemp("kinds")
    for kind in KINDS:
        for number in range(4):
            draw(kind, number).save(made / f"{kind}-{number}.jpg", quality=92)
    Image.new("RGB", (320, 240), (120, 40, 40)).save(made / "flat.png")
    draw("bricks", 9, (1200, 24)).save(made / "strip.png")
    return made


@pytest.fixture(scope="module")
def library(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("home")) as opened:
        assert opened.index([str(folder)]).added == 4 * len(KINDS) + 2
        yield opened


def blob() -> bytes:
    rows, columns = np.mgrid[0:30, 0:40]
    return mask_bytes((rows - 15) ** 2 + (columns - 18) ** 2 < 90)


def goal(folder: Path, name: str = "discs-1.jpg", **more: object) -> Goal:
    return replace(Goal(path=str(folder / name), name=name), **more)  # type: ignore[arg-type]


def queries(folder: Path) -> dict[str, Query]:
    """A search of each kind that there is."""
    plain, other = goal(folder), goal(folder, "leaves-2.jpg")
    less = goal(folder, "bricks-0.jpg", weight=-0.5)
    subject = replace(plain, mask=blob())
    pixel = replace(plain, region=(0.4, 0.4, 1 / 400, 1 / 300))
    return {
        "meaning": Query((plain,), 20),
        "texture": Query((plain,), 20, 0.0),
        "style": Query((plain,), 20, 1.0, 1.0),
        "mixed": Query((plain,), 20, 0.4, 0.3),
        "several": Query((plain, replace(other, weight=2.0), less), 20, 0.7),
        "region": Query((replace(plain, region=(0.1, 0.2, 0.6, 0.5)),), 20),
        "one pixel": Query((pixel,), 20, 0.5),
        "mask": Query((subject,), 20, 0.8, 0.2),
        "not this": Query((plain, replace(other, mask=blob(), weight=-1.0)), 20),
        "places": Query((plain,), 20, places=True),
        "places of a part": Query((subject, less), 20, places=True),
        "words": Query((plain,), 20, words="leaves"),
        "flat": Query((goal(folder, "flat.png"),), 20, 0.5),
        "strip": Query((goal(folder, "strip.png"),), 20, 0.5, 0.2),
        "own dials": Query((replace(subject, depth=1.0), replace(other, style=1.0)), 20, 0.0),
    }


NAMES = tuple(queries(Path()))


def adds_up(library: Library, query: Query, match: Match) -> None:
    found = library.explain(query, match)
    assert found.score == pytest.approx(match.score, abs=1e-6)
    told = found.score - found.baseline
    for evidence in (found.goal_map, found.result_map):
        assert np.isfinite(evidence).all()
        assert float(evidence.sum(dtype=np.float64)) == pytest.approx(told, abs=1e-4)
    assert sum(found.shares) == pytest.approx(told, abs=1e-4)
    assert found.positive + found.negative == pytest.approx(told, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_search_is_explained_by_the_score_that_ranked(
    name: str, library: Library, folder: Path
) -> None:
    query = queries(folder)[name]
    answer = library.search(query)
    assert answer.matches
    for match in (answer.matches[0], answer.matches[len(answer.matches) // 2], answer.matches[-1]):
        adds_up(library, query, match)
        # Without the match the same score is found anew.
        assert library.explain(query, match.photo).score == pytest.approx(match.score, abs=1e-4)


@pytest.mark.parametrize("seed", range(12))
def test_maps_add_up_for_random_searches(seed: int, library: Library, folder: Path) -> None:
    chance = np.random.default_rng(1000 + seed)
    names = chance.permutation(sorted(path.name for path in folder.iterdir())).tolist()
    goals = []
    for number in range(1 + seed % 3):
        dials = (None, None) if chance.random() < 0.5 else tuple(chance.random(2).round(2).tolist())
        left, top = chance.uniform(0, 0.7, 2).tolist()
        part = chance.random()
        goals.append(
            goal(
                folder,
                names[number],
                weight=1.0 if number == 0 else float(chance.choice([-1.0, -0.5, 0.5, 2.0])),
                region=(left, top, 0.3, 0.2) if part < 0.4 else None,
                mask=blob() if part > 0.7 else None,
                depth=dials[0],
                style=dials[1],
            )
        )
    depth, style = chance.random(2).round(2).tolist()
    query = Query(tuple(goals), 20, depth, style, places=bool(chance.random() < 0.3))
    answer = library.search(query)
    for place in chance.integers(len(answer.matches), size=2).tolist():
        adds_up(library, query, answer.matches[place])


def test_a_goals_own_dials_are_its_search_alone(library: Library, folder: Path) -> None:
    for depth, style in ((0.0, 0.0), (1.0, 1.0), (0.3, 0.4)):
        by_query = library.search(Query((goal(folder),), 18, depth, style)).matches
        own = Query((goal(folder, depth=depth, style=style),), 18, 1.0 - depth, 0.5)
        by_goal = library.search(own).matches
        assert [each.photo.id for each in by_goal] == [each.photo.id for each in by_query]
        scores = [each.score for each in by_query]
        assert [each.score for each in by_goal] == pytest.approx(scores, abs=1e-5)


def test_a_subject_in_the_style_of_its_background(library: Library, folder: Path) -> None:
    subject = goal(folder, mask=blob())
    part, rest = library.segmenter.in_this_style(subject, 0.5)
    assert part == subject
    assert (rest.style, rest.weight, rest.region) == (1.0, 0.5, None)
    query = Query((part, rest), 18)
    answer = library.search(query)
    adds_up(library, query, answer.matches[2])
    # The score is the two searches' own, by their weights.
    alone = [
        {each.photo.id: library.explain(one, each.photo) for each in answer.matches[3:6]}
        for one in (Query((part,), 18), Query((replace(rest, weight=1.0),), 18))
    ]
    for match in answer.matches[3:6]:
        both = library.explain(query, match)
        own = [found[match.photo.id].score - found[match.photo.id].neighbours for found in alone]
        assert both.score - both.neighbours == pytest.approx(
            (own[0] + 0.5 * own[1]) / 1.5, abs=1e-4
        )
    with pytest.raises(LookalikeError, match="part"):
        library.segmenter.in_this_style(goal(folder))


def photo_at(library: Library, path: Path) -> Photo:
    return next(
        each for each in library.photos(library.photo_ids(View())) if each.path == str(path)
    )


def test_evidence_of_photos_that_are_offline_gone_or_changed(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for kind in KINDS:
        draw(kind, 1).save(folder / f"{kind}.jpg")
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
        query = Query((goal(folder, "discs.jpg"),), 4)
        matches = {Path(each.photo.path).stem: each for each in library.search(query).matches}
        (folder / "leaves.jpg").unlink()
        draw("discs", 5).save(folder / "bricks.jpg")
        for name in ("leaves", "bricks"):  # by what is stored
            adds_up(library, query, matches[name])
        away = tmp_path / "away"
        goal_kept = away / "discs.jpg"
        folder.rename(away)
        library.index()
        offline = photo_at(library, folder / "stripes.jpg")
        assert offline.offline
        query = Query((goal(away, goal_kept.name),), 4)
        match = next(each for each in library.search(query).matches if each.photo == offline)
        adds_up(library, query, match)


def blocked_net() -> onnx.ModelProto:
    """A network through whose middle no gradient is known."""
    net = Net("blocked", 32)
    value = net.op("Relu", net.conv("input", 8, 3, 2))
    value = net.op("Relu", net.conv(net.op("Celu", value), 16, 3, 2))
    return net.model(value)


def fixed_net() -> onnx.ModelProto:
    """A network that knows where in its picture a place is: it takes one size of pictures."""
    net = Net("placed", 64)
    value = net.op("Relu", net.conv("input", 16, 3, 2))
    where = net.chance.standard_normal((1, 16, 32, 32)).astype("f")
    value = net.op("Add", value, net.weight(where))
    value = net.op("Relu", net.conv(value, 24, 3, 2))
    return net.model(net.op("Relu", net.conv(value, 32, 3, 2)))


@pytest.mark.parametrize("made", [blocked_net, silu_net, fixed_net])
def test_evidence_and_subjects_by_networks_of_ones_own(
    made: Callable[[], onnx.ModelProto], tmp_path: Path
) -> None:
    """Neither needs a gradient, and a network may take pictures of one size alone."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for kind in KINDS:
        draw(kind, 2).save(folder / f"{kind}.jpg")
    onnx.save(made(), tmp_path / "own.onnx")
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
        info = library.networks.add(str(tmp_path / "own.onnx"))
        library.networks.use(info.name, ignore_progress, CancelToken())
        assert library._use.network.pack.fixed == (made is fixed_net)
        for query in (
            Query((goal(folder, "discs.jpg"),), 4),
            Query((goal(folder, "discs.jpg"),), 4, 0.3, 0.4),
        ):
            for match in library.search(query).matches[1:3]:
                adds_up(library, query, match)
        subject = library.segmenter.subject(goal(folder, "discs.jpg"), [(0.5, 0.5)])
        assert 0 < subject.share < 1


def test_the_style_around_a_subject_on_the_command_line(
    capsys: pytest.CaptureFixture[str], indexed_home: Path, drawn_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "mask.png").write_bytes(blob())
    chosen = str(drawn_folder / "discs-001.jpg")
    home = ("--data-dir", str(indexed_home))
    part = ("--mask", str(tmp_path / "mask.png"), "--rest-style", "0.5")
    found = json.loads(call(capsys, *home, "search", chosen, *part, "-k", "5", "--json")[1])
    assert len(found["results"]) == 5
    result, maps = found["results"][1], str(tmp_path / "maps.npz")
    explain = ("explain", chosen, result["path"], *part, "--maps", maps, "--json")
    told = json.loads(call(capsys, *home, *explain)[1])
    assert len(told["shares"]) == 2
    with np.load(maps) as arrays:
        for name in ("goal_evidence", "result_evidence"):
            total = float(arrays[name].sum(dtype=np.float64))
            assert total == pytest.approx(told["score"] - told["baseline"], abs=1e-4)
    code, _, err = call(capsys, *home, "search", chosen, "--rest-style", "0.5")
    assert code == 1
    assert err.strip().endswith("choose a part of it first.")
