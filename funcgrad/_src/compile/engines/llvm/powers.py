"""Powers with a whole exponent that is written in the program, and powers of integers.

NumPy's floating-point power is that of C, nearly correctly rounded. Repeated products are as accurate if the
double carries what they lose: float32 is raised in double, float64 as a sum of two doubles, each product
rounded apart from its error by one fused operation (T. J. Dekker, Numer. Math. 18, 1971, 224-242).
"""

from __future__ import annotations

from .builder import F32, F64, Builder, Value
from .registers import Dtype

LIMIT = 32  # the largest exponent that is made of products


def whole(b: Builder, x: Value, n: int) -> Value:
    """A floating-point number to the power n, at most ``LIMIT`` in size."""
    if n == 0:
        return b.number(x.type, 1, x.lanes)
    if abs(n) == 1:
        return x if n > 0 else 1 / x
    if n == 2:
        return x * x
    if x.type is F32:
        wide = _plain(b, b.cast("fpext", x, F64), abs(n))
        return b.cast("fptrunc", wide if n > 0 else 1 / wide, F32)
    base = 1 / x if n < 0 else x
    rest = b.fma(-x, base, 1.0) / x if n < 0 else b.number(x.type, 0, x.lanes)
    exact = _double(b, base, rest, abs(n))
    # where something overflowed, or began infinite, its error is not a number
    return b.select(exact.is_nan(), _plain(b, base, abs(n)), exact)


def _plain(b: Builder, x: Value, n: int) -> Value:
    """Products of powers x, x², x⁴, …, by the bits of n."""
    found = None
    while True:
        if n & 1:
            found = x if found is None else found * x
        n >>= 1
        if not n:
            assert found is not None
            return found
        x = x * x


def _double(b: Builder, high: Value, low: Value, n: int) -> Value:
    """The same for the number ``high + low``."""
    found = None
    while True:
        if n & 1:
            found = (high, low) if found is None else _product(b, *found, high, low)
        n >>= 1
        if not n:
            assert found is not None
            return b.copysign(found[0] + found[1], found[0])  # of -0.0, too
        high, low = _product(b, high, low, high, low)


def _product(b: Builder, x: Value, x_low: Value, y: Value, y_low: Value) -> tuple[Value, Value]:
    high = x * y
    return high, b.fma(x, y, -high) + b.fma(x, y_low, x_low * y)


def of_integer(b: Builder, x: Value, n: int) -> Value:
    """An integer to a power that is not negative; it wraps."""
    n %= 1 << 64
    return _plain(b, x, n) if n else b.number(x.type, 1, x.lanes)


def of_integers(b: Builder, x: Value, n: Value) -> Value:
    """An integer to the power of an unsigned one: a product for every bit of the exponent."""
    found = b.number(x.type, 1, x.lanes)
    for k in range(x.type.bits):
        taken = (n & (1 << k)).ne(0)
        found = b.select(taken, found * x, found)
        x = x * x
    return found


def is_whole(value: object, dtype: Dtype) -> bool:
    """Whether an exponent is a whole number for which there are products."""
    if not isinstance(value, (int, float)) or dtype.kind != "f":
        return False
    return abs(value) <= LIMIT and float(value).is_integer()
