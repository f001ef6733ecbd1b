"""Sums and products with their errors, each as two numbers that are together exact.

The sum is Knuth's and Dekker's; the product is one `fma` more, or Veltkamp's and Dekker's halves where there
is none (J.-M. Muller et al., Handbook of Floating-Point Arithmetic, chapter 4). Halves overflow for numbers
near the largest one.
"""

from __future__ import annotations

from ..builder import F32, Value

Two = tuple[Value, Value]


def two_sum(x: Value, y: Value) -> Two:
    """``x + y``."""
    sum = x + y
    part = sum - x
    return sum, (x - (sum - part)) + (y - part)


def fast_two_sum(x: Value, y: Value) -> Two:
    """``x + y`` where ``x`` is 0 or the larger of both."""
    sum = x + y
    return sum, y - (sum - x)


def two_product(x: Value, y: Value) -> Two:
    """``x * y``."""
    product = x * y
    return product, product_error(x, y, product)


def product_error(x: Value, y: Value, product: Value) -> Value:
    """``x * y - product``, where the product is that of the two, rounded or nearly so."""
    if x.b.has_fma:
        return x.b.fma(x, y, -product)
    (a, b), (c, d) = _halves(x), _halves(y)
    return ((a * c - product) + a * d + b * c) + b * d


def _halves(x: Value) -> Two:
    scaled = x * (2.0**12 + 1 if x.type is F32 else 2.0**27 + 1)
    high = scaled - (scaled - x)
    return high, x - high
