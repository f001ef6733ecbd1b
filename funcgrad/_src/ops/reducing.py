"""What the reductions share: reading their arguments, their avals, and how they are batched.

A reduction's operands are the array and then, where they are given, the arrays of its options, in a
fixed order (``where``, then ``initial`` or ``mean``). Its primitive takes ``axis`` and ``keepdims``
as NumPy does, with axes that are not negative.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .axes import kept_shape, normal_axes, normal_axis, plus_one, reduced_shape
from .shape import operand, shape_of
from .slices import in_front
from .structural import broadcast_to, convert, move_axis, reshape, sum_p
from .ufunc import Ufunc, write_out

UNSET: Any = getattr(np, "_NoValue", None)  # NumPy's own default of arguments that may be None
Axes = int | tuple[int, ...] | None


# --- arguments -------------------------------------------------------------------------------------


def static_axis(axis: Any, ndim: int) -> Axes:
    """An axis argument as params hold it; a scalar has an axis 0 too, as in NumPy."""
    if axis is None:
        return None
    if isinstance(axis, tuple):
        return tuple(np.lib.array_utils.normalize_axis_tuple(axis, ndim, "axis"))
    if ndim == 0 and axis in (0, -1):
        return None
    return normal_axis(axis, ndim)


def static_dtype(dtype: Any) -> np.dtype[Any] | None:
    """A dtype argument as params hold it."""
    return None if dtype is None else np.dtype(dtype)


def extras(where: Any = UNSET, last: Any = UNSET) -> list[Any]:
    """The operands after the array: the mask, and what comes after it."""
    masked = where is not UNSET and where is not True and where is not np.True_
    if last is UNSET:
        return [operand(where)] if masked else []
    return [operand(where) if masked else np.True_, operand(last)]


def unmasked(where: Any) -> bool:
    """Whether a mask is missing, or is the ``True`` that stands before other options."""
    return where is None or (type(where) is np.bool_ and bool(where))


def given(**options: Any) -> dict[str, Any]:
    """The options that are there, as keywords of the NumPy function."""
    return {name: value for name, value in options.items() if not unmasked(value)}


def finished(result: Any, out: Any, name: str) -> Any:
    """The result, written into ``out`` if that is given."""
    return result if out is None else write_out(out, result, f"{name}(out=...)")


# --- avals -----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def result_dtype(
    function: Callable[..., Any], dtype: np.dtype[Any], wanted: np.dtype[Any] | None
) -> np.dtype[Any]:
    """The dtype of ``function``'s result for an array of ``dtype``."""
    options = {} if wanted is None else {"dtype": wanted}
    return np.asarray(function(np.ones(1, dtype), **options)).dtype


def reduction_aval(function: Callable[..., Any]) -> Callable[..., Aval]:
    """The shape and dtype rule of a reduction that is NumPy's ``function``."""

    def aval(x: Aval, *options: Aval, axis: Axes, keepdims: bool, dtype: Any = None, **params: Any) -> Aval:
        shape = reduced_shape(x.shape, axis, keepdims)
        return scalar_or_array(shape, result_dtype(function, x.dtype, dtype), x.place)

    return aval


# --- rules -----------------------------------------------------------------------------------------


def kept(value: Any, shape: tuple[int, ...], axis: Axes, keepdims: bool) -> Any:
    """A reduced value with the axes of ``shape`` again, those reduced of length one."""
    return value if keepdims or not shape_of(value) else reshape(value, kept_shape(shape, axis))


def count(shape: Sequence[int], axis: Axes) -> int:
    """How many elements are reduced to one."""
    return math.prod(shape if axis is None else [shape[i] for i in normal_axes(axis, len(shape))])


def number_chosen(shape: tuple[int, ...], where: Any, axis: Axes) -> Any:
    """How many elements a mask leaves of those reduced to one, with the axes kept."""
    return sum_p.bind(broadcast_to(where, shape), axis=axis, dtype=None, keepdims=True)


def real_like(number: Any, x: Any) -> Any:
    """A count as a real number of the precision of ``x``."""
    return convert(number, np.empty(0, aval_of(x).dtype).real.dtype)


# --- batching --------------------------------------------------------------------------------------


def reduction_batch(primitive: Primitive, combine: Any = None, neutral: Any = None) -> Callable[..., Any]:
    """The batching rule of a reduction.

    NumPy's ``initial`` is one number, so a batch of them is put in by ``combine`` afterwards;
    ``neutral(dtype)`` is the number that changes nothing.
    """

    def batch(size: int, values: Any, at: Any, *, axis: Axes, keepdims: bool, **params: Any) -> Any:
        x = in_front(size, values[:1], at[:1])[0]
        axes = plus_one(normal_axes(axis, aval_of(x).ndim - 1))
        options = [
            v if b is None else aligned(move_axis(v, b, 0), aval_of(x).ndim)
            for v, b in zip(values[1:], at[1:], strict=True)
        ]
        late = options[1] if combine is not None and len(options) == 2 and at[2] is not None else None
        if late is not None:
            options[1] = neutral(aval_of(x).dtype)
        out = primitive.bind(x, *options, axis=axes, keepdims=keepdims, **params)
        if late is not None:
            out = combine(out, reshape(late, (size, *(1,) * (aval_of(out).ndim - 1))))
        return out, 0

    return batch


def aligned(value: Any, ndim: int) -> Any:
    """A batch whose axes after the first are the last of ``ndim``."""
    shape = shape_of(value)
    return reshape(value, (shape[0], *(1,) * (ndim - len(shape)), *shape[1:]))


# --- ufunc methods ---------------------------------------------------------------------------------


def reduce_with(function: Any) -> Any:
    """``ufunc.reduce`` by the reduction of that meaning; its default is axis 0.

    What that reduction has no argument for is left to the reduction by any ufunc.
    """

    def reduce(
        ufunc: Any,
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Any:
        options = {"dtype": dtype} if dtype is not None else {}
        options |= {"initial": initial} if initial is not UNSET else {}
        if initial is None or options.keys() - signature(function).parameters.keys():
            return Ufunc.METHODS["reduce", "*"](ufunc, array, axis, dtype, out, keepdims, initial, where)
        return function(array, axis, out=out, keepdims=keepdims, where=where, **options)

    return reduce
