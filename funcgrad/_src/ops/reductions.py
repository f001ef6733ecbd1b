"""Reductions: ``sum``, ``mean``, ``average``, ``all``, ``any``, ``count_nonzero``.

``sum`` without options is the primitive of structural.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends import HOST, HOST_TYPES
from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive, as_operand
from ..core.trace import Tracer, is_known
from .arithmetic import add, divide, multiply
from .axes import reduced_shape
from .beside import beside
from .declare import NONDIFF, Linear
from .reducing import (
    UNSET,
    Axes,
    count,
    extras,
    finished,
    given,
    kept,
    number_chosen,
    real_like,
    reduce_with,
    reduction_aval,
    reduction_batch,
    static_axis,
    static_dtype,
    unmasked,
)
from .shape import concrete, copy, moveaxis, operand, shape_of
from .strong import strong_mul
from .structural import broadcast_to, broadcast_to_p, sum_p
from .tables import implements
from .ufunc import Ufunc

FAMILY = "reductions"


# --- sum -------------------------------------------------------------------------------------------


def _sum_where_host(
    x: Any, where: Any, initial: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    options = given(where=where, initial=initial)
    return np.sum(x, axis=axis, dtype=dtype, keepdims=keepdims, **options)


def _sum_where(
    xp: Any, x: Any, where: Any, initial: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    x = x if unmasked(where) else xp.where(where, x, x.dtype.type(0))
    total = xp.sum(x, axis=axis, dtype=dtype, keepdims=keepdims)
    return total if initial is None else total + initial


def _chosen(
    g: Any, x: Any, where: Any, initial: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    g = broadcast_to(kept(g, x.shape, axis, keepdims), x.shape)
    return g if unmasked(where) else strong_mul(g, where, (True, True))


sum_where_p = Primitive("sum_where", _sum_where, host=_sum_where_host, family=FAMILY)
sum_where_p.aval = reduction_aval(np.sum)
sum_where_p.rule = Linear(_chosen, None, lambda g, x, where, initial, *, axis, dtype, keepdims: g)
sum_where_p.batch = reduction_batch(sum_where_p, add, lambda dtype: dtype.type(0))


@implements(np.sum)
def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The sum over ``axis``."""
    if type(a) is not Tracer:
        a = as_operand(a)
    if axis is not None:
        axis = static_axis(axis, aval_of(a).ndim)
    if dtype is not None:
        dtype = np.dtype(dtype)
    if where is UNSET and initial is UNSET:
        result = sum_p.bind(a, axis=axis, dtype=dtype, keepdims=keepdims)
    else:
        options = extras(where, initial)
        primitive = sum_where_p if options else sum_p
        result = primitive.bind(a, *options, axis=axis, dtype=dtype, keepdims=keepdims)
    return result if out is None else finished(result, out, "sum")


# --- mean ------------------------------------------------------------------------------------------


def _mean_host(x: Any, where: Any = None, *, axis: Axes, dtype: Any, keepdims: bool) -> Any:
    if type(x) is np.ndarray and axis is dtype is where is None and not keepdims and _is_plain(x):
        total = np.add.reduce(x, None)  # what np.mean does, without asking so much
        return total.dtype.type(total / np.intp(x.size))
    if unmasked(where):
        return np.mean(x, axis, dtype, None, keepdims)
    return np.mean(x, axis, dtype, None, keepdims, **given(where=where))


def _is_plain(x: Any) -> bool:
    """Whether the mean is a sum in the dtype of ``x``, divided, without a warning."""
    return x.size > 0 and x.dtype.char in "fdFD"


def mean_impl(xp: Any, x: Any, where: Any = None, *, axis: Axes, dtype: Any, keepdims: bool) -> Any:
    """``np.mean`` by the namespace ``xp``, which may know no ``where``."""
    if unmasked(where):
        return xp.mean(x, axis=axis, dtype=dtype, keepdims=keepdims)
    total = xp.sum(xp.where(where, x, x.dtype.type(0)), axis=axis, dtype=dtype, keepdims=keepdims)
    chosen = xp.sum(xp.broadcast_to(where, x.shape), axis=axis, keepdims=keepdims)
    out = total / chosen
    return out if total.dtype.kind not in "fc" else out.astype(total.dtype)


def _mean_back(g: Any, x: Any, where: Any = None, *, axis: Axes, dtype: Any, keepdims: bool) -> Any:
    g = kept(g, x.shape, axis, keepdims)
    if unmasked(where):
        return broadcast_to_p.bind(g / max(count(x.shape, axis), 1), shape=x.shape)
    return strong_mul(g / real_like(number_chosen(x.shape, where, axis), g), where, (True, True))


mean_p = Primitive("mean", mean_impl, host=_mean_host, family=FAMILY)
mean_p.aval = reduction_aval(np.mean)
mean_p.rule = Linear(_mean_back, None)
mean_p.batch = reduction_batch(mean_p)


@implements(np.mean)
def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = UNSET,
) -> Any:
    """The mean over ``axis``; NaN of nothing."""
    a = operand(a)
    if axis is not None:
        axis = static_axis(axis, aval_of(a).ndim)
    options = () if where is UNSET else extras(where)
    result = mean_p.bind(a, *options, axis=axis, dtype=static_dtype(dtype), keepdims=keepdims)
    return result if out is None else finished(result, out, "mean")


# --- average ---------------------------------------------------------------------------------------


@implements(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """The weighted mean, differentiable by the weights too."""
    a = operand(a)
    if axis is not None:
        axis = tuple(np.lib.array_utils.normalize_axis_tuple(axis, aval_of(a).ndim, "axis"))
    if weights is None:
        result = mean(a, axis, keepdims=keepdims)
        each = aval_of(a).size / aval_of(result).size  # of nothing NumPy's own error
        total: Any = np.asarray(result.dtype.type(each))[()]
    else:
        weights = _weights(a, axis, operand(weights))
        dtype = np.result_type(aval_of(a).dtype, aval_of(weights).dtype, *(["f8"] if _whole(a) else []))
        total = sum(weights, axis, dtype, keepdims=keepdims)
        _check_total(total)
        result = divide(sum(multiply(a, weights, dtype=dtype), axis, keepdims=keepdims), total)
    if not returned:
        return result
    if shape_of(total) == shape_of(result):
        return result, total
    return result, copy(broadcast_to(beside((result, total))[1], shape_of(result)))


def _check_total(total: Any) -> None:
    """NumPy's own error for weights that sum to zero, where their values are known."""
    value = concrete(total) if is_known(total) else None
    if type(value) in HOST_TYPES and np.any(value == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")


def _whole(a: Any) -> bool:
    return aval_of(a).dtype.kind in "iub"


def _weights(a: Any, axis: Axes, weights: Any) -> Any:
    """Weights of one axis as weights of the array."""
    if shape_of(weights) == shape_of(a):
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = (axis,) if isinstance(axis, int) else axis
    if shape_of(weights) != tuple(shape_of(a)[i] for i in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    order = sorted(range(len(axes)), key=lambda i: axes[i])
    weights = moveaxis(weights, order, range(len(axes)))
    ndim = aval_of(a).ndim
    return weights.reshape(tuple(shape_of(a)[i] if i in axes else 1 for i in range(ndim)))


# --- all, any, count_nonzero -----------------------------------------------------------------------


def _logical(name: str) -> Primitive:
    function = getattr(np, name)

    def host(x: Any, where: Any = None, *, axis: Axes, keepdims: bool) -> Any:
        return function(x, axis, None, keepdims, **given(where=where))

    def impl(xp: Any, x: Any, where: Any = None, *, axis: Axes, keepdims: bool) -> Any:
        if not unmasked(where):
            x = xp.where(where, x, x.dtype.type(name == "all"))
        return getattr(xp, name)(x, axis=axis, keepdims=keepdims)

    primitive = Primitive(name, impl, host=host, family=FAMILY)
    primitive.aval = reduction_aval(function)
    primitive.rule = NONDIFF
    primitive.batch = reduction_batch(primitive)
    return primitive


all_p = _logical("all")
any_p = _logical("any")


@implements(np.all, support="discrete")
def all(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = UNSET) -> Any:
    """Whether every element over ``axis`` is true."""
    a = operand(a)
    result = all_p.bind(a, *extras(where), axis=static_axis(axis, aval_of(a).ndim), keepdims=keepdims)
    return finished(result, out, "all")


@implements(np.any, support="discrete")
def any(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = UNSET) -> Any:
    """Whether some element over ``axis`` is true."""
    a = operand(a)
    result = any_p.bind(a, *extras(where), axis=static_axis(axis, aval_of(a).ndim), keepdims=keepdims)
    return finished(result, out, "any")


def _count_nonzero(xp: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
    return xp.sum(x != 0, axis=axis, keepdims=keepdims)


_TOTAL = aval_of(np.count_nonzero(np.zeros(1)))  # of a Python int in older NumPy


def _count_aval(x: Aval, *, axis: Axes, keepdims: bool) -> Aval:
    if axis is None and not keepdims and x.place == HOST:
        return _TOTAL
    return scalar_or_array(reduced_shape(x.shape, axis, keepdims), np.dtype(np.intp), x.place)


count_nonzero_p = Primitive(
    "count_nonzero",
    _count_nonzero,
    host=lambda x, *, axis, keepdims: np.count_nonzero(x, axis, keepdims=keepdims),
    family=FAMILY,
)
count_nonzero_p.aval = _count_aval
count_nonzero_p.rule = NONDIFF
count_nonzero_p.batch = reduction_batch(count_nonzero_p)


@implements(np.count_nonzero, support="discrete")
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many elements over ``axis`` are not zero."""
    a = operand(a)
    return count_nonzero_p.bind(a, axis=static_axis(axis, aval_of(a).ndim), keepdims=keepdims)


# --- ufunc methods ---------------------------------------------------------------------------------


Ufunc.METHODS["reduce", "add"] = reduce_with(sum)
Ufunc.METHODS["reduce", "logical_and"] = reduce_with(all)
Ufunc.METHODS["reduce", "logical_or"] = reduce_with(any)
