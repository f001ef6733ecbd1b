"""Logarithms: ``x = 2**k (1 + f)`` with ``f`` from -1/4 to 1/2, and ``log x = k log 2 + log(1 + f)``."""

from __future__ import annotations

from collections.abc import Sequence

from ..builder import F32, Value
from . import avx512
from .exact import fast_two_sum, two_product
from .exponentials import exp2, exp_of_negative
from .pieces import (
    BIAS,
    INFINITY,
    LARGEST,
    LOG2_HIGH,
    LOG2_LOW,
    MANTISSA,
    PER_LOG2,
    at_least,
    at_most,
    domain,
    polynomial,
    split,
)

# (log(1 + f) - f) / f**2 for -1/4 <= f <= 1/2: 2**-27.6.
_SINGLE = (
    -0.5,
    0.3333345055580139,
    -0.2500010132789612,
    0.199908047914505,
    -0.16647040843963623,
    0.14478641748428345,
    -0.13164204359054565,
    0.10468292236328125,
    -0.04510318115353584,
)
# (2 artanh(s) / s - 2) / s**2 as a polynomial in s**2 for |s| <= 1/5: 2**-55.9.
_DOUBLE = (
    0.6666666666667282,
    0.3999999999609973,
    0.28571429406341475,
    0.22222137602291764,
    0.1818639281078647,
    0.15249454643514201,
    0.15373892625316413,
)
# (log(1 + t) - t) / t**2 for 0 <= t <= 1: 2**-27.5.
_UNIT = (
    -0.4999993145465851,
    0.3333047330379486,
    -0.24958200752735138,
    0.19693434238433838,
    -0.15349741280078888,
    0.10670942813158035,
    -0.05756876990199089,
    0.020153062418103218,
    -0.003306883852928877,
)
# One over the logarithms of 2 and of 10, and the logarithm to the base 10 of 2, in two parts each. Products
# of exponents with the last one's first part are exact.
_PER_LOG2 = {
    32: (1.4426950216293335, 1.925963033500011e-08),
    64: (1.4426950408889634, 2.0355273740931033e-17),
}
_PER_LOG10 = {
    32: (0.4342944920063019, -1.0103049952192578e-08),
    64: (0.4342944819032518, 1.098319650216765e-17),
}
_LOG10_2 = {32: (0.301025390625, 4.605039066518657e-06), 64: (0.30102999566383914, 1.42050232272661e-13)}


def _after_first(x: Value, square: Value, coefficients: Sequence[float]) -> Value:
    """A polynomial whose terms cancel in part: the first is added last."""
    return x.b.fma(polynomial(x, square, coefficients[1:]), x, coefficients[0])


def log_of_parts(f: Value, k: Value, rest: Value | None = None) -> Value:
    """``k log 2 + log(1 + f + rest)``, the rest within the last digits of ``f``.

    For double it is the sum of Sun's library (K. C. Ng, 1993): with ``s = f / (2 + f)`` and ``h = f**2 / 2``,
    ``log(1 + f) = f - (h - s (h + R(s**2)))``, where the error of ``s`` counts little.
    """
    b, bits = f.b, f.type.bits
    low = k * LOG2_LOW[bits] if rest is None else b.fma(k, LOG2_LOW[bits], rest)
    if f.type is F32:
        square = f * f
        near = b.fma(_after_first(f, square, _SINGLE), square, low) + f
    else:
        s, h, inner = _double_parts(f)
        near = f - (h - b.fma(s, inner, low))
    return b.fma(k, LOG2_HIGH[bits], near)


def _double_parts(f: Value) -> tuple[Value, Value, Value]:
    s, h = f / (f + 2.0), f * f * 0.5
    z = s * s
    return s, h, h + polynomial(z, z * z, _DOUBLE) * z


def _to_base(f: Value, whole: Value, rest: Value | float, high: float, low: float) -> Value:
    """``whole + rest`` and ``log(1 + f)`` times ``high + low``, one over the base's logarithm."""
    b = f.b
    if f.type is F32:
        square = f * f
        beyond = _after_first(f, square, _SINGLE) * square
    else:
        s, h, inner = _double_parts(f)
        beyond = s * inner - h
    product, lost = two_product(f, b.constant(f, high))
    sum, lost_too = fast_two_sum(whole, product)
    small = b.fma(f, low, beyond * high) + (lost + lost_too)
    return sum + (small if isinstance(rest, float) else small + rest)


def log(x: Value) -> Value:
    """The natural logarithm."""
    k, m = split(x)
    return domain(log_of_parts(m - 1.0, k), x)


def _infinite(out: Value, k: Value) -> Value:
    """``out``, or an infinite exponent."""
    return out.b.select(out.b.abs(k).eq(INFINITY), k, out)


def log2(x: Value) -> Value:
    """The logarithm to the base 2; exact of powers of 2."""
    k, m = split(x)
    return domain(_infinite(_to_base(m - 1.0, k, 0.0, *_PER_LOG2[x.type.bits]), k), x)


def log10(x: Value) -> Value:
    """The logarithm to the base 10."""
    bits = x.type.bits
    k, m = split(x)
    high, low = _LOG10_2[bits]
    return domain(_infinite(_to_base(m - 1.0, k * high, k * low, *_PER_LOG10[bits]), k), x)


def log1p(x: Value) -> Value:
    """``log(1 + x)``."""
    return x.b.copysign(log1p_plus(x), x)


def log1p_plus(x: Value, rest: Value | None = None, twice: Value | None = None) -> Value:
    """``log(1 + x + rest)`` with a small rest, and another ``log 2`` where ``twice`` holds.

    With ``1 + x = 2**k (1 + f)``, ``f = x 2**-k + (2**-k - 1)``, where one rounding counts: that of the sum.
    """
    b, bits = x.b, x.type.bits
    u = x + 1.0
    if avx512.available(x):
        below = avx512.exponent(avx512.mantissa(u)) - avx512.exponent(u)
        k, times = -below, 1.0
        # Infinite exponents would make infinities and NaN here; what they make of u is in k.
        x = at_most(x, LARGEST[bits])
        scale = avx512.scalef(b.constant(x, 1.0), at_most(below, 2.0 * MANTISSA[bits]))
    else:
        k, m = split(u, subnormal=False)
        # Four times as large, for 2**-k may be subnormal. Since m = 2**-k u, the bits of 2**-k are m's less
        # those of u, and those of 1.
        times = 4.0
        scale = b.from_bits(b.bits(m) - b.bits(u) + ((BIAS[bits] + 2) << MANTISSA[bits]))
    f = b.fma(x, scale, scale - times)
    if twice is not None:
        k = b.select(twice, k + 1.0, k)
    if rest is not None:
        rest = rest * scale
    if times != 1:
        f, rest = f * (1 / times), None if rest is None else rest * (1 / times)
    return domain(log_of_parts(f, k, rest), u)


# --- sums in the logarithm ---------------------------------------------------------------------------------


def _log1p_unit(t: Value) -> Value:
    """``log(1 + t)`` for ``0 <= t <= 1``."""
    b = t.b
    if t.type is F32 and b.has_fma:  # where products round, too much is lost
        return b.fma(b.polynomial(t, *_UNIT), t * t, t)
    upper = t.gt(0.5)  # 1 + t = 2 (1 + f)
    f = b.select(upper, t * 0.5 - 0.5, t)
    return log_of_parts(f, b.select(upper, b.constant(t, 1.0), 0.0))


def softplus(x: Value) -> Value:
    """``log(1 + e**x)``."""
    return at_least(x, 0.0) + _log1p_unit(exp_of_negative(-x.b.abs(x)))


def log_expit(x: Value) -> Value:
    """``-log(1 + e**-x)``."""
    return -(at_least(-x, 0.0) + _log1p_unit(exp_of_negative(-x.b.abs(x))))


def _distance(x: Value, y: Value) -> tuple[Value, Value]:
    """The larger number, and the other's distance; that of equal infinities is 0."""
    b = x.b
    return b.select(x.lt(y), y, x), b.select(x.eq(y), 0.0, -b.abs(x - y))


def logaddexp(x: Value, y: Value) -> Value:
    """``log(e**x + e**y)``."""
    larger, distance = _distance(x, y)
    return larger + _log1p_unit(exp_of_negative(distance))


def logaddexp2(x: Value, y: Value) -> Value:
    """``log2(2**x + 2**y)``."""
    larger, distance = _distance(x, y)
    return larger + _log1p_unit(exp2(distance)) * PER_LOG2
