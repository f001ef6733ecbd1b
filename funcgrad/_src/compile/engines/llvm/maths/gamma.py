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
# log Γ(1 + d) / (d (d - 1)) as a quotient, on [0, 1.5]: to 2^-25 and 2^-54.8.
_ABOVE = {
    32: (0.5772156715393066, 0.6020158529281616, 0.13030004501342773, 0.001940786256454885),
    64: (
        0.5772156649015329, 1.5185714326650654, 1.4829268368559776, 0.6632477290564742,
        0.13523007253757732, 0.010787443014002272, 0.00021311976785177097,
    ),
}  # fmt: skip
_BELOW = {
    32: (1.0, 1.4678514003753662, 0.5801384449005127, 0.05399908125400543),
    64: (
        1.0, 3.0557431276376277, 3.598165956312237, 2.054487220233237, 0.5880589516161888,
        0.07873627956351452, 0.004032056981968082, 4.530317015795624e-05,
    ),
}  # fmt: skip
# x (log Γ(x) - (x - 1/2)(log x - 1)) less a constant, by powers of 1/x²: from 4.5 and 6.5 on, to 2^-27.9 and
# 2^-58.9.
_STIRLING = {
    32: (0.08333238214254379, -0.0027215841691941023),
    64: (
        0.08333333333332353, -0.0027777777706619704, 0.0007936489907453896, -0.000595021381040991,
        0.000828179747166109, -0.00147919551183678,
    ),
}  # fmt: skip
_CONSTANT = 0.4189385332046727  # (log 2π - 1) / 2
# ψ(1 + d) / (1 + d - root) as a quotient, on [0, 3] and [0, 5]: to 2^-25.5 and 2^-54.2.
_PSI_ABOVE = {
    32: (1.2503801584243774, 1.2321473360061646, 0.29196807742118835, 0.013302606530487537),
    64: (
        1.2503801375034054, 2.0355677429045134, 1.2179564997250492, 0.3415723892779501,
        0.046973148812052896, 0.002996292892053076, 7.418440844805989e-05, 4.4007372985151023e-07,
    ),
}  # fmt: skip
_PSI_BELOW = {
    32: (1.0, 1.6689647436141968, 0.772531270980835, 0.10576926171779633, 0.002679252065718174),
    64: (
        1.0, 2.311505930730147, 1.9522998856140483, 0.7880771195102522, 0.1637864269982577,
        0.017345855662925215, 0.000858638183043573, 1.6108182535021e-05, 6.538522124865541e-08,
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
    near = b.fma(d * (d - 1.0), q, b.select(small, -l, l))
    far = b.fma(x - 0.5, l - 1.0, _CONSTANT + q * b.polynomial(q * q, *_STIRLING[bits]))
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
    high = b.select(small, x - (root - 1.0), x - root)
    numerator = (high - rest) * above
    numerator = b.select(small, b.fma(numerator, x, -below), numerator)
    below = b.select(small, below * x, below)
    q = b.select(large, 1.0, numerator) / b.select(large, x, below)
    square = q * q
    far = log(x) + b.fma(square, b.polynomial(square, *_PSI_SERIES[bits]), q * -0.5)
    return b.select(large, far, q)
