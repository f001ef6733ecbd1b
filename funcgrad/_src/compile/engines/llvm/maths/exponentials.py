"""Exponentials: ``x = n log 2 + r`` with an integer ``n``, and a polynomial in ``r`` times ``2**n``.

The argument's reduction in two steps is Cody's and Waite's. The polynomials are our own: minimax for the
relative error, by Lawson's iteration (least squares, reweighted) in mpmath; the coefficients are rounded one
after another from the lowest, and those that remain are fitted again after each.
"""

from __future__ import annotations

from ..builder import Value
from .pieces import LOG2_HIGH, LOG2_LOW, at_least, at_most, by_type, nearest, power_of_two, scaled

_PER_LOG2 = 1.4426950408889634
# (exp(r) - 1 - r) / r**2 for |r| <= log(2)/2: 2**-28 and 2**-57.3.
_EXP = {
    32: (0.5, 0.16666533052921295, 0.04166724532842636, 0.008367611095309258, 0.001386340125463903),
    64: (
        0.5,
        0.16666666666666427,
        0.041666666666602965,
        0.008333333333504039,
        0.0013888888927250723,
        0.00019841269458201161,
        2.480150804988386e-05,
        2.755764705119976e-06,
        2.762546132639308e-07,
        2.497682824394473e-08,
    ),
}


def reduced(x: Value, n: Value) -> Value:
    """``x - n log 2``."""
    bits = x.type.bits
    return x.b.fma(n, -LOG2_LOW[bits], x.b.fma(n, -LOG2_HIGH[bits], x))


def exp(x: Value) -> Value:
    """``e**x``."""
    b = x.b
    # The limits lie beyond those of overflow and of underflow to zero.
    x = at_most(at_least(x, by_type(x.type, -104, -746)), by_type(x.type, 89, 710))
    n, biased = nearest(x, _PER_LOG2)
    return scaled(b.polynomial(reduced(x, n), 1.0, 1.0, *_EXP[x.type.bits]), biased)
