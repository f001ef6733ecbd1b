"""Exponentials: ``x = n log 2 + r`` with an integer ``n``, and a polynomial in ``r`` times ``2**n``.

The argument's reduction in two steps is Cody's and Waite's (Software Manual for the Elementary Functions,
1980). The polynomials here and in the other files are our own, minimax for the relative error of the result
by Lawson's iteration (least squares, reweighted) in mpmath; their coefficients are rounded one after another
from the lowest, and those that remain are fitted again after each. Above each stands its largest error.
"""

from __future__ import annotations

from ..builder import F32, Value
from .pieces import (
    BIAS,
    LOG2_HIGH,
    LOG2_LOW,
    PER_LOG2,
    at_least,
    at_most,
    by_type,
    nearest,
    polynomial,
    power_of_two,
    scaled,
)

# (exp(r) - 1 - r) / r**2 for |r| <= log(2)/2: 2**-28, 2**-57.3.
EXP = {
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
# (2**r - 1) / r for |r| <= 1/2: 2**-28.3, 2**-57.7.
_EXP2 = {
    32: (
        0.6931471824645996,
        0.24022647738456726,
        0.05550359562039375,
        0.009618503041565418,
        0.001339100650511682,
        0.00015327900473494083,
    ),
    64: (
        0.6931471805599453,
        0.2402265069591011,
        0.055504108664821715,
        0.009618129107600468,
        0.0013333558146544657,
        0.00015403530450479812,
        1.5252733638690822e-05,
        1.3215438115401556e-06,
        1.0178156983993913e-07,
        7.0733568173343476e-09,
        4.439462845113431e-10,
    ),
}
# (exp(r) - 1 - r) / r**2 for |r| <= 1/2, for the relative error of exp(r) - 1: 2**-27.5, 2**-60.9.
_EXPM1 = {
    32: (
        0.5,
        0.16666662693023682,
        0.04166587069630623,
        0.00833378080278635,
        0.001398129970766604,
        0.00019786601478699595,
    ),
    64: (
        0.5,
        0.16666666666666669,
        0.041666666666667115,
        0.008333333333332369,
        0.0013888888888674482,
        0.00019841269842932324,
        2.480158765366253e-05,
        2.755731801215266e-06,
        2.755705889162682e-07,
        2.5052462741780587e-08,
        2.0965830263733315e-09,
        1.60466931937331e-10,
    ),
}


def reduced(x: Value, n: Value) -> Value:
    """``x - n log 2``."""
    bits = x.type.bits
    return x.b.fma(n, -LOG2_LOW[bits], x.b.fma(n, -LOG2_HIGH[bits], x))


def limited_exp(x: Value) -> Value:
    """``e**x`` of what lies between the limits of `exp`."""
    b = x.b
    n, biased = nearest(x, PER_LOG2)
    r = reduced(x, n)
    if x.type is F32:
        return scaled(b.polynomial(r, 1.0, 1.0, *EXP[32]), n, biased)
    return scaled(b.fma(b.fma(polynomial(r, r * r, EXP[64]), r, 1.0), r, 1.0), n, biased)


def exp(x: Value) -> Value:
    """``e**x``."""
    # The limits lie just beyond those of overflow and of underflow to zero.
    return limited_exp(at_most(at_least(x, by_type(x.type, -104, -746)), by_type(x.type, 89, 710)))


def exp_of_negative(x: Value) -> Value:
    """``e**x`` of numbers that are not positive."""
    return limited_exp(at_least(x, by_type(x.type, -104, -746)))


def exp2(x: Value) -> Value:
    """``2**x``."""
    x = at_most(at_least(x, by_type(x.type, -151, -1076)), by_type(x.type, 129, 1025))
    n, biased = nearest(x)
    return scaled(x.b.polynomial(x - n, 1.0, *_EXP2[x.type.bits]), n, biased)


def expm1(x: Value) -> Value:
    """``e**x - 1``: ``2**n p + (2**n - 1)`` with ``p = e**r - 1``.

    Below 1/2 it is ``p``: so there is no cancellation for ``n = 1``, where the error of ``r`` would count
    fourfold.
    """
    b = x.b
    # Below the first limit the result is -1 to all digits.
    y = at_most(at_least(x, by_type(x.type, -18, -38)), by_type(x.type, 89, 710))
    small = b.abs(y).lt(0.5)
    n, biased = nearest(y, PER_LOG2, offset=-1, zero=small)
    r = reduced(y, n)
    square = r * r
    p = b.fma(polynomial(r, square, _EXPM1[x.type.bits]), square, r)
    half = power_of_two(biased)  # 2**n itself may be too large
    large = b.fma(p, half, half - 0.5)
    return b.copysign(b.select(small, p, large + large), x)


def sigmoid(x: Value) -> Value:
    """``1 / (1 + e**-x)``; with ``x = n log 2 - r`` and ``p = e**r - 1``, ``2**n / (2**n + p + 1)``.

    Both terms are larger than they should be, since ``2**n`` may be subnormal.
    """
    b, bits = x.b, x.type.bits
    # From the second limit on the result is 1 to all digits.
    y = at_most(at_least(x, by_type(x.type, -104, -746)), by_type(x.type, 18, 38))
    shift = (BIAS[bits] + 1) // 2
    n, biased = nearest(y, PER_LOG2, offset=shift)
    r = b.fma(n, LOG2_LOW[bits], b.fma(n, LOG2_HIGH[bits], -y))
    square = r * r
    p = b.fma(polynomial(r, square, EXP[bits]), square, r)
    power = power_of_two(biased)
    return power / (b.fma(p, 2.0**shift, power) + 2.0**shift)


def exp_difference(x: Value, total: Value) -> Value:
    """``e**(x - total)``, the share of a term; of an infinite total the terms that are infinite have all."""
    b = x.b
    infinite = b.abs(total).eq(float("inf"))
    whole = b.select(total.gt(0.0), b.select(x.eq(total), b.constant(x, 1.0), 0.0), 0.0)
    return b.select(infinite, whole, exp(x - total))
