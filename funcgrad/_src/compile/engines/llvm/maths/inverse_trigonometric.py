"""The inverse functions of sine, cosine and tangent.

The polynomials are fitted for the least largest relative error (Remez' algorithm in mpmath, each coefficient
rounded in turn and the later ones fitted anew). Identities as in Muller, Elementary Functions, chapter 9.
"""

from __future__ import annotations

from ..builder import F32, Value
from .pieces import long_polynomial

# (arctan r - r) / r³ by powers of r², on [0, 1]: to 2^-28.5 and 2^-57.1 of arctan r.
_ARCTAN_F32 = (
    -0.33333298563957214, 0.1999852955341339, -0.14264015853405, 0.10950880497694016,
    -0.08399307727813721, 0.0578814372420311, -0.03109702095389366, 0.010868667624890804,
    -0.0017828011186793447,
)  # fmt: skip
_ARCTAN_F64 = (
    -0.3333333333333307, 0.19999999999951748, -0.1428571428258675, 0.11111111007248159,
    -0.09090907005013094, 0.07692279842577945, -0.06666403933710688, 0.05880526276977385,
    -0.05253508581251587, 0.047222791980492194, -0.042190456555172846, 0.036638837929499915,
    -0.02989849779394155, 0.021977738016521017, -0.01389340537425208, 0.0071911355574820245,
    -0.0028820038779478435, 0.0008302387488732528, -0.0001519142649441153, 1.3199122237865141e-05,
)  # fmt: skip
# (arcsin r - r) / r³ by powers of r², on [0, 1/4]: to 2^-31.7 and 2^-59.7 of arcsin r.
_ARCSIN_F32 = (
    0.16666659712791443, 0.07500521838665009, 0.04451338201761246, 0.03183881193399429,
    0.014317400753498077, 0.03769008442759514,
)  # fmt: skip
_ARCSIN_F64 = (
    0.1666666666666676, 0.07499999999970867, 0.04464285717457835, 0.030381942708056695,
    0.022372215003796193, 0.01735161151923101, 0.013980826971257626, 0.011398866328375515,
    0.010780433860388641, 0.0037061045794101444, 0.021707127445111746, -0.020997001942797983,
    0.03262629632976479,
)  # fmt: skip
# π/2 and what it lacks.
_HALF_F32 = (1.5707963705062866, -4.371138828673793e-08)
_HALF_F64 = (1.5707963267948966, 6.123233995736766e-17)


def arctan(x: Value) -> Value:
    """The angle in ``[-π/2, π/2]`` whose tangent is x."""
    b = x.b
    size = b.abs(x)
    beyond = size.gt(1.0)
    r = b.select(beyond, 1.0 / size, size)
    p = _arctan_less(r)
    high, low = _HALF_F32 if x.type is F32 else _HALF_F64
    return b.copysign(b.select(beyond, high - (r + (p - low)), r + p), x)


def _arctan_less(r: Value) -> Value:
    """``arctan r - r`` for r in [0, 1]."""
    square = r * r
    p = long_polynomial(square, _ARCTAN_F32 if r.type is F32 else _ARCTAN_F64, 2)
    return r * square * p


def arctan2(y: Value, x: Value) -> Value:
    """The angle of the point (x, y), in ``[-π, π]``; zeros and infinities by their signs."""
    b = y.b
    y, x = b.together(y, x)
    high, low = _HALF_F32 if x.type is F32 else _HALF_F64
    height, width = b.abs(y), b.abs(x)
    steep = height.gt(width)
    small, large = b.select(steep, width, height), b.select(steep, height, width)
    # 0/0 is 0 here, and inf/inf is 1.
    r = b.select(small.eq(large), 1.0, small / large)
    r = b.select(small.eq(0.0), 0.0, r)
    p = _arctan_less(r)
    angle = b.select(steep, high - (r + (p - low)), r + p)
    left = b.bits(x).lt(0)
    # π less an angle: for a steep one it is π/2 + arctan r.
    past = b.select(steep, high + (r + (p + low)), 2 * high - (r + (p - 2 * low)))
    found = b.copysign(b.select(left, past, angle), y)
    return b.select(b.compare("uno", "", x, y), x + y, found)


def arcsin(x: Value) -> Value:
    """The angle in ``[-π/2, π/2]`` whose sine is x; NaN beyond ``[-1, 1]``."""
    b = x.b
    size = b.abs(x)
    high, low = _HALF_F32 if x.type is F32 else _HALF_F64
    beyond = size.gt(0.5)
    r, p = _arcsin_parts(size, beyond)
    found = b.select(beyond, high - (2.0 * r + (2.0 * p - low)), r + p)
    return b.copysign(found, x)


def arccos(x: Value) -> Value:
    """The angle in ``[0, π]`` whose cosine is x; NaN beyond ``[-1, 1]``."""
    b = x.b
    size = b.abs(x)
    high, low = _HALF_F32 if x.type is F32 else _HALF_F64
    beyond, negative = size.gt(0.5), x.lt(0.0)
    r, p = _arcsin_parts(size, beyond)
    right = 2.0 * (r + p)
    left = 2.0 * high - (2.0 * r + (2.0 * p - 2.0 * low))
    r, p = b.copysign(r, x), b.copysign(p, x)
    return b.select(beyond, b.select(negative, left, right), high - (r + (p - low)))


def _arcsin_parts(size: Value, beyond: Value) -> tuple[Value, Value]:
    """``arcsin r`` as r and the rest, for r the size or, beyond 1/2, ``√((1 - size) / 2)``."""
    b = size.b
    square = b.select(beyond, (1.0 - size) * 0.5, size * size)
    r = b.select(beyond, b.sqrt(square), size)
    p = long_polynomial(square, _ARCSIN_F32 if size.type is F32 else _ARCSIN_F64)
    return r, r * square * p
