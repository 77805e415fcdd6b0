"""Real programs compiled here: what they need, what is pruned, what a missing library says."""

from __future__ import annotations

import ctypes
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from bundling import elf, icu, libraries, pruning
from bundling.libraries import MissingLibraryError, Needs

if not sys.platform.startswith("linux"):
    pytest.skip("Linux's programs", allow_module_level=True)

TOOLS = ("cc", "objdump", "nm", "strip", "readelf")
compiled = pytest.mark.skipif(
    any(shutil.which(each) is None for each in TOOLS), reason="no compiler or binutils here"
)


def compile_library(path: Path, code: str, *links: Path, debug: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text(code)
    flags = ["-g"] if debug else []
    subprocess.run(
        ["cc", "-shared", "-fPIC", *flags, f"-Wl,-soname,{path.name}", "-o", str(path), str(source),
         *map(str, links)],
        check=True,
    )  # fmt: skip
    source.unlink()
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A module that links to one library, which links to a film library; one that none wants."""
    inside = tmp_path / "bundle" / "_internal"
    libs = inside / "opencv_python_headless.libs"
    film = compile_library(libs / "libavcodec-12ab.so.1", "int av_open(void) { return 7; }")
    middle = compile_library(
        libs / "libmiddle.so.1", "int av_open(void); int open_it(void) { return av_open(); }", film
    )
    compile_library(
        inside / "module.so",
        "int open_it(void); int two(void) { return 2; } int go(void) { return open_it(); }",
        middle,
        debug=True,
    )
    compile_library(inside / "libunused.so.1", "int nothing(void) { return 0; }")
    (inside / "libalias.so.1").symlink_to("libunused.so.1")
    return inside.parent


@compiled
def test_what_nothing_leads_to_is_removed_with_its_links(bundle: Path) -> None:
    assert [path.name for path in pruning.unreached(bundle)] == ["libunused.so.1"]
    assert pruning.remove_unreached(bundle) > 0
    left = sorted(path.name for path in bundle.rglob("*") if not path.is_dir())
    assert left == ["libavcodec-12ab.so.1", "libmiddle.so.1", "module.so"]


@compiled
def test_a_stand_in_satisfies_the_loader_and_ends_who_calls_it(bundle: Path) -> None:
    pruning.replace_by_stand_ins(bundle, (pruning.FILM,))
    code = (
        "import ctypes, sys\n"
        "ctypes.CDLL(sys.argv[2])\n"  # its user finds it loaded
        "ctypes.CDLL(sys.argv[3])\n"
        "module = ctypes.CDLL(sys.argv[1])\n"
        "assert module.two() == 2\n"
        "print('loaded', flush=True)\n"
        "module.go()\n"
    )
    inside = bundle / "_internal"
    libs = inside / "opencv_python_headless.libs"
    files = [inside / "module.so", libs / "libavcodec-12ab.so.1", libs / "libmiddle.so.1"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "loaded\n"
    assert done.returncode == -6
    assert "av_open is not in this bundle" in done.stderr


@compiled
def test_debugging_information_goes_and_the_library_still_works(bundle: Path) -> None:
    module = compile_library(
        bundle / "_internal" / "plain.so", "int one(void) { return 1; }", debug=True
    )
    untouched = (bundle / "_internal" / "libunused.so.1").read_bytes()
    before = module.stat().st_size
    assert pruning.strip_debugging(bundle) > 0
    assert module.stat().st_size < before
    assert ctypes.CDLL(str(module)).one() == 1
    assert (bundle / "_internal" / "libunused.so.1").read_bytes() == untouched


@compiled
def test_a_library_that_is_nowhere_is_named_with_who_wants_it(bundle: Path) -> None:
    (bundle / "_internal" / "opencv_python_headless.libs" / "libmiddle.so.1").unlink()
    told = libraries.needs(bundle)
    assert told.outside["libmiddle.so.1"] == "_internal/module.so"
    found = libraries.of_this_system()
    with pytest.raises(MissingLibraryError, match=r"module\.so links to libmiddle\.so\.1"):
        libraries.depends(told, found)
    assert any("libmiddle.so.1" in line for line in libraries.unresolved(bundle, elf.files(bundle)))


@compiled
@pytest.mark.skipif(shutil.which("dpkg") is None, reason="no Debian here")
def test_what_a_bundle_depends_on_is_named_by_package(bundle: Path) -> None:
    code = '#include <stdio.h>\nvoid say(void) { puts("x"); }'
    compile_library(bundle / "_internal" / "says.so", code)
    told = libraries.needs(bundle)
    assert set(told.outside) == {"libc.so.6"}
    (libc,) = libraries.depends(told, libraries.of_this_system())
    assert libc == f"libc6 (>= {told.glibc[0]}.{told.glibc[1]})"


def test_new_names_of_packages_are_told_by_their_old_ones() -> None:
    told = Needs({"libglib-2.0.so.0": "x", "libc.so.6": "x"}, (2, 38))
    files = {"libglib-2.0.so.0": "/lib/g", "libc.so.6": "/lib/c"}
    packages = {"/lib/g": "libglib2.0-0t64", "/lib/c": "libc6"}
    assert libraries.depends(told, files, packages.__getitem__) == [
        "libc6 (>= 2.38)",
        "libglib2.0-0",
    ]


def test_reading_what_objdump_and_ldconfig_print() -> None:
    text = (
        "Dynamic Section:\n  NEEDED               libm.so.6\n  NEEDED               libc.so.6\n"
        "Version References:\n  required from libc.so.6:\n"
        "    0x09691a75 0x00 02 GLIBC_2.2.5\n    0x069691b4 0x00 03 GLIBC_2.34\n"
    )
    assert elf.read(text) == elf.Wants(("libm.so.6", "libc.so.6"), (2, 34))
    printed = (
        "2 libs found in cache\n\tlibz.so.1 (libc6,x86-64) => /lib/z\n"
        "\tlibz.so.1 (libc6) => /lib32/z\n"
    )
    assert libraries.system_libraries(printed) == {"libz.so.1": "/lib/z"}


def icu_package(items: dict[str, bytes]) -> bytes:
    """As ICU's own tool lays it out."""
    header = struct.pack("<H", 32) + b"\xda\x27" + struct.pack("<HHBBBB", 20, 0, 0, 0, 2, 0)
    header += b"CmnD" + bytes(32 - len(header) - 4)
    return header + icu._table(list(items.items()))


def test_icu_keeps_one_language_and_the_neutral_rules() -> None:
    items = {
        "icudt99l/brkitr/root.res": b"r" * 5,
        "icudt99l/coll/de.res": b"d" * 1000,
        "icudt99l/coll/root.res": b"c" * 33,
        "icudt99l/coll/ucadata.icu": b"u" * 7,
        "icudt99l/en.res": b"e" * 16,
        "icudt99l/ibm-37.cnv": b"x" * 1000,
        "icudt99l/zh.res": b"z" * 1000,
    }
    kept = icu.smaller(icu_package(items))
    read = {name: body.rstrip(b"\0") for name, body in icu._items(kept, 32)}
    assert set(read) == {
        name for name in items if "de.res" not in name and "ibm" not in name and "zh" not in name
    }
    assert all(read[name].startswith(items[name]) for name in read)
    assert kept[:32] == icu_package(items)[:32]
    with pytest.raises(ValueError, match="no ICU"):
        icu.smaller(b"\x20\x00rubbish" + bytes(40))
