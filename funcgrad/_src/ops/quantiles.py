"""Quantiles: ``median``, ``percentile``, ``quantile``, and those that pass over NaN.

The values are NumPy's. A quantile is a weighted mean of at most two of the elements, in sorted order, and
its derivative goes to these, with these weights. By ``q`` it is the gap between the two, times how fast the
place moves: at an element, where there are two such gaps, the one above it.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..backends import HOST
from ..core.aval import Aval, array_aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .axes import normal_axes, plus_one, reduced_shape
from .beside import beside
from .declare import Explicit
from .index_form import listed
from .order_statistics import Reads, from_rows, pick, put_back, reads, slope, to_rows, value_at
from .plain import plainly
from .reducing import UNSET, Axes, finished, reduction_aval, reduction_batch
from .select import where as choose
from .shape import broadcast_to, operand, shape_of
from .slices import in_front
from .strong import strong_mul
from .structural import as_numpy, convert, move_axis, reshape, sum_p, transpose
from .tables import implements

FAMILY = "quantiles"
_FLOAT = np.dtype(float)


# --- rows and results ------------------------------------------------------------------------------


def _result(rows: Any, shape: tuple[int, ...]) -> Any:
    """Values of shape ``(…, k)`` as a result: ``k`` in front."""
    return reshape(move_axis(rows, aval_of(rows).ndim - 1, 0), shape)


def _of_result(g: Any, shape: tuple[int, ...]) -> Any:
    """The inverse of ``_result``."""
    return move_axis(reshape(g, (shape[-1], *shape[:-1])), 0, len(shape) - 1)


# --- the derivative --------------------------------------------------------------------------------


def _in_row(value: Any, x: Any, lead: int = 0) -> Any:
    """``value`` as a row, where ``x`` lives; it has ``lead`` axes of a batch in front."""
    return reshape(beside([x, value])[1], (*shape_of(value)[:lead], -1))


def _flat(q: Any, x: Any, percent: bool, lead: int = 0) -> Any:
    """Probabilities as a floating row."""
    aval = aval_of(q)
    row = _in_row(as_numpy(q if aval.inexact else convert(q, _FLOAT)), x, lead)
    return row / 100 if percent else row


def _push(read: Reads, rows: Any, tangent: Any) -> Any:
    """The result of a small change of the elements."""
    first = pick(tangent, read.lower)
    if read.fraction is None:
        return first
    second = pick(tangent, read.upper)
    return strong_mul(1 - read.fraction, first) + strong_mul(read.fraction, second)


def _pull(read: Reads, rows: Any, g: Any) -> Any:
    """The transpose of ``_push``."""
    if read.fraction is None:
        return put_back(g, read.lower, rows)
    first = put_back(strong_mul(1 - read.fraction, g), read.lower, rows)
    return first + put_back(strong_mul(read.fraction, g), read.upper, rows)


def _living(read: Reads, value: Any) -> Any:
    """``value``, but 0 in rows of nothing but NaN, of which nothing is read."""
    return value if isinstance(read.count, int) else choose(read.count > 0, value, 0.0)


def _pace(read: Reads, rows: Any, method: str, percent: bool) -> Any:
    """The derivative by ``q``; None if the quantile is constant between jumps."""
    speed = slope(read.count, method)
    if speed is None or read.fraction is None:
        return None
    gap = (pick(rows, read.upper) - pick(rows, read.lower)) * (speed / 100 if percent else speed)
    return choose(read.lower == read.upper, 0.0, gap)


def _quantile_rule(percent: bool, nan: bool) -> Explicit:
    def jvp(
        t: Any, out: Any, x: Any, q: Any, weights: Any = None, *, axis: Axes, method: str, keepdims: bool
    ) -> Any:
        if not aval_of(x).size:
            return None
        rows, row = to_rows(x, axis), _flat(q, x, percent)
        read = reads(rows, row, None if weights is None else to_rows(weights, axis), method, nan)
        pace = None if t[1] is None else _pace(read, rows, method, percent)
        parts = [] if t[0] is None else [_living(read, _push(read, rows, to_rows(t[0], axis)))]
        parts += [] if pace is None else [strong_mul(_in_row(t[1], x), pace)]
        return _result(parts[0] if len(parts) == 1 else parts[0] + parts[1], shape_of(out)) if parts else None

    def vjp(
        g: Any, out: Any, x: Any, q: Any, weights: Any = None, *, axis: Axes, method: str, keepdims: bool
    ) -> Any:
        if not aval_of(x).size:
            return [None] * (2 if weights is None else 3)
        rows, row = to_rows(x, axis), _flat(q, x, percent)
        read = reads(rows, row, None if weights is None else to_rows(weights, axis), method, nan)
        g = _of_result(g, (*shape_of(rows)[:-1], *shape_of(row)))
        share = from_rows(_pull(read, rows, _living(read, g)), shape_of(x), axis)
        pace = _pace(read, rows, method, percent)
        by_q = None if pace is None else reshape(_over_rows(strong_mul(g, pace)), shape_of(q))
        return [share, by_q] if weights is None else [share, by_q, None]

    return Explicit(jvp=jvp, vjp=vjp, operands=(0, 1))


def _over_rows(value: Any) -> Any:
    """Summed over all axes but the last."""
    return sum_p.bind(value, axis=tuple(range(aval_of(value).ndim - 1)), dtype=None, keepdims=False)


# --- percentile, quantile --------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def _dtype(name: str, dtype: np.dtype[Any], q: Any, ndim: int, weighted: bool, method: str) -> Any:
    """The dtype of NumPy's result; ``q`` is a dtype, or the type of a Python number."""
    point: Any = q() if isinstance(q, type) else np.zeros((1,) * ndim, q)
    options = {"weights": np.ones(1)} if weighted else {}
    found = getattr(np, name)(np.ones(1, dtype), point, axis=0, method=method, **options)
    return np.asarray(found).dtype


_PYTHON = {"f": float, "i": int, "b": bool}


def _quantile_aval(name: str) -> Any:
    def aval(x: Aval, q: Aval, *weights: Aval, axis: Axes, method: str, keepdims: bool) -> Aval:
        if q.ndim > 2:
            raise ValueError("q must be a scalar or 1d")
        kind = _PYTHON[q.dtype.kind] if q.kind == "python" else q.dtype
        dtype = _dtype(name, x.dtype, kind, q.ndim, bool(weights), method)
        empty = x.size == 0 and name.startswith("nan")  # of which NumPy takes nanmean
        shape = reduced_shape(x.shape, axis, keepdims)
        full = shape if empty else (*q.shape, *shape)
        return array_aval(x, full, dtype) if weights else scalar_or_array(full, dtype, x.place)

    return aval


def _by_rows(name: str, want: Aval, lead: int, x: Any, q: Any, weights: Any, axis: Axes, method: str) -> Any:
    """The quantiles by sorted rows; the first ``lead`` axes of ``x`` and of ``q`` are a batch."""
    shape = shape_of(x)
    axes = tuple(a + lead for a in normal_axes(axis, len(shape) - lead))
    if not aval_of(x).size:
        return np.full_like(x, np.nan, want.dtype, shape=(*shape[:lead], *want.shape))
    rows, row = to_rows(x, axes), _flat(q, x, "percentile" in name, lead)
    row = reshape(row, (*shape_of(row)[:lead], *(1,) * (aval_of(rows).ndim - 1 - lead), -1))
    weight_rows = to_rows(weights[0], axes) if weights else None
    found = value_at(rows, reads(rows, row, weight_rows, method, name.startswith("nan")), want.dtype)
    return reshape(move_axis(found, aval_of(found).ndim - 1, lead), (*shape[:lead], *want.shape))


def _quantile_batch(primitive: Primitive) -> Any:
    """NumPy takes the same ``q`` for all rows; where each example has its own, the rows are sorted here.

    With weights too: NumPy 2.0 misplaces those along several axes.
    """

    def batch(size: int, values: Any, at: Any, *, axis: Axes, method: str, keepdims: bool) -> Any:
        q, (x, *weights) = values[1], in_front(size, (values[0], *values[2:]), (at[0], *at[2:]))
        if at[1] is None and not weights:
            axes = plus_one(normal_axes(axis, aval_of(x).ndim - 1))
            out = primitive.bind(x, q, *weights, axis=axes, method=method, keepdims=keepdims)
            return out, aval_of(q).ndim if aval_of(x).size or not primitive.name.startswith("nan") else 0
        if at[1] is None:
            q = broadcast_to(beside((x, q))[1], (size, *shape_of(q)))
        else:
            q = move_axis(q, at[1], 0)
        examples = [aval.with_shape(aval.shape[1:]) for aval in map(aval_of, (x, q, *weights))]
        want = primitive.abstract(examples, {"axis": axis, "method": method, "keepdims": keepdims})
        return _by_rows(primitive.name, want, 1, x, q, weights, axis, method), 0

    return batch


def _quantile_primitive(name: str) -> Primitive:
    function = getattr(np, name)

    def host(x: Any, q: Any, weights: Any = None, **params: Any) -> Any:
        options = {} if weights is None else {"weights": weights}
        return function(x, q, **params, **options)

    def impl(xp: Any, x: Any, q: Any, *weights: Any, **params: Any) -> Any:
        want = primitive.abstract([aval_of(value) for value in (x, q, *weights)], params)
        return _by_rows(name, want, 0, x, q, weights, params["axis"], params["method"])

    primitive = Primitive(name, impl, host=host, family=FAMILY)
    primitive.aval = _quantile_aval(name)
    primitive.rule = _quantile_rule("percentile" in name, name.startswith("nan"))
    primitive.batch = _quantile_batch(primitive)
    return primitive


percentile_p = _quantile_primitive("percentile")
quantile_p = _quantile_primitive("quantile")
nanpercentile_p = _quantile_primitive("nanpercentile")
nanquantile_p = _quantile_primitive("nanquantile")


def _full_weights(a: Any, axis: Any, weights: Any, method: str) -> Any:
    """Weights of the shape of ``a``; NumPy's own errors for those that do not fit."""
    if method != "inverted_cdf":
        raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
    shape = shape_of(a)
    if shape_of(weights) == shape:
        return weights
    np.average(np.zeros(shape), axis, np.ones(shape_of(weights)))
    axes = normal_axes(axis, len(shape))
    weights = transpose(weights, sorted(range(len(axes)), key=lambda i: axes[i]))
    return broadcast_to(reshape(weights, tuple(n if i in axes else 1 for i, n in enumerate(shape))), shape)


def _beside(value: Any, place: str) -> Any:
    """A list of numbers as an array where the others are."""
    return value if value is None else operand(value if place == HOST else listed(value, place))


def _axis_of(a: Any, axis: Any) -> Axes:
    """The axes meant: of a number there are none."""
    if axis is None:
        return None
    axes = np.lib.array_utils.normalize_axis_tuple(axis, aval_of(a).ndim)
    return axes[0] if len(axes) == 1 else tuple(axes)


def _quantile(
    primitive: Primitive, a: Any, q: Any, axis: Any, out: Any, method: str, keepdims: Any, weights: Any
) -> Any:
    a = operand(a)
    q, weights = (_beside(value, aval_of(a).place) for value in (q, weights))
    if aval_of(a).dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    axis = _axis_of(a, axis)
    extra = [] if weights is None else [_full_weights(a, axis, weights, method)]
    keepdims = keepdims is not UNSET and bool(keepdims)
    result = primitive.bind(a, q, *extra, axis=axis, method=method, keepdims=keepdims)
    return finished(result, out, primitive.name)


@implements(np.percentile)
@plainly(np.percentile)
def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """What ``q`` per cent of the elements over ``axis`` are not above.

    As ``quantile``, with ``q`` in [0, 100].
    """
    return _quantile(percentile_p, a, q, axis, out, method, keepdims, weights)


@implements(np.quantile)
@plainly(np.quantile)
def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """What a fraction ``q`` of the elements over ``axis`` are not above; NaN if one of them is.

    The derivative goes to the one or two elements that are read, and to the last NaN if there is one. Of
    equal elements the first in a stable sort counts as the smaller. By ``q`` there is one for the methods
    that are continuous in it; at an element it is the slope above. There is none by ``weights``, with which
    the quantile jumps. A traced array is not overwritten, whatever ``overwrite_input`` says.
    """
    return _quantile(quantile_p, a, q, axis, out, method, keepdims, weights)


@implements(np.nanpercentile)
@plainly(np.nanpercentile)
def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = UNSET,
    *,
    weights: Any = None,
) -> Any:
    """``percentile`` of what is not NaN; at NaN the derivative is 0."""
    return _quantile(nanpercentile_p, a, q, axis, out, method, keepdims, weights)


@implements(np.nanquantile)
@plainly(np.nanquantile)
def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = UNSET,
    *,
    weights: Any = None,
) -> Any:
    """``quantile`` of what is not NaN; at NaN the derivative is 0."""
    return _quantile(nanquantile_p, a, q, axis, out, method, keepdims, weights)


# --- median, nanmedian -----------------------------------------------------------------------------

# The middle of a row is its quantile at one half by the method "midpoint".


def _median_rule(nan: bool) -> Explicit:
    rule = _quantile_rule(False, nan)

    def jvp(t: Any, out: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        return rule.jvp((t[0], None), out, x, 0.5, axis=axis, method="midpoint", keepdims=keepdims)

    def vjp(g: Any, out: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        return rule.vjp(g, out, x, 0.5, axis=axis, method="midpoint", keepdims=keepdims)[:1]

    return Explicit(jvp=jvp, vjp=vjp)


def _median_primitive(name: str) -> Primitive:
    function = getattr(np, name)

    def impl(xp: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        want = primitive.abstract([aval_of(x)], {"axis": axis, "keepdims": keepdims})
        return _by_rows(name, want, 0, x, 0.5, (), axis, "midpoint")

    primitive = Primitive(name, impl, host=function, family=FAMILY)
    primitive.aval = reduction_aval(function)
    primitive.rule = _median_rule(name.startswith("nan"))
    primitive.batch = reduction_batch(primitive)
    return primitive


median_p = _median_primitive("median")
nanmedian_p = _median_primitive("nanmedian")


def _median(primitive: Primitive, a: Any, axis: Any, out: Any, keepdims: Any) -> Any:
    a = operand(a)
    keepdims = keepdims is not UNSET and bool(keepdims)
    return finished(primitive.bind(a, axis=_axis_of(a, axis), keepdims=keepdims), out, primitive.name)


@implements(np.median)
@plainly(np.median)
def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    """The middle element over ``axis``, or the mean of two in the middle; NaN if one element is.

    The derivative goes to what is read, as that of ``quantile``. A traced array is not overwritten.
    """
    return _median(median_p, a, axis, out, keepdims)


@implements(np.nanmedian)
@plainly(np.nanmedian)
def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = UNSET
) -> Any:
    """``median`` of what is not NaN; at NaN the derivative is 0."""
    return _median(nanmedian_p, a, axis, out, keepdims)
