"""Running sums and products, and the product over axes, whose derivative is made of running products."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .arithmetic import multiply
from .axes import inverse_permutation, normal_axes, normal_axis
from .declare import Explicit, Linear
from .join import concatenate_p
from .rearrange import flip_axes, roll_p
from .reducing import (
    UNSET,
    Axes,
    count,
    extras,
    finished,
    given,
    kept,
    reduce_with,
    reduction_aval,
    reduction_batch,
    result_dtype,
    static_axis,
    static_dtype,
    unmasked,
)
from .select import where as choose
from .shape import operand, ravel, shape_of
from .slices import cut_axis, in_front
from .strong import strong_mul
from .structural import convert, full_like_aval, move_axis, reshape, sum_p, transpose
from .tables import implements
from .ufunc import Ufunc

FAMILY = "scans"


def _scan_axis(x: Any, axis: Any) -> tuple[Any, int]:
    """The array and the axis along which to run; as a row if there is no axis."""
    if axis is None or (aval_of(x).ndim == 0 and axis in (0, -1)):
        return ravel(x), 0
    return x, normal_axis(axis, aval_of(x).ndim)


def _scan_aval(function: Any) -> Any:
    def aval(x: Aval, *, axis: int, dtype: Any) -> Aval:
        return array_aval(x, x.shape, result_dtype(function, x.dtype, dtype))

    return aval


def _scan_primitive(name: str) -> Primitive:
    function = getattr(np, name)

    def impl(xp: Any, x: Any, *, axis: int, dtype: Any) -> Any:
        return getattr(xp, name)(x, axis=axis, dtype=dtype)

    def batch(size: int, values: Any, at: Any, *, axis: int, dtype: Any) -> Any:
        return primitive.bind(move_axis(values[0], at[0], 0), axis=axis + 1, dtype=dtype), 0

    primitive = Primitive(name, impl, family=FAMILY)
    primitive.aval = _scan_aval(function)
    primitive.batch = batch
    return primitive


# --- cumsum ----------------------------------------------------------------------------------------


def _cumsum_back(g: Any, x: Any, *, axis: int, dtype: Any) -> Any:
    back = cumsum_p.bind(flip_axes(g, (axis,)), axis=axis, dtype=None)
    return flip_axes(back, (axis,))


cumsum_p = _scan_primitive("cumsum")
cumsum_p.rule = Linear(_cumsum_back)


@implements(np.cumsum)
def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Running sums along ``axis`` (None: of all as a row)."""
    a, axis = _scan_axis(operand(a), axis)
    return finished(cumsum_p.bind(a, axis=axis, dtype=static_dtype(dtype)), out, "cumsum")


# --- recurrence: s[k] = a[k] s[k-1] + b[k] ---------------------------------------------------------
#
# The derivative of running products without a division. With s[0] = b[0], a step of the tangent is
# ds[k] = a[k] ds[k-1] + (db[k] + da[k] s[k-1]): a recurrence again. Backwards, the cotangent r of s
# obeys r[i] = g[i] + a[i+1] r[i+1], a recurrence from the other end; then b has cotangent r and a has
# r[i] s[i-1]. So the family is closed under differentiation, and nothing in it divides.


def _recurrence(xp: Any, a: Any, b: Any, *, axis: int) -> Any:
    """Zeros are strong: a slope of inf or NaN does not reach beyond a step whose own slope is 0."""
    a, b = xp.moveaxis(a, axis, 0), xp.moveaxis(b, axis, 0)
    out = b.copy()
    for k in range(1, b.shape[0]):
        out[k] = b[k] + xp.where((a[k] == 0) | (out[k - 1] == 0), 0, a[k] * out[k - 1])
    return xp.moveaxis(out, 0, axis)


def _recurrence_host(a: Any, b: Any, *, axis: int) -> Any:
    """Without regard to strong zeros, which are only missed where a NaN comes out."""
    if b.ndim > 1 or b.dtype.char not in "dD":
        slopes, out = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0).copy()
        for k in range(1, out.shape[0]):
            out[k] += slopes[k] * out[k - 1]
        out = np.moveaxis(out, 0, axis)
    else:
        pairs = zip(a.tolist(), b.tolist(), strict=True)
        steps = itertools.accumulate(pairs, lambda s, ab: (0.0, ab[0] * s[1] + ab[1]))
        out = np.array([s for _, s in steps], b.dtype)
    return _recurrence(np, a, b, axis=axis) if np.isnan(out).any() else out


def before(x: Any, axis: int, first: int) -> Any:
    """``x`` moved on by one along ``axis``, with ``first`` at the start."""
    aval = aval_of(x)
    edge = full_like_aval(aval.with_shape((*aval.shape[:axis], 1, *aval.shape[axis + 1 :])), first)
    return concatenate_p.bind(edge, cut_axis(x, axis, 0, aval.shape[axis] - 1), axis=axis, dtype=None)


def recur_back(a: Any, g: Any, axis: int) -> Any:
    """The solution of ``r[i] = g[i] + a[i+1] r[i+1]``."""
    following = roll_p.bind(a, shift=(-1,), axis=(axis,))
    backwards = recurrence_p.bind(flip_axes(following, (axis,)), flip_axes(g, (axis,)), axis=axis)
    return flip_axes(backwards, (axis,))


def _recurrence_jvp(t: Any, out: Any, a: Any, b: Any, *, axis: int) -> Any:
    by_a = None if t[0] is None else t[0] * before(out, axis, 0)
    drive = by_a if t[1] is None else t[1] if by_a is None else t[1] + by_a
    return recurrence_p.bind(a, drive, axis=axis)


def _recurrence_vjp(g: Any, out: Any, a: Any, b: Any, *, axis: int) -> Any:
    r = recur_back(a, g, axis)
    return [r * before(out, axis, 0), r]


recurrence_p = Primitive("recurrence", _recurrence, host=_recurrence_host, family=FAMILY)
recurrence_p.aval = lambda a, b, *, axis: array_aval(b, b.shape, b.dtype)
recurrence_p.rule = Explicit(jvp=_recurrence_jvp, vjp=_recurrence_vjp)
recurrence_p.batch = lambda size, values, at, *, axis: (
    recurrence_p.bind(*in_front(size, values, at), axis=axis + 1),
    0,
)


# --- cumprod ---------------------------------------------------------------------------------------
#
# y[k] = x[k] y[k-1], so dy[k] = x[k] dy[k-1] + y[k-1] dx[k]; backwards the cotangent of x[i] is
# y[i-1] r[i] with r as above. Zeros among the x need no case of their own.


def _cumprod_jvp(t: Any, out: Any, x: Any, *, axis: int, dtype: Any) -> Any:
    x = convert(x, aval_of(out).dtype)
    return recurrence_p.bind(x, t[0] * before(out, axis, 1), axis=axis) if shape_of(x)[axis] else t[0]


def _cumprod_vjp(g: Any, out: Any, x: Any, *, axis: int, dtype: Any) -> Any:
    x = convert(x, aval_of(out).dtype)
    return [recur_back(x, g, axis) * before(out, axis, 1) if shape_of(x)[axis] else g]


cumprod_p = _scan_primitive("cumprod")
cumprod_p.rule = Explicit(jvp=_cumprod_jvp, vjp=_cumprod_vjp)


@implements(np.cumprod)
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Running products along ``axis`` (None: of all as a row); the derivative is exact at zeros."""
    a, axis = _scan_axis(operand(a), axis)
    return finished(cumprod_p.bind(a, axis=axis, dtype=static_dtype(dtype)), out, "cumprod")


# --- cumulative_sum, cumulative_prod ---------------------------------------------------------------


def _cumulative(
    scan: Primitive, first: int, x: Any, axis: Any, dtype: Any, out: Any, include_initial: bool
) -> Any:
    x = operand(x)
    name = scan.name.replace("cum", "cumulative_")
    x = ravel(x) if aval_of(x).ndim == 0 else x
    ndim = aval_of(x).ndim
    if axis is None:
        if ndim > 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        axis = 0
    axis = normal_axis(axis, ndim)
    result = scan.bind(x, axis=axis, dtype=static_dtype(dtype))
    if include_initial:
        aval = aval_of(result)
        edge = full_like_aval(aval.with_shape((*aval.shape[:axis], 1, *aval.shape[axis + 1 :])), first)
        result = concatenate_p.bind(edge, result, axis=axis, dtype=None)
    return finished(result, out, name)


@implements("numpy.cumulative_sum")  # NumPy 2.1
def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Any:
    """Running sums along ``axis``, from 0 on if ``include_initial``."""
    return _cumulative(cumsum_p, 0, x, axis, dtype, out, include_initial)


@implements("numpy.cumulative_prod")  # NumPy 2.1
def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Any:
    """Running products along ``axis``, from 1 on if ``include_initial``."""
    return _cumulative(cumprod_p, 1, x, axis, dtype, out, include_initial)


# --- prod ------------------------------------------------------------------------------------------
#
# The derivative by an element is the product of all others: the running product up to it times the
# running product from the other end. Exact at zeros; the second derivative comes from cumprod's.


_multiply_all: Any = np.multiply.reduce


def _prod_host(
    x: Any, where: Any = None, initial: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    if where is None:
        return _multiply_all(x, axis, dtype, None, keepdims)
    return np.prod(x, axis=axis, dtype=dtype, keepdims=keepdims, **given(where=where, initial=initial))


def _prod(
    xp: Any, x: Any, where: Any = None, initial: Any = None, *, axis: Axes, dtype: Any, keepdims: bool
) -> Any:
    x = x if unmasked(where) else xp.where(where, x, x.dtype.type(1))
    total = xp.prod(x, axis=axis, dtype=dtype, keepdims=keepdims)
    return total if initial is None else total * initial


def _others(x: Any, axis: Axes) -> Any:
    """For each element the product of the others that are reduced with it."""
    shape = shape_of(x)
    axes = normal_axes(axis, len(shape))
    n = count(shape, axes)
    if not axes or not n:
        return full_like_aval(aval_of(x).with_shape(shape), 1)
    order = [i for i in range(len(shape)) if i not in axes] + list(axes)
    moved = transpose(x, order)
    rows = reshape(moved, (*shape_of(moved)[: len(shape) - len(axes)], n))
    last = (aval_of(rows).ndim - 1,)
    ahead = cumprod_p.bind(before(rows, last[0], 1), axis=last[0], dtype=None)
    after = before(flip_axes(rows, last), last[0], 1)
    after = flip_axes(cumprod_p.bind(after, axis=last[0], dtype=None), last)
    return transpose(reshape(ahead * after, shape_of(moved)), inverse_permutation(order))


def _prod_parts(out: Any, x: Any, where: Any, initial: Any, axis: Axes) -> tuple[Any, Any]:
    """The derivative by each element, and the operands with what is masked out replaced by 1."""
    x = convert(x, aval_of(out).dtype)
    x = x if unmasked(where) else choose(where, x, 1.0)
    others = _others(x, axis)
    others = others if unmasked(where) else choose(where, others, 0.0)
    return x, others if initial is None else others * initial


def _prod_jvp(
    t: Any,
    out: Any,
    x: Any,
    where: Any = None,
    initial: Any = None,
    *,
    axis: Axes,
    dtype: Any,
    keepdims: bool,
) -> Any:
    chosen, others = _prod_parts(out, x, where, initial, axis)
    tangent = None
    if t[0] is not None:
        tangent = sum_p.bind(strong_mul(t[0], others), axis=axis, dtype=None, keepdims=keepdims)
    if len(t) < 3 or t[2] is None:
        return tangent
    by_initial = t[2] * prod_p.bind(chosen, axis=axis, dtype=None, keepdims=keepdims)
    return by_initial if tangent is None else tangent + by_initial


def _prod_vjp(
    g: Any,
    out: Any,
    x: Any,
    where: Any = None,
    initial: Any = None,
    *,
    axis: Axes,
    dtype: Any,
    keepdims: bool,
) -> Any:
    chosen, others = _prod_parts(out, x, where, initial, axis)
    shares = [strong_mul(kept(g, shape_of(x), axis, keepdims), others), None, None]
    if initial is not None:
        shares[2] = g * prod_p.bind(chosen, axis=axis, dtype=None, keepdims=keepdims)
    return shares[: 3 if initial is not None else 1 if where is None else 2]


prod_p = Primitive("prod", _prod, host=_prod_host, family=FAMILY)
prod_p.aval = reduction_aval(np.prod)
prod_p.rule = Explicit(jvp=_prod_jvp, vjp=_prod_vjp, operands=(0, 2))
prod_p.batch = reduction_batch(prod_p, multiply, lambda dtype: dtype.type(1))


@implements(np.prod)
def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = UNSET,
    where: Any = UNSET,
) -> Any:
    """The product over ``axis``; its derivative divides by nothing and is exact at zeros."""
    a = operand(a)
    options = extras(where, initial)
    axis = static_axis(axis, aval_of(a).ndim)
    result = prod_p.bind(a, *options, axis=axis, dtype=static_dtype(dtype), keepdims=keepdims)
    return finished(result, out, "prod")


# --- ufunc methods ---------------------------------------------------------------------------------


def one_axis(axis: Any, ndim: int, method: str = "accumulate") -> int:
    """The axis of ``ufunc.accumulate`` and ``reduceat``, with NumPy's errors."""
    if ndim == 0:
        raise TypeError(f"cannot {method} on a scalar")
    axes = normal_axes(axis, ndim)
    if len(axes) != 1:
        raise ValueError(f"{method} does not allow multiple axes")
    return axes[0]


def _accumulate_with(scan: Any) -> Any:
    def accumulate(ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        array = operand(array)
        return scan(array, one_axis(axis, aval_of(array).ndim), dtype, out)

    return accumulate


Ufunc.METHODS["reduce", "multiply"] = reduce_with(prod)
Ufunc.METHODS["accumulate", "add"] = _accumulate_with(cumsum)
Ufunc.METHODS["accumulate", "multiply"] = _accumulate_with(cumprod)
