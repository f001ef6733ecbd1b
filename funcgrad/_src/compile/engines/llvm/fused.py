"""Products that are added up in registers, rounded as the processor likes."""

from __future__ import annotations

from collections.abc import Sequence

from .access import Dtype
from .builder import Value
from .code import Code
from .registers import Complex, Register


def multiplied(code: Code, dtype: Dtype, x: Register, y: Register, total: Register | None) -> Register:
    """``total + x * y``, rounded as the processor likes."""
    if isinstance(x, Complex) and isinstance(y, Complex):
        if total is None:
            return Complex(fused(code, -x.im, y.im, x.re * y.re), fused(code, x.im, y.re, x.re * y.im))
        assert isinstance(total, Complex)
        re = fused(code, -x.im, y.im, fused(code, x.re, y.re, total.re))
        return Complex(re, fused(code, x.im, y.re, fused(code, x.re, y.im, total.im)))
    assert isinstance(x, Value)
    assert isinstance(y, Value)
    assert not isinstance(total, Complex)
    return x * y if total is None else fused(code, x, y, total)


def fused(code: Code, x: Value, y: Value, z: Value) -> Value:
    """``x * y + z``."""
    return code.fma(x, y, z) if x.type.floating else x * y + z


def added(x: Register, y: Register) -> Register:
    """The sum of two registers."""
    if isinstance(x, Complex):
        assert isinstance(y, Complex)
        return Complex(x.re + y.re, x.im + y.im)
    assert isinstance(y, Value)
    return x + y


def halves(x: Register) -> list[Value]:
    """The values of a register: two of a complex number."""
    return [x.re, x.im] if isinstance(x, Complex) else [x]


def joined(values: Sequence[Value]) -> Register:
    """The opposite of `halves`."""
    return Complex(*values) if len(values) == 2 else values[0]


def folded(code: Code, vectors: list[Value]) -> Value:
    """The sums of the lanes of several vectors, in one vector: pairs of vectors are interleaved and added.

    Missing vectors are as if they were the first one.
    """
    lanes = vectors[0].lanes
    vectors = vectors + [vectors[0]] * (lanes - len(vectors))
    width = 1
    while len(vectors) > 1:
        low = [k + (lanes if k // width % 2 else 0) - (width if k // width % 2 else 0) for k in range(lanes)]
        high = [k + width for k in low]
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        vectors = [code.shuffle(x, y, low) + code.shuffle(x, y, high) for x, y in pairs]
        width *= 2
    return vectors[0]
