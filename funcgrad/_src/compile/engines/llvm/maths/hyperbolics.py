"""Hyperbolic functions, of the parts of exponentials, and their inverses, of logarithms."""

from __future__ import annotations

from ..builder import F64, Value
from .exact import fast_two_sum, product_error, two_sum
from .exponentials import reduced
from .logarithms import log1p_plus
from .pieces import (
    BIAS,
    INFINITY,
    MANTISSA,
    NAN,
    PER_LOG2,
    at_most,
    by_type,
    nearest,
    polynomial,
    power_of_two,
)

# (exp(r) - 1 - r) / r**2 for |r| <= log(2)/2, for the relative error of exp(r) - 1: 2**-31, 2**-61.6.
_EXPM1 = {
    32: (
        0.5,
        0.1666666567325592,
        0.04166649281978607,
        0.008333543315529823,
        0.0013932370347902179,
        0.00019764358876273036,
    ),
    64: (
        0.5,
        0.16666666666666677,
        0.041666666666666664,
        0.00833333333332164,
        0.0013888888888901052,
        0.00019841269885934528,
        2.4801587270680306e-05,
        2.755724443588089e-06,
        2.755733245102291e-07,
        2.5108965637870835e-08,
        2.089400483448799e-09,
    ),
}
# (sinh(r) / r - 1) / r**2 as a polynomial in r**2 for |r| <= 1: 2**-31.6, 2**-61.8.
_SINH = {
    32: (0.1666666716337204, 0.00833331048488617, 0.00019842888286802918, 2.782302090054145e-06),
    64: (
        0.16666666666666669,
        0.008333333333332912,
        0.0001984126984159353,
        2.755731910664943e-06,
        2.5052131030299845e-08,
        1.6056655398306925e-10,
        7.776757715689652e-13,
    ),
}
# (cosh(r) - 1) / r**2 as a polynomial in r**2 for |r| <= log(2)/2: 2**-33, 2**-57.
_COSH = {
    32: (0.5, 0.041666459292173386, 0.0013935458846390247),
    64: (
        0.5,
        0.041666666666601786,
        0.001388888892771763,
        2.4801507479462426e-05,
        2.7625681214365095e-07,
    ),
}


def tanh(x: Value) -> Value:
    """The hyperbolic tangent: ``(1 - e**-2y) / (1 + e**-2y)`` of ``y = abs(x)``.

    With ``e**-2y = 2**n (1 + p)`` both sums round once, and nothing cancels, since ``n`` is not positive. In
    double, and where products round, what they lose is put right: one over the denominator is
    ``(1 + tanh y) / 2``.
    """
    b, bits = x.b, x.type.bits
    y = at_most(b.abs(x), by_type(x.type, 9.1, 20))  # from here on it is 1 to all digits
    n, biased = nearest(y, -2.0 * PER_LOG2)
    r = reduced(y * -2.0, n)
    square = r * r
    p = b.fma(polynomial(r, square, _EXPM1[bits]), square, r)
    power = power_of_two(biased)
    less, more = 1.0 - power, power + 1.0
    above, below = b.fma(p, -power, less), b.fma(p, power, more)
    t = above / below
    if x.type is F64 or not b.has_fma:
        lost = b.fma(p, -power, less - above)
        lost = b.fma(-t, b.fma(p, power, more - below), lost)
        t = b.fma(lost, b.fma(t, 0.5, 0.5), t)
    return b.copysign(t, x)


def _parts(y: Value, small: Value | None) -> tuple[Value, Value, Value, Value]:
    """For ``y = n log 2 + r``: halves of ``sinh(n log 2)``, ``cosh(n log 2)``; ``sinh r``, ``cosh r - 1``.

    Halves, since ``2**n / 2`` may be too large.
    """
    b, bits = y.b, y.type.bits
    n, biased = nearest(y, PER_LOG2, offset=-2, zero=small)
    r = reduced(y, n)
    z = r * r
    sinh = b.fma(b.polynomial(z, *_SINH[bits]) * z, r, r)
    quarter = power_of_two(biased)  # 2**n / 4
    inverse = b.from_bits((2 * BIAS[bits] << MANTISSA[bits]) - b.bits(quarter))  # 4 / 2**n
    sums = b.fma(inverse, -0.0625, quarter), b.fma(inverse, 0.0625, quarter)
    return *sums, sinh, b.polynomial(z, *_COSH[bits]) * z


def sinh(x: Value) -> Value:
    """The hyperbolic sine: ``sinh(n log 2) cosh r + cosh(n log 2) sinh r``."""
    b = x.b
    y = at_most(b.abs(x), by_type(x.type, 89.5, 710.5))
    small = y.lt(1.0)
    a, c, s, t = _parts(y, small)
    half = a + b.fma(a, t, c * s)
    return b.copysign(b.select(small, s, half + half), x)


def cosh(x: Value) -> Value:
    """The hyperbolic cosine: ``cosh(n log 2) cosh r + sinh(n log 2) sinh r``."""
    b = x.b
    a, c, s, t = _parts(at_most(b.abs(x), by_type(x.type, 89.5, 710.5)), None)
    half = c + b.fma(c, t, a * s)
    return half + half


def arcsinh(x: Value) -> Value:
    """``log(y + sqrt(y**2 + 1))`` of ``y = abs(x)``, as ``log(1 + (y + y**2 / (1 + sqrt(1 + y**2))))``."""
    b = x.b
    y = b.abs(x)
    large = y.gt(by_type(x.type, 2.0**60, 2.0**500))  # then it is log(2 y), and the square may be too large
    square = y * y
    u = y + square / (b.sqrt(square + 1.0) + 1.0)
    return b.copysign(log1p_plus(b.select(large, y, u), twice=large), x)


def arccosh(x: Value) -> Value:
    """``log(x + sqrt(x**2 - 1))``, by ``t = x - 1``: ``log(1 + (t + sqrt(t**2 + 2 t)))``."""
    b = x.b
    large = x.gt(by_type(x.type, 2.0**60, 2.0**500))
    t = x - 1.0
    u, rest = two_sum(t, b.sqrt(b.fma(t, t, t + t)))
    out = log1p_plus(b.select(large, x, u), b.select(large, 0.0, rest), large)
    return b.select(x.lt(1.0), NAN, out)


def arctanh(x: Value) -> Value:
    """``log((1 + y) / (1 - y)) / 2`` of ``y = abs(x)``, as ``log(1 + 2 y / (1 - y)) / 2``."""
    b = x.b
    y = b.abs(x)
    d, lost = fast_two_sum(b.constant(x, 1.0), -y)
    r = 1.0 / d
    twice = y + y
    u = twice * r
    rest = (-product_error(u, d, twice) - u * lost) * r
    return b.select(
        y.eq(1.0), b.copysign(b.constant(x, INFINITY), x), b.copysign(log1p_plus(u, rest) * 0.5, x)
    )
