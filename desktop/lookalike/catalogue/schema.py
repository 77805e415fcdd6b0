"""The schema, its version, and the way from one version to the next.

Version N's database is brought to N + 1 by the Nth entry of `MIGRATIONS`; a file of each past
version is kept among the tests.
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x4C6F6F6B
"""Marks the file as ours ("Look" in ASCII; SQLite's application_id)."""

VERSION: Final = 5

_TOLD_APART: Final = """
CREATE TABLE told_apart (
    act INTEGER NOT NULL,                 -- one decision of a person, undone as a whole
    digest BLOB NOT NULL,                 -- of a content: it outlives the content's row
    side INTEGER NOT NULL,                -- contents on different sides are not the same
    PRIMARY KEY (act, digest)
) WITHOUT ROWID;
CREATE INDEX told_apart_by_digest ON told_apart (digest);
"""

_FILTERS: Final = """
CREATE TABLE filter_tops (                -- derived: made anew when it is missing
    space_id INTEGER NOT NULL REFERENCES spaces(id),
    filter INTEGER NOT NULL,              -- numbered through all layers of the network
    tops BLOB NOT NULL,                   -- what excites it most, best first
    PRIMARY KEY (space_id, filter)
) WITHOUT ROWID;
CREATE TABLE filter_names (
    network TEXT NOT NULL,
    layer TEXT NOT NULL,
    filter INTEGER NOT NULL,              -- its number in the layer
    name TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (network, layer, filter),
    UNIQUE (network, name)
) WITHOUT ROWID;
"""

_WORDS: Final = """
CREATE TABLE labels (
    content_id INTEGER NOT NULL REFERENCES contents(id),
    label TEXT NOT NULL,                  -- a class of a network that saw the picture
    score REAL NOT NULL,                  -- its probability
    PRIMARY KEY (content_id, label)
) WITHOUT ROWID;
CREATE INDEX labels_by_label ON labels (label);
CREATE VIRTUAL TABLE names USING fts5( -- rowid: the photo's; kept by the triggers below
    name, camera, day, tokenize = "unicode61 remove_diacritics 2", prefix = "2 3"
);
CREATE VIEW named_photos AS -- what `names` holds: the root's own name, the path below it, ...
    SELECT p.id,
        replace(CAST(r.path AS TEXT),
            rtrim(CAST(r.path AS TEXT), replace(replace(CAST(r.path AS TEXT), '/', ''), '\', '')),
            '') || ' ' || CAST(p.relpath AS TEXT) AS name,
        c.camera,
        strftime('%Y-%m-%d ', p.taken, 'unixepoch') || CASE strftime('%m', p.taken, 'unixepoch')
            WHEN '01' THEN 'January' WHEN '02' THEN 'February' WHEN '03' THEN 'March'
            WHEN '04' THEN 'April' WHEN '05' THEN 'May' WHEN '06' THEN 'June'
            WHEN '07' THEN 'July' WHEN '08' THEN 'August' WHEN '09' THEN 'September'
            WHEN '10' THEN 'October' WHEN '11' THEN 'November' ELSE 'December' END AS day
    FROM photos p JOIN contents c ON c.id = p.content_id JOIN roots r ON r.id = p.root_id;
CREATE TRIGGER names_of_new AFTER INSERT ON photos BEGIN
    INSERT INTO names (rowid, name, camera, day) SELECT * FROM named_photos WHERE id = new.id;
END;
CREATE TRIGGER names_of_changed AFTER UPDATE OF root_id, relpath, content_id, taken ON photos BEGIN
    DELETE FROM names WHERE rowid = old.id;
    INSERT INTO names (rowid, name, camera, day) SELECT * FROM named_photos WHERE id = new.id;
END;
CREATE TRIGGER names_of_gone AFTER DELETE ON photos BEGIN
    DELETE FROM names WHERE rowid = old.id;
END;
INSERT INTO names (rowid, name, camera, day) SELECT * FROM named_photos;
"""

_SAME: Final = """
CREATE TABLE same_pictures (              -- derived: what the last look for same pictures found
    content_id INTEGER PRIMARY KEY,       -- that content may be gone since; ids are never reused
    best INTEGER NOT NULL,                -- the content that stands for its group
    place INTEGER NOT NULL                -- in the group, the best first
);
"""

SCHEMA: Final = f"""
CREATE TABLE roots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,           -- os.fsencode: names need not be UTF-8
    online INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the label in every index; never reused
    digest BLOB NOT NULL UNIQUE,          -- xxh3_128 of the file's bytes
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    taken REAL,                           -- seconds since 1970, the camera's clock read as UTC
    camera TEXT NOT NULL,
    colour INTEGER NOT NULL,
    phash INTEGER NOT NULL
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id INTEGER NOT NULL REFERENCES roots(id),
    relpath BLOB NOT NULL,
    content_id INTEGER NOT NULL REFERENCES contents(id),
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    offline INTEGER NOT NULL DEFAULT 0,
    taken REAL NOT NULL,                  -- sort key: when taken, else when last changed
    UNIQUE (root_id, relpath)
);
CREATE INDEX photos_by_content ON photos (content_id);
CREATE INDEX photos_by_taken ON photos (taken, id);
CREATE INDEX photos_by_size ON photos (size);
CREATE TABLE problems (
    root_id INTEGER NOT NULL REFERENCES roots(id),
    relpath BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (root_id, relpath)
) WITHOUT ROWID;
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,             -- network, precision, preprocessing and descriptor
    dim INTEGER NOT NULL
);
CREATE TABLE vectors (
    space_id INTEGER NOT NULL REFERENCES spaces(id),
    content_id INTEGER NOT NULL REFERENCES contents(id),
    vector BLOB NOT NULL,                 -- float16, little-endian
    PRIMARY KEY (space_id, content_id)
) WITHOUT ROWID;
CREATE INDEX vectors_by_content ON vectors (content_id); -- dropping a content looks here
{_TOLD_APART}{_FILTERS}{_WORDS}{_SAME}"""

MIGRATIONS: Final[tuple[str, ...]] = (_TOLD_APART, _FILTERS, _WORDS, _SAME)
"""The statements that bring version 1 to 2, 2 to 3, and so on."""


def create(connection: sqlite3.Connection) -> None:
    """Make the newest schema in an empty database, in one transaction."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id = {APPLICATION_ID};"
        f"PRAGMA user_version = {VERSION}; COMMIT;"
    )


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a database of an older `version` to the newest, each step in one transaction."""
    for number, statements in enumerate(MIGRATIONS[version - 1 :], start=version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;"
        )
