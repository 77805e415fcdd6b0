"""Normalisations: by stored statistics, over the last axes, and across neighbouring channels."""

from __future__ import annotations

from lookalike.vision.network.gradients.registry import Step, rule


@rule("BatchNormalization")
def batch_normalisation(step: Step) -> dict[int, str]:
    """A scale per channel: at inference the statistics are constants."""
    step.only_first()
    if step.get("training_mode", 0):
        raise step.refuse("in training mode")
    write = step.write
    spread = write.op("Add", step.input(4), write.number(step.get("epsilon", 1e-5)))
    scale = write.op("Div", step.input(1), write.op("Sqrt", spread))
    return {0: write.op("Mul", step.gradient, _by_channel(step, scale))}


def _by_channel(step: Step, vector: str) -> str:
    """[C] as [1, C, 1, ...]."""
    ones = [1] * (len(step.shape(0)) - 2)
    return step.write.op("Reshape", vector, step.write.ints([1, -1, *ones]))


@rule("LayerNormalization")
def layer_normalisation(step: Step) -> dict[int, str]:
    """With z the normalised input and h = g * scale: (h - mean(h) - z mean(h z)) / deviation."""
    step.only_first()
    write = step.write
    rank = len(step.shape(0))
    axes = list(range(int(step.get("axis", -1)) % rank, rank))
    mean = write.output_of(step.node, 1)
    inverse = write.output_of(step.node, 2)
    normal = write.op("Mul", write.op("Sub", step.input(0), mean), inverse)
    scaled = write.op("Mul", step.gradient, step.input(1))
    return {0: _normal_gradient(step, scaled, normal, inverse, axes)}


@rule("InstanceNormalization")
def instance_normalisation(step: Step) -> dict[int, str]:
    """The same over each channel's places."""
    step.only_first()
    write, value = step.write, step.input(0)
    axes = list(range(2, len(step.shape(0))))
    centred = write.op("Sub", value, _mean(step, value, axes))
    variance = _mean(step, write.op("Mul", centred, centred), axes)
    spread = write.op("Add", variance, write.number(step.get("epsilon", 1e-5)))
    inverse = write.op("Reciprocal", write.op("Sqrt", spread))
    normal = write.op("Mul", centred, inverse)
    scaled = write.op("Mul", step.gradient, _by_channel(step, step.input(1)))
    return {0: _normal_gradient(step, scaled, normal, inverse, axes)}


def _normal_gradient(step: Step, scaled: str, normal: str, inverse: str, axes: list[int]) -> str:
    write = step.write
    level = _mean(step, scaled, axes)
    along = write.op("Mul", normal, _mean(step, write.op("Mul", scaled, normal), axes))
    rest = write.op("Sub", write.op("Sub", scaled, level), along)
    return write.op("Mul", rest, inverse)


def _mean(step: Step, value: str, axes: list[int]) -> str:
    """The mean over axes, kept as ones; ReduceMean has changed its form between opsets."""
    write = step.write
    total = write.op("ReduceSum", value, write.ints(axes), keepdims=1)
    count = write.op("Div", write.op("Size", value), write.op("Size", total))
    return write.op("Div", total, write.op("Cast", count, to=1))


@rule("LRN")
def local_response_normalisation(step: Step) -> dict[int, str]:
    """Krizhevsky et al. 2012: y = x s^-b with s = k + a mean(x^2 over n channels).

    g s^-b - 2 a b x mean(g x s^(-b-1) over the n channels whose windows hold this one).
    """
    write, value = step.write, step.input(0)
    size = int(step.get("size"))
    alpha, beta = float(step.get("alpha", 1e-4)), float(step.get("beta", 0.75))
    before, after = (size - 1) // 2, size - 1 - (size - 1) // 2
    squares = _channel_mean(step, write.op("Mul", value, value), before, after)
    scale = write.op("Mul", squares, write.number(alpha))
    scale = write.op("Add", scale, write.number(step.get("bias", 1.0)))
    passed = write.op("Mul", step.gradient, write.op("Pow", scale, write.number(-beta)))
    weighed = write.op("Div", write.op("Mul", passed, value), scale)
    shared = _channel_mean(step, weighed, after, before)
    taken = write.op("Mul", write.op("Mul", value, shared), write.number(2 * alpha * beta))
    return {0: write.op("Sub", passed, taken)}


def _channel_mean(step: Step, value: str, before: int, after: int) -> str:
    """The sum over a window of channels divided by its full size, as an AveragePool."""
    write = step.write
    size = before + after + 1
    if size == 1:
        return value
    flat = write.op("Reshape", value, write.ints([0, 0, -1]))
    plane = write.op("Unsqueeze", flat, write.ints([1]))
    # Padding is written out: pools may not be padded by their whole window.
    border = write.op("Pad", plane, write.ints([0, 0, before, 0, 0, 0, after, 0]))
    mean = write.op("AveragePool", border, kernel_shape=[size, 1])
    return write.like(mean, value)
