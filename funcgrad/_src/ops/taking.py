"""Functions that pick elements by number, and those that tell the numbers of elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import DtypeError
from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .arithmetic import remainder
from .axes import normal_axis
from .decisions import found
from .declare import Linear
from .index_form import ALL, ARRAY, ON_MASKS, Template, listed
from .indexing import add_into, batch_index, getitem, getitem_p, index_add_p, iota, zeros_beside
from .select import maximum, minimum
from .shape import operand
from .structural import move_axis, reshape
from .tables import implements
from .ufunc import write_out

FAMILY = "taking"


# --- take ------------------------------------------------------------------------------------------


def _template(axis: int) -> Template:
    return (*(ALL,) * axis, ARRAY)


def _take(xp: Any, x: Any, indices: Any, *, axis: int) -> Any:
    return xp.take(x, indices, axis=axis)


def _take_aval(x: Aval, indices: Aval, *, axis: int) -> Aval:
    shape = x.shape[:axis] + indices.shape + x.shape[axis + 1 :]
    return scalar_or_array(shape, x.dtype, x.place)


def take_back(g: Any, x: Any, indices: Any, *, axis: int) -> Any:
    """The transpose of ``take``: what was read several times is added up."""
    return index_add_p.bind(zeros_beside(g, x.shape, x.dtype), g, indices, index=_template(axis))


def _take_batch(size: int, values: Any, axes: Any, *, axis: int) -> tuple[Any, int]:
    (x, indices), (at, index_at) = values, axes
    if index_at is None:
        return take_p.bind(move_axis(x, at, 0), indices, axis=axis + 1), 0
    if at is None:
        return take_p.bind(x, move_axis(indices, index_at, 0), axis=axis), axis
    x, index, arrays, out_axis = batch_index(size, x, at, [indices], [index_at], _template(axis))
    return getitem_p.bind(x, *arrays, index=index), out_axis


take_p = Primitive("take", _take, family=FAMILY)
take_p.aval = _take_aval
take_p.rule = Linear(
    take_back,
    None,
    accumulate=lambda total, g, indices, *, axis: add_into(total, g, indices, index=_template(axis)),
)
take_p.batch = _take_batch


@implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Any:
    """``a[..., indices, ...]`` along ``axis`` (of all elements in C order by default)."""
    a = operand(a)
    aval = aval_of(a)
    indices = operand(listed(indices, aval.place))
    if axis is None:
        a, axis = reshape(a, (aval.size,)), 0
    axis = normal_axis(axis, aval_of(a).ndim) if aval_of(a).ndim else 0
    a = a if aval_of(a).ndim else reshape(a, (1,))
    _check_integers(indices, "take")
    if mode == "wrap":
        indices = remainder(indices, aval_of(a).shape[axis])
    elif mode == "clip":
        indices = maximum(minimum(indices, aval_of(a).shape[axis] - 1), 0)
    elif mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    result = take_p.bind(a, indices, axis=axis)
    return result if out is None else write_out(out, result, "np.take(out=...)")


def _check_integers(indices: Any, what: str) -> None:
    aval = aval_of(indices)
    if aval.dtype.kind not in "iub":
        raise DtypeError(
            f"{what}: indices must be integers.",
            expected="an array of integers",
            got=str(aval),
            hint="convert them: i.astype(int)",
        )


# --- take_along_axis -------------------------------------------------------------------------------


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """``arr`` at ``indices`` along ``axis``, the other axes matched by position."""
    arr, indices = operand(arr), operand(indices)
    _check_integers(indices, "take_along_axis")
    if axis is None:
        if aval_of(indices).ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        arr, axis = reshape(arr, (aval_of(arr).size,)), 0
    aval = aval_of(arr)
    axis = normal_axis(axis, aval.ndim)
    if aval_of(indices).ndim != aval.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    return getitem(arr, tuple(_along(aval, indices, axis)))


def _along(aval: Aval, indices: Any, axis: int) -> Sequence[Any]:
    """An index array for each axis: its own positions, and ``indices`` for the one in question."""
    return [indices if i == axis else iota(n, aval.ndim - i, aval.place) for i, n in enumerate(aval.shape)]


# --- nonzero, flatnonzero, argwhere ----------------------------------------------------------------


@implements(np.nonzero, support="discrete")
def nonzero(a: Any) -> tuple[Any, ...]:
    """The indices of elements that are not zero: their number is decided by the values."""
    return found("nonzero", [a], "np.nonzero", ON_MASKS)


@implements(np.flatnonzero, support="discrete")
def flatnonzero(a: Any) -> Any:
    """The positions, in C order, of elements that are not zero: their number is decided by the values."""
    return found("flatnonzero", [a], "np.flatnonzero", ON_MASKS)[0]


@implements(np.argwhere, support="discrete")
def argwhere(a: Any) -> Any:
    """The indices of elements that are not zero, one row each: their number is decided by the values."""
    return found("argwhere", [a], "np.argwhere", ON_MASKS)[0]
