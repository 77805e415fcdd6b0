"""Fixed random directions: the same on every machine and with every version of a library."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def fixed_signs(name: str, rows: int, columns: int) -> NDArray[np.float32]:
    """Signs -1 and +1 [rows, columns] drawn by `name` from SHAKE-256, over sqrt(columns).

    Multiplying by them keeps lengths and angles nearly (Achlioptas 2003).
    """
    count = rows * columns
    drawn = hashlib.shake_256(f"lookalike network {name}".encode()).digest((count + 7) // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8), count=count)
    signs = bits.astype(np.float32).reshape(rows, columns) * 2 - 1
    return np.asarray(signs / np.sqrt(columns), np.float32)
