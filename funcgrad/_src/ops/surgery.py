"""Elements put in and taken out along an axis: ``insert``, ``delete``, ``resize``.

Where things go is found by NumPy itself, on the numbers of the positions; so it must be known while the
function is traced. Results have the layout that NumPy gives them: Fortran's for arrays in Fortran's alone.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .axes import normal_axis
from .beside import beside
from .creation import zeros_like
from .declare import Linear
from .index_form import known_value
from .indexing import cast_values, getitem
from .join import concatenate
from .plain import plainly
from .shape import as_array, moveaxis, operand, ravel, shape_of
from .slices import here
from .structural import convert, move_axis, reshape
from .tables import implements
from .taking import take_back, take_p
from .writing import placed

FAMILY = "surgery"
_POSITIONS = "pass positions that are not traced: numbers, a slice or a plain array"


def _along(axis: int, key: Any) -> tuple[Any, ...]:
    return (*(slice(None),) * axis, key)


def _order(x: Any) -> Any:
    return "F" if x.flags.f_contiguous and not x.flags.c_contiguous else "C"


def _with_length(x: Aval, axis: int, length: int) -> Aval:
    return array_aval(x, (*x.shape[:axis], length, *x.shape[axis + 1 :]), x.dtype)


# --- interleave: x at some positions, v at the others ----------------------------------------------


def _interleave(xp: Any, x: Any, v: Any, old: Any, new: Any, *, axis: int) -> Any:
    shape = (*x.shape[:axis], old.size + new.size, *x.shape[axis + 1 :])
    with here(x):
        out = xp.empty(shape, x.dtype, order=_order(x))
    out[_along(axis, old)] = x
    out[_along(axis, new)] = v
    return out


def _interleave_aval(x: Aval, v: Aval, old: Aval, new: Aval, *, axis: int) -> Aval:
    target = _with_length(x, axis, new.size).shape
    np.broadcast_to(np.broadcast_to(np.int8(0), v.shape), target)  # NumPy's own error
    return _with_length(x, axis, old.size + new.size)


def _interleave_batch(size: int, values: Any, at: Any, *, axis: int) -> Any:
    x, v, old, new = values
    if at[0] is None:
        x = np.broadcast_to(x, (size, *aval_of(x).shape))
    else:
        x = move_axis(x, at[0], 0)
    v = v if at[1] is None else move_axis(v, at[1], 0)
    return interleave_p.bind(x, v, old, new, axis=axis + 1), 0


interleave_p = Primitive("interleave", _interleave, family=FAMILY)
interleave_p.aval = _interleave_aval
interleave_p.rule = Linear(
    lambda g, x, v, old, new, *, axis: take_p.bind(g, old, axis=axis),
    lambda g, x, v, old, new, *, axis: take_p.bind(g, new, axis=axis),
    None,
    None,
)
interleave_p.batch = _interleave_batch


@implements(np.insert)
@plainly(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """``values`` put in before the positions ``obj`` along ``axis`` (None: of the elements as a row).

    Values are cast to the dtype of ``arr``; floating ones into integers are an error where they are traced.
    """
    arr, values = beside([operand(arr), operand(values)])
    arr, axis = _row(arr, axis)
    aval = aval_of(arr)
    values = as_array(convert(cast_values(values, aval, "np.insert"), aval.dtype))
    shape = shape_of(values)
    values = reshape(values, (*(1,) * (aval.ndim - len(shape)), *shape))
    obj = known_value(obj, "np.insert", _POSITIONS)
    count, length, place = _count(obj, aval.shape[axis]), aval.shape[axis], aval.place
    if count == 1:
        values = moveaxis(values, 0, axis) if np.ndim(obj) == 0 and not isinstance(obj, slice) else values
        count = shape_of(values)[axis]
    numbers = np.insert(np.full(length, -1), obj, np.arange(count))
    new = np.empty(count, np.intp)
    new[numbers[numbers >= 0]] = np.flatnonzero(numbers >= 0)
    old = np.flatnonzero(numbers < 0)
    return interleave_p.bind(arr, values, placed(old, place), placed(new, place), axis=axis)


def _count(obj: Any, length: int) -> int:
    """How many positions ``obj`` names; NumPy's error if it names none of this length."""
    return np.insert(np.zeros(length, bool), obj, True).size - length


def _row(arr: Any, axis: int | None) -> tuple[Any, int]:
    if axis is None:
        return ravel(arr), 0
    return arr, normal_axis(axis, aval_of(arr).ndim)


# --- delete ----------------------------------------------------------------------------------------


def _keep(xp: Any, x: Any, kept: Any, *, axis: int) -> Any:
    return xp.take(x, kept, axis=axis)


def _keep_host(x: Any, kept: Any, *, axis: int) -> Any:
    out = np.empty((*x.shape[:axis], kept.size, *x.shape[axis + 1 :]), x.dtype, order=_order(x))
    return np.take(x, kept, axis, out=out, mode="clip")


# What is left when some elements are deleted: like ``take``, but for the layout.
keep_p = Primitive("keep", _keep, host=_keep_host, family=FAMILY)
keep_p.aval = lambda x, kept, *, axis: _with_length(x, axis, kept.size)
keep_p.rule = Linear(take_back, None)
keep_p.batch = lambda size, values, at, *, axis: (
    keep_p.bind(move_axis(values[0], at[0], 0), values[1], axis=axis + 1),
    0,
)


@implements(np.delete)
@plainly(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """``arr`` without the elements at ``obj`` along ``axis`` (None: of the elements as a row)."""
    arr, axis = _row(operand(arr), axis)
    aval = aval_of(arr)
    obj = known_value(obj, "np.delete", _POSITIONS)
    kept = placed(np.delete(np.arange(aval.shape[axis]), obj), aval.place)
    if isinstance(obj, slice) or _is_number(obj):
        return keep_p.bind(arr, kept, axis=axis)
    return getitem(arr, _along(axis, kept))


def _is_number(obj: Any) -> bool:
    """Whether ``obj`` is one position rather than several or a mask."""
    found = np.asarray(obj)
    return found.size == 1 and found.dtype.kind != "b"


# --- resize ----------------------------------------------------------------------------------------


@implements(np.resize)
@plainly(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """The elements of ``a`` in C order, from the first again where they end, in a new shape."""
    shape = (new_shape,) if isinstance(new_shape, (int, np.integer)) else new_shape
    shape = tuple(operator.index(n) for n in shape)
    if any(n < 0 for n in shape):
        raise ValueError("all elements of `new_shape` must be non-negative")
    row, size = ravel(operand(a)), math.prod(shape)
    have = aval_of(row).size
    if have == 0 or size == 0:
        return zeros_like(row, shape=shape)
    return reshape(concatenate((row,) * -(-size // have))[:size], shape)
