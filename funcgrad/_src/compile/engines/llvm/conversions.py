"""From one dtype to another, as NumPy's casts.

NOTE (numbers out of range): a float that the integer cannot hold is undefined in C, so NumPy's result
depends on the machine. Here it is whatever the processor's instruction gives (frozen, so that nothing else
becomes undefined); on x86 that is NumPy's result there: smaller integers are cut out of int32 or int64.
"""

from __future__ import annotations

import numpy as np

from .builder import F64, I32, I64, Builder, Type, Value
from .registers import Complex, Dtype, Register, part, type_of


def convert(b: Builder, x: Register, have: Dtype, want: Dtype) -> Register:
    """``x`` of dtype ``have`` as ``want``; of complex numbers that become real, the real part."""
    if have == want:
        return x
    if isinstance(x, Complex):
        if want.kind == "b":
            return x.re.ne(0) | x.im.ne(0)
        re = real(b, x.re, part(have), part(want))
        return Complex(re, real(b, x.im, part(have), part(want))) if want.kind == "c" else re
    if want.kind == "c":
        re = real(b, x, have, part(want))
        return Complex(re, b.number(re.type, 0, re.lanes))
    return real(b, x, have, want)


def real(b: Builder, x: Value, have: Dtype, want: Dtype) -> Value:
    """A real number as another."""
    new = type_of(want)
    if want.kind == "b":
        return x if have.kind == "b" else x.ne(0)
    if have.kind == "f":
        if want.kind == "f":
            return x if x.type is new else b.cast("fpext" if new is F64 else "fptrunc", x, new)
        return to_unsigned(b, x) if want.kind == "u" and new is I64 else to_integer(b, x, want)
    if want.kind == "f":
        return b.cast("sitofp" if have.kind == "i" else "uitofp", x, new)
    return resized(b, x, new, signed=have.kind == "i")


def resized(b: Builder, x: Value, new: Type, *, signed: bool) -> Value:
    """An integer of another width."""
    if x.type is new:
        return x
    if x.type.bits > new.bits:
        return b.cast("trunc", x, new)
    return b.cast("sext" if signed else "zext", x, new)


def to_integer(b: Builder, x: Value, want: Dtype) -> Value:
    """A float, cut towards zero, by way of the narrowest integer for which x86 has an instruction."""
    new = type_of(want)
    wide = I64 if new is I64 or want == np.dtype(np.uint32) else I32
    return resized(b, cut(b, x, wide), new, signed=True)


def to_unsigned(b: Builder, x: Value) -> Value:
    """A float as uint64: what int64 cannot hold is brought into its range."""
    limit = 2.0**63
    high = b.binary("xor", cut(b, x - limit, I64), -(1 << 63))
    return b.select(x.ge(limit), high, cut(b, x, I64))


def cut(b: Builder, x: Value, new: Type) -> Value:
    """``fptosi``, any number where that is undefined."""
    found = b.cast("fptosi", x, new)
    return b.instruction(f"freeze {found.full} {found.text}", new, found.lanes)
