"""The size at which a network looks at a picture: whole steps of the network, nearly its aspect."""

from __future__ import annotations

import math

_SPAN = (0.8, 1.2)
"""How far the longer side may be from what was asked, so that the aspect fits better."""
LONGEST = 4
"""Times the asked side for a strip, so that its short side keeps a step."""


def whole_steps(width: int, height: int, side: int, multiple: int) -> tuple[int, int]:
    """Width and height in multiples of `multiple` for a picture of `width` x `height`.

    Of the sizes whose longer side is about `side`, the one whose aspect is nearest; the usual
    aspects (4:3, 3:2, 16:9, 1:1) come out exactly at multiples of 32. A strip becomes longer
    rather than wider, up to four times `side`.
    """
    ratio = min(width, height) / max(width, height)
    wanted = max(1, round(side / multiple))
    if ratio * wanted < 1:
        most = max(1, LONGEST * side // multiple)
        long, short = min(max(wanted, round(1 / ratio)), most), 1
    else:
        least, most = (max(1, round(edge * wanted)) for edge in _SPAN)
        sizes = [(long, max(1, round(long * ratio))) for long in range(least, most + 1)]
        long, short = min(sizes, key=lambda size: _misfit(size, ratio, wanted))
    long, short = long * multiple, short * multiple
    return (long, short) if width >= height else (short, long)


def in_aspect(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of a picture scaled so that its longer side is `side`; at least 1."""
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _misfit(size: tuple[int, int], ratio: float, wanted: int) -> float:
    """Mostly the aspect's error, then the distance from the size that was asked for."""
    long, short = size
    return abs(math.log(short / long / ratio)) + 0.02 * abs(math.log(long / wanted))
