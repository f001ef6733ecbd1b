"""Largest and smallest: ``max``, ``min``, ``ptp``, ``argmax``, ``argmin``.

At a tie the derivative is divided evenly among those that tie; ``initial`` counts as one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .axes import normal_axis, plus_one, reduced_shape
from .declare import NONDIFF, Explicit
from .reducing import (
    UNSET,
    Axes,
    aligned,
    count,
    extras,
    finished,
    given,
    kept,
    reduce_with,
    reduction_aval,
    reduction_batch,
    static_axis,
    unmasked,
)
from .select import maximum, minimum
from .select import where as choose
from .shape import operand, shape_of
from .slices import in_front
from .strong import strong_mul
from .structural import as_numpy, move_axis, normal_axes, reshape, sum_p
from .tables import implements
from .ufunc import Ufunc

FAMILY = "extremes"


# --- tie_weights: who is the largest ---------------------------------------------------------------


def _tie_weights(xp: Any, x: Any, peak: Any, where: Any = None, initial: Any = None, *, axes: Any) -> Any:
    tied = (x == peak) | (x != x)  # a NaN among them is the result, and has the derivative
    if not unmasked(where):
        tied = tied & where
    number = xp.sum(tied, axis=axes, keepdims=True)
    if initial is not None:
        number = number + (peak == initial)
    number = xp.maximum(number, 1).astype(x.real.dtype)
    return tied / number


def _tie_weights_batch(size: int, values: Any, at: Any, *, axes: Any) -> Any:
    x = in_front(size, values[:1], at[:1])[0]
    rest = [
        value if axis is None else aligned(move_axis(value, axis, 0), aval_of(x).ndim)
        for value, axis in zip(values[1:], at[1:], strict=True)
    ]
    return tie_weights_p.bind(x, *rest, axes=plus_one(axes)), 0


tie_weights_p = Primitive("tie_weights", _tie_weights, family=FAMILY)
tie_weights_p.aval = lambda x, peak, *rest, axes: scalar_or_array(
    x.shape, np.empty(0, x.dtype).real.dtype, x.place
)
tie_weights_p.rule = NONDIFF
tie_weights_p.batch = _tie_weights_batch


def _weights(out: Any, x: Any, where: Any, initial: Any, axis: Axes, keepdims: bool) -> Any:
    """The share of each element in the result, constant between ties."""
    peak = kept(out, shape_of(x), axis, keepdims)
    options = [] if where is None else [where] if initial is None else [where, initial]
    return tie_weights_p.bind(x, peak, *options, axes=normal_axes(axis, aval_of(x).ndim))


def of_initial(out: Any, weights: Any, initial: Any, axis: Axes, keepdims: bool) -> Any:
    """What is left for ``initial``."""
    rest = 1.0 - sum_p.bind(weights, axis=axis, dtype=None, keepdims=keepdims)
    return choose(out == initial, rest, 0.0)


def _peak_jvp(
    t: Any, out: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool
) -> Any:
    weights = _weights(out, x, where, initial, axis, keepdims)
    tangent = None
    if t[0] is not None:
        share = strong_mul(t[0], weights, (True, True))
        tangent = sum_p.bind(share, axis=axis, dtype=None, keepdims=keepdims)
    if len(t) < 3 or t[2] is None:
        return tangent
    by_initial = strong_mul(t[2], of_initial(out, weights, initial, axis, keepdims))
    return by_initial if tangent is None else tangent + by_initial


def _peak_vjp(
    g: Any, out: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool
) -> Any:
    weights = _weights(out, x, where, initial, axis, keepdims)
    share = strong_mul(kept(g, shape_of(x), axis, keepdims), weights, (True, True))
    if where is None:
        return [share]
    if initial is None:
        return [share, None]
    return [share, None, strong_mul(g, of_initial(out, weights, initial, axis, keepdims))]


# --- max, min --------------------------------------------------------------------------------------


def _lowest(dtype: np.dtype[Any]) -> Any:
    return dtype.type(-np.inf) if dtype.kind in "fc" else False if dtype.kind == "b" else np.iinfo(dtype).min


def _highest(dtype: np.dtype[Any]) -> Any:
    return dtype.type(np.inf) if dtype.kind in "fc" else True if dtype.kind == "b" else np.iinfo(dtype).max


def _peak_primitive(name: str, ufunc: np.ufunc, pick: Any, edge: Any) -> Primitive:
    function = getattr(np, name)
    plain = reduction_aval(function)
    reduce: Any = ufunc.reduce

    def host(x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool) -> Any:
        if where is None:
            return reduce(x, axis, None, None, keepdims)
        return function(x, axis=axis, keepdims=keepdims, **given(where=where, initial=initial))

    def impl(xp: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool) -> Any:
        if not unmasked(where):
            x = xp.where(where, x, edge(x.dtype))
        found = getattr(xp, name)(x, axis=axis, keepdims=keepdims)
        return found if initial is None else getattr(xp, ufunc.__name__)(found, initial)

    def aval(x: Aval, *rest: Aval, axis: Axes, keepdims: bool) -> Aval:
        if len(rest) < 2 and count(x.shape, axis) == 0 and 0 not in reduced_shape(x.shape, axis, False):
            raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
        return plain(x, *rest, axis=axis, keepdims=keepdims)

    primitive = Primitive(name, impl, host=host, family=FAMILY)
    primitive.aval = aval
    primitive.rule = Explicit(jvp=_peak_jvp, vjp=_peak_vjp, operands=(0, 2))
    primitive.batch = reduction_batch(primitive, pick, edge)
    return primitive


max_p = _peak_primitive("max", np.maximum, maximum, _lowest)
min_p = _peak_primitive("min", np.minimum, minimum, _highest)


def _peak(primitive: Primitive, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    a = as_numpy(operand(a))
    initial = UNSET if initial is None else initial
    axis = static_axis(axis, aval_of(a).ndim)
    result = primitive.bind(a, *extras(where, initial), axis=axis, keepdims=keepdims)
    return finished(result, out, primitive.name)


@implements(np.max)
def max(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The largest element over ``axis``, NaN if there is one; equal ones share the derivative evenly."""
    return _peak(max_p, a, axis, out, keepdims, initial, where)


@implements(np.min)
def min(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The smallest element over ``axis``, NaN if there is one; equal ones share the derivative evenly."""
    return _peak(min_p, a, axis, out, keepdims, initial, where)


amax = implements(np.amax)(max)
amin = implements(np.amin)(min)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """The largest element over ``axis`` less the smallest."""
    return finished(max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims), out, "ptp")


# --- argmax, argmin --------------------------------------------------------------------------------


def arg_primitive(function: Any, impl: Callable[..., Any], family: str = FAMILY) -> Primitive:
    """Where an extreme element is: NumPy's ``function`` on the host, ``impl`` on devices."""

    def batch(size: int, values: Any, at: Any, *, axis: int | None, keepdims: bool) -> Any:
        x = move_axis(values[0], at[0], 0)
        if axis is not None:
            return primitive.bind(x, axis=axis + 1, keepdims=keepdims), 0
        ndim = aval_of(x).ndim
        out = primitive.bind(reshape(x, (size, -1)), axis=1, keepdims=False)
        return reshape(out, (size, *(1,) * (ndim - 1))) if keepdims else out, 0

    def aval(x: Aval, *, axis: int | None, keepdims: bool) -> Aval:
        return scalar_or_array(reduced_shape(x.shape, axis, keepdims), np.dtype(np.intp), x.place)

    def host(x: Any, *, axis: int | None, keepdims: bool) -> Any:
        return function(x, axis, keepdims=keepdims)

    primitive = Primitive(function.__name__, impl, host=host, family=family)
    primitive.aval = aval
    primitive.rule = NONDIFF
    primitive.batch = batch
    return primitive


argmax_p = arg_primitive(np.argmax, lambda xp, x, **params: xp.argmax(x, **params))
argmin_p = arg_primitive(np.argmin, lambda xp, x, **params: xp.argmin(x, **params))


def bind_arg(primitive: Primitive, a: Any, axis: Any, out: Any, keepdims: bool) -> Any:
    """Apply such a primitive; a number has an axis 0 too."""
    a = operand(a)
    ndim = aval_of(a).ndim
    axis = None if axis is None or (ndim == 0 and axis in (0, -1)) else normal_axis(axis, ndim)
    return finished(primitive.bind(a, axis=axis, keepdims=keepdims), out, primitive.name)


@implements(np.argmax, support="discrete")
def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """Where the (first) largest element over ``axis`` is."""
    return bind_arg(argmax_p, a, axis, out, keepdims)


@implements(np.argmin, support="discrete")
def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """Where the (first) smallest element over ``axis`` is."""
    return bind_arg(argmin_p, a, axis, out, keepdims)


Ufunc.METHODS["reduce", "maximum"] = reduce_with(max)
Ufunc.METHODS["reduce", "minimum"] = reduce_with(min)
