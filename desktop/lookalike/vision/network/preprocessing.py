"""How a network wants its pictures: recognised from its file, or as a person says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from onnx import ModelProto, NodeProto

from lookalike.errors import NetworkError
from lookalike.records.networks import Layout, NetworkInput, Order, Three
from lookalike.vision.network.graph import ForwardGraph, picture_input

USUAL_SIZE = 224
SMALLEST_SIZE, LARGEST_SIZE = 16, 2048


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """(pixel - mean) / std by channel with pixels 0 to 255; `source` says how it is known."""

    mean: Three
    std: Three
    order: Order
    layout: Layout
    size: int
    source: str

    @property
    def told(self) -> str:
        """One sentence for people: what was recognised, so that they may say otherwise."""
        mean = ", ".join(f"{value:g}" for value in self.mean)
        std = ", ".join(f"{value:g}" for value in self.std)
        return (
            f"Its pictures are prepared {_BY.get(self.source, self.source)}: {self.order}, "
            f"{self.size} x {self.size}, mean {mean}, std {std}."
        )

    def to_json(self) -> dict[str, Any]:
        """As plain lists and numbers."""
        return {
            "mean": list(self.mean),
            "std": list(self.std),
            "order": self.order,
            "layout": self.layout,
            "size": self.size,
            "source": self.source,
        }


_BY = {
    "given": "as you say",
    "inside the network": "inside the network",
    "the file's own metadata": "as the file's own metadata say",
}
_ZERO, _ONE, _WHOLE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (255.0, 255.0, 255.0)
_IMAGENET = (
    (123.675, 116.28, 103.53),
    (58.395, 57.12, 57.375),
)
_CAFFE = (104.0, 117.0, 123.0)
_HALF = (127.5, 127.5, 127.5)


def recognise(model: ModelProto, given: NetworkInput) -> Preprocessing:
    """Layout and size from the input's shape; normalisation from the file or its maker's habit.

    Raises:
        NetworkError: the input is no picture of three channels, or what is given cannot be.
    """
    dims = _dims(model)
    layout = given.layout or _layout(dims)
    channels = dims[1 if layout == "NCHW" else 3]
    if channels not in (3, 0):
        raise NetworkError(f"The network takes pictures of {channels} channels; photos have three.")
    size = _size(dims[2:] if layout == "NCHW" else dims[1:3], given)
    mean, std, order, source = _normalisation(model, layout)
    if given.mean is not None or given.std is not None:
        mean, std = _given(given)
        source = "given"
    if min(std) <= 0:
        raise NetworkError("A standard deviation must be above 0.")
    return Preprocessing(mean, std, given.order or order, layout, size, source)


def _dims(model: ModelProto) -> list[int]:
    """The input's four sizes; 0 for what is left open."""
    kind = picture_input(model).type.tensor_type
    dims = [int(dim.dim_value) if dim.HasField("dim_value") else 0 for dim in kind.shape.dim]
    return dims if len(dims) == 4 else [0, 0, 0, 0]


def _layout(dims: list[int]) -> Layout:
    if dims[1] != 3 and dims[3] == 3:
        return "NHWC"
    if dims[1] not in (0, 3) and dims[3] not in (0, 3):
        raise NetworkError(
            f"The network's input of shape {tuple(dims)} is no picture: no axis has three channels."
        )
    return "NCHW"


def _size(sides: list[int], given: NetworkInput) -> int:
    size = given.size or max(sides) or USUAL_SIZE
    if given.size is None and sides[0] and sides[1] and sides[0] != sides[1]:
        raise NetworkError(
            f"The network takes pictures of {sides[1]} x {sides[0]} pixels; give a square --size."
        )
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise NetworkError(
            f"A picture size of {size} cannot be; it must be {SMALLEST_SIZE} to {LARGEST_SIZE}."
        )
    return size


def _given(given: NetworkInput) -> tuple[Three, Three]:
    """Both in pixels of 0 to 255; what is not given is 0 and 1 (or 255, beside a mean below 1)."""
    told = [value for values in (given.mean, given.std) if values for value in values]
    unit = max(abs(value) for value in told) <= 1.0
    mean = given.mean or _ZERO
    std = given.std or _ONE
    if unit:
        return _times(mean, 255.0), _times(std, 255.0)
    return mean, std


def _times(values: Three, factor: float) -> Three:
    return values[0] * factor, values[1] * factor, values[2] * factor


def _normalisation(model: ModelProto, layout: Layout) -> tuple[Three, Three, Order, str]:
    inside = _inside(model)
    if inside is not None:
        std = _ONE if inside == "pixels" else _WHOLE
        return _ZERO, std, "RGB", "inside the network"
    told = {entry.key: entry.value for entry in model.metadata_props}
    if "Image.BitmapPixelFormat" in told:
        order: Order = "BGR" if told["Image.BitmapPixelFormat"].lower().startswith("bgr") else "RGB"
        unit = told.get("Image.NominalPixelRange", "") in ("Normalized_0_1", "NominalRange_0_1")
        return _ZERO, _WHOLE if unit else _ONE, order, "the file's own metadata"
    maker = model.producer_name.lower()
    if "caffe" in maker or picture_input(model).name.rsplit("/", 1)[-1] in ("data", "data_0"):
        return _CAFFE, _ONE, "BGR", "as Caffe's networks are trained"
    if layout == "NHWC" or "tf2onnx" in maker or "keras" in maker:
        return _HALF, _HALF, "RGB", "as Keras's networks are trained"
    return *_IMAGENET, "RGB", "as torchvision's networks are trained"


def _inside(model: ModelProto) -> Literal["pixels", "unit"] | None:
    """Whether the graph normalises by itself, and pixels of which range it starts from."""
    forward = ForwardGraph(model, {})
    value = forward.image
    for _ in range(4):
        readers = forward.consumers.get(value, [])
        if len(readers) != 1:
            return None
        node = readers[0]
        if node.op_type == "BatchNormalization":
            mean = forward.constant(node.input[3])
            return "pixels" if mean is not None and abs(mean).max() > 1.5 else "unit"
        if node.op_type in ("Sub", "Div", "Mul", "Add"):
            return _range_of(forward, node, value)
        if node.op_type not in ("Transpose", "Identity", "Cast", "Pad"):
            return None
        value = node.output[0]
    return None


def _range_of(
    forward: ForwardGraph, node: NodeProto, value: str
) -> Literal["pixels", "unit"] | None:
    others = [name for name in node.input if name != value]
    array = forward.constant(others[0]) if others else None
    if array is None or array.size not in (1, 3):
        return None
    largest = float(abs(array).max())
    pixels = largest < 0.05 if node.op_type == "Mul" else largest > 1.5
    return "pixels" if pixels else "unit"
