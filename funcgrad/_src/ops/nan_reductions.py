"""Reductions that pass over NaN: sums, products, running ones, means, spreads.

A NaN among the numbers has no part in the result, and its derivative is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.primitive import Primitive
from .declare import Explicit, Partials
from .logic import isnan, logical_and
from .plain import plainly
from .reducing import (
    UNSET,
    Axes,
    extras,
    finished,
    given,
    kept,
    number_chosen,
    real_like,
    reduction_aval,
    reduction_batch,
    static_axis,
    static_dtype,
    unmasked,
)
from .reductions import mean, sum
from .scans import cumprod, cumsum, prod
from .select import maximum
from .select import where as choose
from .shape import operand, shape_of
from .spread import (
    bind_spread,
    spread_aval,
    spread_host,
    spread_rule,
    std,
    std_p,
    std_slope,
    var,
    var_p,
    var_slope,
)
from .strong import strong_mul
from .structural import sum_p
from .tables import implements
from .ufunc import pointwise

FAMILY = "nan_reductions"


# --- replace_nan -----------------------------------------------------------------------------------


def _replace_nan(x: Any, *, value: int) -> Any:
    """As NumPy does it: in a copy of the same layout, which is a 0-d array for a number."""
    out = np.array(x, copy=True)
    np.copyto(out, value, where=np.isnan(out))
    return out


replace_nan_p = pointwise(
    "replace_nan",
    lambda xp, x, *, value: xp.where(xp.isnan(x), x.dtype.type(value), x),
    Partials(lambda out, x, *, value: x == x),  # false for NaN alone
    lambda x, *, value: x.with_shape(x.shape),
    host=_replace_nan,
)


def stated(**options: Any) -> dict[str, Any]:
    """The options that were given at all."""
    return {name: value for name, value in options.items() if value is not UNSET}


def without_nan(a: Any, value: int) -> Any:
    """``a`` with a number in place of NaN; arrays of integers have none."""
    a = operand(a)
    return replace_nan_p.bind(a, value=value) if aval_of(a).inexact else a


def present(x: Any, where: Any = None) -> Any:
    """A mask of what is a number and not masked out."""
    numbers = x == x
    return numbers if unmasked(where) else logical_and(numbers, where)


# --- nansum, nanprod, nancumsum, nancumprod --------------------------------------------------------


@implements(np.nansum)
@plainly(np.nansum)
def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = UNSET,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The sum over ``axis`` of what is not NaN; 0 if there is nothing. At NaN the derivative is 0."""
    options = stated(keepdims=keepdims, initial=initial, where=where)
    return sum(without_nan(a, 0), axis, dtype, out, **options)


@implements(np.nanprod)
@plainly(np.nanprod)
def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = UNSET,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The product over ``axis`` of what is not NaN; 1 if there is nothing. At NaN the derivative is 0."""
    options = stated(keepdims=keepdims, initial=initial, where=where)
    return prod(without_nan(a, 1), axis, dtype, out, **options)


@implements(np.nancumsum)
@plainly(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Running sums along ``axis`` (None: of all as a row), NaN as 0; at NaN the derivative is 0."""
    return cumsum(without_nan(a, 0), axis, dtype, out)


@implements(np.nancumprod)
@plainly(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Running products along ``axis`` (None: of all as a row), NaN as 1; at NaN the derivative is 0."""
    return cumprod(without_nan(a, 1), axis, dtype, out)


# --- nanmean ---------------------------------------------------------------------------------------


def _nanmean_host(x: Any, where: Any = None, **params: Any) -> Any:
    return np.nanmean(x, **params, **given(where=where))


def _nanmean(xp: Any, x: Any, where: Any = None, *, axis: Axes, dtype: Any, keepdims: bool) -> Any:
    chosen = ~xp.isnan(x) if unmasked(where) else ~xp.isnan(x) & where
    total = xp.sum(xp.where(chosen, x, x.dtype.type(0)), axis=axis, dtype=dtype, keepdims=keepdims)
    return (total / xp.sum(chosen, axis=axis, keepdims=keepdims)).astype(total.dtype)


def _portion(x: Any, where: Any, axis: Axes) -> tuple[Any, Any]:
    """What takes part in a mean, and one over the number of it (0 for nothing), with the axes kept."""
    chosen = present(x, where)
    number = real_like(number_chosen(shape_of(x), chosen, axis), x)
    return chosen, choose(number > 0, 1.0 / maximum(number, 1.0), 0.0)


def _nanmean_jvp(
    t: Any, out: Any, x: Any, where: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    chosen, portion = _portion(x, where, axis)
    total = sum_p.bind(strong_mul(chosen, t[0]), axis=axis, dtype=None, keepdims=keepdims)
    return total * (portion if keepdims else portion.reshape(shape_of(total)))


def _nanmean_vjp(
    g: Any, out: Any, x: Any, where: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    chosen, portion = _portion(x, where, axis)
    share = strong_mul(chosen, kept(g, shape_of(x), axis, keepdims) * portion)
    return [share] if where is None else [share, None]


nanmean_p = Primitive("nanmean", _nanmean, host=_nanmean_host, family=FAMILY)
nanmean_p.aval = reduction_aval(np.nanmean)
nanmean_p.rule = Explicit(jvp=_nanmean_jvp, vjp=_nanmean_vjp, operands=(0,))
nanmean_p.batch = reduction_batch(nanmean_p)


def _check_inexact(dtype: Any, out: Any) -> None:
    """NumPy's own errors: what may be NaN has no mean of integers."""
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")
    if out is not None and out.dtype.kind not in "fc":
        raise TypeError("If a is inexact, then out must be inexact")


@implements(np.nanmean)
@plainly(np.nanmean)
def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = UNSET,
    *,
    where: Any = UNSET,
) -> Any:
    """The mean over ``axis`` of what is not NaN; NaN of nothing. At NaN the derivative is 0."""
    options = stated(keepdims=keepdims, where=where)
    a = operand(a)
    if not aval_of(a).inexact:
        return mean(a, axis, dtype, out, **options)
    _check_inexact(dtype, out)
    axis, keepdims = static_axis(axis, aval_of(a).ndim), options.get("keepdims", False)
    mask = () if where is UNSET else extras(where)
    result = nanmean_p.bind(a, *mask, axis=axis, dtype=static_dtype(dtype), keepdims=keepdims)
    return finished(result, out, "nanmean")


# --- nanvar, nanstd --------------------------------------------------------------------------------


def _nan_slope(slope_of: Any) -> Any:
    """The derivative of a spread by ``x`` where NaN is masked out, which has 0."""

    def slope(out: Any, x: Any, where: Any, mean: Any, axis: Axes, ddof: Any, dtype: Any) -> Any:
        chosen = present(x, where)
        filled = choose(isnan(x), 0.0, x)
        return choose(chosen, slope_of(out, filled, chosen, mean, axis, ddof, dtype), 0.0)

    return slope


def _spread_on_device(primitive: Primitive) -> Any:
    def impl(xp: Any, x: Any, where: Any = None, mean: Any = None, **params: Any) -> Any:
        absent = xp.isnan(x)
        chosen = ~absent if unmasked(where) else ~absent & where
        out = primitive.impl(xp, xp.where(absent, x.dtype.type(0), x), chosen, mean, **params)
        number = xp.sum(chosen, axis=params["axis"], keepdims=params["keepdims"])
        return xp.where(number > params["ddof"], out, out.dtype.type(np.nan))

    return impl


def _nan_spread(function: Any, plain: Primitive, slope_of: Any) -> Primitive:
    primitive = Primitive(
        function.__name__, _spread_on_device(plain), host=spread_host(function), family=FAMILY
    )
    primitive.aval = spread_aval(function)
    primitive.rule = spread_rule(_nan_slope(slope_of))
    primitive.batch = reduction_batch(primitive)
    return primitive


nanvar_p = _nan_spread(np.nanvar, var_p, var_slope)
nanstd_p = _nan_spread(np.nanstd, std_p, std_slope)


def _spread(
    primitive: Primitive, whole: Any, a: Any, axis: Any, dtype: Any, out: Any, ddof: Any, **options: Any
) -> Any:
    """A spread of floating numbers; of ``whole`` ones it is the function that knows no NaN."""
    a = operand(a)
    if not aval_of(a).inexact:
        return whole(a, axis, dtype, out, ddof, **stated(**options))
    _check_inexact(dtype, out)
    options["keepdims"] = False if options["keepdims"] is UNSET else options["keepdims"]
    return bind_spread(primitive, a, axis, dtype, out, ddof, **options)


@implements(np.nanvar)
@plainly(np.nanvar)
def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = UNSET,
    *,
    where: Any = UNSET,
    mean: Any = UNSET,
    correction: Any = UNSET,
) -> Any:
    """The variance over ``axis`` of what is not NaN, with divisor ``n - ddof``; at NaN derivative 0."""
    options = {"keepdims": keepdims, "where": where, "mean": mean, "correction": correction}
    return _spread(nanvar_p, var, a, axis, dtype, out, ddof, **options)


@implements(np.nanstd)
@plainly(np.nanstd)
def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = UNSET,
    *,
    where: Any = UNSET,
    mean: Any = UNSET,
    correction: Any = UNSET,
) -> Any:
    """The standard deviation over ``axis`` of what is not NaN; at NaN and at a constant derivative 0."""
    options = {"keepdims": keepdims, "where": where, "mean": mean, "correction": correction}
    return _spread(nanstd_p, std, a, axis, dtype, out, ddof, **options)
