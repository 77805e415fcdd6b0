"""Activations, and what the three rules do at rectifiers.

gradient: the exact derivative. deconvnet (Zeiler & Fergus 2014): only positive gradients pass.
guided (Springenberg et al. 2015): only positive gradients pass, and only where the rectifier's
input was positive. An upper clip (ReLU6) does not block either of the two: a strong neuron sits
at its clip, and its picture would be empty. Smooth rectifiers (SiLU, GELU, HardSwish, ...) are
treated as the ReLU they stand for; gates (Sigmoid, HardSigmoid, Tanh) keep their derivative.
"""

from __future__ import annotations

import math

from lookalike.vision.network.gradients.registry import Step, rule
from lookalike.vision.network.gradients.writer import Writer


def rectified(write: Writer, kind: str, gradient: str, signal: str) -> str:
    """The guided or deconvnet passage; `signal` is positive where the rectifier's input is."""
    passing = write.op("Relu", gradient)
    return passing if kind == "deconvnet" else write.mask(write.positive(signal), passing)


@rule("Relu")
def relu(step: Step) -> dict[int, str]:
    """By the output y > 0, which leaves runtimes free to fuse the forward pass."""
    if step.rule != "gradient":
        return {0: rectified(step.write, step.rule, step.gradient, step.output)}
    return {0: step.write.mask(step.write.positive(step.output), step.gradient)}


@rule("Clip")
def clip(step: Step) -> dict[int, str]:
    """A clip from 0 up is a rectifier (ReLU6); any other is exact under every rule."""
    write, low, high = step.write, step.input(1), step.input(2)
    if step.rule != "gradient" and is_rectifying_clip(step):
        return {0: rectified(write, step.rule, step.gradient, step.output)}
    inside = [write.op("Greater", step.output, low)] if low else []
    inside += [write.op("Less", step.output, high)] if high else []
    if not inside:
        return {0: step.gradient}
    both = inside[0] if len(inside) == 1 else write.op("And", *inside)
    return {0: write.mask(both, step.gradient)}


def is_rectifying_clip(step: Step) -> bool:
    """Whether a Clip's lower end is the constant 0."""
    low = step.constant(1)
    return low is not None and low.size == 1 and float(low.reshape(())) == 0.0


@rule("LeakyRelu")
def leaky_relu(step: Step) -> dict[int, str]:
    """1 above zero, alpha below."""
    return _leaky(step, step.write.number(step.get("alpha", 0.01)))


@rule("PRelu")
def prelu(step: Step) -> dict[int, str]:
    """1 above zero, the slope below."""
    step.only_first()
    return _leaky(step, step.input(1))


def _leaky(step: Step, slope: str) -> dict[int, str]:
    write = step.write
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, step.input(0))}
    above = write.positive(step.input(0))
    return {0: write.op("Where", above, step.gradient, write.op("Mul", step.gradient, slope))}


@rule("Elu")
def elu(step: Step) -> dict[int, str]:
    """1 above zero, alpha exp(x) below, which is y + alpha."""
    write = step.write
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, step.input(0))}
    below = write.op("Add", step.output, write.number(step.get("alpha", 1.0)))
    scaled = write.op("Mul", step.gradient, below)
    return {0: write.op("Where", write.positive(step.input(0)), step.gradient, scaled)}


@rule("Sigmoid")
def sigmoid(step: Step) -> dict[int, str]:
    """Slope y (1 - y)."""
    write = step.write
    slope = write.op("Mul", step.output, write.op("Sub", write.number(1.0), step.output))
    return {0: write.op("Mul", step.gradient, slope)}


@rule("Tanh")
def tanh(step: Step) -> dict[int, str]:
    """1 - y^2."""
    write = step.write
    slope = write.op("Sub", write.number(1.0), write.op("Mul", step.output, step.output))
    return {0: write.op("Mul", step.gradient, slope)}


@rule("HardSigmoid")
def hard_sigmoid(step: Step) -> dict[int, str]:
    """Alpha between the ends."""
    write = step.write
    above = write.positive(step.output)
    inside = write.op("And", above, write.op("Less", step.output, write.number(1.0)))
    sloped = write.op("Mul", step.gradient, write.number(step.get("alpha", 0.2)))
    return {0: write.mask(inside, sloped)}


@rule("HardSwish")
def hard_swish(step: Step) -> dict[int, str]:
    """0 below -3, 1 above 3, x / 3 + 1 / 2 between."""
    write, value = step.write, step.input(0)
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, value)}
    line = write.op("Mul", value, write.number(1 / 3))
    line = write.op("Add", line, write.number(0.5))
    low = write.op("Greater", value, write.number(-3.0))
    high = write.op("Less", value, write.number(3.0))
    slope = write.op("Where", high, line, write.number(1.0))
    return {0: write.mask(low, write.op("Mul", step.gradient, slope))}


@rule("Swish")
def swish(step: Step) -> dict[int, str]:
    """Of y = x s(a x) with s the logistic function: s + a y (1 - s)."""
    write, value = step.write, step.input(0)
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, value)}
    alpha = write.number(step.get("alpha", 1.0))
    gate = write.op("Sigmoid", write.op("Mul", value, alpha))
    rest = write.op("Mul", write.op("Sub", write.number(1.0), gate), step.output)
    slope = write.op("Add", gate, write.op("Mul", rest, alpha))
    return {0: write.op("Mul", step.gradient, slope)}


@rule("Softplus")
def softplus(step: Step) -> dict[int, str]:
    """The logistic function."""
    write, value = step.write, step.input(0)
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, value)}
    return {0: write.op("Mul", step.gradient, write.op("Sigmoid", value))}


@rule("Mish")
def mish(step: Step) -> dict[int, str]:
    """Of y = x t with t = tanh(softplus(x)): t + x (1 - t^2) s, s the logistic function."""
    write, value = step.write, step.input(0)
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, value)}
    gate = write.op("Tanh", write.op("Softplus", value))
    bend = write.op("Sub", write.number(1.0), write.op("Mul", gate, gate))
    turn = write.op("Mul", write.op("Mul", value, bend), write.op("Sigmoid", value))
    return {0: write.op("Mul", step.gradient, write.op("Add", gate, turn))}


@rule("Erf")
def erf(step: Step) -> dict[int, str]:
    """2 / sqrt(pi) exp(-x^2)."""
    write, value = step.write, step.input(0)
    bell = write.op("Exp", write.op("Neg", write.op("Mul", value, value)))
    slope = write.op("Mul", bell, write.number(2 / math.sqrt(math.pi)))
    return {0: write.op("Mul", step.gradient, slope)}


@rule("Gelu")
def gelu(step: Step) -> dict[int, str]:
    """Of either form (Hendrycks & Gimpel 2016): normal distribution, or its tanh approximation."""
    write, value = step.write, step.input(0)
    if step.rule != "gradient":
        return {0: rectified(write, step.rule, step.gradient, value)}
    slope = _gelu_tanh(write, value) if step.get("approximate") == "tanh" else _gelu(write, value)
    return {0: write.op("Mul", step.gradient, slope)}


def _gelu(write: Writer, value: str) -> str:
    """The normal distribution's share below x, plus x times its density."""
    scaled = write.op("Mul", value, write.number(1 / math.sqrt(2)))
    below = write.op("Mul", write.number(0.5), write.op("Erf", scaled))
    below = write.op("Add", below, write.number(0.5))
    bell = write.op("Exp", write.op("Neg", write.op("Mul", scaled, scaled)))
    density = write.op("Mul", bell, write.number(1 / math.sqrt(2 * math.pi)))
    return write.op("Add", below, write.op("Mul", value, density))


def _gelu_tanh(write: Writer, value: str) -> str:
    """With u = k (x + c x^3): (1 + tanh u) / 2 + x (1 - tanh^2 u) k (1 + 3 c x^2) / 2."""
    k, c = math.sqrt(2 / math.pi), 0.044715
    one, half = write.number(1.0), write.number(0.5)
    square = write.op("Mul", value, value)
    inner = write.op("Add", one, write.op("Mul", square, write.number(c)))
    gate = write.op("Tanh", write.op("Mul", write.op("Mul", value, inner), write.number(k)))
    bend = write.op("Sub", one, write.op("Mul", gate, gate))
    steep = write.op("Add", one, write.op("Mul", square, write.number(3 * c)))
    turn = write.op("Mul", write.op("Mul", value, bend), write.op("Mul", steep, write.number(k)))
    return write.op("Mul", half, write.op("Add", write.op("Add", one, gate), turn))


@rule("Softmax")
def softmax(step: Step) -> dict[int, str]:
    """With g what flows back: y (g - sum of g y) along the axis."""
    write = step.write
    axis = write.ints([int(step.get("axis", -1))])
    product = write.op("Mul", step.gradient, step.output)
    total = write.op("ReduceSum", product, axis, keepdims=1)
    return {0: write.op("Sub", product, write.op("Mul", step.output, total))}


@rule("LogSoftmax")
def log_softmax(step: Step) -> dict[int, str]:
    """With g what flows back: g - exp(y) times the sum of g along the axis."""
    write = step.write
    axis = write.ints([int(step.get("axis", -1))])
    total = write.op("ReduceSum", step.gradient, axis, keepdims=1)
    return {0: write.op("Sub", step.gradient, write.op("Mul", write.op("Exp", step.output), total))}
