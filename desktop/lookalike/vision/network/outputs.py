"""A pack's graph cut down to some of its outputs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.errors import NetworkError

if TYPE_CHECKING:
    from onnx import ModelProto


def with_outputs(path: Path, names: Collection[str]) -> ModelProto:
    """The graph in a file with the outputs `names` alone.

    The runtime works out all outputs that a graph has, asked for or not, and turns each into the
    plain layout: a quarter of a pass. What leads to no output it leaves out.

    Raises:
        NetworkError: the file cannot be read.
    """
    import onnx

    try:
        model = onnx.load(str(path))
    except Exception as error:
        raise NetworkError(f"The network file {path.name} is damaged; install it again.") from error
    wanted = [output for output in model.graph.output if output.name in names]
    del model.graph.output[:]
    model.graph.output.extend(wanted)
    return model
