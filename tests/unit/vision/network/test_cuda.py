"""Which device a graph runs on: drivers that say no, and a graphics processor that gives up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from lookalike.vision.network.cuda import why_no_driver, why_not_cuda
from lookalike.vision.network.session import Session, open_session
from tests.unit.vision.network.architectures import Net, classifier

_DRIVER = """
int cuInit(unsigned flags) { return %(init)d; }
int cuDeviceGetCount(int *count) { *count = %(count)d; return 0; }
int cuDriverGetVersion(int *version) { *version = %(version)d; return 0; }
"""


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs a C compiler")
@pytest.mark.parametrize(
    ("init", "count", "version", "told"),
    [
        (0, 1, 13000, ""),
        (0, 2, 14010, ""),
        (0, 0, 13000, "finds no graphics processor"),
        (100, 0, 13000, "finds no graphics processor"),
        (999, 0, 13000, "error 999"),
        (0, 1, 12080, "knows CUDA 12.8, not 13; bring it up to date"),
    ],
)
def test_a_driver_says_why(init: int, count: int, version: int, told: str, tmp_path: Path) -> None:
    source, library = tmp_path / "driver.c", tmp_path / "libdriver.so"
    source.write_text(_DRIVER % {"init": init, "count": count, "version": version})
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    said = why_no_driver(str(library))
    assert told in said
    assert bool(said) == bool(told)


def test_no_driver_is_told(tmp_path: Path) -> None:
    assert why_no_driver(str(tmp_path / "none.so")) == "No NVIDIA driver is installed."


def small() -> bytes:
    net = Net("small", 32)
    classifier(net, net.conv("input", 8, 3, 2))
    net.nodes[-1].output[0] = "output"
    return net.model("output").SerializeToString()


@pytest.mark.skipif(not why_not_cuda(), reason="there is a graphics processor")
def test_asked_for_one_that_is_not_there_the_processor_answers(
    capfd: pytest.CaptureFixture[str],
) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = Session(small(), options, "CUDA")
    assert session.device == "CPU"
    assert open_session(small()).device == "CPU"
    assert capfd.readouterr().out == ""


def test_a_graphics_processor_that_fails_is_given_up() -> None:
    """Its failing is put in: no machine that tests this needs one."""

    class Failing:
        def get_providers(self) -> list[str]:
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

        def run(self, names: list[str], feed: dict[str, object]) -> list[object]:
            raise RuntimeError(
                "[ONNXRuntimeError] CUDA failure 2: out of memory ; GPU=0 ; file=/a/b.cc"
            )

    model = small()
    here = open_session(model, device="CPU")
    session = Session(model, onnxruntime.SessionOptions(), "CPU")
    session._source, session._session = model, Failing()  # type: ignore[assignment]
    picture = {"input": np.ones((1, 3, 32, 32), np.float32)}
    assert session.device == "CUDA"
    (there,) = session.run(["output"], picture)
    assert session.device == "CPU"
    assert (
        session.failure
        == "The graphics processor failed and is not used: CUDA failure 2: out of memory"
    )
    np.testing.assert_array_equal(there, here.run(["output"], picture)[0])
    with pytest.raises(Exception, match="input"):
        session.run(["output"], {})
