"""The geometry of sliding windows: convolutions and pools, along each axis of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onnx import NodeProto

from lookalike.vision.network.graph import attribute

Ints = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A window that slides from the coarse side (a place) over the fine side (its inputs).

    Place i sees the fine positions i * stride - begin + dilation * [0, kernel). `ends` is the
    padding that makes the windows tile the fine axis exactly: larger than the node's own with
    ceil_mode, negative where the last positions are seen by no window.
    """

    kernel: Ints
    strides: Ints
    dilations: Ints
    begins: Ints
    ends: Ints

    @property
    def extents(self) -> Ints:
        """How many fine positions a window spans along each axis."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilations, strict=True))

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.kernel)


def window_of(
    node: NodeProto, kernel: Sequence[int], fine: Sequence[int], coarse: Sequence[int]
) -> Window:
    """The window of a Conv or pool (fine = its input's spatial sizes, coarse = its output's).

    For a ConvTranspose fine is the output and coarse the input: its gradient is a Conv.
    """
    rank = len(kernel)
    strides = tuple(attribute(node, "strides") or [1] * rank)
    dilations = tuple(attribute(node, "dilations") or [1] * rank)
    begins = tuple(
        _begin(node, axis, _total(kernel, strides, dilations, fine, coarse, axis), rank)
        for axis in range(rank)
    )
    ends = tuple(
        _total(kernel, strides, dilations, fine, coarse, axis) - begins[axis]
        for axis in range(rank)
    )
    return Window(tuple(kernel), strides, dilations, begins, ends)


def _total(
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    fine: Sequence[int],
    coarse: Sequence[int],
    axis: int,
) -> int:
    extent = (kernel[axis] - 1) * dilations[axis] + 1
    return (coarse[axis] - 1) * strides[axis] + extent - fine[axis]


def _begin(node: NodeProto, axis: int, total: int, rank: int) -> int:
    """The padding before the first fine position, by the node's attributes."""
    automatic = attribute(node, "auto_pad", "NOTSET")
    if automatic == "VALID":
        return 0
    if automatic in ("SAME_UPPER", "SAME_LOWER"):
        total = max(int(total), 0)
        return int(total // 2) if automatic == "SAME_UPPER" else int(total - total // 2)
    if node.op_type == "ConvTranspose" and attribute(node, "output_shape"):
        # The standard gives the odd one to the beginning here, unlike everywhere else.
        shared = total + (attribute(node, "output_padding") or [0] * rank)[axis]
        return int(shared - shared // 2)
    return int((attribute(node, "pads") or [0] * (2 * rank))[axis])
