"""Networks and input sizes side by side: `python -m models.compare FOLDER ...` (needs torch).

Each FOLDER holds photos and labels.json (file name to class). For EfficientNet-lite0 and -lite2
at several input sizes it prints the CPU time of a forward pass with all descriptors, and how well
the pooled last map ranks (mean average precision of all photos against all, cosine, centred).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from models.drift import Pictures
from models.efficientnet_lite import build
from models.export import TEXTURE_TAPS, finish, torch_network

SIZES = (224, 256, 288)
VARIANTS = ("lite0", "lite2")
DEPTH = 100
_BATCH = 16


def labelled(folder: Path, most: int) -> tuple[list[Path], list[str]]:
    """At most `most` photos of a folder, always the same ones, and their classes."""
    told = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    names = np.random.default_rng(0).permutation(sorted(told))[:most]
    return [folder / str(name) for name in names], [str(told[str(name)]) for name in names]


def squashed(path: Path, size: int) -> Pictures:
    """As indexing hands a photo to the network."""
    with Image.open(path) as image:
        image.draft("RGB", (size, size))
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def embedded(
    session: onnxruntime.InferenceSession, pictures: Pictures
) -> tuple[NDArray[np.float64], float]:
    """Pooled vectors [N, C], and the CPU milliseconds of a photo: the fastest batch counts."""
    names = ["pooled", *(f"{tap}.gram" for tap in TEXTURE_TAPS)]
    rows, fastest = [], float("inf")
    for start in range(0, len(pictures), _BATCH):
        part = pictures[start : start + _BATCH]
        begun = time.process_time()
        rows.append(session.run(names, {"image": part})[0])
        if len(part) == _BATCH:
            fastest = min(fastest, (time.process_time() - begun) / len(part) * 1000)
    return np.concatenate(rows).astype(np.float64), fastest


def mean_average_precision(vectors: NDArray[np.float64], classes: list[str]) -> float:
    """mAP@100 of every photo as the goal among the others; one without kin is left out."""
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    alike = centred @ centred.T
    np.fill_diagonal(alike, -np.inf)
    labels = np.array(classes)
    order = np.argsort(-alike, axis=1, kind="stable")[:, : min(DEPTH, len(labels) - 1)]
    right = labels[order] == labels[:, None]
    kin = (labels[:, None] == labels).sum(axis=1) - 1
    found = (np.cumsum(right, axis=1) / np.arange(1, right.shape[1] + 1) * right).sum(axis=1)
    wanted = kin > 0
    return float((found[wanted] / np.minimum(kin[wanted], DEPTH)).mean())


def main() -> int:
    """Print a line for each network and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=400, help="photos of each folder (400)")
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    options = parser.parse_args()
    sets = {folder.name: labelled(folder, options.most) for folder in options.folders}
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    for variant in options.variants:
        net = torch_network(variant)
        model = finish(*build(net), net).SerializeToString()
        session = onnxruntime.InferenceSession(model, settings, ["CPUExecutionProvider"])
        for size in SIZES:
            told, fastest = [], float("inf")
            for name, (paths, classes) in sets.items():
                pictures = np.stack([squashed(path, size) for path in paths])
                vectors, cost = embedded(session, pictures)
                fastest = min(fastest, cost)
                told.append(f"{name} {mean_average_precision(vectors, classes):.3f}")
            print(f"{variant} {size}: {fastest:5.1f} ms   mAP {'   '.join(told)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
