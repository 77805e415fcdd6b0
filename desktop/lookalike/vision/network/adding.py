"""Adds a person's own network: reads it, chooses its taps, writes its pack, tries it out."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.records import NetworkInput
from lookalike.vision.network.meaning import meaning_of
from lookalike.vision.network.pack import NetworkPack, Tap
from lookalike.vision.network.preprocessing import Preprocessing, recognise
from lookalike.vision.network.session import open_session

if TYPE_CHECKING:
    from onnx import ModelProto

    from lookalike.vision.network.taps import Choice

_TEXTURE_DEPTHS = (4 / 16, 7 / 16, 10 / 16, 14 / 16)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Added:
    """A network that was added; `notes` are sentences on what it cannot do."""

    pack: NetworkPack
    preprocessing: Preprocessing
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A pack's graph before it is written."""

    model: ModelProto
    taps: tuple[Choice, ...]
    texture: tuple[str, ...]
    preprocessing: Preprocessing
    multiple: int
    fixed: bool


def add_network(
    file: Path,
    packs: Path,
    name: str = "",
    given: NetworkInput | None = None,
    labels: Path | None = None,
    licence: str = "",
) -> Added:
    """Read an ONNX file and write its pack as a new folder in `packs`, whole or not at all.

    `name` is the file's by default; `labels` is a text file with one class name a line.

    Raises:
        NetworkError: the network cannot be used, or there is one of this name already.
    """
    from lookalike.vision.network.reading import read_network

    name = _checked_name(name or file.stem, free=bool(name))
    if (packs / name).exists():
        raise NetworkError(f"There is a network called {name} already; give another name.")
    network = read_network(file)
    made = _made(network, given or NetworkInput())
    _try_out(made)
    taps = _taps_of(made)
    files: dict[str, bytes] = {"network.onnx": made.model.SerializeToString()}
    if labels is not None:
        files["labels.txt"] = _labels(labels)
    arrays = meaning_of(network, made.taps[-1])
    folder = _write(packs, name, made, taps, files, arrays, licence)
    return Added(NetworkPack.load(folder), made.preprocessing, _notes(taps, made))


def _checked_name(name: str, free: bool) -> str:
    """A folder's name; a person's own is refused if it cannot be one, a file's is made into one."""
    if free and not _NAME.fullmatch(name):
        raise NetworkError(
            f"A network cannot be called {name!r}; use small letters, digits, '.', '_' and '-'."
        )
    made = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:64]
    return made or "network"


def _made(network: ModelProto, given: NetworkInput) -> _Made:
    from lookalike.vision.network.graph import ForwardGraph
    from lookalike.vision.network.taps import choose_taps
    from lookalike.vision.network.trunk import texture_name, trunk

    asked = recognise(network, given)
    # The whole network runs at its own size only; the trunk is free once its head is cut off.
    own = recognise(network, replace(given, size=None)) if given.size else asked
    size = own.size
    shape = (1, 3, size, size) if own.layout == "NCHW" else (1, size, size, 3)
    forward = ForwardGraph.of(network, shape)
    taps = choose_taps(forward)
    chosen = _texture(taps)
    model = trunk(forward, taps, [tap.name for tap in chosen], asked)
    texture = tuple(texture_name(tap) for tap in chosen)
    multiple = math.lcm(*(tap.stride for tap in taps))
    if _runs(model, size, size + multiple):
        return _Made(model, taps, texture, _rounded(asked, multiple, given), multiple, fixed=False)
    if asked.size != size:
        raise NetworkError(f"The network takes pictures of {size} x {size} pixels and no other.")
    return _Made(model, taps, texture, asked, size, fixed=True)


def _rounded(asked: Preprocessing, multiple: int, given: NetworkInput) -> Preprocessing:
    """The size as a multiple of the total stride: a given one must be, a recognised one is made."""
    if asked.size % multiple == 0:
        return asked
    if given.size:
        raise NetworkError(f"The picture size must be a multiple of {multiple} for this network.")
    return replace(asked, size=math.ceil(asked.size / multiple) * multiple)


def _texture(taps: Sequence[Choice]) -> tuple[Choice, ...]:
    """The four middle taps whose Gram matrices tell textures best (measured on the default)."""
    places = [min(round(depth * len(taps)), len(taps) - 1) for depth in _TEXTURE_DEPTHS]
    return tuple(taps[place] for place in dict.fromkeys(places))


def _picture(side: int, seed: int) -> NDArray[np.uint8]:
    """Smooth noise, uint8 [1, side, side, 3], the same for the same seed."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (1, -(-side // 8), -(-side // 8), 3), dtype=np.uint8)
    return np.ascontiguousarray(coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :side, :side])


def _runs(model: ModelProto, height: int, width: int) -> bool:
    """Whether the graph takes pictures of another shape than its own; the places must follow."""
    session = open_session(model.SerializeToString(), device="CPU")
    side = max(height, width)
    picture = np.ascontiguousarray(_picture(side, 1)[:, :height, :width])
    try:
        small, large = (
            session.run(["last"], {"image": each})[0]
            for each in (np.ascontiguousarray(_picture(height, 1)), picture)
        )
    except Exception:  # noqa: BLE001 - the runtime's errors have no common class
        return False
    return bool(large.shape[3] > small.shape[3] and large.shape[2] == small.shape[2])


def _try_out(made: _Made) -> None:
    """Refuse a network that cannot take several pictures, or answers all of them alike."""
    size = made.preprocessing.size
    session = open_session(made.model.SerializeToString(), device="CPU")
    pictures = np.concatenate([_picture(size, seed) for seed in (2, 3)])
    try:
        pooled, maps = session.run(["pooled", "last"], {"image": pictures})
        (alone,) = session.run(["pooled"], {"image": pictures[:1]})
    except Exception as error:
        from lookalike.vision.network.graph import reason_of

        raise NetworkError(
            f"The network cannot take several pictures at a time: {reason_of(error)}"
        ) from error
    if not np.isfinite(maps).all():
        raise NetworkError("The network's last map is not finite; check mean and std.")
    scale = float(np.abs(pooled).max())
    if float(np.abs(pooled[0] - pooled[1]).max()) <= 1e-6 * max(scale, 1e-30):
        raise NetworkError("The network answers every picture alike; its output is constant.")
    if float(np.abs(pooled[:1] - alone).max()) > 1e-2 * scale:
        raise NetworkError("The network mixes the pictures of a batch; it cannot be used.")


def _taps_of(made: _Made) -> tuple[Tap, ...]:
    from lookalike.vision.network.gradients.builder import operators_in_the_way
    from lookalike.vision.network.graph import ForwardGraph

    size = made.preprocessing.size
    forward = ForwardGraph.of(made.model, (1, size, size, 3))
    return tuple(
        Tap(
            tap.name,
            tap.channels,
            tap.stride,
            tap.field,
            ", ".join(operators_in_the_way(forward, tap.name)),
        )
        for tap in made.taps
    )


def _notes(taps: Sequence[Tap], made: _Made) -> tuple[str, ...]:
    notes = []
    lost = [tap for tap in taps if tap.obstacle]
    if lost:
        kept = len(taps) - len(lost)
        where = f"from {lost[0].name} on" if kept else "at any layer"
        notes.append(
            f"There is no saliency {where}: the operator {lost[0].obstacle} has no gradient."
        )
    if made.fixed:
        size = made.preprocessing.size
        notes.append(f"The network takes pictures of {size} x {size} pixels and no other.")
    return tuple(notes)


def _labels(path: Path) -> bytes:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise NetworkError(f"The labels in {path} cannot be read as text.") from error
    return text.encode()


def _write(
    packs: Path,
    name: str,
    made: _Made,
    taps: Sequence[Tap],
    files: dict[str, bytes],
    arrays: dict[str, Any],
    licence: str,
) -> Path:
    """Write beside, flush, rename: a pack is there whole or not at all."""
    try:
        packs.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".adding-", dir=packs))
    except OSError as error:
        raise NetworkError(f"The network cannot be kept in {packs}: {error.strerror}.") from error
    try:
        for file, data in files.items():
            _flushed(beside / file, data)
        np.savez(beside / "descriptors.npz", **arrays)
        sums = {
            each.name: hashlib.sha256(each.read_bytes()).hexdigest()
            for each in sorted(beside.iterdir())
        }
        told = _description(name, made, taps, sums, licence)
        text = json.dumps(told, indent=1) + "\n"
        _flushed(beside / "pack.json", text.encode())
        os.replace(beside, packs / name)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise NetworkError(f"The network cannot be kept in {packs}: {error.strerror}.") from error
    return packs / name


def _flushed(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _description(
    name: str, made: _Made, taps: Sequence[Tap], sums: dict[str, str], licence: str
) -> dict[str, Any]:
    told = {
        "format": 2,
        "name": name,
        "preprocessing": 1,
        "licence": licence,
        "size": made.preprocessing.size,
        "multiple": made.multiple,
        "fixed": made.fixed,
        "graphs": {"float32": "network.onnx"},
        "taps": [tap.to_json() for tap in taps],
        "last": "last",
        "texture": list(made.texture),
        "descriptors": "descriptors.npz",
        "input": made.preprocessing.to_json(),
        "checksums": sums,
    }
    if "labels.txt" in sums:
        told["labels"] = "labels.txt"
    return told
