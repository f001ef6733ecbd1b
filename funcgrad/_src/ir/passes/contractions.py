"""Sums of products as contractions: the array of all products is never made.

A contraction adds in another order than the sum: the difference is within the bound that compiled sums and
products are held to, 4·√k·u·Σ|terms| for k terms. Only float32 and float64 are rewritten, and only if nothing
else reads the product.

NOTE (long vectors): BLAS adds the terms of a product of vectors in a few running sums. Of some million equal
terms these are off by more than the bound, where NumPy's pairwise sum is not. Such a sum stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..jaxpr import Atom, Equation, Jaxpr, Literal
from .sweep import Found, Sweep

Axes = tuple[int, ...]
_LONGEST = 1 << 16  # terms in a product of vectors: measured, half of the bound in float32 and float64


def contract(jaxpr: Jaxpr) -> Found:
    """Rewrite sums of products (squares) as ``vdot``, ``vecdot`` or ``matmul``, where the shapes fit."""
    return Sweep(jaxpr, {"sum": _sum, "mean": _mean}).run()


def contract_matrices(jaxpr: Jaxpr) -> Found:
    """Rewrite sums of products as ``matmul`` where both factors have axes of their own that stay."""
    return Sweep(jaxpr, {"sum": _sum_of_matrices}).run()


def _factors(sweep: Sweep, eqn: Equation) -> tuple[Atom, Atom] | None:
    """The two factors of what is summed."""
    x = eqn.ins[0]
    product = sweep.maker(x, "multiply", "square")
    if len(eqn.ins) != 1 or eqn.params["dtype"] is not None or product is None or not sweep.read_once(x):
        return None
    a, b = product.ins if len(product.ins) == 2 else (product.ins[0], product.ins[0])
    for atom in (a, b, *product.outs, *eqn.outs):
        if atom.aval.dtype != x.aval.dtype or atom.aval.dtype.char not in "fd":
            return None
    return (a, b) if a.aval.kind == b.aval.kind == x.aval.kind == "array" and x.aval.size else None


def _mean(sweep: Sweep, eqn: Equation) -> Equation | None:
    """The mean of all products."""
    factors = _factors(sweep, eqn)
    if factors is None or eqn.params["axis"] is not None or eqn.params["keepdims"]:
        return None
    shape = eqn.ins[0].aval.shape
    if any([atom.aval.shape != shape for atom in factors]) or math.prod(shape) > _LONGEST:
        return None
    count = Literal(float(math.prod(shape)))
    new = sweep.instead(eqn, "divide", sweep.emit("vdot", *factors), count)
    if new is not None:
        sweep.note("means of products that are products of vectors")
    return new


def _sum_of_matrices(sweep: Sweep, eqn: Equation) -> Equation | None:
    return _sum(sweep, eqn, both=True)


def _sum(sweep: Sweep, eqn: Equation, both: bool = False) -> Equation | None:
    """A contraction for a sum; ``both``: only with axes of both factors in the result."""
    factors = _factors(sweep, eqn)
    if factors is None:
        return None
    form = _form(eqn, *factors)
    if form is None or (both and not all([len(operand.shape) > 1 for operand in form[1]])):
        return None
    if both and form[0] != "matmul":
        return None
    name, operands, shape = form
    new = None
    if shape == eqn.outs[0].aval.shape:
        new = sweep.instead(eqn, name, *[_in_form(sweep, *operand) for operand in operands])
    if new is None:
        found = sweep.emit(name, *[_in_form(sweep, *operand) for operand in operands])
        new = sweep.instead(eqn, "reshape", found, shape=eqn.outs[0].aval.shape, order="C")
    if new is not None:
        sweep.note("sums of products that are contractions")
    return new


class _Operand(NamedTuple):
    """An operand of a contraction: reshaped, then, if it is turned, with its last two axes exchanged."""

    atom: Atom
    shape: tuple[int, ...]
    turned: bool = False


_Form = tuple[str, Sequence[_Operand], tuple[int, ...]]


def _in_form(sweep: Sweep, atom: Atom, shape: tuple[int, ...], turned: bool) -> Atom:
    before = sweep.maker(atom, "reshape")
    if before is not None and before.ins[0].aval.shape == shape and before.params["order"] == "C":
        atom = before.ins[0]
    if shape != atom.aval.shape:
        atom = sweep.emit("reshape", atom, shape=shape, order="C")
    if turned:
        n = len(shape)
        atom = sweep.emit("transpose", atom, axes=(*range(n - 2), n - 1, n - 2))
    return atom


# --- which contraction -----------------------------------------------------------------------------


def _form(eqn: Equation, x: Atom, y: Atom) -> _Form | None:
    """The primitive, its operands, and the shape of its result."""
    full = eqn.ins[0].aval.shape
    summed = _summed(eqn.params["axis"], len(full))
    xs, ys = (_wide(atom, len(full)) for atom in (x, y))
    ours = [i for i, n in enumerate(full) if n > 1 and xs[i] == n]
    theirs = [i for i, n in enumerate(full) if n > 1 and ys[i] == n]
    inner = tuple([i for i in ours if i in theirs and i in summed])
    if not inner or any([i in summed and (i in ours) != (i in theirs) for i in (*ours, *theirs)]):
        return None
    if xs == ys == full and len(summed) == len(full) and math.prod(full) <= _LONGEST:
        return "vdot", (_Operand(x, x.aval.shape), _Operand(y, y.aval.shape)), ()
    split = _split(full, ours, theirs, inner)
    return _matrix_form(full, (x, y), split) or _vector_form(full, (x, y), summed)


class _Split(NamedTuple):
    """The axes of both operands (kept), of the first alone, of the second alone, and those summed over."""

    batch: Axes
    left: Axes
    right: Axes
    inner: Axes


def _split(full: Axes, ours: list[int], theirs: list[int], inner: Axes) -> _Split:
    batch = tuple([i for i in ours if i in theirs and i not in inner])
    left = tuple([i for i in ours if i not in theirs])
    return _Split(batch, left, tuple([i for i in theirs if i not in ours]), inner)


def _summed(axis: int | tuple[int, ...] | None, ndim: int) -> frozenset[int]:
    if axis is None:
        return frozenset(range(ndim))
    return frozenset([i % ndim for i in (axis if isinstance(axis, tuple) else (axis,))])


def _wide(atom: Atom, ndim: int) -> tuple[int, ...]:
    return (1,) * (ndim - atom.aval.ndim) + atom.aval.shape


def _vector_form(full: Axes, operands: tuple[Atom, Atom], summed: frozenset[int]) -> _Form | None:
    """``vecdot`` over the last axis of both."""
    last = len(full) - 1
    if summed != {last} or full[-1] > _LONGEST:
        return None
    if any([not atom.aval.ndim or atom.aval.shape[-1] != full[-1] for atom in operands]):
        return None
    return "vecdot", [_Operand(atom, atom.aval.shape) for atom in operands], full[:-1]


def _matrix_form(full: Axes, operands: tuple[Atom, Atom], split: _Split) -> _Form | None:
    """``matmul`` of the operands as matrices, stacked along the axes of both; in the order of the result."""
    batch, left, right, inner = split
    kept = sorted((*batch, *left, *right))
    x, y = operands
    if left and right:
        exchange = [*batch, *right, *left] == kept
    else:  # a matrix and a vector, in the order in which the matrix need not be turned
        exchange = _stands(full, y, right + inner) if right else not _stands(full, x, left + inner)
    if exchange:
        x, y, left, right = y, x, right, left
    if [*batch, *left, *right] != kept or not kept or (batch and not (left and right)):
        return None
    first, second = _matrix(full, x, batch, left, inner), _matrix(full, y, batch, inner, right)
    if first is None or second is None:
        return None
    sizes = [_size(full, axes) for axes in (left, right) if axes]
    return "matmul", (first, second), (*[full[i] for i in batch], *sizes)


def _stands(full: Axes, atom: Atom, axes: Axes) -> bool:
    """Whether these are the axes of an operand, in this order, apart from those of length one."""
    return [*axes] == [i for i, n in enumerate(_wide(atom, len(full))) if n > 1]


def _matrix(full: Axes, atom: Atom, batch: Axes, rows: Axes, columns: Axes) -> _Operand | None:
    """The operand as a stack of matrices (vectors), if the axes that become one stand together."""
    for first, second, turned in ((rows, columns, False), (columns, rows, True)):
        if _stands(full, atom, batch + first + second):
            sizes = [_size(full, axes) for axes in (first, second) if axes]
            return _Operand(atom, (*[full[i] for i in batch], *sizes), turned and len(sizes) == 2)
    return None


def _size(full: Axes, axes: Axes) -> int:
    return math.prod([full[i] for i in axes])
