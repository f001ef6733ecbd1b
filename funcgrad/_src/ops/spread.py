"""Spread: ``var`` and ``std``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .complexes import absolute, conjugate
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
from .select import maximum
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
#
# Two oddities of NumPy's. A real dtype for complex numbers makes their mean real: m = mean(Re x), the
# rest as above. And a complex mean of real numbers gives Σ(x - m)²/(n - ddof), without the bars.


def spread_host(function: Any) -> Any:
    """A spread on the host: NumPy's function, with the options that are given."""

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
    cut = _has_real_mean(x, dtype)
    x = x if dtype is None or cut else x.astype(dtype)
    mask = xp.ones_like(x, dtype=bool) if unmasked(where) else xp.broadcast_to(where, x.shape)
    if mean is None:
        mean = mean_impl(xp, x.real if cut else x, mask, axis=axis, dtype=None, keepdims=True)
    d = xp.where(mask, x - mean, x.dtype.type(0))
    square = (d * d.conj()).real if x.dtype.kind == "c" else d * d
    total = xp.sum(square, axis=axis, keepdims=keepdims)
    freedom = xp.maximum(xp.sum(mask, axis=axis, keepdims=keepdims) - ddof, 0)
    return (total / freedom).astype(total.dtype if dtype is None else dtype)


def _has_real_mean(x: Any, dtype: Any) -> bool:
    """Whether NumPy takes the mean of complex numbers in a real dtype."""
    return dtype is not None and dtype.kind != "c" and aval_of(x).dtype.kind == "c"


def _less_mean(x: Any, where: Any, mean: Any, axis: Axes, dtype: Any) -> Any:
    """``x`` less its mean; zero where it is masked out."""
    if mean is None:
        mean = _quiet_mean(x, where, axis)
        mean = real(mean) if _has_real_mean(x, dtype) else mean
    return x - mean if unmasked(where) else choose(where, x - mean, 0.0)


def _quiet_mean(x: Any, where: Any, axis: Axes) -> Any:
    """The mean, with the axes kept; 0 of nothing, without a warning."""
    if unmasked(where) and count(shape_of(x), axis):
        return mean_p.bind(x, axis=axis, dtype=None, keepdims=True)
    mask = np.True_ if unmasked(where) else where
    total = sum_p.bind(choose(mask, x, 0.0), axis=axis, dtype=None, keepdims=True)
    return total / maximum(real_like(number_chosen(shape_of(x), mask, axis), x), 1.0)


def _freedom(x: Any, where: Any, axis: Axes, ddof: Any) -> Any:
    """``n - ddof``; NaN, so that the derivative is too, when nothing is left."""
    if unmasked(where):
        n = count(shape_of(x), axis) - ddof
        return n if n > 0 else math.nan
    n = real_like(number_chosen(shape_of(x), where, axis), x) - ddof
    return choose(n > 0, n, math.nan)


def var_slope(out: Any, x: Any, where: Any, mean: Any, axis: Axes, ddof: Any, dtype: Any) -> Any:
    """The derivative by ``x``."""
    d = _less_mean(x, where, mean, axis, dtype)
    d = conjugate(d) if aval_of(x).dtype.kind == "c" else d
    return d * (2.0 / _freedom(x, where, axis, ddof))


def std_slope(out: Any, x: Any, where: Any, mean: Any, axis: Axes, ddof: Any, dtype: Any) -> Any:
    """The derivative by ``x``; ``out`` has the axes of ``x``.

    The rounded mean of a constant may differ from it, so that ``std`` is not quite zero. Less their
    mean once more, such deviations vanish; all others stay as they are.
    """
    d = _less_mean(x, where, mean, axis, dtype)
    if mean is None:
        d = _less_mean(d, where, None, axis, dtype)
    bar = conjugate(d) if aval_of(x).dtype.kind == "c" else d
    n = _freedom(x, where, axis, ddof)
    left = sum_p.bind(absolute(bar * d), axis=axis, dtype=None, keepdims=True)
    flat = left <= 1e-8 * n * absolute(out * out)
    return bar * choose(flat, 0.0, 1.0 / (choose(flat, 1.0, out) * n))


def _part(x: Any, value: Any) -> Any:
    """The real part where the result is real in any dtype: for complex ``x``."""
    return real(value) if aval_of(x).dtype.kind == "c" else value


def spread_rule(slope_of: Any) -> Explicit:
    """The derivative of a spread by its operands ``x``, ``where`` and ``mean``."""

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
        slope = slope_of(kept(out, shape_of(x), axis, keepdims), x, where, mean, axis, ddof, dtype)
        tangent = t[0]
        if len(t) == 3 and t[2] is not None:
            tangent = broadcast_to(-t[2], shape_of(x)) if tangent is None else tangent - t[2]
        return sum_p.bind(_part(x, strong_mul(tangent, slope)), axis=axis, dtype=None, keepdims=keepdims)

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
        slope = slope_of(kept(out, shape_of(x), axis, keepdims), x, where, mean, axis, ddof, dtype)
        share = strong_mul(kept(_part(x, g), shape_of(x), axis, keepdims), slope)
        return [share, *([] if where is None else [None]), *([] if mean is None else [-share])]

    return Explicit(jvp=jvp, vjp=vjp, operands=(0, 2))


def _spread_primitive(name: str) -> Primitive:
    function = getattr(np, name)
    primitive = Primitive(name, _impl(name), host=spread_host(function), family=FAMILY)
    primitive.aval = spread_aval(function)
    primitive.rule = spread_rule(std_slope if name == "std" else var_slope)
    primitive.batch = reduction_batch(primitive)
    return primitive


def spread_aval(function: Any) -> Any:
    """The shape and dtype rule of a spread; a complex mean makes that of real numbers complex."""
    plain = reduction_aval(function)

    def aval(x: Aval, *options: Aval, dtype: Any, **params: Any) -> Aval:
        if dtype is None and len(options) == 2 and options[1].dtype.kind == "c" and x.dtype.kind != "c":
            dtype = np.result_type(x.dtype, options[1].dtype)
        return plain(x, *options, dtype=dtype, **params)

    return aval


var_p = _spread_primitive("var")
std_p = _spread_primitive("std")


def bind_spread(
    primitive: Primitive, a: Any, axis: Any, dtype: Any, out: Any, ddof: Any, keepdims: bool, **options: Any
) -> Any:
    """A spread with NumPy's arguments."""
    a = operand(a)
    axis = static_axis(axis, aval_of(a).ndim)
    correction = options["correction"]
    if correction is not UNSET:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    mask_and_mean = extras(options["where"], options["mean"])
    if len(mask_and_mean) == 2:
        _check_mean(primitive.name, a, mask_and_mean[1])
    params = {"axis": axis, "dtype": static_dtype(dtype), "ddof": ddof, "keepdims": keepdims}
    return finished(primitive.bind(a, *mask_and_mean, **params), out, primitive.name)


def _check_mean(name: str, a: Any, mean: Any) -> None:
    """Refuse a mean with more elements than there are numbers; NumPy counts those of the array alone."""
    if any(type(value) is Tracer for value in (a, mean)):
        shape = np.broadcast_shapes(shape_of(a), shape_of(mean))
        if shape != shape_of(a):
            raise UnsupportedError(
                f"{name}: the mean must broadcast to the shape of the array, on traced values.",
                expected=f"a mean that broadcasts to {shape_of(a)}",
                got=str(aval_of(mean)),
                hint="broadcast the array to that shape first: np.broadcast_to(x, shape)",
            )


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
    return bind_spread(
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
    return bind_spread(
        std_p, a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction
    )
