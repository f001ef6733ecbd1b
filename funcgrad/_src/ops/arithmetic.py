"""Arithmetic: the ufuncs behind Python's operators, quotients with remainder, and parts of a number.

Operators and ufuncs share these primitives; their implementation is Python's operator, which on arrays
*is* the ufunc, on NumPy scalars is faster, and on Python numbers stays in Python. (Powers, where the
operator and the ufunc differ in their last bits, are in exponential.py.)
"""

from __future__ import annotations

import builtins
import operator
from typing import Any

from .declare import Explicit, Linear, Partials
from .strong import strong_mul
from .structural import as_numpy
from .ufunc import Ufunc, elementwise, predicate

# --- add, subtract, negative, positive -------------------------------------------------------------

add = elementwise(
    "add",
    Partials(1, 1),
    host=operator.add,
    symbol="+",
    doc="Sum of two arrays, elementwise.",
)
negative = elementwise("negative", Partials(-1), host=operator.neg, symbol="-", doc="Negation, elementwise.")
subtract = elementwise(
    "subtract",
    Partials(1, -1),
    host=operator.sub,
    symbol="-",
    doc="Difference of two arrays, elementwise.",
)
positive = elementwise("positive", Partials(1), host=operator.pos, symbol="+", doc="``+x``: a copy.")

# --- multiply, divide ------------------------------------------------------------------------------

multiply = elementwise(
    "multiply",
    Partials(lambda out, x, y: y, lambda out, x, y: x),
    host=operator.mul,
    symbol="*",
    doc="Product of two arrays, elementwise.",
)
divide = elementwise(
    "divide",
    Partials(
        lambda out, x, y: 1.0 / as_numpy(y),
        lambda out, x, y: -out / y,
        optimistic=(lambda g, out, x, y: g / y, lambda g, out, x, y: g * out / -y),
    ),
    host=operator.truediv,
    symbol="/",
    doc="Quotient of two arrays, elementwise. At ``y == 0`` the derivative is that of the limit: infinite.",
)


# --- quotients and remainders ----------------------------------------------------------------------

floor_divide = predicate(
    "floor_divide", host=operator.floordiv, symbol="//", doc="Floor of the quotient: piecewise constant."
)
# x = floor(x / y) y + remainder, and the floor is piecewise constant.
remainder = elementwise(
    "remainder",
    Partials(1, lambda out, x, y: -floor_divide(x, y)),
    host=operator.mod,
    symbol="%",
    doc="Remainder with the sign of the divisor. At its jumps: the right-hand derivative.",
)


def _fmod_by_divisor(out: Any, x: Any, y: Any) -> Any:
    """Minus the quotient, cut towards zero: what is left after the exact remainder is a multiple of y."""
    return rint((out - x) / y)


fmod = elementwise(
    "fmod",
    Partials(1, _fmod_by_divisor),
    doc="Remainder with the sign of the dividend.",
)


def _divmod_jvp(tangents: Any, out: Any, x: Any, y: Any) -> Any:
    by_x, by_y = tangents
    if by_y is None:
        return None, by_x
    change = strong_mul(by_y, -out[0])
    return None, change if by_x is None else by_x + change


divmod = elementwise(
    "divmod",
    Explicit(
        jvp=_divmod_jvp,
        vjp=lambda g, out, x, y: [g[1], strong_mul(g[1], -out[0])],
    ),
    host=builtins.divmod,
    doc="Floor of the quotient, and the remainder: ``(x // y, x % y)``.",
)

divmod.primitive.impl = lambda xp, x, y: xp.divmod(x, y)

# --- rounding --------------------------------------------------------------------------------------

floor = predicate("floor", doc="The largest integer not above: piecewise constant.")
ceil = predicate("ceil", doc="The smallest integer not below: piecewise constant.")
trunc = predicate("trunc", doc="The integer part, towards zero: piecewise constant.")
rint = predicate("rint", doc="The nearest integer, halves to the even one: piecewise constant.")

# --- parts of a floating number --------------------------------------------------------------------

modf = elementwise(
    "modf",
    Explicit(jvp=lambda tangents, out, x: (tangents[0], None), vjp=lambda g, out, x: [g[0]]),
    doc="Fractional and integral part. The fractional part has derivative 1, the integral part 0.",
)
ldexp: Ufunc = elementwise(
    "ldexp", Linear(lambda g, x, n: ldexp(g, n), None), doc="``x * 2**n`` for integers n."
)
frexp = elementwise(
    "frexp",
    Explicit(
        jvp=lambda tangents, out, x: (ldexp(tangents[0], -out[1]), None),
        vjp=lambda g, out, x: [ldexp(g[0], -out[1])],
    ),
    doc="Mantissa and exponent: ``x = mantissa * 2**exponent``; the exponent is piecewise constant.",
)
nextafter = elementwise(
    "nextafter",
    Explicit(
        jvp=lambda tangents, out, x, y: tangents[0],
        vjp=lambda g, out, x, y: [g, None],
        operands=(0,),
    ),
    doc="The next floating number after x towards y. Its derivative is 1 by x and 0 by y.",
)
spacing = predicate("spacing", doc="The distance to the next floating number: piecewise constant.")
