"""The largest and the smallest of what is not NaN, and where they are.

At a tie the derivative is divided evenly among those that tie; at NaN it is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from .axes import normal_axes, reduced_shape
from .declare import Explicit
from .extremes import arg_primitive, bind_arg, max_p, min_p, of_initial, tie_weights_p
from .nan_reductions import present, stated
from .plain import plainly
from .reducing import (
    UNSET,
    Axes,
    count,
    extras,
    finished,
    given,
    kept,
    reduction_aval,
    reduction_batch,
    static_axis,
    unmasked,
)
from .select import fmax, fmin
from .select import where as choose
from .shape import operand, shape_of
from .strong import strong_mul
from .structural import as_numpy, sum_p
from .tables import implements

FAMILY = "nan_extremes"


# --- nanmax, nanmin --------------------------------------------------------------------------------


def _weights(out: Any, x: Any, where: Any, initial: Any, axis: Axes, keepdims: bool) -> Any:
    """The share of each element in the result, constant between ties."""
    peak = kept(out, shape_of(x), axis, keepdims)
    chosen = present(x, where)
    options = [] if initial is None else [initial]
    axes = normal_axes(axis, aval_of(x).ndim)
    return tie_weights_p.bind(choose(chosen, x, 0.0), peak, chosen, *options, axes=axes)


def _jvp(
    t: Any, out: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool
) -> Any:
    weights = _weights(out, x, where, initial, axis, keepdims)
    tangent = None
    if t[0] is not None:
        tangent = sum_p.bind(strong_mul(weights, t[0]), axis=axis, dtype=None, keepdims=keepdims)
    if len(t) < 3 or t[2] is None:
        return tangent
    by_initial = strong_mul(of_initial(out, weights, initial, axis, keepdims), t[2])
    return by_initial if tangent is None else tangent + by_initial


def _vjp(
    g: Any, out: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool
) -> Any:
    weights = _weights(out, x, where, initial, axis, keepdims)
    share = strong_mul(weights, kept(g, shape_of(x), axis, keepdims))
    if where is None:
        return [share]
    if initial is None:
        return [share, None]
    return [share, None, strong_mul(of_initial(out, weights, initial, axis, keepdims), g)]


def _nothing(dtype: np.dtype[Any], low: bool) -> Any:
    """What no number of this dtype is beyond."""
    return dtype.type(-np.inf if low else np.inf)


def _nan_peak(function: Any, ufunc: np.ufunc, plain: Primitive, pick: Any) -> Primitive:
    low = plain is max_p
    name = f"nan{plain.name}"

    def host(x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool) -> Any:
        return function(x, axis=axis, keepdims=keepdims, **given(where=where, initial=initial))

    def impl(xp: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, keepdims: bool) -> Any:
        chosen = ~xp.isnan(x) if unmasked(where) else ~xp.isnan(x) & where
        filled = xp.where(chosen, x, _nothing(x.dtype, low))
        found = plain.impl(xp, filled, axis=axis, keepdims=keepdims)
        some = xp.any(chosen, axis=axis, keepdims=keepdims)
        out = xp.where(some, found, x.dtype.type(np.nan))
        return out if initial is None else getattr(xp, ufunc.__name__)(out, initial)

    def aval(x: Aval, *rest: Aval, axis: Axes, keepdims: bool) -> Aval:
        if len(rest) < 2 and count(x.shape, axis) == 0 and 0 not in reduced_shape(x.shape, axis, False):
            raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
        return reduction_aval(function)(x, *rest, axis=axis, keepdims=keepdims)

    primitive = Primitive(name, impl, host=host, family=FAMILY)
    primitive.aval = aval
    primitive.rule = Explicit(jvp=_jvp, vjp=_vjp, operands=(0, 2))
    primitive.batch = reduction_batch(primitive, pick, lambda dtype: _nothing(dtype, low))
    return primitive


nanmax_p = _nan_peak(np.nanmax, np.fmax, max_p, fmax)
nanmin_p = _nan_peak(np.nanmin, np.fmin, min_p, fmin)


def _peak(
    primitive: Primitive, plain: Primitive, a: Any, axis: Any, out: Any, options: dict[str, Any]
) -> Any:
    a = as_numpy(operand(a))
    axis = static_axis(axis, aval_of(a).ndim)
    mask_and_initial = extras(options.get("where", UNSET), options.get("initial", UNSET))
    chosen = primitive if aval_of(a).inexact else plain
    result = chosen.bind(a, *mask_and_initial, axis=axis, keepdims=options.get("keepdims", False))
    return finished(result, out, primitive.name)


@implements(np.nanmax)
@plainly(np.nanmax)
def nanmax(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = UNSET,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The largest over ``axis`` that is not NaN; equal ones share the derivative evenly, NaN gets 0."""
    options = stated(keepdims=keepdims, initial=initial, where=where)
    return _peak(nanmax_p, max_p, a, axis, out, options)


@implements(np.nanmin)
@plainly(np.nanmin)
def nanmin(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = UNSET,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The smallest over ``axis`` that is not NaN; equal ones share the derivative evenly, NaN gets 0."""
    options = stated(keepdims=keepdims, initial=initial, where=where)
    return _peak(nanmin_p, min_p, a, axis, out, options)


# --- nanargmax, nanargmin --------------------------------------------------------------------------


def _nan_arg(function: Any, low: bool) -> Primitive:
    plain = function.__name__.removeprefix("nan")

    def impl(xp: Any, x: Any, *, axis: int | None, keepdims: bool) -> Any:
        filled = xp.where(xp.isnan(x), _nothing(x.dtype, low), x) if x.dtype.kind in "fc" else x
        return getattr(xp, plain)(filled, axis=axis, keepdims=keepdims)

    return arg_primitive(function, impl, FAMILY)


nanargmax_p = _nan_arg(np.nanargmax, True)
nanargmin_p = _nan_arg(np.nanargmin, False)


@implements(np.nanargmax, support="discrete")
@plainly(np.nanargmax)
def nanargmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = UNSET) -> Any:
    """Where the (first) largest over ``axis`` is that is not NaN; ValueError if all are.

    On a device nobody looks: among nothing but NaN it is the first.
    """
    return bind_arg(nanargmax_p, a, axis, out, keepdims is not UNSET and bool(keepdims))


@implements(np.nanargmin, support="discrete")
@plainly(np.nanargmin)
def nanargmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = UNSET) -> Any:
    """Where the (first) smallest over ``axis`` is that is not NaN; ValueError if all are.

    On a device nobody looks: among nothing but NaN it is the first.
    """
    return bind_arg(nanargmin_p, a, axis, out, keepdims is not UNSET and bool(keepdims))
