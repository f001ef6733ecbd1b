"""Rules of arithmetic that keep every bit: ones, zeros and signs.

NOTE (bits): a rule holds for -0.0, infinities and NaN (of which the sign and the payload count for
nothing), in the dtype of the result. So ``x - 0.0`` is ``x``, and ``x + 0.0`` is not: it makes 0.0 of -0.0. A
sign moves through products and quotients, since rounding is symmetric, but not through sums: ``-(a - b)`` is
-0.0 where ``b - a`` is 0.0. Complex products mix the parts, so that no rule for them is here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...backends import HOST
from ..jaxpr import Atom, Equation, Literal
from .sweep import Rule, Sweep, is_number


def _kind(eqn: Equation) -> str:
    return eqn.outs[0].aval.dtype.kind


def _operand(sweep: Sweep, eqn: Equation, atom: Atom, what: str) -> Atom | None:
    """An operand that is the result, if it may be."""
    if not sweep.may_be(eqn, atom):
        return None
    sweep.note(what)
    return atom


def _rewritten(sweep: Sweep, eqn: Equation, new: Equation | None, what: str) -> Equation | None:
    """Another equation, if it may be."""
    if not sweep.may_read(eqn, new):
        return None
    sweep.note(what)
    return new


# --- products and quotients ------------------------------------------------------------------------


def _multiply(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    if _kind(eqn) not in "fiu":
        return None
    for x, other in ((eqn.ins[0], eqn.ins[1]), (eqn.ins[1], eqn.ins[0])):
        value = sweep.constant(x)
        if value is None:
            continue
        if is_number(value, 1):
            return _operand(sweep, eqn, other, "products by one") or _truth(sweep, eqn, other)
        negative = sweep.maker(other, "negative")
        if _is_exact(negative, eqn) and negative and (minus := _negated(eqn, value)) is not None:
            new = sweep.instead(eqn, "multiply", minus, negative.ins[0])
            return _rewritten(sweep, eqn, new, "signs moved into factors")
    return _both_negative(sweep, eqn)


def _truth(sweep: Sweep, eqn: Equation, other: Atom) -> Equation | None:
    """A mask times one is a conversion."""
    out = eqn.outs[0].aval
    if other.aval.dtype.kind != "b" or other.aval.shape != out.shape or out.dtype.kind != "f":
        return None
    new = sweep.instead(eqn, "convert", other, dtype=out.dtype, kind=out.kind)
    return _rewritten(sweep, eqn, new, "masks times one, converted")


def _both_negative(sweep: Sweep, eqn: Equation) -> Equation | None:
    a, b = (sweep.maker(atom, "negative") for atom in eqn.ins)
    if a is None or b is None or _kind(eqn) != "f" or not (_is_exact(a, eqn) and _is_exact(b, eqn)):
        return None
    new = sweep.instead(eqn, eqn.primitive.name, a.ins[0], b.ins[0])
    return _rewritten(sweep, eqn, new, "pairs of signs that cancel")


def _divide(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    if _kind(eqn) != "f":
        return None
    if is_number(sweep.constant(eqn.ins[1]), 1):
        return _operand(sweep, eqn, eqn.ins[0], "quotients by one")
    return _both_negative(sweep, eqn)


def _power(sweep: Sweep, eqn: Equation) -> Equation | None:
    """NumPy's ``array**2`` is a square; of scalars, and on devices, it is a power."""
    out, x = eqn.outs[0].aval, eqn.ins[0]
    exponent = eqn.params["n"] if eqn.params else getattr(eqn.ins[1], "value", None)
    if type(exponent) not in (int, float) or exponent != 2 or out.dtype.kind != "f":
        return None
    if x.aval.kind != "array" or not x.aval.ndim or out.place != HOST:
        return None
    new = sweep.instead(eqn, "square", x)
    if new is not None:
        sweep.note("powers that are squares")
    return new


def _is_exact(negative: Equation | None, eqn: Equation) -> bool:
    """Whether a negation is that of the number: integers wrap, and not where the result has another dtype."""
    if negative is None:
        return False
    dtype, out = negative.ins[0].aval.dtype, eqn.outs[0].aval.dtype
    return bool(dtype.kind == "f" or (dtype == out and out.kind in "iu"))


def _negated(eqn: Equation, value: Any) -> Literal | None:
    """Minus a constant, if a factor of minus it changes no more than the sign of a floating product."""
    if _kind(eqn) != "f":
        return None
    if isinstance(value, (float, np.floating)) or (type(value) is int and value != 0):
        return Literal(-value)
    return None


# --- signs -----------------------------------------------------------------------------------------


def _negative(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    inner = sweep.maker(eqn.ins[0], "negative", "multiply", "divide")
    if inner is None:
        return None
    if inner.primitive.name == "negative":
        return _operand(sweep, eqn, inner.ins[0], "double negations")
    for i, atom in enumerate(inner.ins):
        value = sweep.constant(atom)
        minus = None if value is None else _negated(eqn, value)
        if minus is not None:
            ins = [minus, inner.ins[1]] if i == 0 else [inner.ins[0], minus]
            new = sweep.instead(eqn, inner.primitive.name, *ins)
            return _rewritten(sweep, eqn, new, "signs moved into factors")
    return None


def _even(sweep: Sweep, eqn: Equation) -> Equation | None:
    """Of ``square`` and ``absolute``."""
    inner = sweep.maker(eqn.ins[0], "negative")
    if inner is None or _kind(eqn) != "f":
        return None
    new = sweep.instead(eqn, eqn.primitive.name, inner.ins[0])
    return _rewritten(sweep, eqn, new, "signs that even functions drop")


# --- sums and differences --------------------------------------------------------------------------


def _add(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    a, b = eqn.ins
    for x, other in ((a, b), (b, a)):
        whole, real = _kind(eqn) in "iu", _kind(eqn) != "c"
        if is_number(value := sweep.constant(x), 0) and (whole or (real and _is_minus_zero(value))):
            return _operand(sweep, eqn, other, "sums with zero")
    if _kind(eqn) not in "fiu":
        return None
    for first, second in ((a, b), (b, a)):
        if (inner := sweep.maker(second, "negative")) is not None and _is_exact(inner, eqn):
            new = sweep.instead(eqn, "subtract", first, inner.ins[0])
            return _rewritten(sweep, eqn, new, "signs moved into sums")
    return None


def _subtract(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    a, b = eqn.ins
    if is_number(value := sweep.constant(b), 0) and not _is_minus_zero(value):
        return _operand(sweep, eqn, a, "differences with zero")
    inner = sweep.maker(b, "negative")
    if inner is None or _kind(eqn) not in "fiu" or not _is_exact(inner, eqn):
        return None
    return _rewritten(sweep, eqn, sweep.instead(eqn, "add", a, inner.ins[0]), "signs moved into sums")


def _is_minus_zero(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and bool(value == 0 and np.signbit(value))


# --- what changes nothing --------------------------------------------------------------------------


def _copied(sweep: Sweep, eqn: Equation) -> Atom | None:
    """Of ``positive``, and conjugates of what is real: copies."""
    return _operand(sweep, eqn, eqn.ins[0], "copies") if _kind(eqn) != "c" else None


def _itself(sweep: Sweep, eqn: Equation) -> Atom | None:
    """Of ``stop_gradient``, and real parts of what is real: the operand itself."""
    x: Atom = eqn.ins[0]
    if x.aval != eqn.outs[0].aval:
        return None
    sweep.note("operations that give back their operand")
    return x


RULES: dict[str, Rule] = {
    "absolute": _even,
    "add": _add,
    "conjugate": _copied,
    "divide": _divide,
    "integer_pow": _power,
    "multiply": _multiply,
    "negative": _negative,
    "pow": _power,
    "positive": _copied,
    "real": _itself,
    "square": _even,
    "stop_gradient": _itself,
    "subtract": _subtract,
}
