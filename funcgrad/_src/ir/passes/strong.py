"""Strong products that are plain ones.

``strong_mul`` differs from the product only where a strong operand is zero: there it is zero even beside an
inf or a NaN; and if there is a NaN in the product at all, zeros of strong operands make it 0.0, not -0.0.
"""

from __future__ import annotations

import numpy as np

from ...backends import HOST
from ..jaxpr import Atom, Equation, Jaxpr, Literal
from .kinds import VIEWS
from .sweep import Found, Sweep

_DEPTH = 4  # how far back a value is followed
_CHOOSING = {"where": (1, 2), "maximum": (0, 1), "minimum": (0, 1), "negative": (0,), "absolute": (0,)}


def plain_products(jaxpr: Jaxpr) -> Found:
    """Replace ``strong_mul`` by ``multiply`` where the two can be proved to be equal.

    That is if no strong operand can be zero, since it is written in the program as a number other than zero;
    or (on the host, for real numbers) if both operands are finite, for then there is no NaN: they are
    numbers, booleans, integers, choices between such.
    """
    return Sweep(jaxpr, {"strong_mul": _plain}).run()


def _plain(sweep: Sweep, eqn: Equation) -> Equation | None:
    a, b = eqn.ins
    strong = eqn.params["strong"]
    if not _no_zero(sweep, eqn, strong) and not _no_nan(sweep, eqn):
        return None
    new = None
    if a.aval.shape == eqn.outs[0].aval.shape or b.aval.shape == eqn.outs[0].aval.shape:
        new = sweep.instead(eqn, "multiply", _short(sweep, a), _short(sweep, b))
    new = new or sweep.instead(eqn, "multiply", a, b)
    if new is not None:
        sweep.note("strong products that are plain products")
    return new


def _no_zero(sweep: Sweep, eqn: Equation, strong: tuple[bool, bool]) -> bool:
    """Whether every strong operand is a number other than zero."""
    for atom, is_strong in zip(eqn.ins, strong, strict=True):
        if is_strong:
            value = sweep.constant(atom)
            if value is None or value == 0:
                return False
    return True


def _no_nan(sweep: Sweep, eqn: Equation) -> bool:
    """Whether the product of two finite operands is meant; on devices zeros are always made 0.0."""
    out = eqn.outs[0].aval
    if out.place != HOST or out.dtype.kind != "f":
        return False
    return all([_is_finite(sweep, atom, _DEPTH) for atom in eqn.ins])


def _is_finite(sweep: Sweep, atom: Atom, depth: int) -> bool:
    """Whether no element can be NaN or infinite."""
    if atom.aval.dtype.kind in "biu":
        return True
    if (value := sweep.constant(atom)) is not None:
        return bool(np.isfinite(value))
    eqn = sweep.makers.get(atom)
    if eqn is None or depth == 0:
        return False
    name, dtype = eqn.primitive.name, atom.aval.dtype
    if name not in _CHOOSING and name not in VIEWS and name != "convert":
        return False
    operands = [eqn.ins[i] for i in _CHOOSING.get(name, (0,))]
    return all([_fits(a, dtype) and _is_finite(sweep, a, depth - 1) for a in operands])


def _fits(atom: Atom, dtype: np.dtype[np.generic]) -> bool:
    """Whether a finite value stays finite in this dtype."""
    if type(atom) is Literal:
        with np.errstate(all="ignore"):
            return bool(np.isfinite(dtype.type(atom.value)))
    return np.can_cast(atom.aval.dtype, dtype)


def _short(sweep: Sweep, atom: Atom) -> Atom:
    """The number itself in the place of an array that repeats it."""
    value = None if type(atom) is Literal else sweep.constant(atom)
    return atom if value is None else Literal(value)
