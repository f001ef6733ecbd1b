"""Spread: ``var`` and ``std``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..core.aval import aval_of
from ..core.primitive import Primitive
from .complexes import conjugate
from .declare import Explicit
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
    reduction_aval,
    reduction_batch,
    static_axis,
    static_dtype,
    unmasked,
)
from .reductions import mean_impl, mean_p
from .select import where as choose
from .shape import operand, shape_of
from .strong import strong_mul
from .structural import broadcast_to, real, sum_p
from .tables import implements

FAMILY = "spread"


# --- var, std --------------------------------------------------------------------------------------
#
# With m the mean and n the number of elements, var = Σ|x - m|²/(n - ddof). The derivative by m is
# -2 Σ(x - m)/(n - ddof) = 0, so d var/dx = 2 conj(x - m)/(n - ddof); a mean that is given is an operand
# of its own, with the derivative above. std = √var: d std/dx = conj(x - m)/((n - ddof) std), which is
# bounded; for a constant it is the sub-gradient of least norm, 0.


def _host(function: Any) -> Any:
    def host(x: Any, where: Any = None, mean: Any = None, **params: Any) -> Any:
        return function(x, **params, **given(where=where, mean=mean))

    return host


def _impl(name: str) -> Any:
    def impl(xp: Any, x: Any, where: Any = None, mean: Any = None, **params: Any) -> Any:
        if where is None and mean is None:
            return getattr(xp, name)(x, **params)
        out = _variance(xp, x, where, mean, **params)
        return out if name == "var" else xp.sqrt(out)

    return impl


def _variance(
    xp: Any, x: Any, where: Any, mean: Any, *, axis: Axes, dtype: Any, ddof: Any, keepdims: bool
) -> Any:
    """The variance with options that ``xp`` may not know."""
    x = x if dtype is None else x.astype(dtype)
    mask = xp.ones_like(x, dtype=bool) if unmasked(where) else xp.broadcast_to(where, x.shape)
    if mean is None:
        mean = mean_impl(xp, x, mask, axis=axis, dtype=None, keepdims=True)
    d = xp.where(mask, x - mean, x.dtype.type(0))
    total = xp.sum((d * d.conj()).real, axis=axis, keepdims=keepdims)
    freedom = xp.maximum(xp.sum(mask, axis=axis, keepdims=keepdims) - ddof, 0)
    return (total / freedom).astype(total.dtype)


def _less_mean(x: Any, where: Any, mean: Any, axis: Axes) -> Any:
    """``x`` less its mean; zero where it is masked out."""
    if unmasked(where):
        return x - (mean_p.bind(x, axis=axis, dtype=None, keepdims=True) if mean is None else mean)
    if mean is None:
        mean = mean_p.bind(x, where, axis=axis, dtype=None, keepdims=True)
    return choose(where, x - mean, 0.0)


def _freedom(x: Any, where: Any, axis: Axes, ddof: Any) -> Any:
    """``n - ddof``; NaN, so that the derivative is too, when nothing is left."""
    if unmasked(where):
        n = count(shape_of(x), axis) - ddof
        return n if n > 0 else math.nan
    n = real_like(number_chosen(shape_of(x), where, axis), x) - ddof
    return choose(n > 0, n, math.nan)


def _var_slope(out: Any, x: Any, where: Any, mean: Any, axis: Axes, ddof: Any) -> Any:
    """The derivative by ``x``."""
    d = _less_mean(x, where, mean, axis)
    d = conjugate(d) if aval_of(d).dtype.kind == "c" else d
    return d * (2.0 / _freedom(x, where, axis, ddof))


def _std_slope(out: Any, x: Any, where: Any, mean: Any, axis: Axes, ddof: Any) -> Any:
    """The derivative by ``x``; ``out`` has the axes of ``x``.

    The rounded mean of a constant may differ from it, so that ``std`` is not quite zero. Less their
    mean once more, such deviations vanish; all others stay as they are.
    """
    d = _less_mean(x, where, mean, axis)
    if mean is None:
        d = _less_mean(d, where, None, axis)
    bar = conjugate(d) if aval_of(d).dtype.kind == "c" else d
    n = _freedom(x, where, axis, ddof)
    left = sum_p.bind(real(bar * d), axis=axis, dtype=None, keepdims=True)
    flat = left <= 1e-8 * n * out * out
    return bar * choose(flat, 0.0, 1.0 / (choose(flat, 1.0, out) * n))


def _spread_rule(slope_of: Any) -> Explicit:
    def jvp(
        t: Any,
        out: Any,
        x: Any,
        where: Any = None,
        mean: Any = None,
        *,
        axis: Axes,
        dtype: Any,
        ddof: Any,
        keepdims: bool,
    ) -> Any:
        slope = slope_of(kept(out, shape_of(x), axis, keepdims), x, where, mean, axis, ddof)
        tangent = t[0]
        if len(t) == 3 and t[2] is not None:
            tangent = broadcast_to(-t[2], shape_of(x)) if tangent is None else tangent - t[2]
        return sum_p.bind(real(strong_mul(tangent, slope)), axis=axis, dtype=None, keepdims=keepdims)

    def vjp(
        g: Any,
        out: Any,
        x: Any,
        where: Any = None,
        mean: Any = None,
        *,
        axis: Axes,
        dtype: Any,
        ddof: Any,
        keepdims: bool,
    ) -> Any:
        slope = slope_of(kept(out, shape_of(x), axis, keepdims), x, where, mean, axis, ddof)
        share = strong_mul(kept(real(g), shape_of(x), axis, keepdims), slope)  # out is real in any dtype
        return [share, *([] if where is None else [None]), *([] if mean is None else [-share])]

    return Explicit(jvp=jvp, vjp=vjp, operands=(0, 2))


def _spread_primitive(name: str) -> Primitive:
    function = getattr(np, name)
    primitive = Primitive(name, _impl(name), host=_host(function), family=FAMILY)
    primitive.aval = reduction_aval(function)
    primitive.rule = _spread_rule(_std_slope if name == "std" else _var_slope)
    primitive.batch = reduction_batch(primitive)
    return primitive


var_p = _spread_primitive("var")
std_p = _spread_primitive("std")


def _bind_spread(
    primitive: Primitive, a: Any, axis: Any, dtype: Any, out: Any, ddof: Any, keepdims: bool, **options: Any
) -> Any:
    a = operand(a)
    axis = static_axis(axis, aval_of(a).ndim)
    correction = options["correction"]
    if correction is not UNSET:
        if ddof != 0:
            raise ArgumentError(
                f"{primitive.name}: give ddof or correction, not both.", got="ddof and correction"
            )
        ddof = correction
    mask_and_mean = extras(options["where"], options["mean"])
    params = {"axis": axis, "dtype": static_dtype(dtype), "ddof": ddof, "keepdims": keepdims}
    return finished(primitive.bind(a, *mask_and_mean, **params), out, primitive.name)


@implements(np.var)
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = UNSET,
    mean: Any = UNSET,
    correction: Any = UNSET,
) -> Any:
    """The variance over ``axis``, with divisor ``n - ddof``; real for complex input."""
    return _bind_spread(
        var_p, a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction
    )


@implements(np.std)
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = UNSET,
    mean: Any = UNSET,
    correction: Any = UNSET,
) -> Any:
    """The standard deviation over ``axis``; its derivative at a constant is 0."""
    return _bind_spread(
        std_p, a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction
    )
