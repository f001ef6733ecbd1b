"""Small products of many axes, made of transposes, reshapes and of simpler products.

NumPy's functions do the same inside; as steps of a program these are views, and loops of machine code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..jaxpr import Atom, Equation
from .sweep import Rule, Sweep

_WHAT = "small products taken apart"
_MOST = 64  # the longest side of a matrix
_WORK = 32**3  # products of numbers in one product of matrices


def _small(rows: int, depth: int, columns: int) -> bool:
    return 0 < rows * depth * columns <= _WORK and max(rows, depth, columns) <= _MOST


def _reshaped(sweep: Sweep, x: Atom, shape: Sequence[int]) -> Atom:
    shape = tuple(shape)
    return x if shape == x.aval.shape else sweep.emit("reshape", x, shape=shape, order="C")


def _turned(sweep: Sweep, x: Atom, axes: Sequence[int]) -> Atom:
    axes = tuple(axes)
    return x if axes == tuple(range(x.aval.ndim)) else sweep.emit("transpose", x, axes=axes)


def _are_arrays(eqn: Equation) -> bool:
    """Whether the operands are arrays, and there is something to add up in ordinary numbers."""
    out = eqn.outs[0].aval
    arrays = all([atom.aval.kind == "array" and atom.aval.ndim for atom in eqn.ins])
    return arrays and out.kind == "array" and bool(out.size) and out.dtype.char in "fdFD"


def _reshape_last(sweep: Sweep, eqn: Equation, x: Atom) -> Equation | None:
    """The result as a reshape of ``x``."""
    return sweep.noted(sweep.instead(eqn, "reshape", x, shape=eqn.outs[0].aval.shape, order="C"), _WHAT)


def _tensordot(sweep: Sweep, eqn: Equation) -> Equation | None:
    """One product of matrices, whose rows and columns are the axes that stay."""
    x, y = eqn.ins
    left, right = [tuple(axes) for axes in eqn.params["axes"]]
    own = [d for d in range(x.aval.ndim) if d not in left]
    others = [d for d in range(y.aval.ndim) if d not in right]
    depth = math.prod([x.aval.shape[d] for d in left])
    rows, columns = math.prod([x.aval.shape[d] for d in own]), math.prod([y.aval.shape[d] for d in others])
    if not _are_arrays(eqn) or not _small(rows, depth, columns):
        return None
    a = _reshaped(sweep, _turned(sweep, x, (*own, *left)), (rows, depth))
    b = _reshaped(sweep, _turned(sweep, y, (*right, *others)), (depth, columns))
    if eqn.outs[0].aval.shape == (rows, columns):
        return sweep.noted(sweep.instead(eqn, "dot", a, b), _WHAT)
    return _reshape_last(sweep, eqn, sweep.emit("dot", a, b))


def _kron(sweep: Sweep, eqn: Equation) -> Equation | None:
    """Each element of one times the whole of the other, in axes of their own."""
    x, y = [atom.aval.shape for atom in eqn.ins]
    if not _are_arrays(eqn) or eqn.outs[0].aval.size > _WORK or eqn.outs[0].aval.dtype.kind == "c":
        return None
    ndim = max(len(x), len(y))
    x, y = (1,) * (ndim - len(x)) + x, (1,) * (ndim - len(y)) + y
    a = _reshaped(sweep, eqn.ins[0], [n for m in x for n in (m, 1)])
    b = _reshaped(sweep, eqn.ins[1], [n for m in y for n in (1, m)])
    return _reshape_last(sweep, eqn, sweep.emit("multiply", a, b))


PRODUCTS: dict[str, Rule] = {
    "kron": _kron,
    "tensordot": _tensordot,
}
