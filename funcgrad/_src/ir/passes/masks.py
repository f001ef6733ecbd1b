"""Rules for ``where``: masks that are written in the program, and branches that are the same."""

from __future__ import annotations

from ..jaxpr import Atom, Equation, Literal
from .sweep import Rule, Sweep


def _where(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    mask, x, y = eqn.ins
    if x is y or _is_same_number(x, y):
        return _branch(sweep, eqn, x, "choices between equals")
    value = sweep.constant(mask)
    if value is None or value != value:
        return None
    return _branch(sweep, eqn, x if value else y, "choices by constant masks")


def _is_same_number(x: Atom, y: Atom) -> bool:
    return type(x) is Literal and type(y) is Literal and x.aval == y.aval and repr(x.value) == repr(y.value)


def _branch(sweep: Sweep, eqn: Equation, atom: Atom, what: str) -> Atom | Equation | None:
    """The chosen branch, repeated and converted to the type of the result."""
    out = eqn.outs[0].aval
    found: Atom | Equation | None = atom if sweep.may_be(eqn, atom) else None
    if found is None:
        if type(atom) is Literal and out.dtype.kind != "c":
            atom = Literal(out.dtype.type(atom.value))
        found = _typed(sweep, eqn, atom)
    if found is not None:
        sweep.note(what)
    return found


def _typed(sweep: Sweep, eqn: Equation, atom: Atom) -> Equation | None:
    out = eqn.outs[0].aval
    if atom.aval.dtype != out.dtype and atom.aval.shape == out.shape:
        new = sweep.instead(eqn, "convert", atom, dtype=out.dtype, kind=out.kind)
    elif atom.aval.dtype == out.dtype and (atom.aval.shape != out.shape or type(atom) is Literal):
        new = sweep.instead(eqn, "broadcast_to", atom, shape=out.shape)
    else:
        return None
    return new if sweep.may_read(eqn, new) else None


RULES: dict[str, Rule] = {"where": _where}
