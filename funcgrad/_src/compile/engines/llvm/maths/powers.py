"""Powers and roots: ``x**y``, the cube root, and the length of a vector in the plane."""

from __future__ import annotations

from ..builder import F32, F64, Value
from .exact import Two, fast_two_sum, product_error, two_product
from .exponentials import EXP
from .pieces import (
    INFINITY,
    NAN,
    at_least,
    at_most,
    by_type,
    domain,
    nearest,
    polynomial,
    power_of_two,
    scaled,
    split,
)

# log2(1 + f) / s as a polynomial in s**2, where s = f / (2 + f), |s| <= 1/5: 2**-35.5.
_LOG2 = (2.8853900818361247, 0.961796621372105, 0.5770924142816264, 0.4112027271515924, 0.3484475661731871)
# 2**r for |r| <= 1/2: 2**-29.
_EXP2 = (
    1.0000000005578016,
    0.6931472059163993,
    0.24022646860231012,
    0.05550328380722152,
    0.009618491072351945,
    0.001340009162708373,
    0.00015345580276688223,
)
# m**(-1/3) for 3/8 <= m <= 3: 2**-5.9.
_CBRT = (1.715508056039082, -1.0989590490329135, 0.4523624468002891, -0.06696558596115668)
# ((2 artanh(s) / s - 2) / s**2 - 2/3) / s**2 as a polynomial in s**2, |s| <= 1/5: 2**-69 of artanh(s).
_ARTANH = (
    0.3999999999999972,
    0.2857142857158003,
    0.22222222190755464,
    0.18181821570785078,
    0.15384404393873413,
    0.1334120853640942,
    0.11591399182368858,
    0.12577322208273964,
)
# In two parts each.
_TWO_THIRDS = 0.6666666666666666, 3.700743415417188e-17
_PER_LOG2 = 1.4426950408889634, 2.0355273740931033e-17
_LOG2_E = 0.6931471805599453, 2.3190468138462996e-17


def _single_power(x: Value, y: Value) -> Value:
    """``x**y`` of positive numbers of the type float, in double: few digits, and nothing overflows."""
    b = x.b
    wide = b.cast("fpext", x, F64)
    log = domain(log2_short(wide), wide)
    v = at_most(at_least(log * b.cast("fpext", y, F64), -200.0), 200.0)
    n, biased = nearest(v)
    return b.cast("fptrunc", exp2_short(v - n) * power_of_two(biased), F32)


def log2_short(x: Value) -> Value:
    """``log2`` of positive, normal numbers of the type double, to some 35 digits."""
    k, m = split(x, subnormal=False)
    f = m - 1.0
    s = f / (f + 2.0)
    return x.b.fma(x.b.polynomial(s * s, *_LOG2), s, k)


def exp2_short(r: Value) -> Value:
    """``2**r`` to some 29 digits, for r from -1/2 to 1/2."""
    return r.b.polynomial(r, *_EXP2)


def log2_long(x: Value) -> Two:
    """``log2`` of positive numbers of the type double, with some 64 digits, in two parts."""
    b = x.b
    k, m = split(x)
    f = m - 1.0
    # s = f / (2 + f)
    d, d_rest = fast_two_sum(b.constant(f, 2.0), f)
    r = 1.0 / d
    s = f * r
    s_rest = (-product_error(s, d, f) - s * d_rest) * r
    z, z_rest = two_product(s, s)
    z_rest = b.fma(s + s, s_rest, z_rest)
    # s**3 (2/3 + s**2 (2/5 + …))
    p, p_rest = fast_two_sum(b.constant(z, _TWO_THIRDS[0]), polynomial(z, z * z, _ARTANH) * z)
    p_rest = p_rest + _TWO_THIRDS[1]
    t, t_rest = two_product(s, z)
    t_rest = t_rest + b.fma(s, z_rest, s_rest * z)
    c, c_rest = two_product(t, p)
    c_rest = c_rest + b.fma(t, p_rest, t_rest * p)
    log, rest = fast_two_sum(s + s, c)
    rest = rest + (c_rest + (s_rest + s_rest))
    # to the base 2
    high, low = two_product(log, b.constant(log, _PER_LOG2[0]))
    low = low + b.fma(log, _PER_LOG2[1], rest * _PER_LOG2[0])
    sum, lost = fast_two_sum(k, high)
    return domain(sum, x), lost + low


def _double_power(x: Value, y: Value) -> Value:
    """``x**y`` of positive numbers of the type double."""
    b = x.b
    log, log_rest = log2_long(x)
    if not b.has_fma:
        y = at_most(at_least(y, -(2.0**900)), 2.0**900)  # halves are to be finite
    v = y * log
    rest = b.fma(y, log_rest, product_error(y, log, v))
    rest = b.select(b.abs(v).lt(1100.0), rest, 0.0)
    v = at_most(at_least(v, -1100.0), 1100.0)
    n, biased = nearest(v)
    return scaled(exp2_of_parts(*fast_two_sum(v - n, rest)), n, biased)


def exp2_of_parts(r: Value, rest: Value) -> Value:
    """``2**(r + rest)``, for r from -1/2 to 1/2 and a rest within its last digits."""
    b = r.b
    # e**(t + t_rest)
    t, t_rest = two_product(r, b.constant(r, _LOG2_E[0]))
    t_rest = t_rest + b.fma(r, _LOG2_E[1], rest * _LOG2_E[0])
    p, lost = fast_two_sum(b.constant(t, 1.0), t)
    lost = lost + b.fma(t, t_rest, t_rest)
    square = t * t
    return p + b.fma(polynomial(t, square, EXP[64]), square, lost)


def power(x: Value, y: Value) -> Value:
    """``x**y``; special cases are those of C99."""
    b = x.b
    base, exponent = b.abs(x), b.abs(y)
    out = _single_power(base, y) if x.type is F32 else _double_power(base, y)
    # 1 of any exponent, and any base with exponent 0, NaN or not; -1 with an infinite exponent.
    one = x.eq(1.0) | y.eq(0.0) | (base.eq(1.0) & exponent.eq(INFINITY))
    out = b.select(one, 1.0, out)
    half = y * 0.5
    whole = b.floor(y).eq(y)
    odd = whole & b.floor(half).ne(half)
    out = b.select(odd, b.copysign(out, x), out)
    return b.select(x.lt(0.0) & x.gt(-INFINITY) & ~whole, NAN, out)


def cbrt(x: Value) -> Value:
    """The cube root.

    A polynomial for ``m**(-1/3)``, an iteration of Householder's of fourth order (and Newton's for double),
    which need no division; then one of Newton's for the cube root itself, whose residual is exact enough.
    """
    b = x.b
    y = b.abs(x)
    k, m = split(y)
    third, biased = nearest(k, 1 / 3)
    m = m * power_of_two(nearest(b.fma(third, -3.0, k))[1])  # from 3/8 to 3
    r = b.polynomial(m, *_CBRT)
    h = 1.0 - m * (r * r * r)
    r = b.fma(r * h, b.polynomial(h, 1 / 3, 2 / 9, 14 / 81), r)
    if x.type is F64:
        r = b.fma(r * (1.0 - m * (r * r * r)), 1 / 3, r)
    square = r * r
    c = m * square
    c = b.fma(b.fma(-(c * c), c, m), square * (1 / 3), c)
    out = b.copysign(c * power_of_two(biased), x)
    return b.select(y.gt(0.0) & y.lt(INFINITY), out, x)


def hypot(x: Value, y: Value) -> Value:
    """``sqrt(x**2 + y**2)``; infinite if one of both is, NaN or not the other."""
    b = x.b
    x, y = b.abs(x), b.abs(y)
    larger = b.select(x.lt(y), y, x)
    # Squares are to be neither too large nor too small.
    far = by_type(x.type, 2.0**50, 2.0**480)
    up, down = by_type(x.type, 2.0**90, 2.0**600), by_type(x.type, 2.0**-70, 2.0**-540)
    large, small = larger.gt(far), larger.lt(1.0 / far)
    factor = b.select(large, b.constant(x, down), b.select(small, b.constant(x, up), 1.0))
    back = b.select(large, b.constant(x, 1 / down), b.select(small, b.constant(x, 1 / up), 1.0))
    p, q = x * factor, y * factor
    out = b.sqrt(b.fma(p, p, q * q)) * back
    return b.select(x.eq(INFINITY) | y.eq(INFINITY), INFINITY, out)
