"""Angles reduced to a part of a turn, on which a polynomial gives sine, cosine or tangent.

Below a bound, the reduction is that of Cody and Waite (Software Manual for the Elementary Functions, 1980):
π as a sum of parts, whose multiples are taken away one by one, the first exactly. Above it, in the few lanes
that need it, that of Payne and Hanek (Radian reduction for trigonometric functions, SIGNUM Newsletter 18,
1983), a call of `far.turn`. See also Muller, Elementary Functions, chapter 11.
"""

from __future__ import annotations

from .....base.record import Record
from ..builder import F32, F64, I32, Value
from .far import far

PI = 3.141592653589793
_F64_PARTS = (3.141592653589793, 1.224646799147353e-16, 2.165713347843828e-32)
_F32_PARTS = (3.141592502593994, 1.5099578831723193e-07, 1.0780605906948477e-14)
# 33 bits each but the last: their multiples by up to 20 bits are exact, with no fused multiplication.
_SHORT_PARTS = (3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21)


class Part(Record):
    """What is taken away: multiples ``k + shift`` of ``π / divisor``; ``tail``: to twice the digits."""

    name: str
    divisor: int
    shift: float
    tail: bool = False


HALF = Part("half", 1, 0.0)
HALF_SHIFTED = Part("half_shifted", 1, 0.5)
QUARTER = Part("quarter", 2, 0.0, tail=True)


def reduced(x: Value, part: Part) -> list[Value]:
    """``[r, k]`` or ``[r, tail, k]`` with ``x = (k + shift) π / divisor + r + tail``, r as small as can be.

    For the shifted part it is ``(k + shift) π / divisor - x``. Of k, the lowest bits count.
    """
    b = x.b
    if x.type is F64:
        bound = 2.0**28 if b.has_fma else 2.0**20
        found = _fused(x, part) if b.has_fma else _unfused(x, part)
    elif b.has_fma:
        bound, found = 2.0**16, _fused(x, part)
    else:
        bound = 2.0**16
        wide, *_, k = _unfused(b.cast("fpext", x, F64), part)
        r = b.cast("fptrunc", wide, F32)
        tail = [b.cast("fptrunc", wide - b.cast("fpext", r, F64), F32)] if part.tail else []
        found = [r, *tail, b.cast("trunc", k, I32)]
    return far(x, found, part.name, bound)


def _multiple(x: Value, part: Part) -> tuple[Value, Value]:
    """The nearest multiple, and its lowest bits: they are those of a sum with a large number."""
    b = x.b
    large = 1.5 * 2.0 ** (23 if x.type is F32 else 52)
    if part.shift:
        t = b.fma(x, part.divisor / PI, -part.shift) + large
        return (t - large) + part.shift, b.bits(t)
    t = b.fma(x, part.divisor / PI, large)
    return t - large, b.bits(t)


def _fused(x: Value, part: Part) -> list[Value]:
    """Fused multiplications; the first is exact, and the tail is what the others round off."""
    b = x.b
    q, k = _multiple(x, part)
    first, second, third = [p / part.divisor for p in (_F32_PARTS if x.type is F32 else _F64_PARTS)]
    x, q = (-x, q) if part.shift else (x, -q)
    near = b.fma(q, first, x)
    if not part.tail:
        return [b.fma(q, third, b.fma(q, second, near)), k]
    w = q * second
    r = near + w
    lost = ((near - r) + w) + b.fma(q, second, -w)
    return [*_difference(r, b.fma(-q, third, -lost)), k]


def _unfused(x: Value, part: Part) -> list[Value]:
    """Products with short parts are exact; what the second difference lost is taken away with the third."""
    q, k = _multiple(x, part)
    first, second, third = [p / part.divisor for p in _SHORT_PARTS]
    near = x - q * first
    w = q * second
    r = near - w
    r, tail = _difference(r, q * third - ((near - r) - w))
    if part.tail:
        return [r, tail, k]
    return [-r if part.shift else r, k]


def _difference(large: Value, small: Value) -> tuple[Value, Value]:
    """A difference, and what its rounding loses (Dekker, 1971); that of -0.0 and 0.0 is -0.0."""
    found = large - small
    return found, (large - found) - small
