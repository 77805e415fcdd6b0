"""Element by element: sums, products, powers and roots, with broadcasting."""

from __future__ import annotations

from lookalike.vision.network.gradients.registry import Step, rule


def _each(step: Step, gradients: dict[int, str]) -> dict[int, str]:
    """Bring every gradient to the shape of its input."""
    return {index: step.unbroadcast(gradient, index) for index, gradient in gradients.items()}


@rule("Add", "Sum")
def add(step: Step) -> dict[int, str]:
    """The gradient itself, to every term."""
    return _each(step, {i: step.gradient for i, needed in enumerate(step.needed) if needed})


@rule("Mean")
def mean(step: Step) -> dict[int, str]:
    """An equal share to every term."""
    share = step.write.op("Div", step.gradient, step.write.number(float(len(step.needed))))
    return _each(step, {i: share for i, needed in enumerate(step.needed) if needed})


@rule("Sub")
def sub(step: Step) -> dict[int, str]:
    """The gradient, and its negative."""
    found = {0: step.gradient} if step.needed[0] else {}
    if step.needed[1]:
        found[1] = step.write.op("Neg", step.gradient)
    return _each(step, found)


@rule("Mul")
def mul(step: Step) -> dict[int, str]:
    """The gradient times the other factor."""
    return _each(
        step,
        {
            index: step.write.op("Mul", step.gradient, step.input(1 - index))
            for index in (0, 1)
            if step.needed[index]
        },
    )


@rule("Div")
def div(step: Step) -> dict[int, str]:
    """To a: g / b; to b: -g y / b."""
    write = step.write
    share = write.op("Div", step.gradient, step.input(1))
    found = {0: share} if step.needed[0] else {}
    if step.needed[1]:
        found[1] = write.op("Neg", write.op("Mul", share, step.output))
    return _each(step, found)


@rule("Pow")
def power(step: Step) -> dict[int, str]:
    """Slope p x^(p - 1) for the base; y log x for the exponent."""
    write, base, exponent = step.write, step.input(0), step.input(1)
    found = {}
    if step.needed[0]:
        array = step.constant(1)
        if array is not None and array.size == 1 and float(array.reshape(())) == 2.0:
            slope = write.op("Mul", base, write.number(2.0))
        else:
            exponent = write.op("Cast", exponent, to=1)
            lower = write.op("Sub", exponent, write.number(1.0))
            slope = write.op("Mul", exponent, write.op("Pow", base, lower))
        found[0] = write.op("Mul", step.gradient, slope)
    if step.needed[1]:
        slope = write.op("Mul", step.output, write.op("Log", base))
        found[1] = write.op("Mul", step.gradient, slope)
    return _each(step, found)


@rule("Sqrt")
def sqrt(step: Step) -> dict[int, str]:
    """1 / (2 y)."""
    write = step.write
    return {0: write.op("Div", step.gradient, write.op("Add", step.output, step.output))}


@rule("Exp")
def exp(step: Step) -> dict[int, str]:
    """The value y itself."""
    return {0: step.write.op("Mul", step.gradient, step.output)}


@rule("Log")
def log(step: Step) -> dict[int, str]:
    """1 / x."""
    return {0: step.write.op("Div", step.gradient, step.input(0))}


@rule("Neg")
def neg(step: Step) -> dict[int, str]:
    """-1."""
    return {0: step.write.op("Neg", step.gradient)}


@rule("Abs")
def absolute(step: Step) -> dict[int, str]:
    """The sign."""
    return {0: step.write.op("Mul", step.gradient, step.write.op("Sign", step.input(0)))}


@rule("Reciprocal")
def reciprocal(step: Step) -> dict[int, str]:
    """-y^2."""
    write = step.write
    square = write.op("Mul", step.output, step.output)
    return {0: write.op("Neg", write.op("Mul", step.gradient, square))}


@rule("Max", "Min")
def extremum(step: Step) -> dict[int, str]:
    """To the winner; of equal terms the first one wins."""
    write = step.write
    found: dict[int, str] = {}
    taken = ""
    for index, needed in enumerate(step.needed):
        wins = write.op("Equal", step.input(index), step.output)
        alone = write.op("And", wins, write.op("Not", taken)) if taken else wins
        taken = write.op("Or", taken, wins) if taken else wins
        if needed:
            found[index] = write.mask(alone, step.gradient)
    return _each(step, found)


@rule("Where")
def where(step: Step) -> dict[int, str]:
    """To the term that was taken; the condition has no gradient."""
    write = step.write
    zero, found = write.number(0.0), {}
    if step.needed[1]:
        found[1] = write.op("Where", step.input(0), step.gradient, zero)
    if step.needed[2]:
        found[2] = write.op("Where", step.input(0), zero, step.gradient)
    return _each(step, found)
