"""Writes a network pack, the program's own and a person's alike: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.network.pack import FORMAT, NetworkPack, Tap

if TYPE_CHECKING:
    from onnx import ModelProto

SUBJECT = "subject.npz"


@dataclass(frozen=True, slots=True)
class PackDraft:
    """What a pack is to hold.

    `graphs` maps a precision to the bytes of its ONNX graph; `arrays` are the descriptors'.
    `classes` counts the scores of the graph's output of that name (0: it has none), `labels` are
    their names, one a line, UTF-8. `input` says how the network wants its pictures. `subject` are
    the bytes of what finds subjects, as `models.subject` writes them.
    """

    name: str
    size: int
    multiple: int
    taps: tuple[Tap, ...]
    texture: tuple[str, ...]
    graphs: dict[str, bytes]
    arrays: dict[str, NDArray[np.float32]]
    fixed: bool = False
    licence: str = ""
    classes: int = 0
    labels: bytes = b""
    input: dict[str, Any] = field(default_factory=dict)
    subject: bytes = b""


def described_taps(model: ModelProto, names: Sequence[str], size: int) -> tuple[Tap, ...]:
    """The taps `names` of a pack's graph for pictures of `size`, as the graph itself says."""
    from lookalike.vision.network.gradients.builder import operators_in_the_way
    from lookalike.vision.network.graph import ForwardGraph
    from lookalike.vision.network.receptive_field import receptive_fields

    forward = ForwardGraph.of(model, (1, size, size, 3))
    fields = receptive_fields(forward)
    return tuple(
        Tap(
            name,
            forward.shape(name)[1],
            int(fields[name].stride[0]),
            fields[name],
            ", ".join(operators_in_the_way(forward, name)),
        )
        for name in names
    )


def write_pack(packs: Path, draft: PackDraft) -> Path:
    """Write beside, flush, rename: returns the new folder packs/name.

    Raises:
        NetworkError: the folder is there already, or cannot be written.
    """
    try:
        packs.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".adding-", dir=packs))
    except OSError as error:
        raise NetworkError(f"The network cannot be kept in {packs}: {error.strerror}.") from error
    try:
        _fill(beside, draft)
        os.replace(beside, packs / draft.name)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise NetworkError(f"The network cannot be kept in {packs}: {error.strerror}.") from error
    return packs / draft.name


def add_graph(pack: NetworkPack, precision: str, data: bytes) -> None:
    """Put a graph of another precision into a pack; its description is replaced last.

    Raises:
        NetworkError: the folder cannot be written; the pack is as it was.
    """
    name = graph_file(precision)
    _put(pack, name, data, ("graphs", precision))


def put_subject(pack: NetworkPack, data: bytes) -> None:
    """Put what finds subjects (an archive of `models.subject`) into a pack.

    Raises:
        NetworkError: the folder cannot be written; the pack is as it was.
    """
    _put(pack, SUBJECT, data, ("subject",))


def _put(pack: NetworkPack, name: str, data: bytes, key: tuple[str, ...]) -> None:
    """Put a file into a pack, named under `key` of its description, which is replaced last."""
    told = pack.folder / "pack.json"
    try:
        said = json.loads(told.read_text(encoding="utf-8"))
        place = said
        for each in key[:-1]:
            place = place[each]
        place[key[-1]] = name
        said["checksums"][name] = hashlib.sha256(data).hexdigest()
        _flushed(pack.folder / f"{name}.new", data)
        _flushed(pack.folder / "pack.json.new", (json.dumps(said, indent=1) + "\n").encode())
        os.replace(pack.folder / f"{name}.new", pack.folder / name)
        os.replace(pack.folder / "pack.json.new", told)
    except OSError as error:
        raise NetworkError(
            f"The network {pack.name} cannot be changed in {pack.folder}: {error.strerror}."
        ) from error


def graph_file(precision: str) -> str:
    """The name of the graph of a precision."""
    return "network.onnx" if precision == "float32" else f"network.{precision}.onnx"


def _fill(folder: Path, draft: PackDraft) -> None:
    for precision, data in draft.graphs.items():
        _flushed(folder / graph_file(precision), data)
    np.savez(folder / "descriptors.npz", **draft.arrays)  # type: ignore[arg-type]
    if draft.labels:
        _flushed(folder / "labels.txt", draft.labels)
    if draft.subject:
        _flushed(folder / SUBJECT, draft.subject)
    sums = {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.iterdir())
    }
    text = json.dumps(_description(draft, sums), indent=1) + "\n"
    _flushed(folder / "pack.json", text.encode())


def _flushed(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _description(draft: PackDraft, sums: dict[str, str]) -> dict[str, Any]:
    told = {
        "format": FORMAT,
        "name": draft.name,
        "preprocessing": 1,
        "licence": draft.licence,
        "size": draft.size,
        "multiple": draft.multiple,
        "fixed": draft.fixed,
        "graphs": {precision: graph_file(precision) for precision in draft.graphs},
        "taps": [tap.to_json() for tap in draft.taps],
        "last": "last",
        "texture": list(draft.texture),
        "descriptors": "descriptors.npz",
        "input": draft.input,
        "classes": draft.classes,
        "checksums": sums,
    }
    if draft.labels:
        told["labels"] = "labels.txt"
    if draft.subject:
        told["subject"] = SUBJECT
    return told
