"""Small products and Cholesky's derivative, made of transposes and of products of matrices.

NumPy's functions do the same inside; as steps of a program they are views, and loops of machine code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...core.aval import Aval
from ..jaxpr import Atom, Equation, Literal
from .sweep import Rule, Sweep

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


def _swapped(sweep: Sweep, x: Atom) -> Atom:
    n = x.aval.ndim
    return _turned(sweep, x, (*range(n - 2), n - 1, n - 2))


def _are_arrays(eqn: Equation) -> bool:
    """Whether the operands are arrays, and there is something to add up in ordinary numbers."""
    out = eqn.outs[0].aval
    arrays = all([atom.aval.kind == "array" and atom.aval.ndim for atom in eqn.ins])
    return arrays and out.kind == "array" and bool(out.size) and out.dtype.char in "fdFD"


def _reshape_last(sweep: Sweep, eqn: Equation, x: Atom) -> Equation | None:
    """The result as a reshape of ``x``."""
    return _noted(sweep, sweep.instead(eqn, "reshape", x, shape=eqn.outs[0].aval.shape, order="C"))


def _noted(sweep: Sweep, new: Equation | None) -> Equation | None:
    if new is not None:
        sweep.note("small products taken apart")
    return new


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
        return _noted(sweep, sweep.instead(eqn, "dot", a, b))
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


def _half(sweep: Sweep, x: Atom) -> Atom:
    """The lower triangles, their diagonals halved."""
    both = [sweep.emit("tril", x, k=k) for k in (0, -1)]
    return sweep.emit("multiply", sweep.emit("add", *both), _a_half(x.aval))


def _a_half(aval: Aval) -> Literal:
    return Literal(aval.dtype.type(0.5))


def _cholesky_change(sweep: Sweep, eqn: Equation) -> Equation | None:
    """Half of ``S + S.T``, ``S = L^-T half(L^T h) L^-1``: see ops/linalg.py; real matrices only."""
    low, h = eqn.ins
    out = eqn.outs[0].aval
    if out.dtype.char not in "fd" or not _are_arrays(eqn) or not 1 < out.shape[-1] <= _MOST:
        return None
    if low.aval.dtype != out.dtype or h.aval.dtype != out.dtype:
        return None
    params = {"trans": 1, "lower": True, "unit": False, "check": False}
    product = sweep.emit("matmul", _swapped(sweep, low), sweep.emit("tril", h, k=0))
    found: Atom = _half(sweep, product)
    for _ in range(2):
        found = _swapped(sweep, sweep.emit("solve_triangular", low, found, **params))
    both = sweep.emit("add", found, _swapped(sweep, found))
    new = sweep.instead(eqn, "multiply", both, _a_half(out))
    if new is not None:
        sweep.note("derivatives of small Cholesky factors taken apart")
    return new


PRODUCTS: dict[str, Rule] = {
    "cholesky_change": _cholesky_change,
    "kron": _kron,
    "tensordot": _tensordot,
}
