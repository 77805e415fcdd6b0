"""Words of the catalogue: names follow every change of a photo, labels stay with the picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.catalogue.rows import BatchWrite, Content
from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.records import Facts
from tests.catalogue_rows import found

SUMMER = 1_562_932_800.0  # 12 July 2019


@pytest.fixture
def catalogue(tmp_path: Path):
    with Catalogue.open(DataPaths(tmp_path), write=True) as opened:
        yield opened


def put(catalogue: Catalogue, root: int, name: str, labels: dict[str, float] | None = None) -> int:
    facts = Facts(4, 3, "JPEG", SUMMER, "Canon EOS 5D")
    digest = name.encode("utf-8", "surrogateescape").ljust(16)[:16]
    content = Content(digest, facts, {}, labels or {})
    catalogue.commit_batch(BatchWrite(root, new=[(found(name), content)]))
    (photo,) = (
        each
        for each in catalogue.photos(range(1, 99))
        if each.path.endswith(name.rsplit("/", maxsplit=1)[-1])
    )
    return photo.id


def ids(hits) -> list[int]:
    return hits.ids.tolist()


def test_a_photo_is_found_by_file_folder_root_camera_and_day(catalogue: Catalogue) -> None:
    root = catalogue.add_root("/home/anna/Pictures 2").id
    one = put(catalogue, root, "Norway/Été à Oslo_IMG-7.jpg")
    for word in ("norw", "ete", "OSLO", "img", "pictures", "canon", "eos", "2019", "2019-07"):
        assert ids(catalogue.named(word)) == [one], word
    for word in ("july", "2019-07-12"):
        assert ids(catalogue.named(word)) == [one], word
    for word in ("anna", "swed", "2018", "orway", "", '"', "* OR img", "2019-08"):
        assert ids(catalogue.named(word)) == [], word


def test_names_follow_moves_removals_and_roots_taken_in(catalogue: Catalogue) -> None:
    root = catalogue.add_root("/photos/inner").id
    one, other = put(catalogue, root, "beach.jpg"), put(catalogue, root, "dunes.jpg")
    catalogue.commit_batch(BatchWrite(root, moved=[(one, found("shore.jpg"))], removed=[other]))
    assert ids(catalogue.named("shore")) == [one]
    assert ids(catalogue.named("beach")) == ids(catalogue.named("dunes")) == []
    outer = catalogue.add_root("/photos").id
    assert ids(catalogue.named("photos")) == ids(catalogue.named("inner")) == [one]
    catalogue.remove_root(outer)
    assert ids(catalogue.named("shore")) == []


def test_names_that_are_not_utf8_do_no_harm(catalogue: Catalogue) -> None:
    root = catalogue.add_root("/media/\udce9t\udce9").id
    one = put(catalogue, root, "caf\udce9/holiday.jpg")
    assert ids(catalogue.named("holiday")) == [one]


def test_labels_sum_and_stay_with_their_picture(catalogue: Catalogue) -> None:
    root = catalogue.add_root("/photos").id
    dog = put(catalogue, root, "a.jpg", {"beagle": 0.5, "basset": 0.3, "sofa": 0.06})
    put(catalogue, root, "b.jpg", {"sofa": 0.9})
    assert ids(catalogue.labelled(["beagle", "basset"], 0.1)) == [dog]
    assert catalogue.labelled(["beagle", "basset"], 0.1).scores[0] == pytest.approx(0.8)
    assert len(ids(catalogue.labelled(["sofa"], 0.1))) == 1
    content = catalogue.photos([dog])[0].content_id
    assert [label for label, _ in catalogue.labels_of(content)] == ["beagle", "basset", "sofa"]
    assert catalogue.unlabelled() == []
    catalogue.add_labels([(content, {"cat": 0.2}), (999, {"cat": 1.0})])
    assert ids(catalogue.labelled(["cat"], 0.1)) == [dog]
    catalogue.commit_batch(BatchWrite(root, removed=[dog]))
    catalogue.purge_orphans()
    assert catalogue.labels_of(content) == []
