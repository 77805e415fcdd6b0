"""The environment a bundle is frozen from: made anew under build/, pinned by constraints.txt."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

from bundling import product
from bundling.contents import CUDA_DISTRIBUTIONS, Recipe

TOOLS: Final = ("pyinstaller", "pyinstaller-hooks-contrib")
_WIDE: Final = re.compile(r"%[yz]mm\d")


def requirements(recipe: Recipe) -> list[str]:
    """What the program needs, with the one runtime of this bundle."""
    told = tomllib.loads((product.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = [line for line in told["project"]["dependencies"] if not line.startswith("onnxruntime")]
    return [*found, recipe.runtime, *(CUDA_DISTRIBUTIONS if recipe.cuda else ())]


def constraints(text: str) -> str:
    """The pins for either runtime: they are one program, released together."""
    found = re.search(r"^onnxruntime-gpu==(\S+)$", text, re.MULTILINE)
    if found is None:
        raise SystemExit("constraints.txt pins no onnxruntime-gpu.")
    return f"{text.rstrip()}\nonnxruntime=={found.group(1)}\n"


def python(folder: Path) -> Path:
    """The interpreter of the environment in `folder`."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make(recipe: Recipe) -> Path:
    """Make the environment, or take the one that was made from the same pins; its interpreter."""
    pins = constraints((product.ROOT / "constraints.txt").read_text(encoding="utf-8"))
    wanted = [*requirements(recipe), *TOOLS]
    key = hashlib.sha256("\n".join([pins, sys.version, *wanted]).encode()).hexdigest()[:12]
    folder = product.BUILD / f"env-{key}"
    if (folder / "ready").exists():
        return python(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    pin_file = product.BUILD / "constraints.txt"
    pin_file.write_text(pins, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(python(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["-c", str(pin_file)]
    subprocess.run([*pip, "--upgrade", "pip"], check=True)
    # For any processor of the architecture, not for this one's; without debugging information.
    built = {**os.environ, "HNSWLIB_NO_NATIVE": "1", "CFLAGS": "-g0", "CXXFLAGS": "-g0"}
    # pip keeps wheels it built, whatever they were built with: never take one from there.
    subprocess.run([*pip, "--no-cache-dir", "hnswlib"], check=True, env=built)
    subprocess.run([*pip, *wanted], check=True, env=built)
    _check_plain_code(folder)
    (folder / "ready").touch()
    return python(folder)


def _check_plain_code(folder: Path) -> None:
    """Hnswlib must hold no instruction that only newer processors have."""
    for library in folder.rglob("hnswlib*.so"):
        told = subprocess.run(
            ["objdump", "-d", "--no-show-raw-insn", str(library)],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        if _WIDE.search(told):
            raise SystemExit(f"{library.name} was built for this machine's processor alone.")
