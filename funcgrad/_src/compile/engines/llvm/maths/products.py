"""Exponentials of sums and squares to more digits than a number has, times a factor, rounded once."""

from __future__ import annotations

from ..builder import F32, Value
from .exact import Two, fast_two_sum, product_error, two_product
from .exponentials import EXP
from .pieces import LOG2_HIGH, LOG2_LOW, PER_LOG2, nearest, scaled


def exp_times(
    x: Value, low: Value, factor: Value, divisor: Value, shift: tuple[float, float] = (0.0, 0.0)
) -> Value:
    """``e**(x + low + shift) factor / divisor``; x between the limits of `exp`, low below an ulp of it.

    The shift has so few digits in its first part that it is added without error.
    """
    less, n, biased = _parts(x, low, shift)
    return scaled(x.b.fma(factor, less, factor) / divisor, n, biased)


def exp_over_sum(
    x: Value, low: Value, factor: Value, times: Value, plus: Value, shift: tuple[float, float]
) -> Value:
    """``e**(x + low + shift) factor / (factor times + plus)``, all but rounded once; ``times`` is not small.

    What the roundings of numerator and denominator lose is divided, too.
    """
    less, n, biased = _parts(x, low, shift)
    b = x.b
    above, above_lost = _product_plus(factor, less, factor)
    product, lost = two_product(factor, times)
    below, below_lost = fast_two_sum(product, plus)
    inverse = 1.0 / below
    y = above * inverse
    rest = -product_error(y, below, above) + (above_lost - y * (below_lost + lost))
    return scaled(b.fma(rest, inverse, y), n, biased)


def _product_plus(x: Value, y: Value, z: Value) -> Two:
    """``x y + z`` where the product is below z, and what its rounding loses."""
    b = x.b
    if b.has_fma:
        sum = b.fma(x, y, z)
        return sum, b.fma(x, y, z - sum)
    product, lost = two_product(x, y)
    sum, rest = fast_two_sum(z, product)
    return sum, rest + lost


def exp_of_sum(x: Value, low: Value) -> Value:
    """``e**(x + low)``; x between the limits of `exp`, low below an ulp of it."""
    less, n, biased = _parts(x, low, (0.0, 0.0))
    return scaled(less + 1.0, n, biased)


def _parts(x: Value, low: Value, shift: tuple[float, float]) -> tuple[Value, Value, Value]:
    """``e**r - 1``, n and n plus the bias, where ``x + low + shift = n log 2 + r``."""
    b, bits = x.b, x.type.bits
    n, biased = nearest(x + shift[0] if shift[0] else x, PER_LOG2)
    r = b.fma(n, -LOG2_HIGH[bits], x)
    if shift[0]:
        r, low = r + shift[0], low + shift[1]
    r = b.fma(n, -LOG2_LOW[bits], r) + low
    return b.fma(r * r, b.polynomial(r, *EXP[bits]), r), n, biased


def square(x: Value) -> tuple[Value, Value]:
    """``x²``, and what its rounding loses (without fused multiplication by Dekker's halves, 1971)."""
    b = x.b
    high = x * x
    if b.has_fma:
        return high, b.fma(x, x, -high)
    mask = -(1 << 12) if x.type is F32 else -(1 << 27)
    head = b.from_bits(b.bits(x) & mask)
    rest = x - head
    return high, ((head * head - high) + (head + head) * rest) + rest * rest
