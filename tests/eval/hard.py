"""`python -m tests.eval.hard FOLDER`: what is hardest to tell a copy from, and to find.

Shots: two exposures of one scene from the hand; how many are called one picture, which they are
not. Walls: photographs of framed pictures; how often the picture is the first answer, and how
often a goal whose picture is not in the library is answered "same". Half of the folder's photos
are the library; a few are the walls, and in neither half.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.library import Library
from lookalike.photos.decode import load_picture
from lookalike.records import Goal, Query
from lookalike.vision.features import extract, proposals
from lookalike.vision.matching import greyed, overlap
from tests.eval.cameras import exposures, on_a_wall

AMOUNTS = (0.3, 1.0, 2.0)
_ROOMS = 4
KEPT_SIDE = 384
"""Of what a library keeps of a photo, as `usecases.thumbnailing` makes it."""


def data_of(picture: Image.Image) -> bytes:
    """As a file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def called_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether one, as a goal, would be called the other's very picture, as a library keeps it."""
    goal = greyed(load_picture(data_of(one), 320))
    kept = greyed(load_picture(data_of(other), KEPT_SIDE))
    ways = proposals(extract(goal), [extract(kept)])[0]
    laid = overlap(goal, kept, ways)
    return laid is not None and laid.same


def shots(paths: list[str]) -> None:
    """Print how many exposures of one scene are called one picture, by how far the hand moved."""
    for relief in (False, True):
        for amount in AMOUNTS:
            chance = np.random.default_rng(7)
            wrong = 0
            for path in paths:
                scene = Image.fromarray(load_picture(path, 1500))
                wrong += called_same(*exposures(scene, chance, amount, relief))
            name = f"{'relief' if relief else 'flat'}, moved by {amount:g}"
            print(f"{name:24} called same {wrong / max(len(paths), 1):6.3f}  of {len(paths)}")


def walls(paths: list[str], goals: int) -> None:
    """Print R@1 of framed pictures whose picture is in the library, and "same" of those not."""
    chance = np.random.default_rng(11)
    rooms, inside, outside = paths[:_ROOMS], paths[_ROOMS::2], paths[_ROOMS + 1 :: 2]
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        names = {path: str(Path(folder) / f"{n}.jpg") for n, path in enumerate(inside)}
        for path, name in names.items():
            Image.fromarray(load_picture(path, 1500)).save(name, quality=92)
        with Library.open(home) as library:
            library.index([folder])

            def answers(path: str) -> list[tuple[str, str]]:
                wall = Image.fromarray(load_picture(rooms[int(chance.integers(_ROOMS))], 800))
                picture = Image.fromarray(load_picture(path, 1500))
                goal = Goal(data=data_of(on_a_wall(picture, chance, wall)))
                matches = library.search(Query((goal,), 40)).matches
                return [(os.path.realpath(each.photo.path), each.kind) for each in matches]

            found = [
                answers(path)[0][0] == os.path.realpath(names[path]) for path in inside[:goals]
            ]
            wrong = [any(kind == "same" for _, kind in answers(path)) for path in outside[:goals]]
    print(f"{'on a wall':24} R@1         {np.mean(found):6.3f}  of {len(found)}")
    print(f"{'without counterpart':24} called same {np.mean(wrong):6.3f}  of {len(wrong)}")


def main() -> None:
    """Make, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shots", type=int, default=40, help="scenes to take twice")
    parser.add_argument("--goals", type=int, default=60, help="photographs of framed pictures")
    options = parser.parse_args()
    names = sorted(
        str(path) for path in options.folder.rglob("*") if path.suffix in (".jpg", ".png")
    )
    paths = [names[place] for place in np.random.default_rng(0).permutation(len(names))]
    shots(paths[: options.shots])
    walls(paths, options.goals)


if __name__ == "__main__":
    main()
