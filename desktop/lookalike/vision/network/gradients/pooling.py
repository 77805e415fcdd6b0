"""Pools: the gradient goes to the winner (maximum) or is shared by the window (average)."""

from __future__ import annotations

import math

import numpy as np

from lookalike.vision.network.gradients.registry import Step, rule
from lookalike.vision.network.window import Window, window_of


@rule("MaxPool")
def max_pool(step: Step) -> dict[int, str]:
    """To the winner of each window; of equal values the one the forward pass itself names.

    Windows may overlap: what reaches one position from several windows adds up.
    """
    if step.get("storage_order", 0):
        raise step.refuse("column-major order")
    if len(step.gradients) > 1 and step.gradients[1] is not None:
        raise step.refuse("its indices are used")
    winners = step.write.output_of(step.node, 1)
    return {0: step.write.scattered(step.gradient, winners, step.input(0))}


@rule("GlobalMaxPool")
def global_max_pool(step: Step) -> dict[int, str]:
    """To the first of the largest values of each channel."""
    write, value = step.write, step.input(0)
    flat = write.op("Reshape", value, write.ints([0, 0, -1]))
    winner = write.op("ArgMax", flat, axis=2, keepdims=1)
    gradient = write.op("Reshape", step.gradient, write.ints([0, 0, -1]))
    filled = write.op("ScatterElements", write.zeros(flat), winner, gradient, axis=2)
    return {0: write.like(filled, value)}


@rule("GlobalAveragePool")
def global_average_pool(step: Step) -> dict[int, str]:
    """An equal share to every place."""
    return {0: shared(step, step.gradient)}


def shared(step: Step, gradient: str) -> str:
    """`gradient` (broadcastable to the input) divided by the count of what was averaged."""
    write, value = step.write, step.input(0)
    sizes = write.op("Div", write.op("Size", value), write.op("Size", step.output))
    share = write.op("Div", gradient, write.op("Cast", sizes, to=1))
    return write.op("Expand", share, write.shape_of(value))


@rule("AveragePool")
def average_pool(step: Step) -> dict[int, str]:
    """An equal share to every position of the window that the forward pass counted."""
    kernel = step.get("kernel_shape")
    window = window_of(step.node, kernel, step.shape(0)[2:], step.output_shape[2:])
    return {0: _spread(step, _divided(step, window), window)}


def _divided(step: Step, window: Window) -> str:
    """The gradient over the number each window was divided by.

    Runtimes differ in what they count at the border (padding, the part of a ceil_mode window
    that hangs out), so where borders matter the number is measured: the very same pool of ones
    answers members / count, and the members are counted by a window over zero padding.
    """
    write, size = step.write, float(math.prod(window.kernel))
    if not any(pad > 0 for pad in (*window.begins, *window.ends)):
        return write.op("Div", step.gradient, write.number(size))
    rank = window.rank
    places = write.op("Shape", step.input(0), start=2)
    lead = write.ints([1, 1])
    ones = write.op("Expand", write.number(1.0), write.op("Concat", lead, places, axis=0))
    same = {each.name: step.get(each.name) for each in step.node.attribute}
    share = write.op("AveragePool", ones, **same)
    border = [0, 0, *window.begins, 0, 0, *window.ends]
    members = write.op(
        "Conv",
        write.op("Pad", ones, write.ints(border)),
        write.constant(np.ones((1, 1, *window.kernel), np.float32)),
        strides=list(window.strides),
        dilations=list(window.dilations),
        kernel_shape=list(window.kernel),
        pads=[0] * (2 * rank),
    )
    return write.op("Mul", step.gradient, write.op("Div", share, members))


def _spread(step: Step, gradient: str, window: Window) -> str:
    """The sum, at every fine position, over the windows that saw it."""
    write = step.write
    covering = [e - 1 - pad for e, pad in zip(window.extents * 2, _pads(window), strict=True)]
    simple = all(stride == 1 for stride in window.strides + window.dilations)
    if (
        simple
        and min(covering) >= 0
        and all(pad < size for pad, size in zip(covering, window.kernel * 2, strict=True))
    ):
        mean = write.op(
            "AveragePool",
            gradient,
            kernel_shape=list(window.kernel),
            pads=covering,
            count_include_pad=1,
        )
        return write.op("Mul", mean, write.number(float(math.prod(window.kernel))))
    return _spread_by_channel(step, gradient, window)


def _spread_by_channel(step: Step, gradient: str, window: Window) -> str:
    """With channels moved into the batch, so that one small kernel of ones serves them all."""
    write = step.write
    places = write.op("Shape", gradient, start=2)
    single = write.op("Concat", write.ints([-1, 1]), places, axis=0)
    spread = write.op(
        "ConvTranspose",
        write.op("Reshape", gradient, single),
        write.constant(np.ones((1, 1, *window.kernel), np.float32)),
        strides=list(window.strides),
        dilations=list(window.dilations),
        kernel_shape=list(window.kernel),
        pads=[max(pad, 0) for pad in _pads(window)],
        output_padding=[max(-end, 0) for end in window.ends],
    )
    return write.like(spread, step.input(0))


def _pads(window: Window) -> tuple[int, ...]:
    return window.begins + window.ends
