"""The derivative of a small Cholesky factor, made of triangular systems.

What the primitive does block by block is one formula where there is one block.
"""

from __future__ import annotations

from ...core.aval import Aval
from ..jaxpr import Atom, Equation, Jaxpr, Literal
from .sweep import Found, Sweep

_MOST = 64  # rows: for more the primitive has fewer operations


def expand_factors(jaxpr: Jaxpr) -> Found:
    """Write ``cholesky_change`` of small real matrices as substitutions, for an engine that makes loops."""
    return Sweep(jaxpr, {"cholesky_change": _cholesky_change}).run()


def _swapped(sweep: Sweep, x: Atom) -> Atom:
    n = x.aval.ndim
    return sweep.emit("transpose", x, axes=(*range(n - 2), n - 1, n - 2))


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
    if out.dtype.char not in "fd" or not out.size or not 1 < out.shape[-1] <= _MOST:
        return None
    if any([atom.aval.dtype != out.dtype or atom.aval.kind != "array" for atom in eqn.ins]):
        return None
    params = {"trans": 1, "lower": True, "unit": False, "check": False}
    product = sweep.emit("matmul", _swapped(sweep, low), sweep.emit("tril", h, k=0))
    found: Atom = _half(sweep, product)
    for _ in range(2):
        found = _swapped(sweep, sweep.emit("solve_triangular", low, found, **params))
    both = sweep.emit("add", found, _swapped(sweep, found))
    new = sweep.instead(eqn, "multiply", both, _a_half(out))
    return sweep.noted(new, "derivatives of small Cholesky factors taken apart")
