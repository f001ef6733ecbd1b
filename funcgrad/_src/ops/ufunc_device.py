"""Reductions and scans by a ufunc where the array library of a device has none: made of calls of the ufunc.

Functions that may be regrouped take a number of launches that grows as the logarithm of the length, others
(differences, quotients, powers) one for each element.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..backends import HOST_TYPES
from .axes import normal_axes


@functools.lru_cache(maxsize=256)
def reorderable(name: str) -> bool:
    """Whether NumPy reduces by this ufunc over several axes at once: the order does not matter."""
    function = getattr(np, name)
    for dtype in (np.float64, np.int64, np.bool_):
        try:
            function.reduce(np.ones((1, 1), dtype), axis=None)
        except ValueError:
            return False
        except TypeError:
            continue
        return True
    return True


def neutral(name: str, dtype: np.dtype[Any]) -> Any:
    """The number that changes nothing, or None."""
    identity = getattr(np, name).identity
    return None if identity is None else np.asarray(identity).astype(dtype)[()]


def rows(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """The array with its reduced axes in front, as one."""
    rest = [i for i in range(x.ndim) if i not in axes]
    moved = xp.transpose(x, (*axes, *rest))
    n = 1
    for axis in axes:
        n *= x.shape[axis]
    return xp.reshape(moved, (n, *(x.shape[i] for i in rest)))


def reduced(
    xp: Any, x: Any, where: Any, initial: Any, *, name: str, axis: Any, dtype: np.dtype[Any], bare: bool
) -> Any:
    """``ufunc.reduce`` without the reduced axes."""
    f, axes = getattr(xp, name), normal_axes(axis, x.ndim)
    typed = _typed(x, name, dtype)
    if where is not None:
        where = rows(xp, xp.broadcast_to(where, x.shape), axes)
    first = initial
    if first is None and not bare and (found := neutral(name, typed.dtype)) is not None:
        first = found
    table = rows(xp, typed, axes)
    if not reorderable(name):
        return _folded(xp, f, table, where, first)
    if where is not None:
        other = neutral(name, table.dtype)  # without one, ``f(x, x)`` is ``x``: the largest, the smallest
        table = xp.where(where, table, _number(first if other is None else other, table.dtype))
    out = _halved(xp, f, table) if table.shape[0] else None
    if first is None or (out is not None and initial is None and table.shape[0] > 1):
        return out
    start = _start(xp, first, table)
    return start if out is None else f(start, out)


def _number(value: Any, dtype: np.dtype[Any]) -> Any:
    """A number in this dtype; a 0-d array of the device stays there."""
    return np.asarray(value).astype(dtype)[()] if type(value) in HOST_TYPES else value.astype(dtype)


def _start(xp: Any, first: Any, table: Any) -> Any:
    first = _number(first, table.dtype)
    if type(first) in HOST_TYPES:
        return xp.full(table.shape[1:], first, table.dtype)
    return xp.broadcast_to(first, table.shape[1:])


def _typed(x: Any, name: str, dtype: np.dtype[Any]) -> Any:
    """The operands in the dtype of the result; logic looks at them as they are."""
    return x.astype(bool if name.startswith("logical") else dtype, copy=False)


def _folded(xp: Any, f: Any, table: Any, where: Any, first: Any) -> Any:
    begin = 1 if first is None else 0
    out = table[0] if begin else _start(xp, first, table)
    for k in range(begin, table.shape[0]):
        new = f(out, table[k])
        out = new if where is None else xp.where(where[k], new, out)
    return out


def _halved(xp: Any, f: Any, table: Any) -> Any:
    """The two halves combined, until one row is left."""
    while (n := table.shape[0]) > 1:
        half = n // 2
        joined = f(table[:half], table[half : 2 * half])
        table = joined if n == 2 * half else xp.concatenate([joined, table[2 * half :]])
    return table[0]


def accumulated(xp: Any, x: Any, *, name: str, dtype: np.dtype[Any]) -> Any:
    """``ufunc.accumulate`` along the first axis."""
    f, out = getattr(xp, name), _typed(x, name, dtype).copy()
    n, step = out.shape[0], 1
    if reorderable(name):
        while step < n:
            later = f(out[:-step], out[step:])
            out = xp.concatenate([out[:step], later])
            step *= 2
        return out
    for k in range(1, n):
        out[k] = f(out[k - 1], out[k])
    return out
