"""The commands that look into the network: saliency, segment, models."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from lookalike.errors import NetworkError
from lookalike.library import Library
from lookalike.printing import check_outputs, print_json, progress_bar
from lookalike.progress import CancelToken, OnProgress
from lookalike.records.networks import NetworkInfo, NetworkInput
from lookalike.writing import picture_path, save_arrays, save_picture

if TYPE_CHECKING:
    from lookalike.library import SaliencyMap

_LISTED = 20


def saliency(options: argparse.Namespace) -> int:
    """A filter's saliency; without a filter the strongest of the layer, without a layer those."""
    check_outputs(options)
    with Library.open(options.data_dir, write=False) as library:
        if options.layer is None:
            return _layers(library, options)
        if options.filter is None:
            return _filters(library, options)
        looking = library.looking
        picture, found = looking.saliency(
            options.image, options.layer, options.filter, options.rule
        )
        if options.out:
            save_picture(looking.saliency_sheet(picture, found), options.out)
    if options.maps:
        save_arrays(
            options.maps,
            positive=found.positive,
            negative=found.negative,
            saliency=found.saliency,
        )
    told = {
        "layer": found.tap,
        "filter": found.filter,
        "rule": found.rule,
        "activation": found.activation,
        "fires": found.fires,
        "place": list(found.place),
        "part": list(found.part),
        "size": [picture.shape[1], picture.shape[0]],
        "everywhere": found.everywhere,
    }
    if options.json:
        print_json(told)
    else:
        _tell_saliency(found, picture.shape[1], picture.shape[0])
    return 0


def _tell_saliency(found: SaliencyMap, width: int, height: int) -> None:
    row, column = found.place
    print(f"activation {found.activation:.3f} at row {row}, column {column}")
    if not found.fires:
        print("This filter does not fire on this photo; the map shows what would make it.")
    x, y, w, h = found.part
    print(f"the part it sees: x {x}, y {y}, width {w}, height {h} of {width} x {height} pixels")
    if found.everywhere:
        print("Through sums over all places it also depends on the rest of the photo.")


def _layers(library: Library, options: argparse.Namespace) -> int:
    library.looking.picture(options.image)  # a photo that cannot be read is said at once
    layers = library.looking.layers()
    if options.json:
        print_json({"layers": list(layers)})
    else:
        print("Name a layer with --layer, shallow to deep:", ", ".join(layers))
    return 0


def _filters(library: Library, options: argparse.Namespace) -> int:
    found = library.looking.filters(options.image, options.layer)
    if options.json:
        rows = [
            {"filter": each.filter, "activation": each.activation, "place": list(each.place)}
            for each in found
        ]
        print_json({"layer": options.layer, "filters": rows})
        return 0
    for each in found[:_LISTED]:
        row, column = each.place
        print(f"filter {each.filter:5}  {each.activation:9.3f}  at row {row}, column {column}")
    return 0


def segment(options: argparse.Namespace) -> int:
    """The subject at the clicks as an 8-bit mask of the photo's size."""
    from PIL import Image

    picture_path(options.out)
    with Library.open(options.data_dir, write=False) as library:
        mask = library.segmenter.subject_of_file(options.image, options.clicks)
    save_picture(Image.fromarray(mask), options.out)
    share = float((mask > 0).mean())
    if options.json:
        print_json({"mask": options.out, "share": share})
    else:
        print(f"Wrote {options.out}: the subject takes {share:.0%} of the photo.")
    return 0


def models(options: argparse.Namespace) -> int:
    """List, add, quantise, use or verify networks."""
    what = {"list": _list, "add": _add, "quantise": _quantise, "use": _use, "verify": _verify}
    return what[options.what](options)


def _told(info: NetworkInfo) -> str:
    mark = "*" if info.in_use else " "
    line = f"{mark} {info.name:24} {info.size:4} px  {len(info.taps):3} layers"
    notes = "".join(f"\n    {note}" for note in info.notes)
    embedded = ", ".join(
        f"{count:,} photos embedded in {precision}"
        for precision, count in info.precisions.items()
        if count or precision == info.precision
    )
    return f"{line}  {embedded}{notes}"


def _list(options: argparse.Namespace) -> int:
    with Library.open(options.data_dir, write=False) as library:
        infos = library.networks.infos()
    if options.json:
        print_json({"networks": [asdict(info) for info in infos]})
    else:
        print("\n".join(_told(info) for info in infos))
    return 0


def _add(options: argparse.Namespace) -> int:
    given = NetworkInput(options.mean, options.std, options.size, options.layout, options.order)
    with (
        Library.open(options.data_dir) as library,
        progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
    ):
        info = library.networks.add(
            options.file, options.name, given, options.labels, options.licence, on_progress
        )
        if options.int8:
            info, told = _in_int8(library, info, options.photos, on_progress)
    if options.json:
        print_json({**asdict(info), "int8": told} if options.int8 else asdict(info))
    else:
        print(_told(info))
        print(f"Search by it with: lookalike models use {info.name}")
    return 0


def _in_int8(
    library: Library, info: NetworkInfo, photos: str | None, on_progress: OnProgress
) -> tuple[NetworkInfo, dict[str, float] | None]:
    """The network with int8 and what was measured; without int8 a note says why, and it stays."""
    try:
        found = library.networks.add_int8(info.name, photos, on_progress)
    except NetworkError as error:
        return replace(info, notes=(*info.notes, str(error))), None
    made = {**info.precisions, "int8": 0}
    return replace(info, notes=(*info.notes, found.told), precisions=made), asdict(found)


def _quantise(options: argparse.Namespace) -> int:
    with (
        Library.open(options.data_dir) as library,
        progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
    ):
        found = library.networks.add_int8(options.name, options.photos, on_progress)
    if options.json:
        print_json({"network": options.name, **asdict(found)})
    else:
        print(found.told)
        print(f"Embed in it with: lookalike models use {options.name} --precision int8")
    return 0


def _use(options: argparse.Namespace) -> int:
    with (
        Library.open(options.data_dir) as library,
        progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
    ):
        count = library.networks.use(options.name, on_progress, CancelToken(), options.precision)
        precision = library.networks.in_use().precision
    if options.json:
        print_json({"network": options.name, "precision": precision, "embedded": count})
    else:
        told = f"{options.name} answers from now on, in {precision}."
        print(f"Embedded {count:,} photos; {told}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    with Library.open(options.data_dir, write=False) as library:
        found = library.networks.verify(options.name)
    if options.json:
        rows = [{**asdict(each), "ok": each.holds} for each in found]
        print_json({"ok": all(each.holds for each in found), "networks": rows})
    else:
        for each in found:
            print(f"{each.name}: {'in order' if each.holds else 'not in order'} ({each.device})")
            for check in each.gradients:
                said = check.obstacle or f"gradient within {check.error:.1e} of finite differences"
                print(f"  {check.tap}: {said}")
            for problem in each.problems:
                print(f"  {problem}")
    return 0 if all(each.holds for each in found) else 1
