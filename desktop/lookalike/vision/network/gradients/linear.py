"""Matrix products."""

from __future__ import annotations

from lookalike.vision.network.gradients.registry import Step, rule


@rule("Gemm")
def gemm(step: Step) -> dict[int, str]:
    """Y = alpha A' B' + beta C, either factor possibly transposed."""
    write, gradient = step.write, step.gradient
    alpha, beta = float(step.get("alpha", 1.0)), float(step.get("beta", 1.0))
    turned_a, turned_b = int(step.get("transA", 0)), int(step.get("transB", 0))
    a, b = step.input(0), step.input(1)
    found = {}
    if step.needed[0]:
        if turned_a:
            found[0] = write.op("Gemm", b, gradient, alpha=alpha, transA=turned_b, transB=1)
        else:
            found[0] = write.op("Gemm", gradient, b, alpha=alpha, transB=1 - turned_b)
    if step.needed[1]:
        if turned_b:
            found[1] = write.op("Gemm", gradient, a, alpha=alpha, transA=1, transB=turned_a)
        else:
            found[1] = write.op("Gemm", a, gradient, alpha=alpha, transA=1 - turned_a)
    if len(step.needed) > 2 and step.needed[2]:
        scaled = write.op("Mul", gradient, write.number(beta))
        found[2] = step.unbroadcast(scaled, 2)
    return found


@rule("MatMul")
def matmul(step: Step) -> dict[int, str]:
    """To A: g B'; to B: A' g; summed over broadcast batches. A vector is a row or a column."""
    first, second = step.shape(0), step.shape(1)
    gradient = step.gradient
    write = step.write
    if len(second) == 1:
        gradient = write.op("Unsqueeze", gradient, write.ints([-1]))
    if len(first) == 1:
        gradient = write.op("Unsqueeze", gradient, write.ints([-2]))
    found = {}
    if step.needed[0]:
        product = write.op("MatMul", gradient, _turned(step, 1, column=True))
        found[0] = _fitted(step, product, 0)
    if step.needed[1]:
        product = write.op("MatMul", _turned(step, 0, column=False), gradient)
        found[1] = _fitted(step, product, 1)
    return found


def _turned(step: Step, index: int, column: bool) -> str:
    """A factor with its last two axes swapped; a vector as the row or column it stands for."""
    rank, name = len(step.shape(index)), step.input(index)
    if rank == 1:
        return step.write.op("Unsqueeze", name, step.write.ints([0 if column else 1]))
    perm = [*range(rank - 2), rank - 1, rank - 2]
    return step.write.op("Transpose", name, perm=perm)


def _fitted(step: Step, product: str, index: int) -> str:
    """Sum over the batch axes that the factor was spread along; bring it to its shape."""
    own, other = step.shape(index), step.shape(1 - index)
    batch, wide = own[:-2], other[:-2]
    rank = max(len(batch), len(wide))
    padded = (1,) * (rank - len(batch)) + tuple(batch)
    against = (1,) * (rank - len(wide)) + tuple(wide)
    spread = [
        axis
        for axis in range(rank)
        if axis < rank - len(batch) or (padded[axis] == 1 and against[axis] != 1)
    ]
    if spread:
        product = step.write.op("ReduceSum", product, step.write.ints(spread), keepdims=1)
    return step.write.like(product, step.input(index))
