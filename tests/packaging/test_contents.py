"""What goes into a bundle, for every system; what OpenCV is asked for; what the pins say."""

from __future__ import annotations

import ast
import plistlib
import re
import tomllib
from pathlib import Path

import pytest

from bundling import contents, environment, product
from bundling.contents import Recipe
from lookalike import __version__
from lookalike.app import DESKTOP_ENTRY

FEW_ROWS = {
    # Pictures and masks: no matrix is multiplied or decomposed.
    "resize", "cvtColor", "GaussianBlur", "erode", "warpPerspective", "findContours",
    "drawContours", "connectedComponents", "connectedComponentsWithStats", "setRNGSeed", "kmeans",
    "Sobel", "blur", "warpAffine", "intersectConvexConvex",
    # Matrices of at most 9 x 9: gradients of SIFT, affine and projective transforms, colours.
    "SIFT_create", "estimateAffine2D", "findHomography", "findTransformECC", "grabCut",
}  # fmt: skip


def called() -> set[str]:
    """Every function of OpenCV that the program names."""
    found = set()
    for path in (product.SOURCE / "lookalike").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "cv2"
                and not node.attr.isupper()
                and not re.fullmatch(r"[A-Z0-9_]+|error", node.attr)
            ):
                found.add(node.attr)
    return found


def test_opencv_is_asked_for_nothing_that_the_bundle_left_out() -> None:
    """Its OpenBLAS and FFmpeg are stand-ins there: see `pruning`.

    A new name here is a question: does it decompose or multiply matrices of 25 rows and more, or
    read a film? If not, add it; if so, the bundle must keep the library (packaging/bundling).
    """
    assert called() - FEW_ROWS == set()
    assert "resize" in called()


def test_one_version_everywhere() -> None:
    assert product.version() == __version__


def test_the_window_names_its_desktop_entry() -> None:
    assert DESKTOP_ENTRY == product.APP_ID


def test_the_formats_of_open_with_are_those_the_program_reads() -> None:
    from lookalike.photos import formats

    named = {name.removeprefix("image/").upper() for name, _ in product.IMAGE_TYPES}
    assert named == set(formats.PLUGINS) - {"MPO"}


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_every_recipe_has_one_runtime_and_what_the_project_depends_on(
    system: contents.System,
) -> None:
    told = tomllib.loads((product.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[<>=;~ ]", line)[0] for line in told["project"]["dependencies"]}
    for cuda in (False, True):
        recipe = Recipe(system, cuda)
        runtimes = {"onnxruntime", "onnxruntime-gpu"}
        assert runtimes & set(recipe.distributions) == {recipe.runtime}
        assert wanted - runtimes <= set(recipe.distributions)
        asked = [line for line in environment.requirements(recipe) if "onnxruntime" in line]
        assert asked == [recipe.runtime]


def test_the_pins_cover_either_runtime_and_the_freezer() -> None:
    text = (product.ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = environment.constraints(text)
    (gpu,) = re.findall(r"^onnxruntime-gpu==(\S+)$", pins, re.MULTILINE)
    assert re.findall(r"^onnxruntime==(\S+)$", pins, re.MULTILINE) == [gpu]
    for tool in environment.TOOLS:
        assert re.search(rf"^{tool}==", pins, re.MULTILINE | re.IGNORECASE), tool


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6\\plugins\\styles\\qmodernwindowsstyle.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "PySide6/Qt/lib/libQt6Core.so.6",
        "lookalike/_packs/efficientnet-lite0/network.onnx",
        "lookalike/_resources/icons/lookalike.svg",
        "onnxruntime/capi/onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so",
        "onnxruntime/capi/libonnxruntime_providers_cuda.so",
        "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
    ],
)
def test_what_the_program_needs_stays(name: str) -> None:
    assert contents.is_kept(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/plugins/imageformats/libqpdf.so",
        "PySide6/Qt/plugins/egldeviceintegrations/libqeglfs-x11-integration.so",
        "PySide6\\plugins\\tls\\qopensslbackend.dll",
        "PySide6/Qt/translations/qtbase_fr.qm",
        "onnxruntime/capi/libonnxruntime.so.1.31.1",
        "numpy/_core/_multiarray_tests.cpython-311-x86_64-linux-gnu.so",
        "cv2/data/haarcascade_eye.xml",
    ],
)
def test_what_it_never_uses_stays_out(name: str) -> None:
    assert not contents.is_kept(name)


def test_qts_own_words_come_in_the_languages_of_the_window() -> None:
    for folder in ("PySide6/Qt/translations", "PySide6/translations"):
        kept = {name for name in _QT_WORDS if contents.is_kept(f"{folder}/{name}")}
        assert kept == {"qtbase_de.qm"}


_QT_WORDS = ("qtbase_de.qm", "qtbase_fr.qm", "qtbase_da.qm", "qt_de.qm", "qtdeclarative_de.qm")


def test_the_data_are_there_and_are_what_the_wheel_carries() -> None:
    told = tomllib.loads((product.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    forced = told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert dict(contents.DATAS) == forced
    for source, target in contents.DATAS:
        assert (product.ROOT / source).is_dir()
        assert target.startswith("lookalike/_")


def test_the_whole_of_the_default_pack_is_in_its_folder() -> None:
    """The bundle takes one folder: the pack that `default_pack` finds must be in it."""
    from lookalike.vision.network.pack import default_pack

    assert default_pack() == product.ROOT / contents.DATAS[0][0]


def test_only_on_linux_qt_and_multiprocessing_are_not_imported_at_each_start() -> None:
    names = ("pyi_rth_pyside6", "pyi_rth_multiprocessing", "start")
    scripts = [(name, f"{name}.py", "PYSOURCE") for name in names]
    assert contents.started_with("linux", scripts) == scripts[2:]
    assert contents.started_with("darwin", scripts) == contents.started_with("win32", scripts)
    assert contents.started_with("win32", scripts) == scripts


def test_no_excluded_module_is_imported_by_the_program() -> None:
    for path in (product.SOURCE / "lookalike").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                for out in contents.EXCLUDES:
                    assert not f"{name}.".startswith(f"{out}."), f"{path} imports {name}"


def test_windows_has_a_program_with_a_console_and_one_without() -> None:
    programs = Recipe("win32").programs()
    assert {each["console"] for each in programs} == {True, False}
    assert all(each["icon"].endswith(".ico") for each in programs)
    assert len({each["name"] for each in programs}) == 2


def test_the_installer_starts_programs_that_are_built() -> None:
    text = (product.PACKAGING / "windows" / "lookalike.iss").read_text(encoding="utf-8")
    names = {each["name"] for each in Recipe("win32").programs()}
    started = set(re.findall(r"\{app\}\\([\w-]+)\.exe", text))
    assert started == names
    for ending in (each for _, endings in product.IMAGE_TYPES for each in endings):
        assert f'SupportedTypes"; ValueType: string; ValueName: ".{ending}"' in text, ending


def test_the_macos_bundle_is_a_property_list_with_its_documents() -> None:
    options = Recipe("darwin").macos_bundle()
    told = plistlib.loads(plistlib.dumps(options["info_plist"]))
    assert options["bundle_identifier"] == product.APP_ID
    assert told["CFBundleShortVersionString"] == __version__
    kinds = {each for kind in told["CFBundleDocumentTypes"] for each in kind["LSItemContentTypes"]}
    assert kinds == {"public.image", "public.folder"}


def test_cuda_libraries_are_found_or_named_as_missing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not installed"):
        contents.cuda_libraries(tmp_path)
    library = tmp_path / "nvidia" / "cu13" / "lib" / "libcudart.so.13"
    library.parent.mkdir(parents=True)
    library.touch()
    assert contents.cuda_libraries(tmp_path) == [(str(library), ".")]


def test_what_cuda_needs_is_what_the_program_looks_for() -> None:
    from lookalike.vision.network import cuda

    for name in (*cuda._LIBRARIES, *cuda._WANTED_LATER):
        stem = name.removeprefix("lib").split(".so")[0]
        stem = {"cudart": "cuda-runtime", "cublasLt": "cublas", "nvrtc": "cuda-nvrtc"}.get(
            stem, stem
        )
        assert any(each.startswith(f"nvidia-{stem}") for each in contents.CUDA_DISTRIBUTIONS), name
