"""In-place operators and item assignment on traced values, with NumPy's effect.

Arrays, 0-d ones too, are rebound and keep their dtype; scalars are immutable, so ``s += 1`` makes a new
one. What these functions refuse, and how views follow, is said in core/inplace.py.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, MutationError
from ..core.aval import aval_of
from ..core.inplace import check_writable, is_writable_kind, rebind
from ..core.trace import Tracer, is_known
from .rebinding import fit_target, in_place_on_plain
from .scatter import (
    index_add,
    index_divide,
    index_max,
    index_min,
    index_multiply,
    index_set,
    index_subtract,
)
from .shape import operand
from .tables import UFUNCS
from .turns import index_apply
from .ufunc import Ufunc, ufunc_dtypes
from .ufunc_methods import any_traced, numpys_method

Method = Callable[..., Any]

# The in-place operators of Python: method, symbol, NumPy function.
OPERATORS: dict[str, tuple[str, np.ufunc]] = {
    "__iadd__": ("+=", np.add),
    "__isub__": ("-=", np.subtract),
    "__imul__": ("*=", np.multiply),
    "__itruediv__": ("/=", np.divide),
    "__ifloordiv__": ("//=", np.floor_divide),
    "__imod__": ("%=", np.remainder),
    "__ipow__": ("**=", np.power),
    "__imatmul__": ("@=", np.matmul),
    "__iand__": ("&=", np.bitwise_and),
    "__ior__": ("|=", np.bitwise_or),
    "__ixor__": ("^=", np.bitwise_xor),
    "__ilshift__": ("<<=", np.left_shift),
    "__irshift__": (">>=", np.right_shift),
}


# --- y[index] = value ------------------------------------------------------------------------------


def setitem(target: Tracer, index: Any, value: Any) -> None:
    """``target[index] = value``: every name of the array, its base and its views see the write."""
    what = "y[...] = value"
    if not is_writable_kind(target):
        aval = aval_of(target)
        raise ArgumentError(
            f"{what}: a {aval.dtype} scalar has no elements to assign to.",
            expected="a traced array",
            got=str(aval),
            hint="np.zeros_like(x) of an array x makes a buffer to write into",
        )
    check_writable(target, what)
    rebind(target, index_set(target, index, value), what)


# --- y += value ------------------------------------------------------------------------------------


def inplace(op: Callable[[Any, Any], Any], symbol: str) -> Method:
    """The method behind an in-place operator, made of the function that it applies."""
    what = f"y {symbol} value"

    def method(self: Tracer, other: Any) -> Any:
        if not is_writable_kind(self):
            return op(self, other)
        check_writable(self, what)
        rebind(self, fit_target(op(self, other), aval_of(self), what), what)
        return self

    return method


def inplace_methods() -> dict[str, Method]:
    """The methods of a tracer for every in-place operator whose function is declared."""
    return {
        name: inplace(UFUNCS[ufunc], symbol) for name, (symbol, ufunc) in OPERATORS.items() if ufunc in UFUNCS
    }


# --- y.sort(), y.partition(k) -----------------------------------------------------------------------


def sort_in_place(
    self: Any, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None, **newer: Any
) -> None:
    """Sorted in place; NumPy 2.5 has ``descending`` too."""
    _put_in_order(self, np.sort(self, operator.index(axis), kind, order, stable=stable, **newer), "y.sort()")


def partition_in_place(
    self: Any, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None
) -> None:
    """Partitioned in place."""
    _put_in_order(self, np.partition(self, kth, operator.index(axis), kind, order), "y.partition()")


def _put_in_order(target: Tracer, new: Any, what: str) -> None:
    check_writable(target, what)
    rebind(target, new, what)


# --- np.add.at(y, index, values) -------------------------------------------------------------------


_AT: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": index_add,
    "subtract": index_subtract,
    "multiply": index_multiply,
    "divide": index_divide,
    "minimum": index_min,
    "maximum": index_max,
}


def ufunc_at(op: Ufunc, a: Any, indices: Any, *b: Any) -> None:
    """``np.add.at(a, indices, b)``: an element that is addressed several times is written that often."""
    what = f"np.{op.__name__}.at"
    if not any_traced((a, indices, b)):
        numpys_method("at", op, a, indices, *b)
        return
    if type(a) is not Tracer:
        raise MutationError(
            f"{what}: traced values cannot be written into a plain array.",
            expected="an array made inside the traced function",
            got=str(aval_of(a)),
            hint="make it with np.zeros_like(x) of a traced x, or write a = x.at[i].add(b)",
        )
    check_writable(a, what)
    if op.nout != 1 or len(b) != op.nin - 1:
        raise ValueError(f"{what} takes {op.nin - 1} operands beside the indices, and has one result")
    rebind(a, _at(op, a, indices, tuple(map(operand, b)), what), what)


def _at(op: Ufunc, a: Any, indices: Any, b: tuple[Any, ...], what: str) -> Any:
    write = _AT.get(op.__name__)
    if write is None or (_widens(op, a, b) and not _unknown(indices)):
        return index_apply(op, a, indices, *b, what=what)
    return write(a, indices, *b)


def _widens(op: Ufunc, a: Any, b: tuple[Any, ...]) -> bool:
    """Whether NumPy computes in a wider dtype than that of the array, and rounds after every write."""
    return ufunc_dtypes(op.ufunc, (aval_of(a), *map(aval_of, b)))[0] != aval_of(a).dtype


def _unknown(indices: Any) -> bool:
    """Whether the values of an index are unknown while it is traced."""
    if isinstance(indices, (tuple, list)):
        return any(map(_unknown, indices))
    return not is_known(indices)


Ufunc.METHODS["at", "*"] = ufunc_at
Ufunc.METHODS["in place", "*"] = in_place_on_plain
