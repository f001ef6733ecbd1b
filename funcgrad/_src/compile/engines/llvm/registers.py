"""Registers: what a value of each dtype of NumPy is in LLVM.

A real number is a `Value`, a complex one a pair of them. Integers have no sign of their own in LLVM: the
dtype beside the register tells. Bool is one bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import F32, F64, I1, INTEGERS, Builder, Type, Value, literal

Dtype = np.dtype[Any]


class Complex:
    """A complex number: two registers of the same type."""

    __slots__ = ("im", "re")

    def __init__(self, re: Value, im: Value) -> None:
        self.re, self.im = re, im

    def __repr__(self) -> str:
        return f"Complex({self.re!r}, {self.im!r})"


Register = Value | Complex


def is_native(dtype: Dtype) -> bool:
    """Whether registers hold this dtype: not float16, longdouble, or another byte order."""
    sizes = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (4, 8), "c": (8, 16)}
    return dtype.isnative and dtype.itemsize in sizes.get(dtype.kind, ())


def part(dtype: Dtype) -> Dtype:
    """The dtype of a complex number's parts; a real dtype itself."""
    return np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype


def type_of(dtype: Dtype) -> Type:
    """LLVM's type of a number, or of the parts of a complex one."""
    if dtype.kind == "b":
        return I1
    if dtype.kind in "iu":
        return INTEGERS[8 * dtype.itemsize]
    return F32 if part(dtype).itemsize == 4 else F64


def number(b: Builder, value: Any, dtype: Dtype) -> Register:
    """A number of this dtype as a constant."""
    kind = type_of(dtype)
    if type(value) is int and dtype.kind in "fc":
        value = float(value)  # NumPy rounds Python's integers twice
    with np.errstate(all="ignore"):
        held = np.asarray(value).astype(dtype)[()]
    if dtype.kind == "c":
        return Complex(b.number(kind, float(held.real)), b.number(kind, float(held.imag)))
    return b.number(kind, held.item())


def choose(b: Builder, condition: Value, x: Register, y: Register) -> Register:
    """``x`` where the condition holds, else ``y``."""
    if isinstance(x, Complex) and isinstance(y, Complex):
        return Complex(b.select(condition, x.re, y.re), b.select(condition, x.im, y.im))
    assert isinstance(x, Value)
    assert isinstance(y, Value)
    return b.select(condition, x, y)


def is_constant(x: Value) -> bool:
    """Whether a register is a number that is known, and not NaN."""
    return x.text[0] != "%" and x.text not in _NANS


_NANS = frozenset([literal(type, float("nan")) for type in (F32, F64)])
