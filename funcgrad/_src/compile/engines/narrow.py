"""Reductions over a short last axis, column by column, with the bits of NumPy's own.

NumPy reduces a short axis by a call of its inner loop for each row. To add (compare) whole columns is up to
ten times faster.

NOTE (order of a short sum): fewer than 8 terms NumPy adds one after the other; from 8 to 128 it adds term i
to the sum number i % 8, then these as ((0+1)+(2+3))+((4+5)+(6+7)), then the terms that were left; and all to
the start of the reduction, which can change nothing but the sign of a zero. The same is done here.

NOTE (zeros): which of 0.0 and -0.0 is the larger depends on the order in which a row is read. So NumPy is
asked again if a result is 0.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WIDEST = 32  # columns; measured
_ROWS = 48  # for each column: from here on calls for columns cost less than those for rows
_CHUNK = 2048  # rows at a time: what is added up stays in the first-level cache
_add: Any = np.add
_START = _add.reduce(np.array([-0.0]))  # -0.0 where NumPy's sums start with that

Reduce = Callable[..., Any]


class _Memory(threading.local):
    """Three rows for partial sums, for each thread and dtype."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}


_memory = _Memory()


def narrow(reduce: Reduce) -> Reduce:
    """The method ``reduce`` of ``add``, ``maximum`` or ``minimum`` that sees to short rows itself."""
    return _FORMS.get(getattr(reduce, "__self__", None), reduce)


def _fits(x: Any, axis: Any, dtype: Any, out: Any) -> bool:
    """Whether these are long columns of an array in C order, reduced into an array of the same dtype."""
    if x.ndim != 2 or axis not in (1, (1,), -1) or out is None:
        return False
    n, columns = x.shape
    if not 2 <= columns <= WIDEST or n < _ROWS * columns or x.dtype.char not in "fd":
        return False
    return bool(x.flags.c_contiguous and out.dtype == x.dtype and (dtype is None or dtype == x.dtype))


def _line(out: Any) -> Any:
    """A result with or without its axis of length one, as one axis."""
    return out[:, 0] if out.ndim == 2 else out


def _extreme(ufunc: Any) -> Reduce:
    def reduce(x: Any, axis: Any, dtype: Any, out: Any, keepdims: bool) -> Any:
        if not _fits(x, axis, dtype, out):
            return ufunc.reduce(x, axis, dtype, out, keepdims)
        line = _line(out)
        ufunc(x[:, 0], x[:, 1], out=line)
        for j in range(2, x.shape[1]):
            ufunc(line, x[:, j], out=line)
        return out if line.all() else ufunc.reduce(x, axis, dtype, out, keepdims)

    return reduce


def _sum(x: Any, axis: Any, dtype: Any, out: Any, keepdims: bool) -> Any:
    if not _fits(x, axis, dtype, out):
        return _add.reduce(x, axis, dtype, out, keepdims)
    line = _line(out)
    rows = _memory.rows.get(x.dtype.char)
    if rows is None:
        rows = _memory.rows[x.dtype.char] = np.empty((3, _CHUNK), x.dtype)
    for i in range(0, len(x), _CHUNK):
        here = line[i : i + _CHUNK]
        _add_columns(x[i : i + _CHUNK].T, here, rows[:, : len(here)])
    return out


def _add_columns(x: Any, out: Any, rows: Any) -> None:
    """The sum of the columns ``x`` in NumPy's order."""
    add, count = _add, len(x)
    if count < 8:
        rest = 2
        add(x[0], x[1], out)
    else:
        rest = count - count % 8
        _add_eight(x[:rest], out, rows)
    for j in range(rest, count):
        add(out, x[j], out)
    add(out, _START, out)


def _add_eight(x: Any, out: Any, rows: Any) -> None:
    """The sum of eight sums, pair by pair."""
    add, (a, b, c) = _add, rows
    add(_every_eighth(x, 0, out), _every_eighth(x, 1, a), out)
    add(_every_eighth(x, 2, a), _every_eighth(x, 3, b), a)
    add(out, a, out)
    add(_every_eighth(x, 4, a), _every_eighth(x, 5, b), a)
    add(_every_eighth(x, 6, b), _every_eighth(x, 7, c), b)
    add(a, b, a)
    add(out, a, out)


def _every_eighth(x: Sequence[Any], first: int, out: Any) -> Any:
    """The sum of the columns ``first``, ``first + 8``, …: a column itself if there is one alone."""
    if len(x) == 8:
        return x[first]
    np.add(x[first], x[first + 8], out)
    for j in range(first + 16, len(x), 8):
        np.add(out, x[j], out)
    return out


_FORMS: dict[Any, Reduce] = {
    np.add: _sum,
    np.maximum: _extreme(np.maximum),
    np.minimum: _extreme(np.minimum),
}
