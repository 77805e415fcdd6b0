"""Operators that move numbers without changing them; the gradient moves back."""

from __future__ import annotations

from onnx import TensorProto

from lookalike.vision.network.gradients.registry import Step, rule

_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)


@rule("Identity", "Dropout", "Cast")
def same(step: Step) -> dict[int, str]:
    """The gradient itself; at inference a Dropout passes everything."""
    if step.node.op_type == "Cast" and step.get("to") not in _FLOATS:
        return {}
    training = step.constant(2) if step.node.op_type == "Dropout" else None
    if training is not None and bool(training):
        raise step.refuse("in training mode")
    return {0: step.gradient}


@rule("Reshape", "Flatten", "Squeeze", "Unsqueeze")
def reshape(step: Step) -> dict[int, str]:
    """Back to the input's shape."""
    return {0: step.write.like(step.gradient, step.input(0))}


@rule("Transpose")
def transpose(step: Step) -> dict[int, str]:
    """The inverse permutation; without one the axes were reversed."""
    rank = len(step.shape(0))
    order = step.get("perm") or list(range(rank))[::-1]
    inverse = sorted(range(rank), key=order.__getitem__)
    return {0: step.write.op("Transpose", step.gradient, perm=inverse)}


@rule("Expand")
def expand(step: Step) -> dict[int, str]:
    """Summed over the copies."""
    return {0: step.unbroadcast(step.gradient, 0)}


@rule("Concat")
def concat(step: Step) -> dict[int, str]:
    """Cut where the parts met."""
    write, axis = step.write, int(step.get("axis"))
    rank = len(step.output_shape)
    axis %= rank
    names = list(step.node.input)
    sizes = [write.op("Shape", name, start=axis, end=axis + 1) for name in names]
    if len(names) == 1:
        return {0: step.gradient}
    parts = write.ops(
        "Split", [step.gradient, write.op("Concat", *sizes, axis=0)], len(names), axis=axis
    )
    return {index: parts[index] for index, needed in enumerate(step.needed) if needed}


@rule("Split")
def split(step: Step) -> dict[int, str]:
    """Joined again; parts that nothing used give zeros."""
    write = step.write
    parts = [
        gradient or write.zeros(name)
        for name, gradient in zip(step.node.output, step.gradients, strict=True)
    ]
    return {0: write.op("Concat", *parts, axis=int(step.get("axis", 0)))}


@rule("Slice")
def slices(step: Step) -> dict[int, str]:
    """Zeros around what was cut out; what was skipped over is filled position by position."""
    write, value = step.write, step.input(0)
    plain = _leading_cut(step)
    if plain is None:
        places = write.op("Slice", write.positions(value), *list(step.node.input)[1:])
        return {0: write.scattered(step.gradient, places, value)}
    before = write.ints(plain)
    sizes = write.op("Sub", write.shape_of(value), write.op("Shape", step.gradient))
    pads = write.op("Concat", before, write.op("Sub", sizes, before), axis=0)
    return {0: write.op("Pad", step.gradient, pads)}


def _leading_cut(step: Step) -> list[int] | None:
    """How much was cut before each axis, if every step is 1 and counted from the start."""
    rank = len(step.shape(0))
    starts, steps = step.constant(1), step.constant(4)
    axes = step.constant(3)
    if starts is None or (starts < 0).any():
        return None
    if (step.input(3) and axes is None) or (step.input(4) and steps is None):
        return None
    if steps is not None and (steps != 1).any():
        return None
    found = [0] * rank
    where = range(len(starts)) if axes is None else axes.tolist()
    for axis, start in zip(where, starts.tolist(), strict=True):
        found[axis % rank] = min(start, step.shape(0)[axis % rank])
    return found


@rule("Pad")
def pad(step: Step) -> dict[int, str]:
    """The border cut off again; a reflected or repeated border adds to where it came from."""
    write, value = step.write, step.input(0)
    if step.get("mode", "constant") != "constant":
        others = [name if index != 1 else "" for index, name in enumerate(step.node.input)][1:]
        others[0] = step.input(1)
        places = write.op("Pad", write.positions(value), *others, mode=step.get("mode"))
        return {0: write.scattered(step.gradient, places, value)}
    axes = [step.input(3)] if step.input(3) else []
    back = write.op("Neg", step.input(1))
    return {0: write.op("Pad", step.gradient, back, *(["", *axes] if axes else []))}


@rule("Gather", "GatherElements", "GatherND", "Tile")
def gather(step: Step) -> dict[int, str]:
    """Each number adds to where it was taken from."""
    write, value = step.write, step.input(0)
    if any(step.needed[1:]):
        raise step.refuse("its indices depend on the picture")
    attributes = {each.name: step.get(each.name) for each in step.node.attribute}
    others = list(step.node.input)[1:]
    places = write.op(step.node.op_type, write.positions(value), *others, **attributes)
    return {0: write.scattered(step.gradient, places, value)}


@rule("DepthToSpace", "SpaceToDepth")
def blocks(step: Step) -> dict[int, str]:
    """Each number back to the position it came from, in either order of the blocks."""
    write, value = step.write, step.input(0)
    attributes = {each.name: step.get(each.name) for each in step.node.attribute}
    places = write.op(step.node.op_type, write.positions(value, TensorProto.FLOAT), **attributes)
    places = write.op("Cast", places, to=TensorProto.INT64)
    return {0: write.scattered(step.gradient, places, value)}


@rule("Resize")
def resize(step: Step) -> dict[int, str]:
    """Nearest neighbours: each copy adds to where it came from."""
    if step.get("mode", "nearest") != "nearest":
        raise step.refuse("interpolating")
    write, value = step.write, step.input(0)
    attributes = {each.name: step.get(each.name) for each in step.node.attribute}
    positions = write.positions(value, TensorProto.FLOAT)
    places = write.op("Resize", positions, *list(step.node.input)[1:], **attributes)
    places = write.op("Cast", places, to=TensorProto.INT64)
    return {0: write.scattered(step.gradient, places, value)}
