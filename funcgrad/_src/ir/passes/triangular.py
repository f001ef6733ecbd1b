"""Systems with triangular matrices, which need no factorisation."""

from __future__ import annotations

from ..jaxpr import Atom, Equation, Jaxpr
from .sweep import Found, Sweep

_MAKERS = ("cholesky", "tril", "triu")


def solve_triangles(jaxpr: Jaxpr) -> Found:
    """Rewrite ``solve`` with a triangular matrix as ``solve_triangular``.

    The matrix comes from ``cholesky``, ``tril`` or ``triu``, or is the transpose of such a matrix; it is no
    stack, and has the floating or complex dtype of the right-hand side. Substitution rounds otherwise than
    factors with exchanged rows, and is at least as accurate. A zero on the diagonal stays a LinAlgError.
    """
    return Sweep(jaxpr, {"solve": _solve}).run()


def _solve(sweep: Sweep, eqn: Equation) -> Equation | None:
    a, b = eqn.ins
    out = eqn.outs[0].aval
    if a.aval.ndim != 2 or b.aval.ndim > 2 or not out.size or out.dtype.char not in "fdFD":
        return None
    if any([atom.aval.dtype != out.dtype or atom.aval.kind != "array" for atom in eqn.ins]):
        return None
    turned = sweep.maker(a, "transpose")
    matrix = a if turned is None else turned.ins[0]
    lower = _lower(sweep, matrix)
    if lower is None:
        return None
    params = {"trans": int(turned is not None), "lower": lower, "unit": False, "check": False}
    if b.aval.ndim == 1:
        columns = sweep.emit("reshape", b, shape=(*b.aval.shape, 1), order="C")
        found = sweep.emit("solve_triangular", matrix, columns, **params)
        new = sweep.instead(eqn, "reshape", found, shape=b.aval.shape, order="C")
    else:
        new = sweep.instead(eqn, "solve_triangular", matrix, b, **params)
    if new is not None:
        sweep.note("systems with a triangular matrix")
    return new


def _lower(sweep: Sweep, atom: Atom) -> bool | None:
    """Whether a matrix is lower triangular; None if it is not known to be triangular."""
    eqn = sweep.maker(atom, *_MAKERS)
    if eqn is None:
        return None
    if eqn.primitive.name == "cholesky":
        return not eqn.params["upper"]
    return eqn.primitive.name == "tril" if eqn.params["k"] == 0 and eqn.ins[0].aval.ndim == 2 else None
