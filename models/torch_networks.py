"""A torch network as an ONNX file that `lookalike models add` takes (needs torch).

    python -m models.torch_networks torchvision resnet152 --weights resnet152.pth
    python -m models.torch_networks timm convnext_atto --weights convnext.safetensors --size 224

Nothing is downloaded: `--weights` is a file with the network's own state. Without it the weights
are random, which is good for trying things out and for nothing else. What the network wants of
its pictures is printed, to be given to `models add`.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

OPSET = 17


def made(maker: str, name: str, weights: Path | None) -> Any:
    """The network of torchvision.models or timm, with its weights, ready to infer."""
    if maker == "timm":
        net = import_module("timm").create_model(name, pretrained=False)
    else:
        net = import_module("torchvision.models").get_model(name, weights=None)
    if weights is not None:
        net.load_state_dict(_state(weights))
    return net.eval()


def _state(weights: Path) -> Any:
    if weights.suffix == ".safetensors":
        return import_module("safetensors.torch").load_file(str(weights))
    import torch

    # Tensors alone: a pickle may carry code.
    return torch.load(weights, map_location="cpu", weights_only=True)


def export(net: Any, out: Path, size: int) -> None:
    """Write float32 NCHW "input" to "scores", any batch, at opset 17."""
    import torch

    torch.onnx.export(
        net,
        (torch.zeros(1, 3, size, size),),
        str(out),
        dynamo=False,
        opset_version=OPSET,
        input_names=["input"],
        output_names=["scores"],
        dynamic_axes={"input": {0: "batch"}, "scores": {0: "batch"}},
    )


def main() -> int:
    """Export one network and say how to add it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("maker", choices=("torchvision", "timm"))
    parser.add_argument("name", help="as the maker calls it")
    parser.add_argument("--weights", type=Path, help="a .pth, .pt or .safetensors file")
    parser.add_argument("--size", type=int, default=224, help="side of the input (224)")
    parser.add_argument("--out", type=Path, help="default: NAME.onnx")
    options = parser.parse_args()
    net = made(options.maker, options.name, options.weights)
    out = options.out or Path(f"{options.name}.onnx")
    export(net, out, options.size)
    told = getattr(net, "default_cfg", {})
    mean = ",".join(f"{value:g}" for value in told.get("mean", (0.485, 0.456, 0.406)))
    std = ",".join(f"{value:g}" for value in told.get("std", (0.229, 0.224, 0.225)))
    print(f"wrote {out}; add it: lookalike models add {out} --mean {mean} --std {std}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
