"""What is told of networks, and what a person says of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Three = tuple[float, float, float]
Layout = Literal["NCHW", "NHWC"]
Order = Literal["RGB", "BGR"]


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """A network of the library: `embedded` contents have its vectors; `notes` say its limits.

    `precision` is the one it answers in (or would), `precisions` all it can, each with the number
    of contents embedded in it.
    """

    name: str
    in_use: bool
    own: bool
    size: int
    taps: tuple[str, ...]
    embedded: int
    notes: tuple[str, ...] = ()
    precision: str = ""
    precisions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """What a person says of a network; None is to be recognised.

    `mean` and `std` are of pixel values 0 to 255, or of 0 to 1 if none of them is above 1.
    `size` is the side of the square input in pixels.
    """

    mean: Three | None = None
    std: Three | None = None
    size: int | None = None
    layout: Layout | None = None
    order: Order | None = None
