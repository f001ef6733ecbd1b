"""Sine, cosine, tangent and sinc.

Sine and cosine are one odd polynomial on ``[-π/2, π/2]``, so that no lane computes two. The polynomials are
fitted for the least largest relative error (Remez' algorithm in mpmath, each coefficient rounded in turn
and the later ones fitted anew).
"""

from __future__ import annotations

import math

from ..builder import F32, Value
from .reduction import HALF, HALF_SHIFTED, QUARTER, Part, reduced

# (sin r - r) / r³ by powers of r², on [0, π²/4]: to 2^-31 and 2^-61.5 of sin r.
_SINE_F32 = (
    -0.1666666716337204, 0.008333350531756878, -0.00019843093468807638, 2.7627065719570965e-06,
    -2.55033221208123e-08,
)  # fmt: skip
_SINE_F64 = (
    -0.16666666666666666, 0.008333333333333207, -0.00019841269841212574, 2.755731921160298e-06,
    -2.5052106908919913e-08, 1.6058941292637643e-10, -7.643028437382939e-13, 2.7215294925488636e-15,
)  # fmt: skip


def sin(x: Value) -> Value:
    """The sine of an angle in radians."""
    r, k = reduced(x, HALF)
    return _signed(_sine(r), k)


def cos(x: Value) -> Value:
    """The cosine of an angle in radians."""
    r, k = reduced(x, HALF_SHIFTED)
    return _signed(_sine(r), k)


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
