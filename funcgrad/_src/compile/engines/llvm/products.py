"""Which products of small matrices and vectors are native, and how their equations become code."""

from __future__ import annotations

import numpy as np

from ....ir.jaxpr import Atom, Equation
from ...layout import Known
from .access import read, write
from .areas import Area, operand, over_stack
from .builder import Value
from .code import Code
from .conversions import convert
from .dots import dotted
from .fused import added, multiplied
from .matrices import multiply
from .movement import lies, result
from .registers import Register
from .surroundings import NativeStep, Surroundings

MOST = 64  # the longest side of a matrix
WORK = 32**3  # terms of all sums of a product of matrices
LONG = 4096  # elements of vectors that are multiplied with each other


def _is_small(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether the matrices are small enough that BLAS is not worth a call."""
    rows, depth, columns = a[0], a[1], b[1]
    return max(depth, rows, columns) <= MOST and rows * depth * columns <= WORK


def _plain(eqn: Equation, known: Known) -> bool:
    return (
        lies(eqn, known)
        and eqn.outs[0].aval.dtype.kind != "b"
        and not any([atom.aval.kind == "python" for atom in eqn.ins])
    )


def _matrices(eqn: Equation, known: Known) -> bool:
    """Products by the rules of ``matmul`` and its kin; of vectors that are longer with each other."""
    if not _plain(eqn, known) or len(eqn.ins) != 2:
        return False
    x, y = [atom.aval for atom in eqn.ins]
    if x.ndim == y.ndim == 1:
        return bool(x.size <= LONG)
    if not x.ndim or not y.ndim or (max(x.ndim, y.ndim) > 2 and eqn.primitive.name != "matmul"):
        return False
    a, b = [_matrix_shape(aval.shape, turn) for aval, turn in zip((x, y), _turns(eqn), strict=True)]
    if x.ndim == 1:
        a = (1, x.shape[0])
    if y.ndim == 1:
        b = (y.shape[0], 1)
    return _is_small(a, b)


def _matrix_shape(shape: tuple[int, ...], turn: bool) -> tuple[int, ...]:
    return shape[-1:-3:-1] if turn else shape[-2:]


def _turns(eqn: Equation) -> tuple[bool, bool]:
    """Which operands are transposed."""
    if eqn.primitive.name == "inner":
        return False, eqn.ins[1].aval.ndim > 1
    params = eqn.params
    return params.get("transpose_a", False), params.get("transpose_b", False)


def _side(code: Code, around: Surroundings, atom: Atom, turn: bool, *, left: bool) -> Area:
    """An operand as matrices."""
    found = operand(code, around, atom)
    assert isinstance(found, Area)
    if len(found.shape) == 1:
        return found.with_axis(0 if left else 1)
    axes = list(range(len(found.shape)))
    return found.transposed([*axes[:-2], axes[-1], axes[-2]]) if turn else found


def _matmul(code: Code, eqn: Equation, around: Surroundings) -> None:
    x, y = eqn.ins
    if x.aval.ndim == y.aval.ndim == 1:
        _vectors(code, eqn, around)
        return
    turns = _turns(eqn)
    a, b = _side(code, around, x, turns[0], left=True), _side(code, around, y, turns[1], left=False)
    out = result(code, eqn, around)
    if x.aval.ndim == 1:
        out = out.with_axis(len(out.shape) - 1)
    if y.aval.ndim == 1:
        out = out.with_axis(len(out.shape))
    _stacked(code, around, a, b, out)


def _stacked(code: Code, around: Surroundings, a: Area, b: Area, out: Area) -> None:
    """Products of the matrices of stacks."""
    if not out.size:
        return
    many = out.shape[:-2]
    a, b = a.broadcast((*many, *a.shape[-2:])), b.broadcast((*many, *b.shape[-2:]))
    over_stack(code, [a, b, out], lambda a, b, out: multiply(code, around, a, b, out, out.dtype))


def _columns(eqn: Equation, known: Known) -> bool:
    """Whether matrices that are multiplied with vectors are small; ``vecmat`` conjugates complex ones."""
    a, v = [atom.aval for atom in (eqn.ins if eqn.primitive.name == "matvec" else eqn.ins[::-1])]
    plain = eqn.primitive.name == "matvec" or v.dtype.kind != "c"
    small = a.ndim > 1 and v.ndim > 0 and _is_small(a.shape[-2:], (a.shape[-1], 1))
    return _plain(eqn, known) and plain and small


def _times_column(code: Code, eqn: Equation, around: Surroundings) -> None:
    """Matrices times vectors, or vectors times matrices."""
    x, y = [operand(code, around, atom) for atom in eqn.ins]
    out = result(code, eqn, around)
    assert isinstance(x, Area)
    assert isinstance(y, Area)
    if eqn.primitive.name == "matvec":
        y, out = y.with_axis(len(y.shape)), out.with_axis(len(out.shape))
    else:
        x, out = x.with_axis(len(x.shape) - 1), out.with_axis(len(out.shape) - 1)
    _stacked(code, around, x, y, out)


# --- gemm ------------------------------------------------------------------------------------------------


def _adds(eqn: Equation, known: Known) -> bool:
    """Whether a product that is added to something is small."""
    c, a, b, scale = [atom.aval for atom in eqn.ins]
    if not lies(eqn, known) or c.kind == "python" or (scale.dtype.kind == "c" and a.dtype.kind != "c"):
        return False
    turns = _turns(eqn)
    if eqn.outs[0].aval.dtype.kind == "b" or not min(a.shape):
        return False
    return _is_small(_matrix_shape(a.shape, turns[0]), _matrix_shape(b.shape, turns[1]))


def _gemm(code: Code, eqn: Equation, around: Surroundings) -> None:
    """``c + scale * (a @ b)``: each part of ``c`` is read before the result is written there."""
    c, x, y, scale = eqn.ins
    turns, out = _turns(eqn), result(code, eqn, around)
    a, b = _side(code, around, x, turns[0], left=True), _side(code, around, y, turns[1], left=False)
    dtype = np.result_type(a.dtype, b.dtype)
    found = operand(code, around, c)
    base = found.broadcast(out.shape) if isinstance(found, Area) else found
    factor = operand(code, around, scale)
    factor = read(code, factor.base, factor.dtype) if isinstance(factor, Area) else factor
    factor = convert(code, convert(code, factor, scale.aval.dtype, a.dtype), a.dtype, dtype)

    def finish(total: Register, i: Value | int, j: Value | int, mask: Value | None, lanes: int) -> Register:
        product = convert(code, multiplied(code, dtype, total, factor, None), dtype, out.dtype)
        if not isinstance(base, Area):
            return added(product, convert(code, base, c.aval.dtype, out.dtype))
        step = base.steps[1]
        wide = 0 if isinstance(step, int) and step == 0 else lanes
        place = base.row(0, i).row(0, j).base
        old = read(code, place, base.dtype, step, mask if wide else None, wide)
        return added(product, convert(code, old, base.dtype, out.dtype))

    multiply(code, around, a, b, out, dtype, finish)


# --- products of vectors -------------------------------------------------------------------------------


def _vector_like(eqn: Equation, known: Known) -> bool:
    x, y = [atom.aval for atom in eqn.ins]
    return _plain(eqn, known) and x.shape == y.shape and bool(x.ndim) and bool(x.size <= LONG)


def _last_axis(eqn: Equation, known: Known) -> bool:
    x, y = [atom.aval for atom in eqn.ins]
    return _plain(eqn, known) and min(x.ndim, y.ndim) > 0 and bool(x.shape[-1] <= LONG)


def _rows(code: Code, eqn: Equation, around: Surroundings) -> None:
    """The products of the rows of stacks."""
    if eqn.ins[0].aval.ndim == eqn.ins[1].aval.ndim == 1:
        _vectors(code, eqn, around)
        return
    x, y = [operand(code, around, atom) for atom in eqn.ins]
    out = result(code, eqn, around)
    assert isinstance(x, Area)
    assert isinstance(y, Area)
    if not out.size:
        return
    length = x.shape[-1:]

    def one(x: Area, y: Area, out: Area) -> None:
        write(code, out.base, out.dtype, dotted(code, x, y, out.dtype, conjugate=True))

    areas = [x.broadcast(out.shape + length), y.broadcast(out.shape + length), out.with_axis(len(out.shape))]
    over_stack(code, areas, one, core=1)


def _vectors(code: Code, eqn: Equation, around: Surroundings) -> None:
    """One number: the sum of the products of all elements; the first ones conjugated if NumPy does."""
    x, y = [operand(code, around, atom) for atom in eqn.ins]
    assert isinstance(x, Area)
    assert isinstance(y, Area)
    found = dotted(code, x, y, eqn.outs[0].aval.dtype, conjugate=eqn.primitive.name in ("vdot", "vecdot"))
    out = eqn.outs[0]
    around.scalars[out] = found
    target = result(code, eqn, around)
    write(code, target.base, target.dtype, found)


PRODUCTS: dict[str, NativeStep] = {
    **dict.fromkeys(("matmul", "dot", "product", "inner"), NativeStep(_matrices, _matmul)),
    "gemm": NativeStep(_adds, _gemm),
    "vdot": NativeStep(_vector_like, _vectors),
    "vecdot": NativeStep(_last_axis, _rows),
    **dict.fromkeys(("matvec", "vecmat"), NativeStep(_columns, _times_column)),
}
