"""Two partial results of a reduction made one."""

from __future__ import annotations

from .access import Dtype
from .builder import Builder, Value
from .registers import Complex, Register


def combine(b: Builder, name: str, dtype: Dtype, x: Register, y: Register) -> Register:
    """``x + y``, ``x * y`` or the larger or smaller; NaN passes."""
    if isinstance(x, Complex):
        assert isinstance(y, Complex)
        if name == "sum":
            return Complex(x.re + y.re, x.im + y.im)
        return Complex(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re)
    assert isinstance(y, Value)
    if dtype.kind == "b":
        return x | y if name in ("sum", "max") else x & y
    if name in ("sum", "prod"):
        return x + y if name == "sum" else x * y
    if dtype.kind == "f":
        return b.intrinsic("maximum" if name == "max" else "minimum", x, y)
    kind = ("u" if dtype.kind == "u" else "s") + name
    return b.intrinsic(kind, x, y)
