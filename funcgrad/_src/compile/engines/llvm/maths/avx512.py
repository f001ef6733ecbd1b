"""AVX-512's instructions for the exponent and the mantissa of a number, in one vector register.

They know zeros, infinities, NaN and subnormal numbers, so that what is built of them needs no selects.
"""

from __future__ import annotations

from ..builder import Value

_ROUNDING = "i32 4"  # as the processor is set; only instructions of 512 bits take it
_FROM_THREE_QUARTERS = 0b11  # the mantissa's interval: [0.75, 1.5)
_NAN_IF_NEGATIVE = 0b1100


def available(x: Value) -> bool:
    """Whether ``x`` fills one register or more of a processor that has them."""
    return x.b.has_avx512 and x.lanes * x.type.bits in (128, 256, 512, 1024, 2048)


def _call(name: str, x: Value, operand: Value | int | None = None) -> Value:
    b, width = x.b, x.lanes * x.type.bits
    if width > 512:
        second = b.halves(operand) if isinstance(operand, Value) else [operand, operand]
        return b.joined(*[_call(name, *pair) for pair in zip(b.halves(x), second, strict=True)])
    words = [f"{x.full} {x.text}", f"{x.full} zeroinitializer", f"i{max(x.lanes, 8)} -1"]
    if operand is not None:
        words.insert(1, f"{operand.full} {operand.text}" if isinstance(operand, Value) else f"i32 {operand}")
    if width == 512:
        words.append(_ROUNDING)
    kind = "ps" if x.type.bits == 32 else "pd"
    function = f"llvm.x86.avx512.mask.{name}.{kind}.{width}"
    return b.instruction(f"call {x.full} @{function}({', '.join(words)})", x.type, x.lanes)


def scalef(x: Value, n: Value) -> Value:
    """``x * 2**floor(n)``, rounded once; ``n`` may be infinite."""
    return _call("scalef", x, n)


def exponent(x: Value) -> Value:
    """``floor(log2(abs(x)))``: minus infinity of zero, infinity of infinity."""
    return _call("getexp", x)


def mantissa(x: Value) -> Value:
    """``x / 2**k`` from 0.75 to 1.5; 1 of zero and of infinity, NaN of negative numbers."""
    return _call("getmant", x, _NAN_IF_NEGATIVE | _FROM_THREE_QUARTERS)
