"""Filters of a library: lists kept while indexing, made anew, dropped; names; search; sheets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from lookalike.errors import Cancelled, LookalikeError, NetworkError, PhotoError
from lookalike.library import Library
from lookalike.photos.decode import whole_input
from lookalike.progress import CancelToken, ignore_progress
from lookalike.records import View
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.saliency import Saliency
from tests.drawn_photos import draw, save_photos

LAYER = "block-07"


@pytest.fixture
def home(indexed_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed_home, tmp_path / "home"))


@pytest.fixture
def drawn(home: Path) -> Iterator[Library]:
    with Library.open(home) as library:
        yield library


def told(library: Library, layer: str) -> list[list[tuple[str, float]]]:
    return [
        [(patch.photo.path, patch.activation) for patch in top.patches]
        for top in library.filters.top(layer)
    ]


def test_indexing_leaves_the_best_photos_of_every_filter(
    drawn: Library, drawn_folder: Path
) -> None:
    """Against the network run on every photo by itself."""
    pack = NetworkPack.load(default_pack())
    saliency = Saliency(pack, threads=2)
    values: dict[str, dict[int, float]] = {}
    for path in sorted(drawn_folder.iterdir()):
        found = saliency.filters(whole_input(str(path), pack.size), LAYER)
        values[str(path)] = {each.filter: each.activation for each in found}
    assert drawn.filters.coverage() == (16, 16)
    for top in drawn.filters.top(LAYER):
        assert len(top.patches) == 9
        truth = sorted((each[top.filter] for each in values.values()), reverse=True)[:9]
        activations = [patch.activation for patch in top.patches]
        np.testing.assert_allclose(activations, truth, rtol=5e-3, atol=5e-2)
        for patch in top.patches:
            own = values[patch.photo.path][top.filter]
            assert patch.activation == pytest.approx(own, rel=5e-3, abs=5e-2)
            assert all(0 <= edge <= 1 for edge in patch.part)


def test_copies_of_a_photo_take_one_place(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    paths = save_photos(folder, each=3)
    picture = draw("discs", 0)
    for number in range(12):
        picture.resize((440 + 4 * number, 330 + 3 * number)).save(folder / f"copy-{number}.jpg")
    library.index([str(folder)])
    copies = {str(paths[3]), *(str(folder / f"copy-{number}.jpg") for number in range(12))}
    for top in library.filters.top(LAYER):
        assert sum(patch.photo.path in copies for patch in top.patches) <= 1


def test_photos_that_go_leave_the_lists(drawn: Library, drawn_folder: Path) -> None:
    before = drawn.filters.top(LAYER, [0])[0]
    drawn.forget(str(drawn_folder))
    assert drawn.filters.top(LAYER, [0])[0].patches == ()
    assert before.patches
    assert drawn.filters.coverage() == (0, 0)
    for space, count in drawn._catalogue.spaces_with_filter_tops():
        for tops in drawn._catalogue.filter_tops(space, 0, count).values():
            assert not np.frombuffer(tops[:8], "<i8")[0]


def test_lists_that_are_missing_are_made_anew(drawn: Library) -> None:
    before = told(drawn, LAYER)
    drawn._catalogue.forget_filter_tops()
    assert drawn.filters.coverage() == (0, 16)
    assert told(drawn, LAYER) == [[]] * 80
    assert drawn.filters.catch_up(ignore_progress, CancelToken()) == 16
    assert drawn.filters.coverage() == (16, 16)
    for one, other in zip(told(drawn, LAYER), before, strict=True):
        assert [path for path, _ in one] == [path for path, _ in other]
    assert drawn.filters.catch_up(ignore_progress, CancelToken()) == 0


def test_a_rebuild_makes_them_too(drawn: Library) -> None:
    drawn._catalogue.forget_filter_tops()
    drawn.rebuild()
    assert drawn.filters.coverage() == (16, 16)


def test_a_network_that_cannot_be_watched_embeds_all_the_same(
    library: Library, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_encoder: Encoder) -> NoReturn:
        raise NetworkError("The graph takes no more nodes.")

    monkeypatch.setattr(Encoder, "watch", refuse)
    assert library.index([str(drawn_folder)]).added == 16
    assert library.filters.coverage() == (0, 16)
    assert library.filters.catch_up(ignore_progress, CancelToken()) == 0
    assert library.filters.top(LAYER, [0])[0].patches == ()


def test_damaged_lists_are_as_good_as_none(drawn: Library) -> None:
    (space, _), *_ = drawn._catalogue.spaces_with_filter_tops()
    drawn._catalogue.put_filter_tops(space, [(0, b"damaged")])
    assert drawn.filters.top("stem", [0])[0].patches == ()
    assert drawn.filters.top("stem", [1])[0].patches


def test_a_stopped_reading_keeps_what_it_saw(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=12)
    token = CancelToken()
    with pytest.raises(Cancelled):
        library.index([str(folder)], lambda progress: progress.done and token.cancel(), token)
    looked_at, embedded = library.filters.coverage()
    assert 0 < looked_at == embedded < 48
    library.index([str(folder)])
    assert library.filters.coverage() == (48, 48)


def test_filters_can_be_named_found_and_unnamed(drawn: Library) -> None:
    filters = drawn.filters
    filters.name(LAYER, 3, "  fine   stripes ")
    filters.name("stem", 1, "edges")
    assert filters.names() == {("stem", 1): "edges", (LAYER, 3): "fine stripes"}
    assert filters.called("Fine Stripes") == (LAYER, 3)
    assert filters.top(LAYER, [3])[0].name == "fine stripes"
    with pytest.raises(LookalikeError, match="called edges already"):
        filters.name(LAYER, 3, "EDGES")
    assert filters.names()[LAYER, 3] == "fine stripes"
    filters.name(LAYER, 3, "")
    assert (LAYER, 3) not in filters.names()
    with pytest.raises(LookalikeError, match="named filters: edges"):
        filters.called("nothing")
    with pytest.raises(LookalikeError, match="at most"):
        filters.name(LAYER, 3, "x" * 100)
    with pytest.raises(NetworkError, match="filters 0 to 79"):
        filters.name(LAYER, 80, "eyes")


def test_a_filter_finds_its_photos(library: Library, tmp_path: Path) -> None:
    """Forty photos: the list knows the best sixteen, the rest is looked at again."""
    folder = tmp_path / "photos"
    save_photos(folder, each=10)
    library.index([str(folder)])
    best = max(library.filters.top("last"), key=lambda top: top.best or 0)
    answer = library.search_filter("last", best.filter, k=30)
    listed = [match for match in answer.matches if match.listed]
    assert [match.photo.path for match in listed[:9]] == [
        patch.photo.path for patch in best.patches
    ]
    rest = [match for match in answer.matches if not match.listed]
    assert [match.activation for match in rest] == sorted(
        (match.activation for match in rest), reverse=True
    )
    assert len({match.photo.id for match in answer.matches}) == len(answer.matches)
    assert answer.photos == 40
    with pytest.raises(NetworkError, match="filters 0 to"):
        library.search_filter("last", 4000)


def test_a_photo_says_which_filters_it_excites(drawn: Library, drawn_folder: Path) -> None:
    path = str(drawn_folder / "bricks-001.jpg")
    fires = drawn.filters.strongest(path, LAYER, 80)
    shares = [each.share for each in fires if each.share is not None]
    assert shares == sorted(shares, reverse=True)
    assert len(fires) == 80
    # The photo is in the library: nothing there excites a filter more than its best.
    assert max(shares) <= 1.01
    leading = [top.filter for top in drawn.filters.top(LAYER) if top.patches[0].photo.path == path]
    for each in fires[: len(leading)]:
        assert each.share == pytest.approx(1.0, abs=0.02)


def test_a_place_of_a_photo_says_which_filters_fire_there(
    drawn: Library, drawn_folder: Path
) -> None:
    path = str(drawn_folder / "discs-002.jpg")
    fires = drawn.filters.at(path, LAYER, 0.5, 0.25)
    assert fires
    assert all(each.activation > 0 for each in fires)
    for each in fires:
        x, y, width, height = each.part
        assert x <= 0.5 <= x + width
        assert y <= 0.25 <= y + height
    assert drawn.filters.at(path, LAYER, 1.0, 1.0) is not None
    with pytest.raises(PhotoError):
        drawn.filters.at(str(drawn_folder / "none.jpg"), LAYER, 0.5, 0.5)


def test_a_patch_comes_beside_what_in_it_excites_the_filter(
    drawn: Library, drawn_folder: Path
) -> None:
    (top,) = drawn.filters.top(LAYER, [5])
    for rule in ("guided", "gradient", "deconvnet"):
        seen = drawn.filters.saliency(LAYER, 5, top.patches[0], rule)  # type: ignore[arg-type]
        assert seen.picture.shape == seen.positive.shape == seen.negative.shape
        assert max(seen.picture.shape) == 256
        assert seen.positive.max() > 200


def test_photos_that_are_away_show_their_thumbnails(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    save_photos(folder, each=3)
    library.index([str(folder)])
    os.rename(folder, tmp_path / "away")
    library.index()
    assert library.counts().offline == 12
    (top,) = library.filters.top(LAYER, [5])
    assert len(top.patches) == 9
    assert library.filters.saliency(LAYER, 5, top.patches[0]).positive.any()
    assert library.filter_sheet(LAYER, 5).width > 1000


def test_sheets_show_something(drawn: Library) -> None:
    ladder, layer = drawn.filter_sheet(), drawn.filter_sheet(LAYER)
    assert ladder.height > layer.height > 1000
    assert np.asarray(layer).std() > 30
    assert drawn.filter_sheet(LAYER, 1, "gradient").width > 2000
    with pytest.raises(NetworkError, match="no layer nowhere"):
        drawn.filter_sheet("nowhere")


def test_an_empty_library_has_layers_and_no_patches(library: Library) -> None:
    layers = library.filters.layers()
    assert layers[0].depth == 0
    assert layers[-1].depth == 1
    assert [each.sees for each in layers] == sorted(each.sees for each in layers)
    assert library.filters.coverage() == (0, 0)
    assert library.filters.top("stem", [0])[0].patches == ()
    assert library.search_filter("stem", 0).matches == ()
    assert library.filter_sheet("stem").width
    assert library.photo_ids(View()) is not None
