"""Conv and ConvTranspose: each one's gradient is the other.

At stride 1 the gradient of a Conv is a Conv with mirrored weights, which runtimes run 2 to 9
times faster than a ConvTranspose. The mirroring is made of nodes on the forward pass's own
weights (runtimes fold it when they load the graph), so no weight is stored twice.
"""

from __future__ import annotations

import numpy as np

from lookalike.vision.network.gradients.registry import Step, rule
from lookalike.vision.network.window import Window, window_of

_TO_THE_START = np.iinfo(np.int64).min


@rule("Conv")
def conv(step: Step) -> dict[int, str]:
    """The adjoint of a convolution (Dumoulin & Visin 2016), any group, stride and dilation."""
    step.only_first()
    weight = step.shape(1)
    window = window_of(step.node, weight[2:], step.shape(0)[2:], step.output_shape[2:])
    pads = _mirrored_pads(window)
    group = int(step.get("group", 1))
    if all(stride == 1 for stride in window.strides) and min(pads) >= 0:
        gradient = step.write.op(
            "Conv",
            step.gradient,
            _mirrored(step, weight, group),
            group=group,
            pads=pads,
            dilations=list(window.dilations),
            kernel_shape=list(window.kernel),
        )
        return {0: gradient}
    return {0: _transposed(step, window, group)}


def _mirrored_pads(window: Window) -> list[int]:
    begins = [e - 1 - begin for e, begin in zip(window.extents, window.begins, strict=True)]
    ends = [e - 1 - end for e, end in zip(window.extents, window.ends, strict=True)]
    return begins + ends


def _mirrored(step: Step, weight: tuple[int, ...], group: int) -> str:
    """Weights [M, C / g, ...] turned into [C, M / g, ...] and mirrored along every axis."""
    write, name = step.write, step.input(1)
    kernel = weight[2:]
    axes = [axis + 2 for axis, size in enumerate(kernel) if size > 1]
    if axes:
        back = write.ints([-1] * len(axes))
        ends = write.ints([_TO_THE_START] * len(axes))
        name = write.op("Slice", name, back, ends, write.ints(axes), back)
    outputs, inputs = weight[0] // group, weight[1]
    if outputs == 1 and inputs == 1:
        return name
    rest = list(range(3, 3 + len(kernel)))
    if group == 1:
        return write.op("Transpose", name, perm=[1, 0, *(axis - 1 for axis in rest)])
    name = write.op("Reshape", name, write.ints([group, outputs, inputs, *kernel]))
    name = write.op("Transpose", name, perm=[0, 2, 1, *rest])
    return write.op("Reshape", name, write.ints([group * inputs, outputs, *kernel]))


def _transposed(step: Step, window: Window, group: int) -> str:
    """As a ConvTranspose; positions that no window saw come back as output padding (zeros)."""
    unseen = [max(-end, 0) for end in window.ends]
    return step.write.op(
        "ConvTranspose",
        step.gradient,
        step.input(1),
        group=group,
        strides=list(window.strides),
        dilations=list(window.dilations),
        kernel_shape=list(window.kernel),
        pads=[*window.begins, *(max(end, 0) for end in window.ends)],
        output_padding=unseen,
    )


@rule("ConvTranspose")
def conv_transpose(step: Step) -> dict[int, str]:
    """The adjoint of a transposed convolution is a convolution with the same weights."""
    step.only_first()
    weight = step.shape(1)
    window = window_of(step.node, weight[2:], step.output_shape[2:], step.shape(0)[2:])
    gradient = step.write.op(
        "Conv",
        _cropped(step, step.gradient, window),
        step.input(1),
        group=int(step.get("group", 1)),
        strides=list(window.strides),
        dilations=list(window.dilations),
        kernel_shape=list(window.kernel),
        pads=[max(pad, 0) for pad in (*window.begins, *window.ends)],
    )
    return {0: gradient}


def _cropped(step: Step, gradient: str, window: Window) -> str:
    """Without the fine positions that no place wrote to (output padding)."""
    pads = [min(pad, 0) for pad in (*window.begins, *window.ends)]
    if not any(pads):
        return gradient
    rank = window.rank
    every = [0, 0, *pads[:rank], 0, 0, *pads[rank:]]
    return step.write.op("Pad", gradient, step.write.ints(every))
