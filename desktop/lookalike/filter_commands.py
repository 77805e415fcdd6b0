"""The command `filters`: layers, what excites each filter, names, and searching by a filter."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from lookalike.errors import DataFolderBusyError, LookalikeError
from lookalike.library import Library
from lookalike.printing import print_json, progress_bar
from lookalike.progress import CancelToken
from lookalike.writing import writable

if TYPE_CHECKING:
    from lookalike.library import FilterTop, Firing

_LISTED = 20


def filters(options: argparse.Namespace) -> int:
    """Without a layer the ladder; with one its filters; with a filter its nine patches."""
    if options.out:
        writable(options.out)
    _catch_up(options)
    if options.name is not None:
        return _name(options)
    with Library.open(options.data_dir, write=False) as library:
        if options.find is not None:
            options.layer, options.filter = library.filters.called(options.find)
            return _find(library, options)
        if options.photo is not None:
            return _of_photo(library, options)
        if options.layer is None:
            return _ladder(library, options)
        if options.filter is None:
            return _layer(library, options)
        return _filter(library, options)


def _catch_up(options: argparse.Namespace) -> None:
    """Look at photos that were read before their filters were watched."""
    with Library.open(options.data_dir, write=False) as library:
        looked_at, photos = library.filters.coverage()
    if looked_at >= photos:
        return
    try:
        with (
            Library.open(options.data_dir) as library,
            progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
        ):
            library.filters.catch_up(on_progress, CancelToken())
    except DataFolderBusyError:
        rest = f"{photos - looked_at:,} of {photos:,} photos were not looked at yet"
        print(f"lookalike: {rest}; another Lookalike is using the library.", file=sys.stderr)


def _ladder(library: Library, options: argparse.Namespace) -> int:
    layers = library.filters.layers()
    if options.out:
        library.filter_sheet().save(options.out)
    if options.json:
        rows = [
            {"name": each.name, "filters": each.filters, "sees": each.sees, "depth": each.depth}
            for each in layers
        ]
        names = [
            {"name": name, "layer": layer, "filter": number}
            for (layer, number), name in library.filters.names().items()
        ]
        looked_at, photos = library.filters.coverage()
        print_json({"layers": rows, "names": names, "looked_at": looked_at, "photos": photos})
        return 0
    for each in layers:
        print(f"{each.name:16} {each.filters:5} filters, each place sees {each.sees:.0f} pixels")
    for (layer, number), name in library.filters.names().items():
        print(f"{name}: filter {number} of {layer}")
    return 0


def _layer(library: Library, options: argparse.Namespace) -> int:
    if options.out:
        library.filter_sheet(options.layer).save(options.out)
    tops = library.filters.top(options.layer)
    if options.json:
        print_json({"layer": options.layer, "filters": [_told(top) for top in tops]})
        return 0
    known = sorted((top for top in tops if top.best is not None), key=lambda top: -(top.best or 0))
    for top in known[:_LISTED]:
        name = f"  {top.name}" if top.name else ""
        print(f"filter {top.filter:5}  {top.best:9.3f}  {top.patches[0].photo.path}{name}")
    return 0


def _filter(library: Library, options: argparse.Namespace) -> int:
    (top,) = library.filters.top(options.layer, [options.filter])
    if options.out:
        library.filter_sheet(options.layer, options.filter, options.rule).save(options.out)
    if options.json:
        print_json({"layer": options.layer, **_told(top)})
        return 0
    if top.name:
        print(top.name)
    for patch in top.patches:
        x, y, width, height = patch.part
        print(f"{patch.activation:9.3f}  {patch.photo.path}  at {x:.2f},{y:.2f}", end="")
        print(f",{width:.2f},{height:.2f}")
    if not top.patches:
        print("No photo of the library was looked at yet; index a folder first.")
    return 0


def _told(top: FilterTop) -> dict[str, Any]:
    patches = [
        {"path": each.photo.path, "activation": each.activation, "part": list(each.part)}
        for each in top.patches
    ]
    return {"filter": top.filter, "name": top.name, "patches": patches}


def _name(options: argparse.Namespace) -> int:
    if options.layer is None or options.filter is None:
        raise LookalikeError("Say which filter to name, with --layer and --filter.")
    with Library.open(options.data_dir) as library:
        library.filters.name(options.layer, options.filter, options.name)
    if options.json:
        told = {"layer": options.layer, "filter": options.filter, "name": options.name}
        print_json(told)
    return 0


def _find(library: Library, options: argparse.Namespace) -> int:
    answer = library.search_filter(options.layer, options.filter, options.k)
    if options.json:
        rows = [
            {"path": each.photo.path, "activation": each.activation, "listed": each.listed}
            for each in answer.matches
        ]
        told = {"name": answer.name, "layer": answer.layer, "filter": answer.filter}
        print_json({**told, "results": rows, "looked_at": answer.looked_at})
        return 0
    for each in answer.matches:
        print(f"{each.activation:9.3f}  {'best' if each.listed else '    '}  {each.photo.path}")
    print(
        f"The lines marked best lead the whole library; the rest are the best of"
        f" {answer.looked_at:,} photos like them."
    )
    return 0


def _of_photo(library: Library, options: argparse.Namespace) -> int:
    if options.layer is None:
        raise LookalikeError("Say which layer to look at, with --layer.")
    if options.at is None:
        found = library.filters.strongest(options.photo, options.layer, options.k)
    else:
        x, y = options.at
        found = library.filters.at(options.photo, options.layer, x, y, options.k)
    if options.json:
        rows = [_fires(each) for each in found]
        print_json({"layer": options.layer, "at": options.at, "filters": rows})
        return 0
    for each in found:
        share = "" if each.share is None else f"{each.share:5.0%} of the library's best"
        print(f"filter {each.filter:5}  {each.activation:9.3f}  {share}  {each.name}".rstrip())
    return 0


def _fires(each: Firing) -> dict[str, Any]:
    return {
        "filter": each.filter,
        "activation": each.activation,
        "share": each.share,
        "part": list(each.part),
        "name": each.name,
    }
