"""The logarithm of the gamma function and its derivative.

The quotients and polynomials are fitted for the least largest relative error of the whole (Remez' algorithm
in mpmath, quotients by linearising again and again).
"""

from __future__ import annotations

from ..builder import F32, Value
from .logarithms import log
from .trigonometric import sinc_of_fraction

_ENDS = {32: 4.5, 64: 6.5}  # from here on gammaln is by Stirling's series
_PSI_ENDS = {32: 4.0, 64: 6.0}
# log Γ(1 + d) / (d (d - 1)) - 15/32 as a quotient, on [0, 1.5]: the whole to 2^-26 and 2^-55.4.
_MIDDLE = 0.46875
_ABOVE = {
    32: (0.10846566408872604, -0.08603952825069427, -0.1416398137807846, -0.0233712550252676),
    64: (
        0.10846566490153285, 0.0799653343882456, -0.2069478169424964, -0.2876103841692814,
        -0.12657540748829801, -0.02110389190220926, -0.0010318989531640345,
    ),
}  # fmt: skip
_BELOW = {
    32: (1.0, 1.4678510427474976, 0.580138087272644, 0.05399901047348976),
    64: (
        1.0, 2.9983377984734605, 3.4385477275319807, 1.8881575101491612, 0.5074314236697796,
        0.060400009101775204, 0.002303909704395223, -1.1601562743790376e-06,
    ),
}  # fmt: skip
# x (log Γ(x) - (x - 1/2)(log x - 1)) less a constant, by powers of 1/x²: from 4.5 and 6.5 on, to 2^-27.9 and
# 2^-58.9.
STIRLING = {
    32: (0.08333238214254379, -0.0027215841691941023),
    64: (
        0.08333333333332353, -0.0027777777706619704, 0.0007936489907453896, -0.000595021381040991,
        0.000828179747166109, -0.00147919551183678,
    ),
}  # fmt: skip
_CONSTANT = 0.4189385332046727  # (log 2π - 1) / 2
# ψ(1 + d) / (1 + d - root) - 1/2 as a quotient, on [0, 3] and [0, 5]: the whole to 2^-25.1 and 2^-54.7.
_PSI_MIDDLE = 0.5
_PSI_ABOVE = {
    32: (0.7503801584243774, 0.34777531027793884, -0.11227021366357803, -0.0316271111369133),
    64: (
        0.7503801375034054, 0.8664205484476735, 0.22717198005010777, -0.055694730776794925,
        -0.03380061360355066, -0.005150220433923494, -0.0002882879005338566, -4.6827275716788014e-06,
    ),
}  # fmt: skip
_PSI_BELOW = {
    32: (1.0, 1.6024785041809082, 0.6728556156158447, 0.06948698312044144, -0.00015616735618095845),
    64: (
        1.0, 2.2936560058423017, 1.912465690033895, 0.756302450306309, 0.15203414707435986,
        0.015205381872064837, 0.0006735196884873664, 9.515531434310577e-06, -5.628762276764402e-10,
    ),
}  # fmt: skip
# The positive root of ψ, and what it lacks.
_ROOT = {32: (1.4616321325302124, 1.2438149938918909e-08), 64: (1.4616321449683622, 9.549995429965697e-17)}
# x² (ψ(x) - log x + 1/(2x)) by powers of 1/x²: from 4 and 6 on, to 2^-25.6 and 2^-59.6.
_PSI_SERIES = {
    32: (-0.08332645893096924, 0.00799637846648693),
    64: (
        -0.08333333333332305, 0.008333333324591847, -0.003968251366896355, 0.004166290569801996,
        -0.007545962680186808, 0.019749221513372526, -0.04949658458085105,
    ),
}  # fmt: skip


def gammaln(x: Value) -> Value:
    """``log |Γ(x)|``; below 0 it is as exact as its terms are."""
    b = x.b
    size = b.abs(x)
    found = _gammaln_positive(size)

    def reflected() -> list[Value]:
        # Γ(x) Γ(-x) = -π / (x sin πx), where sin πx is πf sinc f.
        f = size - b.rint(size)
        product = b.abs(f) * size * sinc_of_fraction(f)
        below = -log(product) - found
        below = b.select(size.lt(2.0**-28 if x.type is F32 else 2.0**-60), found, below)
        below = b.select(f.eq(0.0), float("inf"), below)
        below = b.select(size.eq(float("inf")), x, below)
        return [b.select(x.lt(0.0), below, found)]

    return b.unless(x.lt(0.0), reflected, found)[0]


def _gammaln_positive(x: Value) -> Value:
    """``log Γ(x)`` for x not negative.

    ``log Γ(1 + d) = d (d - 1) R(d)`` is exact at its zeros; from 2.5 on x is taken down by
    ``Γ(x) = (x - 1) Γ(x - 1)``, below 1 up by ``Γ(x) = Γ(x + 1) / x``. Far out it is Stirling's series.
    """
    b, bits = x.b, x.type.bits
    end = _ENDS[bits]
    small, large = x.lt(1.0), x.ge(end)
    z, product = x, b.constant(x, 1.0)
    bound = 2.5
    while bound < end:
        above = x.ge(bound)
        z = b.select(above, z - 1.0, z)
        product = b.select(above, product * z, product)
        bound += 1.0
    d = b.select(small, x, z - 1.0)
    above = b.select(large, 1.0, b.polynomial(d, *_ABOVE[bits]))
    q = above / b.select(large, x, b.polynomial(d, *_BELOW[bits]))
    l = log(b.select(small, x, b.select(large, x, product)))
    near = b.fma(d * (d - 1.0), q + _MIDDLE, b.select(small, -l, l))
    far = b.fma(x - 0.5, l - 1.0, _CONSTANT + q * b.polynomial(q * q, *STIRLING[bits]))
    return b.select(large, far, near)


def digamma(x: Value) -> Value:
    """The derivative of ``log Γ(x)``; below 0 it is as exact as its terms are."""
    b = x.b
    size = b.abs(x)
    found = _digamma_positive(size)

    def reflected() -> list[Value]:
        # ψ(x) = ψ(-x) - 1/x - π cot πx; with x = k + f, π cot πf is cos πf / (f sinc f).
        f = size - b.rint(size)
        other = 0.5 - b.abs(f)
        sine, cosine = f * sinc_of_fraction(f), other * sinc_of_fraction(other)
        below = (found + 1.0 / size) + _PI * cosine / sine
        below = b.select(f.eq(0.0), float("nan"), below)
        below = b.select(size.lt(2.0**-28 if x.type is F32 else 2.0**-60), 1.0 / size, below)
        return [b.select(b.bits(x).lt(0), below, found)]

    return b.unless(b.bits(x).lt(0), reflected, found)[0]


_PI = 3.141592653589793


def _digamma_positive(x: Value) -> Value:
    """ψ for x not negative: exact at its root; below 1 it is ``ψ(x + 1) - 1/x``, far out a series."""
    b, bits = x.b, x.type.bits
    small, large = x.lt(1.0), x.ge(_PSI_ENDS[bits])
    root, rest = _ROOT[bits]
    d = b.select(small, x, x - 1.0)
    above, below = b.polynomial(d, *_PSI_ABOVE[bits]), b.polynomial(d, *_PSI_BELOW[bits])
    high = b.select(small, x - (root - 1.0), x - root) - rest
    numerator = high * above
    numerator = b.select(small, b.fma(numerator, x, -below), numerator)
    below = b.select(small, below * x, below)
    q = b.select(large, 1.0, numerator) / b.select(large, x, below)
    square = q * q
    far = log(x) + b.fma(square, b.polynomial(square, *_PSI_SERIES[bits]), q * -0.5)
    return b.select(large, far, b.fma(high, _PSI_MIDDLE, q))
