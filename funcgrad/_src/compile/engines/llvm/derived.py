"""Elementwise equations that are made of the functions of ``MATHS``, and powers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....ir.jaxpr import Equation, Literal
from . import powers
from .builder import Builder, Value
from .comparisons import Function
from .complex_numbers import multiply, reciprocal
from .conversions import real
from .registers import Complex, Dtype
from .ways import MATHS, Way, by_ufunc, resolved

DERIVED: dict[str, Callable[[Equation], Way | None]] = {}


def _real(eqn: Equation) -> Dtype | None:
    """The dtype of a result that is a real floating-point number."""
    dtype = eqn.outs[0].aval.dtype
    return dtype if dtype.kind == "f" else None


# --- powers ----------------------------------------------------------------------------------------


def _integer_pow(eqn: Equation) -> Way | None:
    dtype, n = eqn.outs[0].aval.dtype, eqn.params["n"]
    if dtype.kind in "iu":
        fits = 0 <= n <= np.iinfo(dtype).max
        return Way((dtype,), lambda b, x: powers.of_integer(b, x, n)) if fits else None
    if dtype.kind == "c":
        function = _complex_power(n) if eqn.ins[0].aval.kind == "array" else None
        return None if function is None else Way((dtype,), function)
    if powers.is_whole(n, dtype):
        return Way((dtype,), lambda b, x: powers.whole(b, x, n))
    power = MATHS.get("power")
    if power is None or abs(n) >= 1 << 63:
        return None
    return Way((dtype,), lambda b, x: power(x, b.number(x.type, n, x.lanes)))


def _complex_power(n: int) -> Function | None:
    """The powers of arrays for which NumPy has a shorter way than its general one."""
    return {2: lambda b, x: multiply(b, x, x), -1: reciprocal}.get(n)


def _power(eqn: Equation) -> Way | None:
    ufunc = np.float_power if eqn.primitive.name == "float_power" else np.power
    dtypes = resolved(ufunc, eqn)
    if dtypes is None or dtypes[0] != dtypes[1] or dtypes[0].kind not in "iuf":
        return None
    dtype = dtypes[0]
    exponent: Any = eqn.ins[1].value if isinstance(eqn.ins[1], Literal) else None
    if dtype.kind in "iu":
        return _integer_power(dtype, exponent)
    if powers.is_whole(exponent, dtype):
        n = int(exponent)
        return Way(dtypes, lambda b, x, y: powers.whole(b, x, n))
    if exponent == 0.5 and eqn.primitive.name == "pow" and eqn.ins[0].aval.kind == "array":
        return Way(dtypes, lambda b, x, y: b.sqrt(x))  # as the operator, of arrays alone
    power = MATHS.get("power")
    return None if power is None else Way(dtypes, lambda b, x, y: power(x, y))


def _integer_power(dtype: Dtype, exponent: object) -> Way | None:
    """NumPy raises for a negative exponent: it must be known not to be."""
    if isinstance(exponent, (int, np.integer)):
        n = int(exponent)
        return Way((dtype, dtype), lambda b, x, y: powers.of_integer(b, x, n)) if n >= 0 else None
    return Way((dtype, dtype), powers.of_integers) if dtype.kind == "u" and exponent is None else None


DERIVED["integer_pow"] = _integer_pow
for _name in ("power", "float_power", "pow_operator"):
    DERIVED[_name] = _power


# --- of log and sinc --------------------------------------------------------------------------------


def _sinc(eqn: Equation) -> Way | None:
    """The function itself; its derivatives are of higher order."""
    dtype, sinc = _real(eqn), MATHS.get("sinc")
    if dtype is None or sinc is None or eqn.params["order"]:
        return None
    return Way((dtype,), lambda b, x: sinc(x))


def _times_log(eqn: Equation) -> Way | None:
    """``x log(y)`` or ``x log1p(y)``, 0 where x is."""
    dtype, log = _real(eqn), MATHS.get("log" if eqn.primitive.name == "xlogy" else "log1p")
    if dtype is None or log is None:
        return None

    def function(b: Builder, x: Value, y: Value) -> Value:
        return b.select(x.eq(0) & ~y.is_nan(), 0, x * log(y))

    return Way((dtype, dtype), function)


def _entropy(eqn: Equation) -> Way | None:
    """``-x log(x)``, 0 at 0 and minus infinity below."""
    dtype, log = _real(eqn), MATHS.get("log")
    if dtype is None or log is None:
        return None

    def function(b: Builder, x: Value) -> Value:
        return b.select(x.eq(0), 0, b.select(x.lt(0), -float("inf"), -x * log(x)))

    return Way((dtype,), function)


def _huber(eqn: Equation) -> Way | None:
    """Squared up to delta, linear beyond, in float64 as SciPy has it for float32, too."""
    dtype, double = _real(eqn), np.dtype(float)
    if dtype is None:
        return None

    def function(b: Builder, delta: Value, r: Value) -> Value:
        size = b.abs(r)
        beyond = delta * (size - delta * 0.5)
        found = b.select(size.le(delta), r * 0.5 * r, beyond)
        found = b.select(delta.lt(0), float("inf"), found)
        return real(b, found, double, dtype)

    return Way((double, double), function)


DERIVED["xlogy"] = DERIVED["xlog1py"] = _times_log
DERIVED["entr"] = _entropy
DERIVED["huber"] = _huber
DERIVED["sinc"] = _sinc


# --- of hypot ---------------------------------------------------------------------------------------


def _absolute(eqn: Equation) -> Way | None:
    if eqn.ins[0].aval.dtype.kind != "c":
        return by_ufunc(eqn)
    hypot = MATHS.get("hypot")
    return None if hypot is None else Way((eqn.ins[0].aval.dtype,), lambda b, x: hypot(x.re, x.im))


def _sign_complex(eqn: Equation) -> Way | None:
    """``z / |z|``; an infinite part beside a finite one is the direction."""
    dtype, hypot = eqn.outs[0].aval.dtype, MATHS.get("hypot")
    if dtype.kind != "c" or hypot is None:
        return None

    def function(b: Builder, x: Complex) -> Complex:
        modulus = hypot(x.re, x.im)
        infinite = b.abs(modulus).eq(float("inf"))
        both = b.abs(x.re).eq(b.abs(x.im)) & infinite
        unknown = modulus.is_nan() | both

        def part(v: Value) -> Value:
            one = b.copysign(b.number(v.type, 1, v.lanes), v)
            far = b.select(b.abs(v).eq(float("inf")), one, 0)
            found = b.select(infinite, far, b.select(modulus.eq(0), modulus, v / modulus))
            return b.select(unknown, float("nan"), found)

        return Complex(part(x.re), part(x.im))

    return Way((dtype,), function)


DERIVED["absolute"] = _absolute
DERIVED["sign_complex"] = _sign_complex
