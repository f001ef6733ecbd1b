"""Transposes that a matrix product does itself."""

from __future__ import annotations

from ..jaxpr import Atom, Equation, Jaxpr
from .sweep import Found, Sweep


def fold_transposes(jaxpr: Jaxpr) -> Found:
    """Rewrite products of transposed matrices as ``product`` of what was transposed.

    Both operands are matrices of one floating or complex dtype.
    """
    return Sweep(jaxpr, {"matmul": _product, "dot": _product}).run()


def _product(sweep: Sweep, eqn: Equation) -> Equation | None:
    a, b = eqn.ins
    out = eqn.outs[0].aval
    if a.aval.ndim != 2 or b.aval.ndim != 2 or out.dtype.kind not in "fc" or a.aval.dtype != b.aval.dtype:
        return None
    (a, turned_a), (b, turned_b) = (_turned(sweep, atom) for atom in (a, b))
    if not (turned_a or turned_b):
        return None
    new = sweep.instead(eqn, "product", a, b, transpose_a=turned_a, transpose_b=turned_b)
    if new is not None:
        sweep.note("products of transposed matrices")
    return new


def _turned(sweep: Sweep, atom: Atom) -> tuple[Atom, bool]:
    eqn = sweep.maker(atom, "transpose")
    return (eqn.ins[0], True) if eqn is not None and eqn.params["axes"] == (1, 0) else (atom, False)
