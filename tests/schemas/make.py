"""Makes the database of the present schema version, to be kept for ever among the tests.

`python -m tests.schemas.make`, once for each version, by the code that is going to be released.
A file that is there already is left alone: it was made by the code of its time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from lookalike.catalogue import schema
from lookalike.catalogue.rows import BatchWrite
from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.records import Facts
from tests.catalogue_rows import content, found

SCHEMAS = Path(__file__).parent
OFFLINE_ROOT = "/media/drive/\udce9t\udce9"
ONLINE_ROOT = "/home/anna/Pictures"
CAT = Facts(4000, 3000, "JPEG", 1_600_000_000.25, "Canon EOS 5D", 0x102030, -5)


def fill(catalogue: Catalogue) -> None:
    """Two folders, four photos of three contents, a skipped file, two spaces, one orphan."""
    spaces = {catalogue.ensure_space("net/float32/1/288/meaning", 8): 8}
    spaces[catalogue.ensure_space("net/float32/1/288/texture", 4)] = 4
    home = catalogue.add_root(ONLINE_ROOT).id
    drive = catalogue.add_root(OFFLINE_ROOT).id
    batch = BatchWrite(home)
    batch.new.append((found("gone.jpg"), content("gone", spaces)))
    batch.new.append((found("cat.jpg", inode=2**64 - 1), content("cat", spaces, CAT)))
    batch.new.append((found("a 'quoted'\nname.png"), content("dog", spaces)))
    batch.problems.append((found("broken.jpg", 12), "The file is damaged."))
    catalogue.commit_batch(batch)
    (gone,) = (photo.id for photo in catalogue.photos(range(1, 9)) if "gone" in photo.path)
    batch = BatchWrite(drive)
    batch.new.append((found("caf\udce9/copy.jpg"), content("cat", spaces, CAT)))
    batch.new.append((found("tree.jpg"), content("tree", spaces)))
    catalogue.commit_batch(batch)
    catalogue.commit_batch(BatchWrite(home, removed=[gone]))
    catalogue.set_root_online(drive, online=False)
    catalogue.keep_same([[3, 2]])


def main() -> int:
    """Write the file; 1 if it is there already."""
    target = SCHEMAS / f"v{schema.VERSION}.sqlite"
    if target.exists():
        print(f"{target} is there already and stays as it is.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        paths = DataPaths(Path(folder))
        with Catalogue.open(paths, write=True) as catalogue:
            fill(catalogue)
        # With the log folded in the one file is everything.
        assert not os.path.exists(f"{paths.catalogue}-wal")
        target.write_bytes(paths.catalogue.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
