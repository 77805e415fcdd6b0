"""Evidence laid over a photo: warm where it helped, cold where it hurt, grey where nothing was."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]

WARM: Final = (0xFF, 0x9F, 0x1C)
COLD: Final = (0x3D, 0xA5, 0xFF)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
STRENGTH: Final = 0.7
"""How opaque evidence is unless a person says otherwise."""
TOLD: Final = 0.01
"""The least part of a score, in its own units, that is drawn at full colour."""
_SMOOTH: Final = 0.015
_HALVED: Final = 4
"""Numbers of a map to each of its `smoothed` one, which keeps their mean, not their sum."""


def own_scale(*maps: Array) -> float:
    """The strength shown at full colour: the 99.5th percentile of `smoothed` maps, never 0."""
    strongest = max(float(np.percentile(np.abs(each), 99.5)) for each in maps)
    return strongest or 1.0


def shared_scale(*maps: Array) -> float:
    """`own_scale`, fainter where the `smoothed` maps together tell less than `TOLD` of a score.

    Pictures of one colour are alike as a whole, hardly by any place; what the numbers beside
    them show as 0.00 must not glow like the evidence of a match.
    """
    told = max(float(np.abs(each).sum()) * _HALVED for each in maps)
    return own_scale(*maps) / max(min(told / TOLD, 1.0), 1e-6)


def render_overlay(
    picture: Picture, evidence: Array, scale: float, strength: float = STRENGTH
) -> Picture:
    """`picture` uint8 [H, W, 3] with a `smoothed` map float32 [h, w] over it, uint8 [H, W, 3].

    `scale` is the evidence shown at full colour; `strength` 0 to 1 is how opaque that is. A
    contour runs where the evidence is at half of `scale`.
    """
    import cv2

    height, width = picture.shape[:2]
    sized = cv2.resize(evidence, (width, height), interpolation=cv2.INTER_LINEAR)
    level = np.clip(sized / np.float32(scale), -1, 1)
    found, nothing = 0.75 * strength * np.abs(level), strength * (1 - np.abs(level))
    # What found nothing loses two thirds of its colour at full strength, and a little light.
    colour, light = 1 - 0.66 * nothing, (1 - 0.18 * nothing) * (1 - found)
    of_pixel, of_grey = colour * light, (1 - colour) * light
    grey = of_grey * (picture @ _LUMA)
    shown: Picture = np.empty(picture.shape, np.uint8)
    # Channel by channel: planes of one number a pixel stay in the processor's cache.
    for channel, (warm, cold) in enumerate(zip(WARM, COLD, strict=True)):
        tint = np.where(level > 0, np.float32(warm), np.float32(cold))
        blended = picture[..., channel] * of_pixel + grey + tint * found
        shown[..., channel] = np.clip(blended, 0, 255)
    _contours(shown, level, strength)
    return shown


def smoothed(evidence: Array) -> Array:
    """A map as it is drawn: smoothed over `_SMOOTH` of its longer side, at half its size.

    A speck of a few pixels tells a person nothing; the map itself stays as it is. So smooth a
    map loses nothing by half its size.
    """
    import cv2

    rows, columns = ((side + 1) // 2 for side in evidence.shape)
    half = cv2.resize(evidence, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(half, (0, 0), _SMOOTH * max(half.shape)), np.float32)


def _contours(shown: Picture, level: Array, strength: float) -> None:
    """Outline, in place, where the level is at half strength."""
    import cv2

    if strength <= 0:
        return
    thick = max(1, round(max(shown.shape[:2]) / 400))
    for sign, colour in ((1, WARM), (-1, COLD)):
        mask = (level * sign > 0.5).astype(np.uint8)
        lines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(shown, lines, -1, colour, thick, cv2.LINE_AA)


def signed_picture(saliency: NDArray[np.float32], scale: float) -> NDArray[np.uint8]:
    """Saliency float32 [H, W, 3], none below 0, as uint8 on black; `scale` becomes white.

    The root lifts what is faint, as a photo's own gamma does.
    """
    shown = np.sqrt(np.clip(saliency / max(scale, 1e-12), 0, 1)) * 255
    return np.asarray(np.rint(shown), np.uint8)
