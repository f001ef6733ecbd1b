"""What the functions are made of: limits, rounding to an integer, powers of two, mantissa and exponent."""

from __future__ import annotations

from ..builder import F32, INTEGERS, Type, Value

MANTISSA = {32: 23, 64: 52}  # bits behind the point
BIAS = {32: 127, 64: 1023}  # of the exponent
SMALLEST = {32: 2.0**-126, 64: 2.0**-1022}  # normal number
# The logarithm of 2 in two parts: products of the first with exponents are exact (9 and 33 bits). They are
# Cephes' for float32, and those of Sun's library for float64.
LOG2_HIGH = {32: 0.693359375, 64: float.fromhex("0x1.62e42feep-1")}
LOG2_LOW = {32: -2.1219444005469057e-4, 64: 1.90821492927058770002e-10}
_DOWN = {32: (0x3F400000, 0x3F800000 - 0x3F400000), 64: (0x3FE8 << 48, (0x3FF0 - 0x3FE8) << 48)}


def by_type(type: Type, single: float, double: float) -> float:
    """A constant that depends on the type."""
    return single if type is F32 else double


def at_least(x: Value, low: float) -> Value:
    """The larger of both; NaN stays. In this order it is one instruction of x86."""
    return x.b.select(x.lt(low), low, x)


def at_most(x: Value, high: float) -> Value:
    """The smaller of both; NaN stays."""
    return x.b.select(x.gt(high), high, x)


def nearest(x: Value, factor: float) -> tuple[Value, Value]:
    """The integer next to ``x * factor``, as a floating-point number, and as an integer plus the bias.

    The sum with ``1.5 * 2**mantissa`` has no bits behind the point, and the integer in its last bits. Of the
    second result only those bits hold it: the others are to be shifted out.
    """
    b, bits = x.b, x.type.bits
    magic = 1.5 * 2.0 ** MANTISSA[bits] + BIAS[bits]
    sum = b.fma(x, factor, magic) if factor != 1 else x + magic
    return sum - magic, b.bits(sum)


def power_of_two(biased: Value, offset: int = 0) -> Value:
    """``2**(n + offset)`` of an integer ``n`` plus the bias; the result must be normal."""
    b = biased.b
    if offset:
        biased = biased + offset
    return b.from_bits(biased << MANTISSA[biased.type.bits])


def scaled(x: Value, biased: Value) -> Value:
    """``x * 2**n``, rounded once where it is subnormal, for ``n`` from twice the least to twice the largest.

    ``biased`` is the second result of `nearest`. AVX-512 has an instruction for it; else two factors.
    """
    b, bits = x.b, x.type.bits
    magic = 0x4B400000 if bits == 32 else 0x4338 << 48  # the bits of 1.5 * 2**mantissa
    n = biased - (magic + BIAS[bits])
    if b.has_avx512:
        return b.ldexp(x, n)
    # An arithmetic shift of 64 bits is slow before AVX-512: shift a number that is not negative.
    half = ((n + 4096) >> 1) - 2048
    return x * power_of_two(half + BIAS[bits]) * power_of_two(n - half + BIAS[bits])


def split(x: Value) -> tuple[Value, Value]:
    """The exponent ``k`` plus the bias and ``m`` from 0.75 to 1.5, where ``x = m * 2**k``; ``x`` is normal."""
    b, bits = x.b, x.type.bits
    low, up = _DOWN[bits]
    raised = b.bits(x) + up
    m = (raised & (1 << MANTISSA[bits]) - 1) + low
    return raised >> MANTISSA[bits], b.from_bits(m)


def as_float(biased: Value, bias: Value | float) -> Value:
    """``n`` of an exponent plus the bias, as a floating-point number: it is put behind the digits of 2**mantissa."""
    b, bits = biased.b, biased.type.bits
    one = 1 << MANTISSA[bits]
    power = (BIAS[bits] + MANTISSA[bits]) << MANTISSA[bits]
    whole = b.from_bits(biased | power)
    if isinstance(bias, Value):
        return whole - (bias + float(one))
    return whole - (one + bias)


def integer_type(x: Value) -> Type:
    """The integer of the same width."""
    return INTEGERS[x.type.bits]
