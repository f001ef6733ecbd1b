"""Comparisons, truth and tests of numbers, for every kind of dtype.

A table has one function for each (kernel, kinds): the kinds of the dtypes in which NumPy computes, one letter
if all are the same.
"""

from __future__ import annotations

from collections.abc import Callable

from .builder import Builder, Value
from .registers import Complex, Register

Function = Callable[..., Register]
Table = dict[tuple[str, str], Function]

COMPARISONS: Table = {}
# kernel: LLVM's names for floating-point, signed and unsigned numbers
_NAMES = {
    "equal": ("oeq", "eq", "eq"),
    "not_equal": ("une", "ne", "ne"),
    "less": ("olt", "slt", "ult"),
    "less_equal": ("ole", "sle", "ule"),
    "greater": ("ogt", "sgt", "ugt"),
    "greater_equal": ("oge", "sge", "uge"),
}
# what holds between a negative int64 and any uint64
_BELOW = frozenset({"not_equal", "less", "less_equal"})
_ABOVE = frozenset({"not_equal", "greater", "greater_equal"})


def _comparison(floating: str, integer: str) -> Function:
    return lambda b, x, y: b.compare(floating, integer, x, y)


def _mixed(name: str, unsigned: str, first: bool) -> Function:
    """int64 beside uint64, without a common type: ``first`` if the signed one comes first."""
    holds = name in (_BELOW if first else _ABOVE)

    def compare(b: Builder, x: Value, y: Value) -> Value:
        negative = (x if first else y).lt(0)
        both = b.unsigned(unsigned, x, y)
        return negative | both if holds else ~negative & both

    return compare


for _name, (_floating, _signed, _unsigned) in _NAMES.items():
    COMPARISONS[_name, "f"] = COMPARISONS[_name, "i"] = _comparison(_floating, _signed)
    COMPARISONS[_name, "u"] = COMPARISONS[_name, "b"] = _comparison("", _unsigned)
    COMPARISONS[_name, "iu"] = _mixed(_name, _unsigned, True)
    COMPARISONS[_name, "ui"] = _mixed(_name, _unsigned, False)


# --- complex numbers: by their real parts, then by their imaginary parts ----------------------------


def _complex_equal(b: Builder, x: Complex, y: Complex) -> Value:
    return x.re.eq(y.re) & x.im.eq(y.im)


def _complex_not_equal(b: Builder, x: Complex, y: Complex) -> Value:
    return x.re.ne(y.re) | x.im.ne(y.im)


def _in_order(first: str, then: str) -> Function:
    def compare(b: Builder, x: Complex, y: Complex) -> Value:
        apart = b.compare(first, "", x.re, y.re) & b.compare("ord", "", x.im, y.im)
        return apart | (x.re.eq(y.re) & b.compare(then, "", x.im, y.im))

    return compare


COMPARISONS["equal", "c"] = _complex_equal
COMPARISONS["not_equal", "c"] = _complex_not_equal
COMPARISONS["less", "c"] = _in_order("olt", "olt")
COMPARISONS["less_equal", "c"] = _in_order("olt", "ole")
COMPARISONS["greater", "c"] = _in_order("ogt", "ogt")
COMPARISONS["greater_equal", "c"] = _in_order("ogt", "oge")


# --- truth -----------------------------------------------------------------------------------------


def truth(b: Builder, x: Register) -> Value:
    """Whether a number is not zero; NaN is true."""
    if isinstance(x, Complex):
        return x.re.ne(0) | x.im.ne(0)
    return x if x.type.bits == 1 else x.ne(0)


for _kind in "biufc":
    COMPARISONS["logical_and", _kind] = lambda b, x, y: truth(b, x) & truth(b, y)
    COMPARISONS["logical_or", _kind] = lambda b, x, y: truth(b, x) | truth(b, y)
    COMPARISONS["logical_xor", _kind] = lambda b, x, y: truth(b, x) ^ truth(b, y)
    COMPARISONS["logical_not", _kind] = lambda b, x: ~truth(b, x)


# --- tests of one number ---------------------------------------------------------------------------

_INFINITY = float("inf")


def _always(found: bool) -> Function:
    def answer(b: Builder, x: Register) -> Value:
        like = x.re if isinstance(x, Complex) else x
        return b.compare("true" if found else "false", "eq" if found else "ne", like, like)

    return answer


def is_nan(b: Builder, x: Register) -> Value:
    """Whether a number, or a part of it, is NaN."""
    return b.compare("uno", "", x.re, x.im) if isinstance(x, Complex) else x.is_nan()


def is_finite(b: Builder, x: Register) -> Value:
    """Whether a number is neither infinite nor NaN."""
    if isinstance(x, Complex):
        return is_finite(b, x.re) & is_finite(b, x.im)
    return b.abs(x).lt(_INFINITY)


def is_infinite(b: Builder, x: Register) -> Value:
    """Whether a number, or a part of it, is infinite."""
    if isinstance(x, Complex):
        return is_infinite(b, x.re) | is_infinite(b, x.im)
    return b.abs(x).eq(_INFINITY)


for _kind in "fc":
    COMPARISONS["isnan", _kind] = is_nan
    COMPARISONS["isfinite", _kind] = is_finite
    COMPARISONS["isinf", _kind] = is_infinite
for _kind in "biu":
    COMPARISONS["isnan", _kind] = COMPARISONS["isinf", _kind] = _always(False)
    COMPARISONS["isposinf", _kind] = COMPARISONS["isneginf", _kind] = _always(False)
    COMPARISONS["isfinite", _kind] = _always(True)
for _kind in "biuf":
    COMPARISONS["iscomplex", _kind], COMPARISONS["isreal", _kind] = _always(False), _always(True)
COMPARISONS["isposinf", "f"] = lambda b, x: x.eq(_INFINITY)
COMPARISONS["isneginf", "f"] = lambda b, x: x.eq(-_INFINITY)
COMPARISONS["iscomplex", "c"] = lambda b, x: x.im.ne(0)
COMPARISONS["isreal", "c"] = lambda b, x: x.im.eq(0)
COMPARISONS["signbit", "f"] = lambda b, x: b.bits(x).lt(0)
