"""The house's walls: who may import whom, read from the source and tried in a bare process."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "desktop" / "lookalike"
MODELS = Path(__file__).parents[2] / "models"
SMALL = {"errors", "progress", "records", "paths", "resources", "settings", "words"}
ROOMS = {"photos", "catalogue", "vision", "search"}

ALLOWED = {
    **{room: SMALL | {room} for room in ROOMS},
    **dict.fromkeys(SMALL, SMALL),
    "usecases": SMALL | ROOMS | {"usecases"},
    "library": SMALL | ROOMS | {"tidying", "usecases"},
    "tidying": SMALL | {"catalogue", "usecases"},
    "self_test": SMALL | {"library"},
    "commands": SMALL
    | {"filter_commands", "library", "network_commands", "printing", "self_test", "writing"},
    "filter_commands": SMALL | {"library", "printing", "writing"},
    "network_commands": SMALL | {"library", "printing", "writing"},
    "printing": SMALL | {"writing"},
    "writing": SMALL,
    "ui": SMALL | {"library", "ui", "writing"},
    "cli": SMALL | {"commands", "app"},
    "run_anywhere": {"cli"},
    "__main__": {"cli"},
    "app": SMALL | {"library", "ui"},
    "__init__": set(),
}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE.parent)}
FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_each_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    for name in imported(path):
        if name.startswith("lookalike."):
            target = name.split(".")[1]
            if (SOURCE / target).exists() or (SOURCE / f"{target}.py").exists():
                assert target in ALLOWED[room], f"{room} must not import {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_qt_stays_in_the_window_and_torch_out_of_the_application(path: Path) -> None:
    packages = {name.split(".")[0] for name in imported(path)}
    assert "torch" not in packages
    if room_of(path) not in ("ui", "app"):
        assert "PySide6" not in packages


def test_small_modules_use_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"lookalike", "platformdirs"}
    small = [path for path in FILES if room_of(path) in SMALL]
    assert {room_of(path) for path in small} == SMALL
    for path in small:
        assert {name.split(".")[0] for name in imported(path)} <= allowed, path


def test_the_core_imports_with_qt_and_torch_blocked() -> None:
    modules = [
        ".".join(("lookalike", *path.relative_to(SOURCE).with_suffix("").parts))
        for path in FILES
        if room_of(path) not in ("ui", "app", "__main__") and path.name != "__init__.py"
    ]
    code = "import sys\nfor name in ('PySide6', 'torch'): sys.modules[name] = None\n"
    code += "".join(f"import {module}\n" for module in modules)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr


def test_the_command_line_starts_light() -> None:
    """No network, no decoder and no index is imported before something asks for it."""
    code = (
        "import sys, lookalike.cli\n"
        "heavy = {'onnxruntime', 'onnx', 'cv2', 'hnswlib', 'PySide6', 'numpy', 'PIL'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert done.stdout.strip() == "[]"


def test_the_window_starts_light() -> None:
    """What looks into photos is imported when the first photo is looked into, not before."""
    code = (
        "import sys, lookalike.app, lookalike.ui.main_window\n"
        "heavy = {'onnxruntime', 'onnx', 'cv2', 'hnswlib', 'numpy', 'PIL'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert done.stdout.strip() == "[]"


def test_files_and_functions_keep_to_a_readable_size() -> None:
    too_long = [
        f"{path.relative_to(SOURCE)}: {count} lines"
        for path in FILES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert too_long == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    if path.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
