"""Differences of neighbours, what undoes them, and what is made of them: ``diff``, ``trapezoid``, ``unwrap``.

They are NumPy's own steps in NumPy's order, so that the numbers are NumPy's to the bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.trace import Tracer
from .arithmetic import remainder, subtract
from .axes import normal_axis
from .given import arrays_of, lists_beside
from .join import concatenate
from .logic import not_equal
from .plain import plainly
from .questions import result_type
from .reducing import UNSET
from .reductions import sum as sum_of
from .scans import cumsum
from .select import where
from .shape import ravel, reshape, shape_of
from .slices import cut_axis
from .structural import broadcast_to, convert, stop_gradient_p
from .tables import implements

# --- diff ------------------------------------------------------------------------------------------


def _layer(number: Any, shape: tuple[int, ...], axis: int) -> Any:
    """A number spread over one layer, to be put before or behind."""
    return broadcast_to(number, (*shape[:axis], 1, *shape[axis + 1 :]))


def neighbours(x: Any, axis: int) -> tuple[Any, Any]:
    """All but the first along ``axis``, and all but the last."""
    return cut_axis(x, axis, 1, None), cut_axis(x, axis, None, -1)


@implements(np.diff)
@plainly(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = UNSET, append: Any = UNSET) -> Any:
    """``a[1:] - a[:-1]`` along ``axis``, ``n`` times; of bools, whether neighbours differ."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    shape = shape_of(a) if type(a) is Tracer else np.shape(a)
    if not shape:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normal_axis(axis, len(shape))
    parts = arrays_of(*[part for part in (prepend, a, append) if part is not UNSET])
    given = [part if shape_of(part) else _layer(part, shape, axis) for part in parts]
    a = given[0] if len(given) == 1 else concatenate(given, axis)
    step = not_equal if aval_of(a).dtype.kind == "b" else subtract
    for _ in range(n):
        a = step(*neighbours(a, axis))
    return a


@implements(np.ediff1d)
@plainly(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of all elements in C order, between ``to_begin`` and ``to_end``, in the array's dtype."""
    edges = {"to_begin": to_begin, "to_end": to_end}
    edges = {name: edge for name, edge in edges.items() if edge is not None}
    row, *given = map(ravel, arrays_of(ary, *edges.values()))
    dtype = aval_of(row).dtype
    for name, edge in zip(edges, given, strict=True):
        if not np.can_cast(aval_of(edge).dtype, dtype, "same_kind"):
            text = f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule."
            raise TypeError(text)
    parts = [convert(edge, dtype) for edge in given]
    parts.insert(0 if to_begin is None else 1, subtract(*neighbours(row, 0)))
    return parts[0] if len(parts) == 1 else concatenate(parts)


# --- trapezoid -------------------------------------------------------------------------------------


@implements(np.trapezoid)
@plainly(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of samples by the trapezoidal rule, at the points ``x`` or at distances ``dx``."""
    y, *points = arrays_of(y, *[] if x is None else [x])
    shape = shape_of(y)
    at = normal_axis(axis, len(shape))
    if not points:
        widths = lists_beside((y, dx))[1]
    elif len(shape_of(points[0])) == 1:
        widths = diff(points[0])
        widths = reshape(widths, (*(1,) * at, *shape_of(widths), *(1,) * (len(shape) - at - 1)))
    else:
        widths = diff(points[0], axis=axis)
    upper, lower = neighbours(y, at)
    return sum_of(widths * (upper + lower) / 2.0, axis)


# --- unwrap ----------------------------------------------------------------------------------------

# What is added to the phases is a whole number of periods: it does not change with them, only with the
# period. So their derivative is the identity, and the rest is computed without one by them.


@implements(np.unwrap)
@plainly(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Phases without jumps of more than half a ``period``; jumps are passed over by the derivative."""
    p = arrays_of(p)[0]
    fixed = stop_gradient_p.bind(p)
    steps = diff(fixed, axis=axis)
    axis = normal_axis(axis, aval_of(p).ndim)
    dtype = result_type(steps, period)
    discont = period / 2 if discont is None else discont
    high, both_ways = _half(period, dtype)
    wrapped = remainder(steps - -high, period) + -high
    if both_ways:
        wrapped = _put(high, (wrapped == -high) & (steps > 0), wrapped)
    correction = _put(0, abs(steps) < discont, wrapped - steps)
    rest = cut_axis(p, axis, 1, None) + cumsum(correction, axis)
    return concatenate([convert(cut_axis(p, axis, 0, 1), dtype), convert(rest, dtype)], axis)


def _half(period: Any, dtype: np.dtype[Any]) -> tuple[Any, bool]:
    """Half a period, and whether a jump of exactly that much may be meant in either direction."""
    if dtype.kind not in "iu":
        return period / 2, True
    half, rest = divmod(period, 2)
    return half, bool(rest == 0)


def _put(value: Any, mask: Any, x: Any) -> Any:
    """``x`` with ``value`` where the mask holds, in the dtype of ``x``."""
    return convert(where(mask, value, x), aval_of(x).dtype)
