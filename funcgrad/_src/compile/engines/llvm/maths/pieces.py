"""What the functions are made of: limits, rounding to an integer, powers of two, mantissa and exponent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from ..builder import F32, F64, Type, Value
from . import avx512

MANTISSA = {32: 23, 64: 52}  # bits behind the point
BIAS = {32: 127, 64: 1023}  # of the exponent
SMALLEST = {32: 2.0**-126, 64: 2.0**-1022}  # normal number
LARGEST = {32: (2 - 2.0**-23) * 2.0**127, 64: (2 - 2.0**-52) * 2.0**1023}
INFINITY, NAN = float("inf"), float("nan")
PER_LOG2 = 1.4426950408889634
# The logarithm of 2 in two parts: the first has so few digits (15 and 33) that its products with exponents
# are exact.
LOG2_HIGH = {32: float.fromhex("0x1.62e4p-1"), 64: float.fromhex("0x1.62e42feep-1")}
LOG2_LOW = {32: 1.428606765330187e-06, 64: 1.9082149292705877e-10}


def by_type(type: Type, single: float, double: float) -> float:
    """A constant that depends on the type."""
    return single if type is F32 else double


def at_least(x: Value, low: float) -> Value:
    """The larger of both; NaN stays. In this order it is one instruction of x86."""
    return x.b.select(x.lt(low), low, x)


def at_most(x: Value, high: float) -> Value:
    """The smaller of both; NaN stays."""
    return x.b.select(x.gt(high), high, x)


def nearest(x: Value, factor: float = 1.0, offset: int = 0, zero: Value | None = None) -> tuple[Value, Value]:
    """The integer ``n`` next to ``x * factor``: a floating-point number, and ``n + offset`` plus the bias.

    The sum with ``1.5 * 2**mantissa`` has no bits behind the point, and the integer in its last bits. Of the
    second result only those bits hold it: the others are to be shifted out. Where ``zero`` holds, ``n`` is 0.
    """
    b, bits = x.b, x.type.bits
    magic = 1.5 * 2.0 ** MANTISSA[bits] + BIAS[bits] + offset
    sum = x + magic if factor == 1 else b.fma(x, factor, magic)
    if zero is not None:
        sum = b.select(zero, magic, sum)
    return sum - magic, b.bits(sum)


def polynomial(x: Value, square: Value, coefficients: Sequence[float]) -> Value:
    """``c0 + c1 x + c2 x² + …``, even and odd powers apart: half as many steps wait for one another."""
    b = x.b
    return b.fma(b.polynomial(square, *coefficients[1::2]), x, b.polynomial(square, *coefficients[::2]))


def long_polynomial(x: Value, coefficients: Sequence[float], steps: int = 0) -> Value:
    """`polynomial` if it has more than ten terms, else by Horner's scheme, as where every product rounds.

    So are the first ``steps`` terms, of a polynomial whose even and odd powers cancel in part.
    """
    if len(coefficients) <= 10 or not x.b.has_fma:
        return x.b.polynomial(x, *coefficients)
    found = polynomial(x, x * x, coefficients[steps:])
    for c in reversed(coefficients[:steps]):
        found = x.b.fma(found, x, c)
    return found


def in_double(function: Callable[..., Value]) -> Callable[..., Value]:
    """The same function; where products round, it computes single precision in double."""

    @functools.wraps(function)
    def widened(*xs: Value) -> Value:
        b = xs[0].b
        if xs[0].type is not F32 or b.has_fma:
            return function(*xs)
        return b.cast("fptrunc", function(*[b.cast("fpext", x, F64) for x in xs]), F32)

    return widened


def power_of_two(biased: Value) -> Value:
    """``2**n`` of an integer ``n`` plus the bias; the result must be normal."""
    return biased.b.from_bits(biased << MANTISSA[biased.type.bits])


def scaled(x: Value, n: Value, biased: Value) -> Value:
    """``x * 2**n``, rounded once where it is subnormal, for ``n`` from twice the least to twice the largest.

    ``n`` and ``biased`` are the results of `nearest`.
    """
    if avx512.available(x):
        return avx512.scalef(x, n)
    bias = BIAS[x.type.bits]
    magic = 0x4B400000 if x.type is F32 else 0x4338 << 48  # the bits of 1.5 * 2**mantissa
    # Two factors. The shift is one of numbers that are not negative, the only one of 64 bits before AVX-512.
    number = biased - (magic - 3 * bias)
    half = number >> 1
    return x * power_of_two(half - bias) * power_of_two(number - half - bias)


def split(x: Value, subnormal: bool = True) -> tuple[Value, Value]:
    """The exponent ``k``, and ``m`` from 0.75 to 1.5, where ``x = m * 2**k``.

    Zeros, infinities, NaN and negative numbers are left to `domain`, which must have the last word.
    """
    b, bits = x.b, x.type.bits
    if avx512.available(x):
        m = avx512.mantissa(x)
        return avx512.exponent(x) - avx512.exponent(m), m
    digits = MANTISSA[bits]
    one, three_quarters = BIAS[bits] << digits, (BIAS[bits] << digits) - (1 << digits - 1)
    bias: Value | float = 2.0**digits + BIAS[bits]
    if subnormal:
        small = x.lt(SMALLEST[bits])
        x = b.select(small, x * 2.0**digits, x)
        bias = b.select(small, b.constant(x, bias + digits), bias)
    raised = b.bits(x) + (one - three_quarters)
    # The exponent plus the bias, put behind the digits of 2**mantissa, is a number.
    whole = b.from_bits(raised >> digits | (BIAS[bits] + digits) << digits)
    m = b.from_bits((raised & (1 << digits) - 1) + three_quarters)
    return whole - bias, m


def domain(out: Value, x: Value) -> Value:
    """A logarithm of ``x``, made of its parts by `split`: minus infinity at 0, NaN below, infinity, NaN."""
    b = x.b
    if avx512.available(x):
        return out
    out = b.select(x.lt(INFINITY), out, x)
    below = b.select(x.eq(0.0), b.number(x.type, -INFINITY, x.lanes), b.number(x.type, NAN, x.lanes))
    return b.select(x.le(0.0), below, out)
