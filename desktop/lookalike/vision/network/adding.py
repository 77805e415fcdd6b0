"""Adds a person's own network: reads it, chooses its taps, writes its pack, tries it out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.records.networks import NetworkInput
from lookalike.vision.network.meaning import meaning_of
from lookalike.vision.network.pack import NetworkPack
from lookalike.vision.network.packing import PackDraft, described_taps, write_pack
from lookalike.vision.network.preprocessing import Preprocessing, recognise
from lookalike.vision.network.session import open_session

if TYPE_CHECKING:
    from onnx import ModelProto

    from lookalike.vision.network.taps import Choice

_TEXTURE_DEPTHS = (4 / 16, 7 / 16, 10 / 16, 14 / 16)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Added:
    """A network that was added, and how its pictures are prepared."""

    pack: NetworkPack
    preprocessing: Preprocessing


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
    taps = described_taps(made.model, [tap.name for tap in made.taps], made.preprocessing.size)
    draft = PackDraft(
        name=name,
        size=made.preprocessing.size,
        multiple=made.multiple,
        fixed=made.fixed,
        taps=taps,
        texture=made.texture,
        graphs={"float32": made.model.SerializeToString()},
        arrays=meaning_of(network, made.taps[-1]),
        licence=licence,
        labels=_labels(labels) if labels is not None else b"",
        input=made.preprocessing.to_json(),
    )
    return Added(NetworkPack.load(write_pack(packs, draft)), made.preprocessing)


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


def _labels(path: Path) -> bytes:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise NetworkError(f"The labels in {path} cannot be read as text.") from error
    return text.encode()
