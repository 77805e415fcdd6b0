"""Makes ICU's data library smaller: of 32 MB, the words of one language and no old code pages.

The format is ICU's "common data" (`icu4c/source/common/ucmndata.h`): a header, a table of
contents of (name offset, data offset) pairs counted from the table, the names, the data, each
item on a boundary of 16 bytes.
"""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path
from typing import Final

KEPT: Final = re.compile(
    r"^[^/]+/(?:"
    r"[^/]*\.(?:icu|nrm)|"  # properties of characters, normalisation
    r"(?:coll/|brkitr/)?(?:root|en|en_US|en_GB|en_001|en_150|res_index|pool)\.res|"
    r"coll/ucadata\.icu|brkitr/[a-z_]*\.brk|"
    r"(?:curr|lang|region|unit|zone)/(?:root|en|res_index|pool)\.res|"
    r"(?:supplementalData|likelySubtags|metadata|zoneinfo64|timezoneTypes|windowsZones|"
    r"metaZones|numberingSystems|keyTypeData|genderList|plurals|pluralRanges|dayPeriods|"
    r"currencyNumericCodes|icuver|icustd|langInfo|grammaticalFeatures)\.res"
    r")$"
)


def smaller(data: bytes) -> bytes:
    """The same package with the items that `KEPT` names; raises ValueError for another format."""
    (header,) = struct.unpack_from("<H", data)
    if data[2:4] != b"\xda\x27" or data[12:16] != b"CmnD":
        raise ValueError("this is no ICU data package")
    items = [(name, body) for name, body in _items(data, header) if KEPT.match(name)]
    return data[:header] + _table(items)


def _items(data: bytes, header: int) -> list[tuple[str, bytes]]:
    (count,) = struct.unpack_from("<I", data, header)
    pairs = list(struct.iter_unpack("<II", data[header + 4 : header + 4 + 8 * count]))
    ends = [start for _, start in pairs[1:]] + [len(data) - header]
    found = []
    for (name, start), end in zip(pairs, ends, strict=True):
        stop = data.index(b"\0", header + name)
        found.append((data[header + name : stop].decode(), data[header + start : header + end]))
    return found


def _table(items: list[tuple[str, bytes]]) -> bytes:
    names = [name.encode() + b"\0" for name, _ in items]
    place = 4 + 8 * len(items)
    name_places = []
    for name in names:
        name_places.append(place)
        place += len(name)
    parts, body_places = [b"".join(names)], []
    for _, body in items:
        padding = -place % 16
        parts.append(bytes(padding) + body)
        body_places.append(place + padding)
        place += padding + len(body)
    pairs = b"".join(
        struct.pack("<II", *pair) for pair in zip(name_places, body_places, strict=True)
    )
    return struct.pack("<I", len(items)) + pairs + b"".join(parts)


def make_smaller(library: Path) -> int:
    """Rewrite `libicudata.so.NN` with the smaller package; returns the bytes freed."""
    before = library.stat().st_size
    symbol, start, size = _data_symbol(library)
    data = library.read_bytes()[start : start + size]
    blob, source = library.with_suffix(".dat"), library.with_suffix(".s")
    blob.write_bytes(smaller(data))
    source.write_text(
        f".section .rodata\n.globl {symbol}\n.type {symbol}, %object\n.balign 16\n"
        f'{symbol}:\n.incbin "{blob}"\n.size {symbol}, . - {symbol}\n'
        ".section .note.GNU-stack,\"\",%progbits\n",
        encoding="utf-8",
    )  # fmt: skip
    subprocess.run(
        ["cc", "-shared", "-nostdlib", "-s", f"-Wl,-soname,{library.name}",
         "-o", str(library), str(source)],
        check=True,
    )  # fmt: skip
    blob.unlink()
    source.unlink()
    return before - library.stat().st_size


def _data_symbol(library: Path) -> tuple[str, int, int]:
    """The name of the data symbol, its place in the file and its size."""
    told = subprocess.run(
        ["readelf", "-W", "--dyn-syms", "--segments", str(library)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    symbol = re.search(r"^\s*\d+: ([0-9a-f]+)\s+(\S+) \w+\s+GLOBAL.* (icudt\d+_dat)$", told, re.M)
    if symbol is None:
        raise ValueError(f"{library.name} holds no ICU data package")
    address, size = int(symbol[1], 16), int(symbol[2], 0)
    for offset, virtual, in_file in re.findall(
        r"LOAD\s+0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ 0x([0-9a-f]+)", told
    ):
        inside = address - int(virtual, 16)
        if 0 <= inside < int(in_file, 16):
            return symbol[3], int(offset, 16) + inside, size
    raise ValueError(f"the data of {library.name} is in none of its segments")
