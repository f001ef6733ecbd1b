"""Integers, which wrap, and truth values, whose sum is *or* and whose product is *and*.

A division by zero gives 0, and the least number over -1 itself; neither may reach LLVM's instructions, whose
result would be undefined, and which would trap.
"""

from __future__ import annotations

from .builder import F32, F64, I8, I64, Builder, Value
from .comparisons import Table
from .conversions import resized
from .registers import is_constant

INTEGERS: Table = {}


def _same(b: Builder, x: Value) -> Value:
    return x


def _least(x: Value) -> int:
    return -(1 << x.type.bits - 1)


# --- sums and products -----------------------------------------------------------------------------

for _kind in "iu":
    INTEGERS["add", _kind] = lambda b, x, y: x + y
    INTEGERS["subtract", _kind] = lambda b, x, y: x - y
    INTEGERS["multiply", _kind] = lambda b, x, y: x * y
    INTEGERS["negative", _kind] = lambda b, x: -x
    INTEGERS["square", _kind] = lambda b, x: x * x
INTEGERS["add", "b"] = lambda b, x, y: x | y
INTEGERS["multiply", "b"] = lambda b, x, y: x & y
for _kind in "biu":
    for _name in ("positive", "conjugate", "floor", "ceil", "trunc", "real", "copy"):
        INTEGERS[_name, _kind] = _same
INTEGERS["absolute", "b"] = INTEGERS["absolute", "u"] = _same
INTEGERS["absolute", "i"] = lambda b, x: b.select(x.lt(0), -x, x)
INTEGERS["sign", "u"] = lambda b, x: b.select(x.eq(0), 0, b.number(x.type, 1, x.lanes))


def _sign(b: Builder, x: Value) -> Value:
    positive = b.select(x.eq(0), 0, b.number(x.type, 1, x.lanes))
    return b.select(x.lt(0), -1, positive)


INTEGERS["sign", "i"] = _sign


def _reciprocal(b: Builder, x: Value) -> Value:
    """1 and -1 for themselves, else 0; for 0 what an infinite float becomes there."""
    return b.select(x.eq(0), _least(x) if x.type.bits >= 32 else 0, _unit(b, x))


def _unit(b: Builder, x: Value) -> Value:
    return b.select(x.eq(1) | x.eq(-1), x, 0)


INTEGERS["reciprocal", "i"] = _reciprocal
INTEGERS["reciprocal", "u"] = lambda b, x: b.select(x.eq(1), x, 0)

# --- quotients and remainders ----------------------------------------------------------------------


def _quotient(b: Builder, x: Value, y: Value, *, signed: bool, number: bool) -> Value:
    """A quotient, cut towards zero, whose divisor is not zero.

    Processors have no such instruction for vectors, so these are divided as floats: their quotient is next to
    a whole number only if it is one, as long as the float has more bits than the integers. Division by a
    known ``number`` is a product for LLVM.
    """
    if number or not max(x.lanes, y.lanes) or x.type is I64:
        return b.binary("sdiv" if signed else "udiv", x, y)
    wide = F32 if x.type.bits < 32 else F64
    over, under = [b.cast("sitofp" if signed else "uitofp", v, wide) for v in (x, y)]
    return b.cast("fptosi" if signed else "fptoui", over / under, x.type)


def _signed_parts(b: Builder, x: Value, y: Value) -> tuple[Value, Value, Value]:
    """Quotient, cut towards zero, and remainder; 0 for the latter where the divisor is 0; and where it is."""
    zero = y.eq(0)
    divisor = b.select(zero | (x.eq(_least(x)) & y.eq(-1)), 1, y)
    quotient = _quotient(b, x, divisor, signed=True, number=is_constant(y))
    return quotient, x - quotient * divisor, zero


def _signed_floor_divide(b: Builder, x: Value, y: Value) -> Value:
    quotient, rest, zero = _signed_parts(b, x, y)
    down = rest.ne(0) & (rest ^ y).lt(0)
    return b.select(zero, 0, b.select(down, quotient - 1, quotient))


def _signed_remainder(b: Builder, x: Value, y: Value) -> Value:
    _, rest, _ = _signed_parts(b, x, y)
    return b.select(rest.ne(0) & (rest ^ y).lt(0), rest + y, rest)


def _unsigned_parts(b: Builder, x: Value, y: Value) -> tuple[Value, Value, Value]:
    zero = y.eq(0)
    divisor = b.select(zero, 1, y)
    quotient = _quotient(b, x, divisor, signed=False, number=is_constant(y))
    return quotient, x - quotient * divisor, zero


def _unsigned_floor_divide(b: Builder, x: Value, y: Value) -> Value:
    quotient, _, zero = _unsigned_parts(b, x, y)
    return b.select(zero, 0, quotient)


INTEGERS["floor_divide", "u"] = _unsigned_floor_divide
INTEGERS["remainder", "u"] = INTEGERS["fmod", "u"] = lambda b, x, y: _unsigned_parts(b, x, y)[1]
INTEGERS["floor_divide", "i"] = _signed_floor_divide
INTEGERS["remainder", "i"] = _signed_remainder
INTEGERS["fmod", "i"] = lambda b, x, y: _signed_parts(b, x, y)[1]

# --- bits ------------------------------------------------------------------------------------------


def _left(b: Builder, x: Value, n: Value) -> Value:
    inside = b.unsigned("ult", n, x.type.bits)
    return b.select(inside, x << b.select(inside, n, 0), 0)


def _right_unsigned(b: Builder, x: Value, n: Value) -> Value:
    inside = b.unsigned("ult", n, x.type.bits)
    return b.select(inside, x >> b.select(inside, n, 0), 0)


def _right_signed(b: Builder, x: Value, n: Value) -> Value:
    last = x.type.bits - 1
    return b.ashr(x, b.select(b.unsigned("ult", n, last), n, last))


def _bit_count(b: Builder, x: Value) -> Value:
    return resized(b, b.intrinsic("ctpop", x), I8, signed=False)


for _kind in "biu":
    INTEGERS["bitwise_and", _kind] = lambda b, x, y: x & y
    INTEGERS["bitwise_or", _kind] = lambda b, x, y: x | y
    INTEGERS["bitwise_xor", _kind] = lambda b, x, y: x ^ y
    INTEGERS["invert", _kind] = lambda b, x: ~x
INTEGERS["left_shift", "i"] = INTEGERS["left_shift", "u"] = _left
INTEGERS["right_shift", "u"] = _right_unsigned
INTEGERS["right_shift", "i"] = _right_signed
INTEGERS["bitwise_count", "u"] = _bit_count
INTEGERS["bitwise_count", "i"] = lambda b, x: _bit_count(b, b.select(x.lt(0), -x, x))

# --- the larger and the smaller --------------------------------------------------------------------

for _name, _greater in (("maximum", True), ("fmax", True), ("minimum", False), ("fmin", False)):
    INTEGERS[_name, "b"] = (lambda b, x, y: x | y) if _greater else (lambda b, x, y: x & y)
    for _kind, _word in (("i", "s"), ("u", "u")):
        _intrinsic = f"{_word}{'max' if _greater else 'min'}"
        INTEGERS[_name, _kind] = lambda b, x, y, _intrinsic=_intrinsic: b.intrinsic(_intrinsic, x, y)
