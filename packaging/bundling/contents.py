"""What goes into a bundle and what stays out: the PyInstaller spec as data, for every system.

The spec file only hands these to PyInstaller; the tests read them without it.
"""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, get_args

from bundling import product

System = Literal["linux", "darwin", "win32"]
Entry = tuple[str, str, str]
"""PyInstaller's: the name inside the bundle, the source, the type code."""

DATAS: Final = (
    ("models/efficientnet-lite0", "lookalike/_packs/efficientnet-lite0"),
    ("resources/icons", "lookalike/_resources/icons"),
    ("resources/translations", "lookalike/_resources/translations"),
)

DISTRIBUTIONS: Final = (
    "numpy",
    "Pillow",
    "hnswlib",
    "opencv-python-headless",
    "onnx",
    "onnxruntime",
    "PySide6-Essentials",
    "shiboken6",
    "platformdirs",
    "Send2Trash",
    "tqdm",
    "xxhash",
    "protobuf",
    "ml_dtypes",
    "flatbuffers",
    "typing_extensions",
    "packaging",
)
"""Of which parts come into the bundle; their licences go with them."""

EXCLUDES: Final = (
    # Of the standard library: nothing here has a terminal toolkit, a debugger or tests.
    "tkinter",
    "turtle",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "doctest",
    "pdb",
    "test",
    "ensurepip",
    # The program makes no connection, and Python has the digests it uses without OpenSSL.
    "ssl",
    "_ssl",
    "_hashlib",
    # Never imported by the program; reached by other packages' optional imports.
    "torch",
    "matplotlib",
    "scipy",
    "pandas",
    "IPython",
    "sympy",
    "yaml",
    "pytest",
    "setuptools",
    "pip",
    "wheel",
    "_distutils_hack",
    "numpy.f2py",
    "numpy.testing",
    "numpy.distutils",
    "PIL.ImageTk",
    # Tools for making networks, not for running them.
    "onnx.reference",
    "onnx.backend.test",
    "onnx.tools",
    "onnx.bin",
    "onnxruntime.tools",
    "onnxruntime.transformers",
    "onnxruntime.datasets",
    "onnxruntime.backend",
    # Qt beyond the widgets.
    *(
        f"PySide6.{name}"
        for name in (
            "QtNetwork",
            "QtQml",
            "QtQuick",
            "QtQuickWidgets",
            "QtQuickControls2",
            "QtOpenGL",
            "QtOpenGLWidgets",
            "QtSql",
            "QtTest",
            "QtXml",
            "QtConcurrent",
            "QtDesigner",
            "QtHelp",
            "QtPrintSupport",
            "QtUiTools",
            "scripts",
            "support",
        )
    ),
)

QT_PLUGINS: Final = (
    "platforms/*xcb*",
    "platforms/*wayland*",
    "platforms/*offscreen*",
    "platforms/*minimal.*",
    "platforms/*qwindows*",
    "platforms/*cocoa*",
    "imageformats/*qjpeg*",
    "imageformats/*qsvg*",
    "imageformats/*qgif*",
    "iconengines/*qsvgicon*",
    "platforminputcontexts/*compose*",
    "platforminputcontexts/*ibus*",
    "platformthemes/*xdgdesktopportal*",
    "styles/*",
    "xcbglintegrations/*",
    "wayland-shell-integration/*xdg-shell*",
    "wayland-decoration-client/*",
    "wayland-graphics-integration-client/*egl.*",
)
"""Of Qt's plug-ins, those that the window may need. Keyboards, printers, databases, film, network
and embedded screens stay out."""

UNUSED: Final = (
    # A C library for other programs; Python's module has its own copy of the runtime.
    "onnxruntime/capi/libonnxruntime.so*",
    "onnxruntime/capi/libonnxruntime*.dylib",
    # Qt's own words but those of the widgets in the languages that the window speaks.
    "PySide6/Qt/translations/[!q]*",
    "PySide6/Qt/translations/q[!t]*",
    "PySide6/Qt/translations/qt[!b]*",
    "PySide6/Qt/translations/qtbase_[!d]*",
    "PySide6/Qt/translations/qtbase_d[!e]*",
    "PySide6/translations/[!q]*",
    "PySide6/translations/qt[!b]*",
    "PySide6/translations/qtbase_[!d]*",
    "PySide6/translations/qtbase_d[!e]*",
    "PySide6/Qt/qml/*",
    "PySide6/qml/*",
    # Software OpenGL for Windows: nothing here draws with OpenGL.
    "PySide6/opengl32sw.dll",
    # Tests of numpy's own, as extension modules.
    "numpy/_core/_*_tests*",
    "numpy/_core/_simd*",
    "*/sboms/*",
    "*.pyi",
    "cv2/data/*",
    "*/tests/*",
    "onnx/*.proto",
    "onnx/*.proto3",
    "onnx/*.cc",
    "onnx/*.h",
    "numpy/*/lib*.a",
    "numpy/_core/include/*",
)

SPARED: Final = ("pyi_rth_pyside6", "pyi_rth_inspect", "pyi_rth_pkgutil", "pyi_rth_multiprocessing")
"""PyInstaller's scripts that do not run at each start on Linux."""

CUDA_DISTRIBUTIONS: Final = (
    "nvidia-cuda-runtime",
    "nvidia-cublas",
    "nvidia-curand",
    "nvidia-cufft",
    "nvidia-cuda-nvrtc",
    "nvidia-cudnn-cu13",
)
"""NVIDIA's own packages of what onnxruntime-gpu's CUDA provider is linked to (`readelf -d` names
cudart, cublas, cublasLt and curand) and of what it opens by name (cuDNN, which compiles with
NVRTC)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of bundle."""

    system: System
    cuda: bool = False

    @property
    def runtime(self) -> str:
        """The package that runs networks; the two kinds overwrite each other, so never both."""
        return "onnxruntime-gpu" if self.cuda else "onnxruntime"

    @property
    def distributions(self) -> tuple[str, ...]:
        """Whose parts come into this bundle."""
        plain = tuple(self.runtime if name == "onnxruntime" else name for name in DISTRIBUTIONS)
        return plain + (CUDA_DISTRIBUTIONS if self.cuda else ())

    @classmethod
    def of_this_system(cls, cuda: bool = False) -> Recipe:
        """For the machine that builds; raises SystemExit where no recipe fits."""
        for system in get_args(System):
            if sys.platform == system:
                return cls(system, cuda)
        raise SystemExit(f"There is no recipe for {sys.platform}.")

    def programs(self) -> list[dict[str, Any]]:
        """Arguments of `EXE` for each program of the bundle.

        Windows knows two kinds of program: one that writes to a console, and one that opens
        none; as with python and pythonw there is one of each.
        """
        common = {"exclude_binaries": True, "strip": False, "upx": False}
        if self.system == "win32":
            icon = str(product.BUILD / "lookalike.ico")
            return [
                {**common, "name": "lookalike", "console": True, "icon": icon},
                {**common, "name": "lookalike-window", "console": False, "icon": icon},
            ]
        return [{**common, "name": "lookalike", "console": True}]

    def macos_bundle(self) -> dict[str, Any]:
        """Arguments of `BUNDLE`: the .app with its types of documents."""
        extensions = [ending for _, endings in product.IMAGE_TYPES for ending in endings]
        documents = [
            {
                "CFBundleTypeName": "Image",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "CFBundleTypeExtensions": extensions,
                "LSItemContentTypes": ["public.image"],
            },
            {
                "CFBundleTypeName": "Folder",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": ["public.folder"],
            },
        ]
        return {
            "name": f"{product.TITLE}.app",
            "icon": str(product.BUILD / "lookalike.icns"),
            "bundle_identifier": product.APP_ID,
            "version": product.version(),
            "info_plist": {
                "CFBundleDisplayName": product.TITLE,
                "CFBundleShortVersionString": product.version(),
                "CFBundleDocumentTypes": documents,
                "LSApplicationCategoryType": "public.app-category.photography",
                "LSMinimumSystemVersion": "13.0",
                "NSHighResolutionCapable": True,
                "NSRequiresAquaSystemAppearance": False,
                "NSPrincipalClass": "NSApplication",
            },
        }


def kept(entries: Iterable[Entry]) -> list[Entry]:
    """Of PyInstaller's entries, those that the program needs."""
    return [entry for entry in entries if is_kept(entry[0])]


def is_kept(name: str) -> bool:
    """Whether a file of that name inside the bundle is needed."""
    path = PurePosixPath(name.replace("\\", "/"))
    if any(fnmatch.fnmatch(str(path), pattern) for pattern in UNUSED):
        return False
    parts = path.parts
    if parts[0] == "PySide6" and "plugins" in parts:
        plugin = "/".join(parts[parts.index("plugins") + 1 :])
        return any(fnmatch.fnmatch(plugin, pattern) for pattern in QT_PLUGINS)
    return True


def started_with(system: System, scripts: Iterable[Entry]) -> list[Entry]:
    """Of what PyInstaller runs at each start, what must be run.

    On Linux not its script for PySide6, which imports QtCore: every command and every worker that
    reads photos would, for 70 ms and 20 MB each. `start.py` says instead where Qt's plug-ins are,
    and PySide6's own wheels say the rest (qt.conf). Nor those that import inspect, zipfile,
    pkgutil and multiprocessing for what nothing here asks for (the source of a frame, the modules
    of a package) or, as `start.py` does, for multiprocessing's own processes: 25 ms of each start.
    """
    spared = SPARED if system == "linux" else ()
    return [script for script in scripts if script[0] not in spared]


def cuda_libraries(site_packages: Path) -> list[tuple[str, str]]:
    """(file, folder in the bundle) of NVIDIA's libraries.

    They go to the bundle's root, where the loader looks for a name; in their wheels they lie in
    `nvidia/*/lib`, which onnxruntime alone would find.
    """
    found = sorted(site_packages.glob("nvidia/**/lib/*.so*"))
    found += sorted(site_packages.glob("nvidia/**/bin/**/*.dll"))
    if not any(path.name.startswith(("libcudart", "cudart")) for path in found):
        raise SystemExit(f"NVIDIA's libraries are not installed in {site_packages}.")
    return [(str(path), ".") for path in found]
