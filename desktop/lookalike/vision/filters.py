"""What excites each filter: its largest value on a picture, found in the pass that embeds it.

The network's graph gets a few nodes more: each tap is pooled to at most 9 x 9 bins by their
maxima, which costs a few hundredths of the pass and says where in the picture, to a ninth of its
side. What is pooled is the value before the tap's own rectifier, as for saliency: at the clip of
a ReLU6 all strong neurons are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lookalike.records import Region
from lookalike.vision.network.field import ReceptiveField
from lookalike.vision.network.pack import NetworkPack, Tap
from lookalike.vision.network.session import joined, open_session

if TYPE_CHECKING:
    from onnx import ModelProto

    from lookalike.vision.network.graph import ForwardGraph

Array = NDArray[np.float32]

BINS = 9
"""Along each side; a picture is known to hold a filter's strongest place in one of 81."""
_WIDEST = 0.5
"""Of the picture's side: larger fields answer mostly to their middle (Luo et al. 2016)."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Of N pictures and F filters of all taps: `values` float32 [N, F], `bins` uint8 [N, F, 2].

    A bin (row, column) is known where the value is above the floor that was asked with.
    """

    values: Array
    bins: NDArray[np.uint8]


class FilterLayout:
    """How the filters of all taps are numbered through, and what their bins are of a picture."""

    def __init__(self, pack: NetworkPack) -> None:
        self.taps = pack.taps
        self.size = pack.size
        ends = list(accumulate((tap.channels for tap in pack.taps), initial=0))
        self.count = ends[-1]
        self._starts = {tap.name: start for tap, start in zip(pack.taps, ends, strict=False)}

    def number(self, tap: Tap, channel: int) -> int:
        """The number of a tap's filter among all of the network's."""
        return self._starts[tap.name] + channel

    def slice_of(self, tap: Tap) -> slice:
        """Where a tap's filters are among all."""
        start = self._starts[tap.name]
        return slice(start, start + tap.channels)

    def kernel(self, tap: Tap) -> int:
        """Places along each side of a bin."""
        return -(-self._side(tap) // BINS)

    def part(self, tap: Tap, field: ReceptiveField, row: int, column: int) -> Region:
        """The part of a picture that the places of a bin see, as fractions of it.

        A field larger than half of the picture is cut to its middle: what lies at its ends hardly
        counts (Luo et al. 2016, "Understanding the effective receptive field").
        """
        kernel = self.kernel(tap)
        spans = []
        for axis, place in ((1, column), (0, row)):
            first = field.offset[axis] + place * kernel * field.stride[axis]
            size = field.size[axis] + (kernel - 1) * field.stride[axis]
            middle, half = first + size / 2, min(size, _WIDEST * self.size) / 2
            middle = min(max(middle, half), self.size - half)
            spans.append(((middle - half) / self.size, 2 * half / self.size))
        (x, width), (y, height) = spans
        return x, y, width, height

    def _side(self, tap: Tap) -> int:
        return max(1, -(-self.size // tap.stride))


class FilterWatch:
    """The network with the watching nodes, and of its own outputs `names` alone.

    `floor` float32 [F]: what is below needs no bin.
    """

    def __init__(
        self,
        pack: NetworkPack,
        precision: str,
        names: Sequence[str],
        threads: int = 0,
        device: str = "",
    ) -> None:
        self.layout = FilterLayout(pack)
        self.floor: Array = np.full(self.layout.count, -np.inf, np.float32)
        self._own = tuple(names)
        self._names = [f"{tap.name}{kind}" for kind in (_BINNED, _PEAK) for tap in pack.taps]
        model = _watched(pack.graphs[precision], self.layout, names, precision == "float32")
        self._session = open_session(model, threads, device)

    def run(self, batch: NDArray[np.uint8]) -> tuple[list[Any], Peaks]:
        """The outputs `names` for a batch uint8 [N, S, S, 3], and what excites each filter."""
        outputs, peaks = [], []
        for pictures in self._session.passes_of(batch):
            found = self._session.run([*self._own, *self._names], {"image": pictures})
            outputs.append(found[: len(self._own)])
            # At once, while the bins (a megabyte of each picture) are in the caches.
            peaks.append(self._peaks(found[len(self._own) :]))
        values = np.concatenate([each.values for each in peaks])
        return joined(outputs), Peaks(values, np.concatenate([each.bins for each in peaks]))

    def _peaks(self, found: Sequence[Array]) -> Peaks:
        taps, count = self.layout.taps, len(found[0])
        binned, largest = found[: len(taps)], found[len(taps) :]
        values = np.empty((count, self.layout.count), np.float32)
        bins = np.zeros((count, self.layout.count, 2), np.uint8)
        for tap, each, peak in zip(taps, binned, largest, strict=True):
            here = self.layout.slice_of(tap)
            flat = each.reshape(count, each.shape[1], -1)
            values[:, here] = peak[:, :, 0, 0]
            asked = values[:, here] > self.floor[here]
            if np.count_nonzero(asked) > asked.size // 4:
                # As for the first photos of a library: all at once cost less than the picked ones.
                bins[:, here] = _bins_of(flat.argmax(axis=2), each.shape[3])
            else:
                picture, channel = np.nonzero(asked)
                place = flat[picture, channel].argmax(axis=1)
                bins[picture, channel + here.start] = _bins_of(place, each.shape[3])
        return Peaks(values, bins)


def _bins_of(places: NDArray[np.int64], columns: int) -> NDArray[np.uint8]:
    """Rows and columns, [..., 2], of places numbered row by row."""
    small = places.astype(np.uint8)
    return np.stack([small // columns, small % columns], axis=-1)


_BINNED, _PEAK, _SAME = ".binned", ".peak", ".same"


def _watched(path: Path, layout: FilterLayout, names: Sequence[str], in_floats: bool) -> bytes:
    """The graph with two outputs for every tap, its bins and the largest of them, and `names`.

    Raises:
        NetworkError: the file cannot be read.
    """
    from lookalike.vision.network.graph import ForwardGraph
    from lookalike.vision.network.outputs import with_outputs

    model = with_outputs(path, names)
    forward = ForwardGraph.of(model, (1, layout.size, layout.size, 3))
    for tap in layout.taps:
        _add_bins(model, forward, tap, layout.kernel(tap), in_floats)
    found: bytes = model.SerializeToString()
    return found


def _add_bins(
    model: ModelProto, forward: ForwardGraph, tap: Tap, kernel: int, in_floats: bool
) -> None:
    from onnx import TensorProto, helper

    from lookalike.vision.network.gradients.rectifiers import before_rectifier

    source, name = before_rectifier(forward, tap.name), f"{tap.name}{_BINNED}"
    square = [kernel, kernel]
    pooled = helper.make_node(
        "MaxPool", [source], [name], name, kernel_shape=square, strides=square
    )
    if any(side % kernel for side in forward.shape(source)[2:]):
        # Not everywhere: the runtime's fast layout knows no ceil_mode.
        pooled.attribute.append(helper.make_attribute("ceil_mode", 1))
    largest = f"{tap.name}{_PEAK}"
    model.graph.node.extend(
        [
            pooled if kernel > 1 else helper.make_node("Identity", [source], [name]),
            helper.make_node("GlobalMaxPool", [name], [largest], largest),
        ]
    )
    for output in (name, largest):
        shape: list[str | int | None] = ["N", tap.channels, f"{output}.h", f"{output}.w"]
        model.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, shape))
    if in_floats and kernel > 1 and source != tap.name:
        _clip_in_a_convolution(model, forward, tap, source)


def _clip_in_a_convolution(model: ModelProto, forward: ForwardGraph, tap: Tap, source: str) -> None:
    """Let a Clip be part of a convolution by one again, now that its own is read by others too.

    By itself a Clip runs outside of the runtime's fast layout: a large map would be turned into
    the plain one and back. Multiplying each channel by one changes no number.
    """
    from onnx import helper, numpy_helper

    clip = forward.producers[tap.name]
    convolution = forward.producers.get(source)
    if clip.op_type != "Clip" or convolution is None or convolution.op_type != "Conv":
        return
    same, ones = f"{tap.name}{_SAME}", f"{tap.name}{_SAME}.weight"
    weight = np.ones((tap.channels, 1, 1, 1), np.float32)
    model.graph.initializer.append(numpy_helper.from_array(weight, ones))
    inserted = helper.make_node(
        "Conv", [source, ones], [same], same, group=tap.channels, kernel_shape=[1, 1]
    )
    place = next(i for i, node in enumerate(model.graph.node) if tap.name in node.output)
    model.graph.node[place].input[0] = same
    model.graph.node.insert(place, inserted)
