"""Sine, cosine, tangent and sinc.

Sine and cosine are one odd polynomial on ``[-π/2, π/2]``, so that no lane computes two. The polynomials are
fitted for the least largest relative error (Remez' algorithm in mpmath, each coefficient rounded in turn
and the later ones fitted anew).
"""

from __future__ import annotations

import math

from ..builder import F32, Value
from .exact import fast_two_sum
from .pieces import in_double, long_polynomial
from .reduction import HALF, HALF_SHIFTED, QUARTER, reduced

_PI_FLOAT = 3.1415927410125732

# (sin r - r) / r³ by powers of r², on [0, π²/4]: to 2^-31 and 2^-61.5 of sin r.
_SINE_F32 = (
    -0.1666666716337204, 0.008333350531756878, -0.00019843093468807638, 2.7627065719570965e-06,
    -2.55033221208123e-08,
)  # fmt: skip
_SINE_F64 = (
    -0.16666666666666666, 0.008333333333333207, -0.00019841269841212574, 2.755731921160298e-06,
    -2.5052106908919913e-08, 1.6058941292637643e-10, -7.643028437382939e-13, 2.7215294925488636e-15,
)  # fmt: skip
# (tan r - r) / r³ by powers of r², on [0, π²/16]: to 2^-29.5 and 2^-59.7 of tan r.
_TANGENT_F32 = (
    0.33333349227905273, 0.13332675397396088, 0.054058898240327835, 0.02128639630973339,
    0.01082664169371128, 9.964734636014327e-05, 0.0043718330562114716,
)  # fmt: skip
_TANGENT_F64 = (
    0.33333333333333376, 0.13333333333326075, 0.05396825397254113, 0.021869488408645853,
    0.008863237777387496, 0.003592102354492867, 0.001456035277779195, 0.0005889150778562635,
    0.00024357333660309844, 8.400862678174857e-05, 6.641091615618862e-05, -2.461706931069614e-05,
    4.779424202692187e-05, -2.3860387933235616e-05, 9.707747597444207e-06,
)  # fmt: skip
# (sinc f - 1) / f² by powers of f², on [0, 1/4]: to 2^-33.6 and 2^-61.3 of sinc f.
_SINC_F32 = (
    -1.644934058189392, 0.8117420077323914, -0.19074538350105286, 0.026104742661118507,
    -0.0022154799662530422,
)  # fmt: skip
_SINC_F64 = (
    -1.6449340668482264, 0.8117424252833462, -0.1907518241216751, 0.026147847807936136,
    -0.0023460809132204346, 0.00014842791623013608, -6.97226653652116e-06, 2.4518266490753927e-07,
)  # fmt: skip


def sin(x: Value) -> Value:
    """The sine of an angle in radians."""
    r, k = reduced(x, HALF)
    return _signed(_sine(r), k)


def cos(x: Value) -> Value:
    """The cosine of an angle in radians."""
    r, k = reduced(x, HALF_SHIFTED)
    return _signed(_sine(r), k)


def tan(x: Value) -> Value:
    """The tangent of an angle in radians."""
    b = x.b
    r, tail, k = reduced(x, QUARTER)
    square = r * r
    p = long_polynomial(square, _TANGENT_F32 if x.type is F32 else _TANGENT_F64)
    # The slope, at most 2, times the tail: 1 + r² or more is near enough.
    t = b.copysign(r + b.fma(r * square, p, b.fma(tail, square, tail)), r)
    return b.select((k & 1).eq(1), -1.0 / t, t)


@in_double
def sinc(x: Value) -> Value:
    """``sin(πx) / (πx)``, 1 at 0; at other whole numbers it is 0, which NumPy's misses by an ulp of πx.

    With ``x = k + f`` that is ``(-1)^k (f / x) sin(πf) / (πf)``.
    """
    b = x.b
    whole = b.rint(x)
    half = whole * 0.5
    f = x - whole
    if b.has_fma:
        share = f / x
        found = b.fma(share, sinc_less(f), share)
    else:  # where products round, too much is lost
        sine, lost = fast_two_sum(f, f * sinc_less(f))
        found = sine / x + lost / x
    found = b.select(b.rint(half).ne(half), -found, found)
    return b.select(x.eq(0.0), 1.0, found + 0.0)  # no -0.0


def sinc_of_fraction(f: Value) -> Value:
    """``sin(πf) / (πf)`` for ``|f| <= 1/2``."""
    return sinc_less(f) + 1.0


def sinc_less(f: Value) -> Value:
    """``sin(πf) / (πf) - 1`` for ``|f| <= 1/2``."""
    square = f * f
    return square * f.b.polynomial(square, *(_SINC_F32 if f.type is F32 else _SINC_F64))


def radians(x: Value) -> Value:
    """Degrees in radians, rounded as NumPy does."""
    return x * (_PI_FLOAT / 180.0 if x.type is F32 else math.pi / 180.0)


def degrees(x: Value) -> Value:
    """Radians in degrees, rounded as NumPy does."""
    return x * (180.0 / _PI_FLOAT if x.type is F32 else 180.0 / math.pi)


def _sine(r: Value) -> Value:
    """The sine on ``[-π/2, π/2]``, which does not exceed 1."""
    b = r.b
    size = b.abs(r)
    square = r * r
    p = b.polynomial(square, *(_SINE_F32 if r.type is F32 else _SINE_F64))
    s = b.fma(size * square, p, size)
    return b.copysign(b.select(b.number(r.type, 1.0, r.lanes).lt(s), 1.0, s), r)


def _signed(x: Value, k: Value) -> Value:
    """``(-1)^k x``."""
    b = x.b
    return b.from_bits(b.bits(x) ^ (k << x.type.bits - 1))
