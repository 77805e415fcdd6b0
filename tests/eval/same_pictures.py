"""`python -m tests.eval.same_pictures FOLDER ...`: is a changed picture found as "same"?

Photos of the folders are changed in 26 ways and searched by. Recall: the photo itself is among
40 answers as "same". Precision: what else is called "same" is wrong, unless `--known` names the
pair. Absent: how often a goal would be answered "same" if its photo were not in the library.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.library import Library
from lookalike.records import Goal, Photo, Query, View
from tests.eval.attacks import ATTACKS, EXTRA

ANSWERS = 40


class Tally:
    """What was found so far."""

    def __init__(self, known: set[frozenset[str]]) -> None:
        self.known = known
        self.asked: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.called_same = 0
        self.wrong: list[tuple[str, str, str]] = []
        self.absent_answered = 0
        self.missed: list[tuple[str, str, str]] = []
        self.seconds = 0.0

    def take(self, attack: str, photo: Photo, paths: list[tuple[str, str]]) -> None:
        """Count one answer: (path, kind) of each match."""
        same = {path for path, kind in paths if kind == "same"}
        self.asked[attack] += 1
        self.found[attack] += photo.path in same
        if photo.path not in same:
            place = next((n for n, (path, _) in enumerate(paths) if path == photo.path), None)
            self.missed.append(
                (attack, photo.path, "not among them" if place is None else f"at {place}")
            )
        others = {
            path for path in same - {photo.path} if frozenset((path, photo.path)) not in self.known
        }
        self.called_same += len(same)
        self.wrong += [(attack, photo.path, path) for path in sorted(others)]
        self.absent_answered += bool(others)

    def show(self) -> None:
        """Print the table."""
        for name in [*ATTACKS, *EXTRA]:
            if self.asked[name]:
                print(f"{name:22} {self.found[name] / self.asked[name]:7.3f}")
        for title, names in (("26 attacks", ATTACKS), ("extra", EXTRA)):
            asked = sum(self.asked[name] for name in names)
            if asked:
                found = sum(self.found[name] for name in names)
                print(f"{title:22} {found / asked:7.3f}  of {asked}")
        asked = sum(self.asked.values())
        right = self.called_same - len(self.wrong)
        print(f"{'precision of same':22} {right / max(self.called_same, 1):7.4f}", end="")
        print(f"  {len(self.wrong)} wrong of {self.called_same}")
        print(f"{'answered though absent':22} {self.absent_answered / max(asked, 1):7.4f}")
        print(f"{'ms a search':22} {1000 * self.seconds / max(asked, 1):7.1f}")


def encoded(picture: Image.Image) -> bytes:
    """As a file of its own."""
    out = io.BytesIO()
    picture.save(out, "PNG" if picture.width * picture.height < 1_500_000 else "JPEG", quality=92)
    return out.getvalue()


def evaluate(library: Library, goals: list[Photo], tally: Tally, extra: bool, limit: float) -> None:
    """Attack every goal in every way, and search, for at most `limit` seconds."""
    begun = time.monotonic()
    attacks = {**ATTACKS, **(EXTRA if extra else {})}
    for number, photo in enumerate(goals):
        if time.monotonic() - begun > limit:
            break
        original = Image.fromarray(library.picture(photo, 1200))
        for place, (name, attack) in enumerate(attacks.items()):
            data = encoded(attack(original, np.random.default_rng([number, place])))
            started = time.perf_counter()
            answer = library.search(Query((Goal(data=data),), ANSWERS))
            tally.seconds += time.perf_counter() - started
            tally.take(name, photo, [(match.photo.path, match.kind) for match in answer.matches])
        print(f"{number + 1} of {len(goals)}", end="\r", file=sys.stderr)


def main() -> None:
    """Index, attack, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--data-dir", help="a library that is there already")
    parser.add_argument("--below", default="", help="goals are photos below this folder alone")
    parser.add_argument("--goals", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--extra", action="store_true", help="three harder attacks too")
    parser.add_argument("--known", help="JSON: pairs of paths that are the same picture")
    parser.add_argument("--out", help="JSON: what was missed, what was wrong")
    options = parser.parse_args()
    known = json.loads(Path(options.known).read_text()) if options.known else []
    tally = Tally({frozenset(pair) for pair in known})
    home = nullcontext(options.data_dir) if options.data_dir else tempfile.TemporaryDirectory()
    with home as folder, Library.open(folder, write=bool(options.folders)) as library:
        if options.folders:
            library.index(options.folders)
        photos = library.photos(library.photo_ids(View(order="path", descending=False)))
        photos = [photo for photo in photos if photo.path.startswith(options.below)]
        chance = np.random.default_rng(options.seed)
        chosen = chance.permutation(len(photos))[: options.goals].tolist()
        evaluate(
            library,
            [photos[place] for place in chosen],
            tally,
            options.extra,
            options.seconds,
        )
    tally.show()
    if options.out:
        report = {"missed": tally.missed, "wrong": tally.wrong}
        Path(options.out).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
