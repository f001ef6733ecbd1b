"""Hyperbolic functions, of the parts of exponentials, and their inverses, of logarithms."""

from __future__ import annotations

from ..builder import Value
from .exponentials import expm1_parts, reduced
from .logarithms import log1p_plus
from .pieces import BIAS, MANTISSA, PER_LOG2, at_most, by_type, nearest, power_of_two

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
    """The hyperbolic tangent: ``(e**2x - 1) / (e**2x + 1)``, whose two sums each round once."""
    b = x.b
    y = at_most(b.abs(x), by_type(x.type, 9.1, 20))  # from here on it is 1 to all digits
    y = y + y
    p, biased = expm1_parts(y, y.lt(0.5))
    power = power_of_two(biased)
    return b.copysign(b.fma(p, power, power - 1.0) / b.fma(p, power, power + 1.0), x)


def _parts(y: Value, small: Value | None) -> tuple[Value, Value, Value, Value]:
    """With ``y = n log 2 + r``, halves of ``sinh(n log 2)`` and ``cosh(n log 2)``; ``sinh r``, ``cosh r - 1``.

    Halves, since ``2**n / 2`` may be too large.
    """
    b, bits = y.b, y.type.bits
    n, biased = nearest(y, PER_LOG2, zero=small)
    r = reduced(y, n)
    z = r * r
    sinh = b.fma(b.polynomial(z, *_SINH[bits]) * z, r, r)
    quarter = power_of_two(biased, -2)  # 2**n / 4
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
    large = y.gt(by_type(x.type, 2.0**13, 2.0**28))  # then it is log(2 y)
    square = y * y
    u = y + square / (b.sqrt(square + 1.0) + 1.0)
    return b.copysign(log1p_plus(b.select(large, y, u), large), x)


def arccosh(x: Value) -> Value:
    """``log(x + sqrt(x**2 - 1))``, by ``t = x - 1``: ``log(1 + (t + sqrt(t**2 + 2 t)))``."""
    b = x.b
    large = x.gt(by_type(x.type, 2.0**13, 2.0**28))
    t = x - 1.0
    u = t + b.sqrt(b.fma(t, t, t + t))
    return b.select(x.lt(1.0), float("nan"), log1p_plus(b.select(large, x, u), large))


def arctanh(x: Value) -> Value:
    """``log((1 + y) / (1 - y)) / 2`` of ``y = abs(x)``, as ``log(1 + 2 y / (1 - y)) / 2``."""
    b = x.b
    y = b.abs(x)
    return b.copysign(log1p_plus((y + y) / (1.0 - y)) * 0.5, x)
