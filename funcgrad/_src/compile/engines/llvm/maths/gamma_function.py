"""The gamma function, in double precision for single, too.

Up to 6.5 it is a polynomial on [2, 3] and ``Γ(x + 1) = x Γ(x)``, from there on Stirling's series with a power
of more digits than a number has, below 0 the reflection formula.
"""

from __future__ import annotations

from ..builder import F32, F64, Value
from .exact import Two, two_product, two_sum
from .gamma import STIRLING
from .pieces import NAN, at_most, nearest, scaled
from .powers import exp2_of_parts, exp2_short, log2_long, log2_short
from .trigonometric import sinc_less

_END = 6.5
# Γ(5/2 + u) for |u| <= 1/2: to 2^-32.8 and 2^-56.1.
_NEAR = {
    32: (
        1.3293403883575787, 0.9347345214590999, 0.6545585444761626, 0.2538712469010217,
        0.10967423068505576, 0.028360845186602757, 0.010382084998311862, 0.0016073213192797512,
        0.0007977202742713874,
    ),
    64: (
        1.329340388179137, 0.9347345216260858, 0.654558577981334, 0.2538712468410861,
        0.10967323400241037, 0.028360780598076084, 0.010392403417255853, 0.001607400402493579,
        0.0007544742783926959, 3.942892397407542e-06, 6.132852949575657e-05, -1.2810042288619605e-05,
        7.2620151552695506e-06, -2.5243413421950356e-06, 1.055974295354049e-06,
        -5.054181163164242e-07, 2.1546142573077562e-07,
    ),
}  # fmt: skip
_PER_LOG2 = 1.4426950408889634, 2.0355273740931033e-17
_LOG2_OF_ROOT = 1.3257480647361595, -7.153413670427599e-17  # of √2π


def gamma(x: Value) -> Value:
    """Γ(x); NaN at the negative integers, infinite with the sign of a zero."""
    if x.type is F32:
        return x.b.cast("fptrunc", _gamma(x.b.cast("fpext", x, F64), 32), F32)
    return _gamma(x, 64)


def _gamma(x: Value, bits: int) -> Value:
    b = x.b
    size = b.abs(x)
    m, n = _positive(size, bits)

    def reflected() -> list[Value]:
        # Γ(x) Γ(-x) = -π / (x sin πx), where sin πx is ±πf sinc f.
        whole = b.rint(size)
        f, half = size - whole, whole * 0.5
        head, head_lost = two_product(size, m)
        product, lost = two_product(head, f)
        below = 1.0 / (product + b.fma(product, sinc_less(f), b.fma(head_lost, f, lost)))
        below = b.select(b.rint(half).eq(half), -below, below)
        below = b.select(f.eq(0.0), NAN, below)
        below = b.select(size.lt(2.0**-60), -m, below)
        negative = b.bits(x).lt(0)
        return [b.select(negative, below, m), b.select(negative, -n, n)]

    m, n = b.unless(b.bits(x).lt(0), reflected, m, n)
    return scaled(m, *nearest(n))


def _positive(x: Value, bits: int) -> Two:
    """``m`` and ``n`` where Γ(x) is ``m 2**n``, for x not negative."""
    b = x.b
    small, middle, large = x.lt(1.0), x.lt(2.0), x.ge(_END)
    z, product, lost = x, b.constant(x, 1.0), b.constant(x, 0.0)
    for bound in (3.0, 4.0, 5.0, 6.0):
        above = x.ge(bound)
        z = b.select(above, z - 1.0, z)
        longer, error = two_product(product, z)
        product, lost = b.select(above, longer, product), b.select(above, b.fma(lost, z, error), lost)
    u = b.select(small, x - 0.5, b.select(middle, x - 1.5, z - 2.5))
    near = b.polynomial(u, *_NEAR[bits])
    near = b.fma(near, product, near * lost)
    below = b.select(large, x, b.select(small, b.fma(x, x, x), b.select(middle, x, 1.0)))
    q = b.select(large, 1.0, near) / below
    series = q * b.polynomial(q * q, *STIRLING[64][: 3 if bits == 32 else 6])
    far, n = _stirling(at_most(x, 190.0), b.select(large, series, 0.0), bits)
    return b.select(large, far, q), b.select(large, n, 0.0)


def _stirling(x: Value, series: Value, bits: int) -> Two:
    """``√2π x**(x - 1/2) e**(series - x)`` as a number and an exponent of 2."""
    b, y = x.b, x - 0.5
    if bits == 32:
        v = y * log2_short(x) + (series - x) * _PER_LOG2[0] + _LOG2_OF_ROOT[0]
        n, _ = nearest(v)
        return exp2_short(v - n), n
    log, rest = log2_long(x)
    high, low = two_product(y, log)
    minus, minus_low = two_product(x, b.constant(x, -_PER_LOG2[0]))
    v, lost = two_sum(high, minus)
    rest = b.fma(y, rest, low) + (b.fma(x, -_PER_LOG2[1], minus_low) + lost)
    n, _ = nearest(v + _LOG2_OF_ROOT[0])
    r, lost = two_sum(v - n, b.constant(x, _LOG2_OF_ROOT[0]))
    r, rest = two_sum(r, b.fma(series, _PER_LOG2[0], rest))
    return exp2_of_parts(r, lost + rest + _LOG2_OF_ROOT[1]), n
