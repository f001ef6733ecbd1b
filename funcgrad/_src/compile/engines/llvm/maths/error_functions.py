"""The error function and its relatives.

The polynomials are fitted for the least largest relative error (Remez' algorithm in mpmath, each coefficient
rounded in turn and the later ones fitted anew).
"""

from __future__ import annotations

from ..builder import F32, Value
from .logarithms import log
from .pieces import at_least, at_most, by_type, long_polynomial
from .products import exp_of_sum, exp_over_sum, exp_times, square

# (erf r - r) / r by powers of r² - 3/4, on [0, 1.32]: to 2^-26.9 and 2^-56 of erf r.
_NEAR_F32 = (
    -0.100108802318573, -0.2445884346961975, 0.06691891700029373, -0.015130897052586079,
    0.002846923191100359, -0.00045631013927049935, 6.40627695247531e-05, -6.992762337176828e-06,
)  # fmt: skip
_NEAR_F64 = (
    -0.10010880203447822, -0.24458841374655801, 0.06691888796466343, -0.01513114470010751,
    0.002847208334959849, -0.00045549123889598967, 6.318505376809433e-05, -7.72533425358638e-06,
    8.436950315671245e-07, -8.321119309144758e-08, 7.47950769116246e-09, -6.181147867997655e-10,
    4.7384301059284975e-11, -2.9941836962229126e-12,
)  # fmt: skip
# The eighth root of erfc by powers of r less the middle, on [5/4, 4] and on [5/4, 6]: erf r to 2^-29.8 and
# 2^-60.3.
_FAR_F32 = (
    0.345994234085083, -0.24172654747962952, 0.04344327747821808, 0.008529197424650192,
    -0.0037689388263970613, 5.534169395104982e-05, 0.00020464100816752762, 6.609884621866513e-06,
)  # fmt: skip
_FAR_F64 = (
    0.15266994337980966, -0.14328124098845457, 0.0487498027343995, -0.00377684171754968,
    -0.001985505216682056, 0.0005242470083659461, 4.815050197823696e-06, -1.943854498815306e-05,
    2.116164124539819e-06, 3.103429855299357e-07, -7.931522154553238e-08, -5.123353407431954e-10,
    1.710932820982432e-09, -8.121950834145321e-11, -2.1234195087180092e-11, -6.002189690344086e-13,
    -2.538552370145418e-12, -8.8566828442832e-13, -1.3851245475223452e-13, -9.234177321383739e-15,
)  # fmt: skip
# The same as the first, on [0, 0.48]: to 2^-29.3 and 2^-56.
_NEARER = {
    32: (
        0.12837916612625122, -0.37612611055374146, 0.1128285601735115, -0.026759028434753418,
        0.004721533041447401,
    ),
    64: (
        0.12837916709551256, -0.3761263890318288, 0.11283791670873829, -0.026866170615883773,
        0.005223977098692361, -0.0008548273806994482, 0.0001205218050053944, -1.4816929932012756e-05,
        1.443219392656834e-06,
    ),
}  # fmt: skip
# 1 / (√π exp(r²) erfc r) - r as a quotient, from 0.45 on: the whole to 2^-25.9 and 2^-56.5.
_ABOVE = {
    32: (
        0.5641623139381409, 0.45120954513549805, 0.17778217792510986, 0.03270702064037323,
    ),
    64: (
        0.5641895835432174, 1.053494885908397, 0.9961377195726537, 0.6105135098773818,
        0.2641849678602437, 0.08327264280829431, 0.019110945125379995, 0.003092129023375314,
        0.00032334068120711223, 1.7036574893266046e-05,
    ),
}  # fmt: skip
_BELOW = {
    32: (
        1.0, 1.4434267282485962, 0.9729371666908264, 0.35521867871284485,
        0.06542313098907471,
    ),
    64: (
        1.0, 2.511345751119824, 3.1098628138839794, 2.4667005353006384,
        1.378475301707088, 0.5656217772348981, 0.17267843497880792, 0.03886857158522907,
        0.0062183311970128614, 0.0006466813624097847, 3.4073149786548505e-05,
    ),
}  # fmt: skip
# -log √π in two parts, the first of which is short.
_SHIFT = {
    32: (-0.572265625, -9.931792737916112e-05), 64: (-0.5723648071289062, -1.357957938370717e-07)
}  # fmt: skip
_ROOT_OF_HALF = 0.7071067811865476
_PER_ROOT = 0.5641895835477563  # 1/√π
_HALF_OF_ROOT = _PER_ROOT / 2


def erf(x: Value) -> Value:
    """The error function, ``2/√π ∫ exp(-t²) dt`` from 0 to x.

    Beyond 1.32 it is one less the eighth power of a polynomial, which needs neither an exponential nor a
    division: there erfc is small beside 1, so that the power's rounding counts little.
    """
    b = x.b
    single = x.type is F32
    end = 4.0 if single else 6.0
    size = b.abs(x)
    near = b.fma(size, long_polynomial(size * size - 0.75, _NEAR_F32 if single else _NEAR_F64), size)
    kept = b.select(size.lt(end), size, end)
    root = long_polynomial(kept - (1.25 + end) / 2, _FAR_F32 if single else _FAR_F64)
    for _ in range(2):
        root = root * root
    far = b.fma(-root, root, 1.0)
    return b.copysign(b.select(size.gt(1.32), far, near), x)


def erfc(x: Value) -> Value:
    """``1 - erf x``, without cancellation."""
    b, bits = x.b, x.type.bits
    near = 1.0 - b.fma(x, b.polynomial(x * x, *_NEARER[bits]), x)
    size = at_most(b.abs(x), 10.2 if x.type is F32 else 27.3)  # there it is 0
    high, low = square(size)
    q, p = tail_parts(size)
    far = exp_over_sum(-high, -low, q, size, p, _SHIFT[bits])
    return b.select(size.lt(0.47), near, b.select(x.lt(0.0), 2.0 - far, far))


def gaussian(x: Value, c: float = 1.0) -> Value:
    """``exp(-c x²)``, where c is a power of two, or one less than 0."""
    high, low = square(at_most(x.b.abs(x), 60.0))  # beyond, it is 0 or infinite
    high = at_most(at_least(high * -c, by_type(x.type, -104, -746)), by_type(x.type, 89, 710))
    return exp_of_sum(high, low * -c)


def erfcx(x: Value) -> Value:
    """``exp(x²) erfc x``."""
    b, bits = x.b, x.type.bits
    size = b.abs(x)
    near = 1.0 - b.fma(x, b.polynomial(x * x, *_NEARER[bits]), x)
    large = size.gt(2.0**12 if x.type is F32 else 2.0**30)  # 1 / (√π x)
    q, p = tail_parts(size)
    far = b.select(large, _PER_ROOT, q * _PER_ROOT) / b.select(large, size, b.fma(size, q, p))
    square = gaussian(x, -1.0)
    left = 2.0 * square - b.select(square.eq(float("inf")), 0.0, far)
    return b.select(size.lt(0.47), square * near, b.select(x.lt(0.0), left, far))


def ndtr(x: Value) -> Value:
    """The normal distribution function, ``erfc(-x/√2) / 2``; its tail is as exact as its middle."""
    near, far, size = _normal_parts(x)
    b = x.b
    return b.select(size.lt(0.47), near, b.select(x.gt(0.0), 1.0 - far, far))


def _normal_parts(x: Value) -> tuple[Value, Value, Value]:
    """``ndtr(x)`` if the third, ``|x|/√2``, is below 0.47, and ``ndtr(-|x|)`` if not."""
    b, bits = x.b, x.type.bits
    t = x * _ROOT_OF_HALF
    near = b.fma(b.fma(t, b.polynomial(t * t, *_NEARER[bits]), t), 0.5, 0.5)
    size = at_most(b.abs(x), 14.5 if x.type is F32 else 38.6)  # there it is 0
    high, low = square(size)
    scaled = size * _ROOT_OF_HALF
    far = tail_times(high * -0.5, low * -0.5, scaled, *tail_parts(scaled)) * 0.5
    return near, far, scaled


def log_ndtr(x: Value) -> Value:
    """The logarithm of `ndtr`."""
    b = x.b
    near, far, size = _normal_parts(x)
    rest = 1.0 - far
    # Far down only -x²/2 counts, so that the logarithm may be that of a limit.
    limited = at_most(b.abs(x) * _ROOT_OF_HALF, 2.0**12 if x.type is F32 else 2.0**30)
    q, p = tail_parts(limited)
    middle, right = size.lt(0.47), x.gt(0.0)
    l = log(b.select(middle, near, b.select(right, rest, q * _HALF_OF_ROOT / b.fma(limited, q, p))))
    high, low = square(x * 0.5)  # x² itself may be too large
    high, low = high + high, b.select(high.eq(float("inf")), 0.0, low + low)
    # log(1 - far), and what the difference's rounding loses over it
    lost = ((rest - 1.0) + far) * (2.0 - rest)
    beyond = b.select(right, -(lost - l), (l - low) - high)
    return b.select(middle, l, beyond)


def tail_parts(x: Value) -> tuple[Value, Value]:
    """Q and P, where ``√π exp(x²) erfc x = Q / (x Q + P)``, for x from 0.45 on, if powers of it are finite.

    Far out P counts little, so that the errors of Q, which there are large, cancel. (Cody, Rational Chebyshev
    approximations for the error function, 1969, has three quotients; with one no lane computes two.)
    """
    bits = x.type.bits
    return x.b.polynomial(x, *_BELOW[bits]), x.b.polynomial(x, *_ABOVE[bits])


def tail_times(high: Value, low: Value, x: Value, q: Value, p: Value, longer: bool = False) -> Value:
    """``e**(high + low) exp(x²) erfc x``, of the tail's parts; by longer sums if products round."""
    b, shift = x.b, _SHIFT[x.type.bits]
    if b.has_fma and not longer:
        return exp_times(high, low, q, b.fma(x, q, p), shift)
    return exp_over_sum(high, low, q, x, p, shift)
