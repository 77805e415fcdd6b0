"""Rows in, records out: names of any bytes, moves, copies, folders, vectors by space."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalogue.packing import STEP, packed, unpacked
from lookalike.catalogue.rows import BatchWrite, Content
from lookalike.catalogue.store import Catalogue
from lookalike.errors import DataFolderError
from lookalike.records import Facts, View
from tests.catalogue_rows import content, found, new_photos, vector

NAMES = (
    "plain.jpg",
    "with 'single' and \"double\" quotes.jpg",
    "two\nlines\tand a tab.jpg",
    "not utf-8 \udce9\udcff.jpg",
    "/".join(["deep"] * 40) + "/x.jpg",
    "'; DROP TABLE photos; --.jpg",
    "percent % and _ and ? and [a-z]*.jpg",
    "\U0001f9a6 смотри 見る.jpg",
    " leading and trailing ",
)


def by_path(catalogue: Catalogue) -> dict[str, tuple[int, int]]:
    """Path to ids of photo and content."""
    photos = catalogue.photos(catalogue.photo_ids(View(order="path")))
    return {photo.path: (photo.id, photo.content_id) for photo in photos}


def test_names_of_any_bytes_come_back_as_they_were(
    catalogue: Catalogue, spaces: dict[int, int]
) -> None:
    folder = "/pictures \udcff 'odd'\n\""
    root = catalogue.add_root(folder)
    assert root.path == folder
    catalogue.commit_batch(new_photos(root.id, NAMES, spaces))
    batch = BatchWrite(root.id, problems=[(found(f"{NAMES[3]}.gif"), "Reason \udce9.")])
    catalogue.commit_batch(batch)
    assert set(by_path(catalogue)) == {f"{folder}/{name}" for name in NAMES}
    assert set(catalogue.known_of_root(root.id)) == set(NAMES)
    for name in NAMES:
        photo = catalogue.photo_by_path(f"{folder}/{name}")
        assert photo is not None
        assert photo.path == f"{folder}/{name}"
    (problem,) = catalogue.problems(5)
    assert (problem.path, problem.reason) == (f"{folder}/{NAMES[3]}.gif", "Reason ?.")
    catalogue.commit_batch(BatchWrite(root.id, solved=[f"{NAMES[3]}.gif"]))
    assert catalogue.problems(5) == []


def test_numbers_at_their_limits_come_back(catalogue: Catalogue) -> None:
    facts = Facts(65_500, 1, "TIFF", -2_208_988_800.5, "cam\udce9ra", 0xFFFFFF, -(2**63))
    file = found("x.tif", size=2**62, inode=2**64 - 2)
    root = catalogue.add_root("/r").id
    catalogue.commit_batch(BatchWrite(root, new=[(file, content("x", {}, facts))]))
    (photo,) = catalogue.photos([1])
    assert photo.facts == Facts(65_500, 1, "TIFF", -2_208_988_800.5, "cam?ra", 0xFFFFFF, -(2**63))
    assert photo.size == 2**62
    assert catalogue.known_of_root(root)["x.tif"].inode == -2
    assert catalogue.has_size(2**62)
    assert not catalogue.has_size(7)


def test_moved_photos_keep_ids_and_vectors_even_when_they_change_places(
    catalogue: Catalogue, spaces: dict[int, int]
) -> None:
    root = catalogue.add_root("/r").id
    catalogue.commit_batch(new_photos(root, ["a", "b", "c"], spaces))
    before = by_path(catalogue)
    ids = {name: before[f"/r/{name}"][0] for name in "abc"}
    moved = [(ids["a"], found("b")), (ids["b"], found("a")), (ids["c"], found("new/c \udce9"))]
    catalogue.commit_batch(BatchWrite(root, moved=moved))
    after = by_path(catalogue)
    assert after == {
        "/r/b": before["/r/a"],
        "/r/a": before["/r/b"],
        "/r/new/c \udce9": before["/r/c"],
    }
    for space, dim in spaces.items():
        labels, rows = catalogue.vectors_after(space, 0, 10)
        assert labels.tolist() == sorted(each for _, each in before.values())
        assert np.array_equal(rows, np.stack([vector(name, dim) for name in "abc"]))


def test_equal_files_share_one_content(catalogue: Catalogue, spaces: dict[int, int]) -> None:
    root = catalogue.add_root("/r").id
    same = [(found(name), content("same", spaces)) for name in ("x", "y")]
    ids = catalogue.commit_batch(BatchWrite(root, new=[*same]))
    (only,) = ids.values()
    catalogue.commit_batch(BatchWrite(root, new=[(found("z"), only)]))
    counts = catalogue.counts()
    assert (counts.photos, counts.contents) == (3, 1)
    photos = catalogue.photos_of_contents([only, 999])
    assert [photo.path for photo in photos[only]] == ["/r/x", "/r/y", "/r/z"]
    assert set(photos) == {only}
    assert [catalogue.count_vectors(space) for space in spaces] == [1, 1]


def test_a_stored_vector_never_changes(catalogue: Catalogue, spaces: dict[int, int]) -> None:
    """Another machine may compute other last digits; every index was built from the first."""
    root = catalogue.add_root("/r").id
    first = content("x", spaces)
    catalogue.commit_batch(BatchWrite(root, new=[(found("x"), first)]))
    other = content("other", spaces).vectors
    again = Content(first.digest, first.facts, other)
    catalogue.commit_batch(BatchWrite(root, new=[(found("copy"), again)]))
    for space, dim in spaces.items():
        _, rows = catalogue.vectors_after(space, 0, 10)
        assert np.array_equal(rows, vector("x", dim)[np.newaxis])


@pytest.mark.parametrize("small", [True, False])
def test_vectors_come_back_as_they_were_stored(small: bool, catalogue: Catalogue) -> None:
    drawn = np.random.default_rng(0).uniform(-0.4, 0.4, (5, 24)).astype(np.float32)
    space = catalogue.ensure_space("net/float32/1/288/some", 24)
    root = catalogue.add_root("/r").id
    for name, row in zip("abcde", packed(drawn, small), strict=True):
        assert len(row) == (24 if small else 48)
        added = Content(content(name, {}).digest, content(name, {}).facts, {space: row})
        catalogue.commit_batch(BatchWrite(root, new=[(found(name), added)]))
    labels, rows = catalogue.vectors_after(space, 0, 10)
    assert rows.dtype == np.float16
    assert np.abs(rows - drawn).max() <= (STEP / 2 if small else 3e-4)
    assert np.array_equal(catalogue.vectors_for(space, labels.tolist())[1], rows)
    again = [row.tobytes() for row in np.array(rows)]
    assert packed(rows.astype(np.float32), small) == (packed(drawn, small) if small else again)


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_never_stored(bad: float, small: bool) -> None:
    rows = np.full((3, 8), 0.25, np.float32)
    rows[1, 4] = bad
    kept = unpacked(packed(rows, small), 8)
    assert np.array_equal(kept[1], np.zeros(8))
    assert np.array_equal(kept[[0, 2]], rows[[0, 2]])


def test_what_does_not_fit_is_cut_off() -> None:
    large = np.array([[0.1, 9.0, -9.0], [0.1, 1e9, 0.2]], np.float32)
    assert np.abs(unpacked(packed(large, True), 3)).max() < 0.5
    assert np.isfinite(unpacked(packed(large, False), 3)).all()


def test_spaces_never_mix(catalogue: Catalogue) -> None:
    root = catalogue.add_root("/r").id
    keys = ("net/float32/1/288/meaning", "net/int8/1/288/meaning", "net/float32/2/288/meaning")
    ids = [catalogue.ensure_space(key, 16) for key in keys]
    assert len(set(ids)) == 3
    assert [catalogue.ensure_space(key, 16) for key in keys] == ids
    for number, space in enumerate(ids[:2]):
        names = [f"{number}-{each}" for each in range(3)]
        catalogue.commit_batch(new_photos(root, names, {space: 16}))
    found_labels = [set(catalogue.vector_labels(space).tolist()) for space in ids]
    assert [len(labels) for labels in found_labels] == [3, 3, 0]
    assert not found_labels[0] & found_labels[1]
    everything = sorted(found_labels[0] | found_labels[1])
    labels, rows = catalogue.vectors_for(ids[1], everything)
    assert set(labels.tolist()) == found_labels[1]
    assert np.array_equal(rows, np.stack([vector(f"1-{each}", 16) for each in range(3)]))
    assert catalogue.vectors_after(ids[2], 0, 10)[0].size == 0


def test_a_space_of_another_length_is_refused(catalogue: Catalogue) -> None:
    catalogue.ensure_space("net/meaning", 16)
    assert catalogue.space_id("net/meaning", 8) == -1
    assert catalogue.space_id("other/meaning", 16) == -1
    with pytest.raises(DataFolderError, match="other vectors of the network"):
        catalogue.ensure_space("net/meaning", 8)
    assert len(catalogue._all("SELECT * FROM spaces")) == 1


def test_a_batch_is_all_or_nothing(catalogue: Catalogue, spaces: dict[int, int]) -> None:
    root = catalogue.add_root("/r").id
    batch = new_photos(root, ["a", "b"], spaces)
    batch.new.append((found("c"), content("c", {99: 8})))  # a space that does not exist
    with pytest.raises(DataFolderError):
        catalogue.commit_batch(batch)
    assert catalogue.counts().photos == 0
    assert catalogue._all("SELECT count(*) FROM contents") == [(0,)]
    assert len(catalogue.commit_batch(new_photos(root, ["a", "b"], spaces))) == 2


def test_dropping_what_no_photo_needs(catalogue: Catalogue, spaces: dict[int, int]) -> None:
    root, other = catalogue.add_root("/r").id, catalogue.add_root("/s").id
    catalogue.commit_batch(new_photos(root, ["a", "b"], spaces))
    catalogue.commit_batch(new_photos(other, ["b", "c"], spaces))
    contents = {photo.path: photo.content_id for photo in catalogue.photos(range(1, 9))}
    assert catalogue.remove_root(root) == 2
    assert [catalogue.count_vectors(space) for space in spaces] == [3, 3]
    assert catalogue.purge_orphans() == [contents["/r/a"]]
    assert catalogue.purge_orphans() == []
    for space in spaces:
        assert set(catalogue.vector_labels(space)) == {contents["/s/b"], contents["/s/c"]}
    assert catalogue.integrity() == []
    # A label is never given again: an index may still hold the old one.
    ids = catalogue.commit_batch(new_photos(other, ["d"], spaces))
    assert min(ids.values()) > max(contents.values())


def test_folders_inside_and_around_others(
    catalogue: Catalogue, spaces: dict[int, int], tmp_path: Path
) -> None:
    outer, inner = tmp_path / "all", tmp_path / "all" / "in \udce9ner"
    os.makedirs(inner)
    root = catalogue.add_root(str(inner))
    catalogue.commit_batch(new_photos(root.id, ["a.jpg", "deep/b.jpg"], spaces))
    catalogue.commit_batch(BatchWrite(root.id, problems=[(found("bad.jpg"), "Bad.")]))
    before = by_path(catalogue)
    around = catalogue.add_root(str(outer))
    assert [each.path for each in catalogue.roots()] == [str(outer)]
    assert by_path(catalogue) == before
    assert catalogue.problems(5)[0].path == f"{inner}/bad.jpg"
    assert catalogue.add_root(str(inner)).id == around.id
    beside = catalogue.add_root(str(tmp_path / "all and more"))
    assert beside.id != around.id
    assert len(catalogue.roots()) == 2


def test_views_are_in_the_order_they_say(catalogue: Catalogue, spaces: dict[int, int]) -> None:
    root, other = catalogue.add_root("/a").id, catalogue.add_root("/b").id
    batch = BatchWrite(root)
    for name, taken in (("y.jpg", 30.0), ("x.jpg", 10.0), ("z.jpg", None)):
        facts = Facts(1, 1, "JPEG", taken)
        batch.new.append((found(name), content(name, spaces, facts)))
    catalogue.commit_batch(batch)
    catalogue.commit_batch(new_photos(other, ["w.jpg"], spaces))
    catalogue.set_root_online(other, online=False)

    def names(view: View) -> list[str]:
        photos = catalogue.photos(catalogue.photo_ids(view))
        return [os.path.basename(photo.path)[0] for photo in photos]

    assert names(View(order="path", descending=False)) == ["x", "y", "z", "w"]
    assert names(View(order="path", descending=True)) == ["w", "z", "y", "x"]
    assert names(View(order="taken", descending=False))[:2] == ["x", "y"]
    assert names(View(order="added", descending=False)) == ["y", "x", "z", "w"]
    assert names(View(root_id=root, order="added", descending=False)) == ["y", "x", "z"]
    assert names(View(offline_only=True)) == ["w"]


def test_connections_end_with_their_threads(catalogue: Catalogue) -> None:
    for _ in range(30):
        thread = threading.Thread(target=catalogue.counts)
        thread.start()
        thread.join()
    assert len(catalogue._connections._all) <= 3
