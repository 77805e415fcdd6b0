"""`make eval FOLDER=...`: the raw network and the product on labelled photos, dial by dial.

The product is asked through `Library`, as the command line and the window ask it: every photo
that has a relevant one is a goal, and is left out of its own answer. The raw network is the
mean of the last map, all its numbers, cosine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.photos.decode import whole_input
from lookalike.records import Goal, Query, View
from lookalike.usecases.network_in_use import NetworkInUse
from tests.eval.measures import DEPTH, Figures, mean, measured
from tests.eval.page import Outcome, page
from tests.eval.truth import Truth, TruthError, read_truth

Ranked = list[tuple[str, float]]
DIALS = ((1.0, 0.0), (0.75, 0.0), (0.5, 0.0), (0.25, 0.0), (0.0, 0.0), (1.0, 1.0))


def raw_rankings(paths: Sequence[str], goals: Sequence[str]) -> Callable[[str], Ranked]:
    """The raw network's answer to a goal among `paths`; those that cannot be read are left out."""
    encoder = NetworkInUse().encoder
    last = encoder.pack.last
    vectors: dict[str, NDArray[np.float32]] = {}
    for path in _shown(sorted({*paths, *goals}), "raw network"):
        try:
            picture = whole_input(path, encoder.size)
        except LookalikeError:
            continue
        pooled = encoder.maps(picture, [last])[0].mean(axis=(1, 2))
        vectors[path] = pooled / np.linalg.norm(pooled)
    known = [path for path in paths if path in vectors]
    table = np.stack([vectors[path] for path in known])

    def answer(goal: str) -> Ranked:
        scores = table @ vectors[goal]
        order = np.argsort(-scores, kind="stable")[: DEPTH + 1]
        return [(known[place], float(scores[place])) for place in order]

    return answer


def product_rankings(library: Library, options: argparse.Namespace) -> Callable[..., Ranked]:
    """The product's answer to a goal at a place of the dials."""

    def answer(goal: str, depth: float, style: float) -> Ranked:
        photo = None if options.outside else library.photo_by_path(goal)
        wanted = Goal(photo_id=photo.id) if photo is not None else Goal(path=goal)
        query = Query((wanted,), DEPTH + 1, depth, style, options.thorough)
        return [(match.photo.path, match.score) for match in library.search(query).matches]

    return answer


def outcomes(
    name: str, truth: Truth, goals: Sequence[str], answer: Callable[[str], Ranked]
) -> list[Outcome]:
    """Every goal asked once; a goal that cannot be read fails its query."""
    found = []
    for goal in _shown(goals, name):
        try:
            ranked = [each for each in answer(goal) if each[0] != goal]
        except (LookalikeError, KeyError):
            ranked = []
        relevant = truth.relevant[goal]
        figures = measured([path for path, _ in ranked], relevant)
        found.append(Outcome(goal, ranked, relevant, figures))
    return found


def _shown(each: Sequence[str], name: str) -> Iterable[str]:
    """With a bar on a terminal."""
    return tqdm(each, desc=name, leave=False, disable=None)


def by_label(truth: Truth, found: Sequence[Outcome]) -> dict[str, Figures]:
    """The mean figures of each class, worst first; {} where pairs were given."""
    groups: dict[str, list[Figures]] = {}
    for each in found:
        if each.goal in truth.label:
            groups.setdefault(truth.label[each.goal], []).append(each.figures)
    means = {label: mean(each) for label, each in groups.items()}
    return dict(sorted(means.items(), key=lambda item: item[1].precision))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=Path, help="relevant pairs instead of labels.json")
    parser.add_argument("--goals", type=int, default=0, help="at most so many, evenly chosen")
    parser.add_argument("--dial", action="append", metavar="DEPTH,STYLE", help="default: several")
    parser.add_argument("--outside", action="store_true", help="goals as files, not as photos")
    parser.add_argument("--thorough", action="store_true", help="compare pixels too, as `search`")
    parser.add_argument("--no-raw", action="store_true", help="leave the raw network out")
    parser.add_argument("--classes", action="store_true", help="figures of each class too")
    parser.add_argument("--home", type=Path, help="keep the library in this data folder")
    parser.add_argument("--out", type=Path, default=Path("eval.html"), help="the page (eval.html)")
    return parser.parse_args(arguments)


def _dials(options: argparse.Namespace) -> list[tuple[float, float]]:
    if not options.dial:
        return list(DIALS)
    found = []
    for each in options.dial:
        depth, _, style = each.partition(",")
        found.append((float(depth), float(style or 0)))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and write the page; 1 if there is nothing to measure by."""
    options = _options(arguments)
    try:
        truth = read_truth(options.folder.resolve(), options.pairs)
    except (TruthError, OSError, ValueError) as error:
        print(f"eval: {error}")
        return 1
    goals = sorted(truth.relevant)
    if options.goals:
        goals = goals[:: max(1, -(-len(goals) // options.goals))]
    home = tempfile.TemporaryDirectory() if options.home is None else nullcontext(options.home)
    with home as folder, Library.open(folder) as library:
        library.index([str(options.folder)])
        photos = library.photos(library.photo_ids(View()))
        print(f"{len(photos)} photos, {len(goals)} goals of {options.folder.name}")
        if not options.no_raw:
            answer = raw_rankings([photo.path for photo in photos], goals)
            raw = outcomes("raw", truth, goals, answer)
            print(f"{'raw network':24} {mean([each.figures for each in raw]).line()}", flush=True)
        _product(library, options, truth, goals)
    return 0


def _product(
    library: Library, options: argparse.Namespace, truth: Truth, goals: Sequence[str]
) -> None:
    answer = product_rankings(library, options)
    for number, (depth, style) in enumerate(_dials(options)):
        name = f"depth {depth:g}, style {style:g}"
        started = time.perf_counter()
        found = outcomes(name, truth, goals, partial(answer, depth=depth, style=style))
        rate = len(found) / max(time.perf_counter() - started, 1e-9)
        print(f"{name:24} {mean([each.figures for each in found]).line()}   {rate:.1f} goals/s")
        if number == 0:
            options.out.write_text(page(library, f"{options.folder.name}: {name}", found))
            print(f"{'':24} worst queries: {os.path.abspath(options.out)}", flush=True)
        if options.classes:
            for label, figures in by_label(truth, found).items():
                print(f"    {label:20} {figures.line()}")


if __name__ == "__main__":
    raise SystemExit(main())
