"""Shapes: another shape or order of axes for the same numbers, mostly views; copies and dtypes.

Nothing here but functions of NumPy's signature over the primitives of structural.py. What NumPy makes
a view is linked as one, so that in-place code has NumPy's effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from ..core.inplace import link_view, own_here
from ..core.primitive import as_operand
from ..core.trace import Tracer, unknown
from .axes import full_shape, normal_axis, permutation
from .beside import beside
from .structural import broadcast_to_p, convert, copy_p, reshape_p, transpose_p
from .tables import implements

Shape = tuple[int, ...]


def operand(value: Any) -> Any:
    """``value`` as a primitive takes it: lists of numbers become arrays."""
    return value if type(value) is Tracer else as_operand(value)


def operands(values: Iterable[Any]) -> list[Any]:
    """``values`` as one primitive takes them to make an array of each: numbers stand where the arrays are."""
    return beside([operand(value) for value in values])


def shape_of(value: Any) -> Shape:
    """The shape of an operand."""
    return aval_of(value).shape


def concrete(value: Any) -> Any:
    """The array behind an operand, or ``unknown``."""
    return value.trace.concrete(value) if type(value) is Tracer else value


# --- reshape ---------------------------------------------------------------------------------------


def _view(x: Any, shape: Shape, *, order: str = "C", sure: bool = True) -> Any:
    """``x`` reshaped, and linked to ``x``."""
    params = {"shape": shape, "order": order}
    return link_view(reshape_p.bind(x, **params), x, reshape_p, params, sure=sure)


def _plain_order(x: Any, order: str, what: str) -> str:
    """Order ``"A"`` as the ``"C"`` or ``"F"`` that it means for this array."""
    if order != "A":
        return order
    value = concrete(x)
    if value is unknown:
        raise UnsupportedError(
            f"{what}: the layout of a traced array is not known here, so order='A' has no meaning.",
            hint="order='C' or order='F'",
        )
    return (
        "F"
        if getattr(value, "ndim", 0) > 1 and value.flags.f_contiguous and not value.flags.c_contiguous
        else "C"
    )


def _check_no_copy(x: Any, shape: Shape, order: str) -> None:
    value = concrete(x)
    if value is unknown:
        raise UnsupportedError(
            "reshape: whether a copy is needed is not known here, so copy=False cannot be promised.",
            hint="leave copy=False away",
        )
    found = np.reshape(value, shape, order=order)  # type: ignore[call-overload]
    if getattr(value, "ndim", 0) and found.size and not np.may_share_memory(value, found):
        raise ValueError("Unable to avoid creating a copy while reshaping.")


@implements(np.reshape)
def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """``a`` with another shape: a view where NumPy gives one, unless ``copy=True``."""
    a = operand(a)
    shape = full_shape(aval_of(a).size, shape)
    if order == "A":
        order = _plain_order(a, order, "reshape")
    if copy is False:
        _check_no_copy(a, shape, order)
    if copy:
        return reshape_p.bind(copy_p.bind(a, order="K"), shape=shape, order=order)
    return _view(a, shape, order=order, sure=False)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """``a`` as one row, in C or Fortran order: a view if it is contiguous in that order."""
    a = operand(a)
    if order == "K":
        a, order = _memory_order(a), "C"
    shape, order = (aval_of(a).size,), _plain_order(a, order, "ravel")
    flags = getattr(concrete(a), "flags", None)
    if flags is None or flags[f"{order}_CONTIGUOUS"]:
        return _view(a, shape, order=order, sure=False)
    return copy_p.bind(reshape_p.bind(a, shape=shape, order=order))


def _memory_order(a: Any) -> Any:
    """``a`` with its axes in the order of their strides, longest first; those without one stay in place."""
    value = concrete(a)
    if value is unknown:
        raise UnsupportedError(
            "ravel: the layout of a traced array is not known here, so order='K' has no meaning.",
            hint="order='C' or order='F'",
        )
    strides = getattr(value, "strides", ())
    order: list[int] = []  # from the last axis to the first, as NumPy's iterator sorts them
    for axis in reversed(range(len(strides))):
        place = len(order)
        for i in reversed(range(len(order))):
            if strides[axis] and strides[order[i]]:
                if abs(strides[order[i]]) <= abs(strides[axis]):
                    break
                place = i
        order.insert(place, axis)
    return transpose(a, order[::-1])


@implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """``a`` without its axes of length one (all, or those named): a view."""
    a = operand(a)
    return _view(a, np.squeeze(np.broadcast_to(np.int8(0), shape_of(a)), axis).shape)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    """``a`` with new axes of length one at ``axis``: a view."""
    a = as_array(operand(a))
    return _view(a, np.expand_dims(np.broadcast_to(np.int8(0), shape_of(a)), axis).shape)


def _at_least(n: int, arrays: tuple[Any, ...]) -> Any:
    found = []
    for a in operands(arrays):
        shape = shape_of(a)
        if n == 3 and len(shape) in (1, 2):
            a = _view(a, (1, *shape, 1) if len(shape) == 1 else (*shape, 1))
        elif len(shape) < n:
            a = _view(a, (*(1,) * (n - len(shape)), *shape))
        found.append(a)
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """The arrays as views of at least one axis; a tuple unless there is one array."""
    return _at_least(1, arys)


@implements(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """The arrays as views of at least two axes, new ones in front."""
    return _at_least(2, arys)


@implements(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """The arrays as views of at least three axes; rows become ``(1, n, 1)``, matrices ``(m, n, 1)``."""
    return _at_least(3, arys)


# --- transpose -------------------------------------------------------------------------------------


@implements(np.transpose)
def transpose(a: Any, axes: Any = None) -> Any:
    """``a`` with its axes permuted (reversed by default): a view."""
    a = operand(a)
    params = {"axes": permutation(axes, aval_of(a).ndim)}
    return link_view(transpose_p.bind(a, **params), a, transpose_p, params)


permute_dims = transpose


@implements(np.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """``x`` with its last two axes exchanged: a view."""
    if aval_of(x).ndim < 2:
        np.matrix_transpose(np.empty(shape_of(x)))  # NumPy's own error
    return swapaxes(x, -1, -2)


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """``a`` with two axes exchanged: a view."""
    a = operand(a)
    axes = list(range(aval_of(a).ndim))
    i, j = normal_axis(axis1, len(axes)), normal_axis(axis2, len(axes))
    axes[i], axes[j] = j, i
    return transpose(a, axes)


@implements(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """``a`` with some axes moved to other places, the rest in order: a view."""
    a = operand(a)
    ndim = aval_of(a).ndim
    at = np.lib.array_utils.normalize_axis_tuple(source, ndim, "source")
    to = np.lib.array_utils.normalize_axis_tuple(destination, ndim, "destination")
    if len(at) != len(to):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [i for i in range(ndim) if i not in at]
    for target, i in sorted(zip(to, at, strict=True)):
        order.insert(target, i)
    return transpose(a, order)


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """``a`` with one axis moved to stand before axis ``start``: a view."""
    a = operand(a)
    ndim = aval_of(a).ndim
    axis, start = normal_axis(axis, ndim), normal_axis(start, ndim + 1)
    order = [i for i in range(ndim) if i != axis]
    order.insert(start - (axis < start), axis)
    return transpose(a, order)


# --- broadcast_to ----------------------------------------------------------------------------------


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """``array`` repeated to ``shape``: a read-only view."""
    array = operand(array)
    shape = (int(shape),) if not isinstance(shape, (tuple, list)) else tuple(int(n) for n in shape)
    if type(array) is Tracer:
        np.broadcast_to(np.broadcast_to(np.int8(0), shape_of(array)), shape)  # NumPy's own error
    out = broadcast_to_p.bind(array, shape=shape)
    return link_view(out, array, broadcast_to_p, {"shape": shape})


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """The arrays repeated to their common shape, as read-only views."""
    arrays = operands(args)
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return tuple(
        a if shape_of(a) == shape and aval_of(a).kind == "array" else broadcast_to(a, shape) for a in arrays
    )


# --- copy, astype ----------------------------------------------------------------------------------


def as_array(x: Any) -> Any:
    """``x`` itself if it is an array, a 0-d array of a scalar."""
    aval = aval_of(x)
    return x if aval.kind == "array" else convert(x, aval.dtype, "array")


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """A copy: an array, 0-d for a scalar."""
    a = operand(a)
    out = copy_p.bind(a, order=order) if aval_of(a).kind == "array" else as_array(a)
    return own_here(out) if type(a) is Tracer else out


@implements(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """``x`` in another dtype; complex to real keeps the real part, and float to integer cuts the gradient."""
    x = operand(x)
    if device not in (None, "cpu"):
        raise UnsupportedError(f"astype: device={device!r} is not supported.", hint="leave it away")
    if aval_of(x).dtype != np.dtype(dtype):
        return convert(x, dtype)
    return copy_p.bind(x, order="K") if copy else x
