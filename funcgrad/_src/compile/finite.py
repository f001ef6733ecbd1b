"""Which results hold no inf and no NaN, whatever the arguments: masks, and what is chosen by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ir.jaxpr import Atom, Equation, Jaxpr, Var

_MOVES = frozenset({"broadcast_to", "copy", "getitem", "reshape", "slice", "transpose"})


def finite_results(jaxpr: Jaxpr) -> frozenset[Var]:
    """The variables that are certainly finite."""
    found: set[Var] = {var for var in jaxpr.in_vars if var.aval.dtype.kind == "b"}
    for eqn in jaxpr.eqns:
        if len(eqn.outs) == 1 and eqn.ins and _is_certain(eqn, found):
            found.add(eqn.outs[0])
    return frozenset(found)


def _is_certain(eqn: Equation, found: set[Var]) -> bool:
    name, out = eqn.primitive.name, eqn.outs[0].aval
    if out.dtype.kind == "b":
        return True
    if name == "where":
        return out.dtype.kind == "f" and all([_is_finite(a, found, out.dtype) for a in eqn.ins[1:]])
    if name == "convert":
        return bool(out.dtype.kind == "f" and eqn.ins[0].aval.dtype.kind == "b")
    return name in _MOVES and isinstance(eqn.ins[0], Var) and eqn.ins[0] in found


def _is_finite(atom: Atom, found: set[Var], dtype: np.dtype[Any]) -> bool:
    """Whether an operand is finite when it has this floating dtype."""
    if isinstance(atom, Var):
        return atom in found
    return not isinstance(atom.value, complex) and bool(abs(atom.value) <= np.finfo(dtype).max)


def finite_partner(eqn: Equation, finite: frozenset[Var]) -> int | None:
    """The position of a finite array among the two operands of a strong product, or None.

    Then only its zeros can be beside an inf or NaN, and it alone tells where the product must be zero.
    """
    for i, atom in enumerate(eqn.ins):
        if isinstance(atom, Var) and atom.aval.kind == "array" and atom in finite:
            return i
    return None
