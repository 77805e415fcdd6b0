"""No statement reads a whole table where an index leads to its rows: SQLite's own query plans.

Plans stand in for timed tests: they are the same on every machine. The statements are those that
really ran, with their real values, taken down by SQLite's trace.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from lookalike.catalogue.rows import BatchWrite
from lookalike.catalogue.store import Catalogue
from lookalike.records import View
from tests.catalogue_rows import content, found, new_photos

BIG = ("photos", "contents", "vectors", "filter_tops")
Call = Callable[[Catalogue, int, int], object]


@pytest.fixture
def filled(catalogue: Catalogue, spaces: dict[int, int]) -> tuple[Catalogue, int, int]:
    """A catalogue with photos, its root, and a space."""
    root = catalogue.add_root("/r").id
    names = [f"{number:03}.jpg" for number in range(200)]
    catalogue.commit_batch(new_photos(root, names, spaces))
    return catalogue, root, min(spaces)


def plans(catalogue: Catalogue, call: Callable[[], object]) -> list[str]:
    """The steps of every statement that `call` runs, "statement: step"."""
    connection = catalogue._connections.get()
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    call()
    connection.set_trace_callback(None)
    found = []
    for statement in dict.fromkeys(seen):
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "\n")):
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            found += [f"{statement}: {row[3]}" for row in rows]
    assert found, "nothing ran"
    return found


def whole_tables(steps: list[str], aliases: tuple[str, ...] = ("p", "c")) -> list[str]:
    """The steps that read all of a big table."""
    return [step for step in steps if any(f": SCAN {name}" in step for name in (*BIG, *aliases))]


LOOKUPS: dict[str, Call] = {
    "photos by id": lambda c, root, space: c.photos(range(1, 60)),
    "photos of contents": lambda c, root, space: c.photos_of_contents(range(1, 60)),
    "photo by path": lambda c, root, space: c.photo_by_path("/r/007.jpg"),
    "content by digest": lambda c, root, space: c.content_by_digest(b"0" * 16),
    "has size": lambda c, root, space: c.has_size(1000),
    "photos of a root": lambda c, root, space: c.known_of_root(root),
    "problems of a root": lambda c, root, space: c.problems_of_root(root),
    "next vectors": lambda c, root, space: c.vectors_after(space, 20, 50),
    "vectors of contents": lambda c, root, space: c.vectors_for(space, range(1, 60)),
    "vector labels": lambda c, root, space: c.vector_labels(space),
    "tops of filters": lambda c, root, space: c.filter_tops(space, 0, 40),
    "writing tops": lambda c, root, space: c.put_filter_tops(space, [(0, b"x")], range(1, 40)),
    "names of filters": lambda c, root, space: c.filter_names("net"),
    "photos by name": lambda c, root, space: c.named("beach"),
    "photos by label": lambda c, root, space: c.labelled(["beach", "shore"], 0.1),
    "labels of a content": lambda c, root, space: c.labels_of(5),
    "a batch": lambda c, root, space: c.commit_batch(
        BatchWrite(
            root,
            new=[(found("new.jpg"), content("new", {space: 32}))],
            changed=[(3, found("002.jpg", 5), content("changed", {space: 32}))],
            moved=[(5, found("moved.jpg"))],
            removed=[7],
            offline=[8],
            online=[9],
            problems=[(found("bad.jpg"), "Bad.")],
            solved=["bad.jpg"],
        )
    ),
}


@pytest.mark.parametrize("call", LOOKUPS.values(), ids=LOOKUPS)
def test_rows_are_found_by_an_index(call: Call, filled: tuple[Catalogue, int, int]) -> None:
    catalogue = filled[0]
    assert whole_tables(plans(catalogue, lambda: call(*filled))) == []


def test_vectors_are_counted_without_reading_them(filled: tuple[Catalogue, int, int]) -> None:
    catalogue, _, space = filled
    steps = plans(catalogue, lambda: catalogue.count_vectors(space))
    assert steps
    assert all("USING COVERING INDEX vectors_by_content" in step for step in steps)


@pytest.mark.parametrize("order", ["taken", "added", "path"])
@pytest.mark.parametrize("descending", [True, False])
def test_the_whole_library_is_listed_without_sorting(
    order: str, descending: bool, filled: tuple[Catalogue, int, int]
) -> None:
    catalogue = filled[0]
    view = View(order=order, descending=descending)  # type: ignore[arg-type]
    steps = plans(catalogue, lambda: catalogue.photo_ids(view))
    assert not any("TEMP B-TREE" in step for step in steps)
    if order != "added":
        assert all("COVERING INDEX" in step for step in steps)


def test_problems_come_in_pages_without_sorting(filled: tuple[Catalogue, int, int]) -> None:
    catalogue = filled[0]
    steps = plans(catalogue, lambda: catalogue.problems(50, 100))
    assert not any("TEMP B-TREE" in step for step in steps)


def test_dropping_contents_reads_no_vectors_but_theirs(
    filled: tuple[Catalogue, int, int],
) -> None:
    """SQLite looks for rows that refer to a content before it goes: that needs an index too."""
    catalogue, root, _ = filled
    catalogue.commit_batch(BatchWrite(root, removed=[4, 5]))
    steps = plans(catalogue, catalogue.purge_orphans)
    assert not any(": SCAN vectors" in step for step in steps)
    children = catalogue._all(
        "SELECT m.name, f.'from' FROM sqlite_schema m, pragma_foreign_key_list(m.name) f"
        " WHERE m.type = 'table'"
    )
    assert ("vectors", "content_id") in children
    connection: sqlite3.Connection = catalogue._connections.get()
    for table, column in children:
        query = f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = 1"
        (step,) = [row[3] for row in connection.execute(query)]
        assert step.startswith("SEARCH"), f"nothing leads to {table}.{column}"
