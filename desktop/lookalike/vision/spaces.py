"""The names that vectors are kept under; told from a pack's description alone, without NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lookalike.vision.network.pack import NetworkPack

_VERSIONS: Final = {"meaning": 1, "texture": 3}
"""Of each descriptor's making: vectors of another version are never compared."""


def space_keys(pack: NetworkPack, precision: str) -> dict[str, str]:
    """Descriptor to the key its vectors are stored under: network, precision, version."""
    made = f"{pack.identity}/{precision}/{pack.preprocessing}/{pack.size}"
    return {name: f"{made}/{name}-{version}" for name, version in _VERSIONS.items()}
