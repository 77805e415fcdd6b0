"""A network pack: a folder with graphs, taps, descriptors and checksums. Data, never code."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.errors import NetworkError
from lookalike.vision.network.field import ReceptiveField

_KEY = re.compile(r"^n\d{8}\s+")
FORMAT = 2
"""1 was written before a network could be added; none of it is left."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A value of the network that may be looked at; `stride` is in pixels of the input.

    `obstacle` names the operators that keep the tap from having saliency; "" if it has.
    """

    name: str
    channels: int
    stride: int
    field: ReceptiveField
    obstacle: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is kept in a pack."""
        told: dict[str, Any] = {
            "name": self.name,
            "channels": self.channels,
            "stride": self.stride,
            "field": self.field.to_json(),
        }
        if self.obstacle:
            told["obstacle"] = self.obstacle
        return told

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Tap:
        """From what a pack says; raises KeyError, TypeError or ValueError."""
        field = ReceptiveField.from_json(told["field"])
        name, channels, stride = str(told["name"]), int(told["channels"]), int(told["stride"])
        return cls(name, channels, stride, field, str(told.get("obstacle", "")))


@dataclass(frozen=True, slots=True)
class NetworkPack:
    """What a pack says of its network. `graphs` maps a precision to its ONNX file.

    Pictures have sides that are multiples of `multiple`; with `fixed` they are `size` x `size`
    and no other. `input` says how the network wants its pictures (for people to read). `labels`
    is a text file with one class a line; `classes` says how many class scores the graph gives
    under the name "classes", 0 if it gives none. `subject` is what finds the subject at a click;
    only the program's own pack has it.
    """

    folder: Path
    name: str
    preprocessing: int
    size: int
    multiple: int
    graphs: dict[str, Path]
    taps: tuple[Tap, ...]
    last: str
    texture: tuple[str, ...]
    descriptors: Path
    checksums: dict[str, str]
    fixed: bool
    input: dict[str, Any]
    classes: int = 0
    labels: Path | None = None
    licence: str = ""
    subject: Path | None = None

    @classmethod
    def load(cls, folder: Path, verify: bool = False) -> NetworkPack:
        """Read a pack; with `verify` also compare every file's SHA-256.

        Raises:
            NetworkError: a file is missing, damaged, or lies outside the folder.
        """
        try:
            told = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise NetworkError(
                f"The network in {folder} cannot be read; install Lookalike again or add it anew."
            ) from error
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise NetworkError(f"The network in {folder} is of a format this version cannot read.")
        try:
            pack = cls._from_json(folder, told)
        except (KeyError, TypeError, ValueError) as error:
            raise NetworkError(f"The network's description in {folder} is damaged.") from error
        if verify:
            pack.check()
        return pack

    @classmethod
    def _from_json(cls, folder: Path, told: dict[str, Any]) -> NetworkPack:
        return cls(
            folder=folder,
            name=str(told["name"]),
            preprocessing=int(told["preprocessing"]),
            size=int(told["size"]),
            multiple=int(told["multiple"]),
            graphs={key: _inside(folder, name) for key, name in told["graphs"].items()},
            taps=tuple(Tap.from_json(tap) for tap in told["taps"]),
            last=str(told["last"]),
            texture=tuple(told["texture"]),
            descriptors=_inside(folder, told["descriptors"]),
            checksums={
                _inside(folder, name).name: sum_ for name, sum_ in told["checksums"].items()
            },
            fixed=bool(told["fixed"]),
            labels=_inside(folder, told["labels"]) if told.get("labels") else None,
            licence=str(told.get("licence", "")),
            subject=_inside(folder, told["subject"]) if told.get("subject") else None,
            input=dict(told["input"]),
            classes=int(told["classes"]),
        )

    def class_words(self) -> tuple[tuple[str, ...], ...]:
        """What each class of the network is called, in their order; () without fitting labels.

        A line of the file is a class: its name, then further words for it, with commas. The
        key in front of a name in ImageNet's own lists ("n01440764 tench") is left out.

        Raises:
            NetworkError: the file cannot be read as text.
        """
        if self.labels is None:
            return ()
        try:
            lines = self.labels.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise NetworkError(
                f"The labels of the network {self.name} are damaged; install it again."
            ) from error
        if len(lines) != self.classes:
            return ()
        return tuple(
            tuple(word.strip() for word in _KEY.sub("", line).split(",") if word.strip()) or ("",)
            for line in lines
        )

    @property
    def identity(self) -> str:
        """What its vectors are kept under: its name and, for a person's own, the graph's sum.

        A network that is added later under the name of one that was deleted meets no vectors.
        """
        if self.folder == default_pack():
            return self.name
        return f"{self.name}-{self.checksums.get(self.graphs['float32'].name, '')[:8]}"

    @property
    def limits(self) -> tuple[str, ...]:
        """What the network cannot do, a sentence each; () if nothing."""
        found = []
        lost = [tap for tap in self.taps if tap.obstacle]
        if lost:
            where = f"from {lost[0].name} on" if len(lost) < len(self.taps) else "at any layer"
            found.append(
                f"There is no saliency {where}: the operator {lost[0].obstacle} has no gradient."
            )
        if self.fixed:
            found.append(
                f"The network takes pictures of {self.size} x {self.size} pixels and no other."
            )
        return tuple(found)

    def tap(self, name: str) -> Tap:
        """A tap by its name; raises NetworkError if there is none."""
        for each in self.taps:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.taps)
        raise NetworkError(f"The network {self.name} has no layer {name}; it has {names}.")

    def check(self, names: Sequence[str] = ()) -> None:
        """Compare files (all, unless named) with their SHA-256.

        Raises:
            NetworkError: a file is missing, or is not the one its sum was taken of.
        """
        for name in names or self.checksums:
            try:
                with open(self.folder / name, "rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise NetworkError(
                    f"The network {self.name} lacks its file {name}; install it again."
                ) from error
            if found != self.checksums.get(name):
                raise NetworkError(
                    f"The file {name} of the network {self.name} is damaged; install it again."
                )


def _inside(folder: Path, name: object) -> Path:
    """A file directly in the pack's folder; raises NetworkError for any other place."""
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise NetworkError(f"The network in {folder} names a file outside its folder; refused.")
    return folder / name


def default_pack() -> Path:
    """The folder of the network that comes with the program."""
    package = Path(__file__).parents[2]
    places = [package / "_packs", package.parents[1] / "models"]
    for place in places:
        if (place / "efficientnet-lite0" / "pack.json").is_file():
            return place / "efficientnet-lite0"
    raise NetworkError("The default network is missing; install Lookalike again.")
