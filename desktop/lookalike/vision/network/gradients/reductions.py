"""Sums and means over axes."""

from __future__ import annotations

from lookalike.vision.network.gradients.pooling import shared
from lookalike.vision.network.gradients.registry import Step, rule


def _kept(step: Step, value: str) -> str:
    """`value` of the output's shape with the reduced axes put back as ones."""
    if step.get("keepdims", 1):
        return value
    return step.write.op("Unsqueeze", value, step.write.ints(_axes(step)))


def _axes(step: Step) -> list[int]:
    rank = len(step.shape(0))
    default = [] if step.get("noop_with_empty_axes", 0) else list(range(rank))
    return step.axes(rank, default)


@rule("ReduceSum")
def reduce_sum(step: Step) -> dict[int, str]:
    """The gradient to every term."""
    whole = step.write.shape_of(step.input(0))
    return {0: step.write.op("Expand", _kept(step, step.gradient), whole)}


@rule("ReduceMean")
def reduce_mean(step: Step) -> dict[int, str]:
    """An equal share to every term."""
    return {0: shared(step, _kept(step, step.gradient))}


@rule("ReduceL2")
def reduce_l2(step: Step) -> dict[int, str]:
    """Slope x / y."""
    write = step.write
    share = write.op("Div", step.gradient, step.output)
    return {0: write.op("Mul", step.input(0), _kept(step, share))}


@rule("ReduceMax", "ReduceMin")
def reduce_extremum(step: Step) -> dict[int, str]:
    """To the winner; of equal ones the first, so over one axis at a time only."""
    axes = _axes(step)
    if len(axes) != 1:
        raise step.refuse("over several axes at once")
    write, value = step.write, step.input(0)
    find = "ArgMax" if step.node.op_type == "ReduceMax" else "ArgMin"
    winner = write.op(find, value, axis=axes[0], keepdims=1)
    gradient = _kept(step, step.gradient)
    filled = write.op("ScatterElements", write.zeros(value), winner, gradient, axis=axes[0])
    return {0: filled}
