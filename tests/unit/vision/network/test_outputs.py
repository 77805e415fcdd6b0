"""A graph cut down to some of its outputs gives the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import NetworkError
from lookalike.vision.network.outputs import with_outputs
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.session import open_session


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_the_outputs_that_are_left_are_the_same(precision: str) -> None:
    pack = NetworkPack.load(default_pack())
    picture = np.random.default_rng(3).integers(0, 256, (1, 96, 128, 3), np.uint8)
    names = [pack.last, "pooled"]
    whole = open_session(pack.graphs[precision], 1, "CPU")
    model = with_outputs(pack.graphs[precision], names)
    assert sorted(output.name for output in model.graph.output) == sorted(names)
    cut = open_session(model.SerializeToString(), 1, "CPU")
    expected = whole.run(names, {"image": picture})
    for one, other in zip(cut.run(names, {"image": picture}), expected, strict=True):
        assert one.shape == other.shape
        assert np.allclose(one, other, atol=1e-5 * float(np.abs(other).max()))


def test_a_damaged_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    for data in (b"", b"not a graph at all"):
        path = tmp_path / "network.onnx"
        path.write_bytes(data)
        if not data:
            path.unlink()
        with pytest.raises(NetworkError, match=r"network\.onnx is damaged; install it again"):
            with_outputs(path, ["pooled"])
