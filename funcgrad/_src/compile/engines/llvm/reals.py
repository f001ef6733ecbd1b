"""Floating-point numbers: what is exact or rounded once, bit for bit as NumPy has it."""

from __future__ import annotations

import math

import numpy as np

from .builder import F32, F64, I32, Builder, Value
from .comparisons import Table
from .maths import avx512
from .registers import is_constant

REALS: Table = {}
REALS["add", "f"] = lambda b, x, y: x + y
REALS["subtract", "f"] = lambda b, x, y: x - y
REALS["multiply", "f"] = lambda b, x, y: x * y
REALS["divide", "f"] = lambda b, x, y: x / y
REALS["negative", "f"] = lambda b, x: -x
REALS["square", "f"] = lambda b, x: x * x
REALS["reciprocal", "f"] = lambda b, x: 1 / x
REALS["sqrt", "f"] = lambda b, x: b.sqrt(x)
for _name in ("positive", "conjugate", "real", "copy"):
    REALS[_name, "f"] = lambda b, x: x
for _name in ("absolute", "fabs"):
    REALS[_name, "f"] = lambda b, x: b.abs(x)
for _name in ("floor", "ceil", "trunc", "rint"):
    REALS[_name, "f"] = lambda b, x, _name=_name: b.intrinsic(_name, x)
REALS["copysign", "f"] = lambda b, x, y: b.copysign(x, y)
for _name in ("deg2rad", "radians"):
    REALS[_name, "f"] = lambda b, x: x * (math.pi / 180)


def _degrees(b: Builder, x: Value) -> Value:
    """NumPy divides by pi as the dtype has it."""
    return x * (180 / math.pi if x.type is F64 else float(np.float32(180) / np.float32(math.pi)))


REALS["rad2deg", "f"] = REALS["degrees", "f"] = _degrees

# --- the larger and the smaller --------------------------------------------------------------------

# Of 0.0 and -0.0, which are equal, the second one: that is what one instruction of x86 does.


def maximum(b: Builder, x: Value, y: Value) -> Value:
    """The larger one, NaN if one is."""
    return _extreme(b, x, y, x.gt(y), x.le(y))


def minimum(b: Builder, x: Value, y: Value) -> Value:
    """The smaller one, NaN if one is."""
    return _extreme(b, x, y, x.lt(y), x.ge(y))


def _extreme(b: Builder, x: Value, y: Value, first: Value, second: Value) -> Value:
    if is_constant(y):
        return b.select(second, y, x)
    if is_constant(x):
        return b.select(first, x, y)
    return b.select(x.is_nan(), x, b.select(first, x, y))


REALS["maximum", "f"] = maximum
REALS["minimum", "f"] = minimum
REALS["fmax", "f"] = lambda b, x, y: b.select(y.is_nan(), x, b.select(x.gt(y), x, y))
REALS["fmin", "f"] = lambda b, x, y: b.select(y.is_nan(), x, b.select(x.lt(y), x, y))

# --- quotients and remainders ----------------------------------------------------------------------


def fmod(b: Builder, x: Value, y: Value) -> Value:
    """The exact remainder with the dividend's sign.

    The whole quotient q may be too large by one, since the quotient was rounded, but ``x - q y`` is exact
    while q fits the double: by one fused operation, or, of float32 in double, since ``q y`` is exact. The
    function of C does the rest, and NaN, and division by zero.
    """
    short = x.type is F32
    if not short and not b.has_fma:
        return b.binary("frem", x, y)
    over, under = [b.abs(b.cast("fpext", v, F64) if short else v) for v in b.together(x, y)]
    whole = b.floor(over / under)
    rest = over - whole * under if short else b.fma(-whole, under, over)
    rest = b.select(over.lt(under), over, b.select(rest.lt(0), rest + under, rest))
    rest = b.copysign(b.cast("fptrunc", rest, F32) if short else rest, x)
    far = b.compare("uge", "", whole, 2.0 ** (29 if short else 53))
    (found,) = b.unless(far, lambda: [b.binary("frem", x, y)], rest)
    return found


def _remainder(b: Builder, x: Value, y: Value) -> tuple[Value, Value, Value]:
    """The exact remainder with the dividend's sign, that with the divisor's, and where they differ."""
    rest = fmod(b, x, y)
    turned = rest.ne(0) & (rest.lt(0) ^ y.lt(0))
    moved = b.select(turned, rest + y, rest)
    return rest, b.select(moved.eq(0), b.copysign(b.number(x.type, 0, x.lanes), y), moved), turned


def floor_divide(b: Builder, x: Value, y: Value) -> Value:
    """The floor of the quotient: what is left after the remainder, over the divisor, made whole."""
    rest, _, turned = _remainder(b, x, y)
    quotient = (x - rest) / y
    quotient = b.select(turned, quotient - 1, quotient)
    whole = b.floor(quotient)
    whole = b.select((quotient - whole).gt(0.5), whole + 1, whole)
    plain = x / y
    zero = b.copysign(b.number(x.type, 0, x.lanes), plain)
    return b.select(y.eq(0), plain, b.select(quotient.eq(0), zero, whole))


def remainder(b: Builder, x: Value, y: Value) -> Value:
    """The remainder with the sign of the divisor; NaN where that is zero."""
    rest, moved, _ = _remainder(b, x, y)
    return b.select(y.eq(0), rest, moved)


REALS["floor_divide", "f"] = floor_divide
REALS["remainder", "f"] = remainder
REALS["fmod", "f"] = fmod

# --- signs and neighbours --------------------------------------------------------------------------


def _sign(b: Builder, x: Value) -> Value:
    zero = b.number(x.type, 0, x.lanes)
    there = b.select(x.eq(0), zero, x)
    return b.select(x.lt(0), -1, b.select(x.gt(0), 1, there))


def _heaviside(b: Builder, x: Value, y: Value) -> Value:
    side = b.select(x.lt(0), b.number(x.type, 0, x.lanes), 1)
    return b.select(x.is_nan(), x, b.select(x.eq(0), y, side))


def next_after(b: Builder, x: Value, y: Value) -> Value:
    """The next number after x towards y: one more or less in the bits, away from or to zero."""
    bits = b.bits(x)
    one = b.number(bits.type, 1, bits.lanes)
    away = x.lt(y) ^ x.lt(0)
    moved = b.from_bits(b.select(away, bits + one, bits - one))
    first = b.copysign(b.from_bits(one), y)
    found = b.select(x.eq(0), first, moved)
    return b.select(b.compare("ueq", "", x, y), b.select(x.is_nan(), x, y), found)


def _spacing(b: Builder, x: Value) -> Value:
    limit = b.copysign(b.number(x.type, math.inf, x.lanes), x)
    bits = b.bits(x)
    far = b.from_bits(bits + 1)
    least = b.from_bits(b.number(bits.type, 1, bits.lanes))
    return b.select(x.eq(0), least, b.select(x.eq(limit), math.nan, far - x))


REALS["sign", "f"] = _sign
REALS["heaviside", "f"] = _heaviside
REALS["nextafter", "f"] = next_after
REALS["spacing", "f"] = _spacing


def _ldexp(b: Builder, x: Value, n: Value) -> Value:
    """``x * 2**n`` by at most three exact factors of which only the last may round.

    Near zero the first ones leave the significand's width, so that nothing is rounded twice.
    """
    top, low, width = (127, -126, 24) if x.type.bits == 32 else (1023, -1022, 53)
    bound = 4 * top
    x, n = b.together(x, n)
    n = b.select(n.gt(bound), bound, b.select(n.lt(-bound), -bound, n))
    n = n if n.type is I32 else b.cast("trunc", n, I32)
    if avx512.available(x):
        return avx512.scalef(x, b.cast("sitofp", n, x.type))
    for _ in range(2):
        large, small = n.gt(top), n.lt(low)
        factor = b.select(
            large, 2.0**top, b.select(small, 2.0 ** (low + width), b.number(x.type, 1, x.lanes))
        )
        x = x * factor
        n = b.select(large, n - top, b.select(small, n - (low + width), n))
    n = b.select(n.gt(top), top, b.select(n.lt(low), low, n))
    bits = b.bits(x).type
    exponent = (n + top) if bits is I32 else b.cast("sext", n + top, bits)
    return x * b.from_bits(exponent << (width - 1))


REALS["ldexp", "fi"] = _ldexp
