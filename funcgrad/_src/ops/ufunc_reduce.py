"""``ufunc.reduce`` of any binary ufunc.

The derivative by an element is a weight, where there is a formula: for sums and differences, ``logaddexp``,
``hypot``, and the largest and smallest, whose ties share evenly. Otherwise (quotients, powers, remainders …)
it comes from the steps of the fold, which are computed again: one pass along the axis, in ufunc_scans.py.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .arithmetic import add
from .axes import inverse_permutation, normal_axes, plus_one, reduced_shape
from .beside import beside
from .declare import Explicit
from .join import concatenate_p
from .reducing import UNSET, aligned, count, extras, kept, real_like, static_axis
from .reducing import unmasked as no_mask
from .scans import recur_back, recurrence_p
from .select import maximum
from .select import where as choose
from .shape import operand, shape_of
from .slices import cut_axis, embed, in_front
from .softmax import exp_difference_p
from .strong import strong_mul
from .structural import (
    as_kind,
    as_numpy,
    broadcast_to,
    convert,
    full_like_aval,
    move_axis,
    reshape,
    sum_p,
    transpose,
)
from .ufunc import Ufunc
from .ufunc_device import neutral, reduced, reorderable
from .ufunc_methods import LATE
from .ufunc_scans import (
    PEAKS,
    check_folds,
    fill_at,
    fold_dtype,
    method_dtype,
    name_of,
    same,
    scan_p,
    scan_slopes,
    written,
)

FAMILY = "ufunc_reduce"
Axis = int | tuple[int, ...] | None
_LN2 = math.log(2)


# --- weights: the derivative by an element, where there is a formula -------------------------------


class Groups(NamedTuple):
    """Elements that are reduced together: their sums, a value given to each, and the first of each."""

    total: Callable[[Any], Any]
    spread: Callable[[Any], Any]
    first: Callable[[Any], Any]


def _tied(out: Any, x: Any, where: Any, initial: Any, groups: Groups) -> tuple[Any, Any]:
    tied = same(x, groups.spread(out))
    tied = real_like(tied if where is None else tied & where, out)
    first = None if initial is None else real_like(same(initial, out), out)
    number = groups.total(tied) if first is None else groups.total(tied) + first
    share = 1 / maximum(number, 1)
    return tied * groups.spread(share), None if first is None else first * share


def _signs(out: Any, x: Any, where: Any, initial: Any, groups: Groups) -> tuple[Any, Any]:
    minus = full_like_aval(aval_of(out).with_shape(shape_of(x)), -1)
    if initial is None:
        return groups.first(minus), None
    return minus, full_like_aval(aval_of(out), 1)


def _from(weight: Callable[[Any, Any], Any]) -> Callable[..., tuple[Any, Any]]:
    """Weights that depend on the element and the result alone."""

    def both(out: Any, x: Any, where: Any, initial: Any, groups: Groups) -> tuple[Any, Any]:
        return weight(x, groups.spread(out)), None if initial is None else weight(initial, out)

    return both


WEIGHTS: dict[str, Callable[..., tuple[Any, Any]]] = {
    "add": _from(lambda x, out: full_like_aval(aval_of(out).with_shape(shape_of(x)), 1)),
    "hypot": _from(lambda x, out: choose(out == 0, 0.0, x / out)),
    "logaddexp": _from(exp_difference_p.bind),
    "logaddexp2": _from(lambda x, out: exp_difference_p.bind(_LN2 * x, _LN2 * out)),
    "subtract": _signs,
    **dict.fromkeys(PEAKS, _tied),
}


def weights(name: str, out: Any, x: Any, where: Any, initial: Any, groups: Groups) -> tuple[Any, Any]:
    """The derivatives of a reduction by its elements and by ``initial``."""
    x = convert(x, aval_of(out).dtype)
    if initial is not None:
        initial = convert(initial, aval_of(out).dtype)
    by_element, by_initial = WEIGHTS[name](out, x, where, initial, groups)
    return by_element if where is None else choose(where, by_element, 0.0), by_initial


# --- reduce: value ---------------------------------------------------------------------------------


def _reduce_host(
    x: Any,
    where: Any = None,
    initial: Any = None,
    *,
    name: str,
    axis: Axis,
    dtype: Any,
    keepdims: bool,
    bare: bool,
) -> Any:
    options: dict[str, Any] = {} if no_mask(where) else {"where": where}
    if initial is not None or bare:
        options["initial"] = initial
    return getattr(np, name).reduce(x, axis, dtype, None, keepdims, **options)


def _reduce(
    xp: Any,
    x: Any,
    where: Any = None,
    initial: Any = None,
    *,
    name: str,
    axis: Axis,
    dtype: Any,
    keepdims: bool,
    bare: bool,
) -> Any:
    where = None if no_mask(where) else where
    found = fold_dtype(name, x.dtype, dtype, "reduce")
    _check(name, x.shape, axis, where is not None, initial is not None, bare)
    out = reduced(xp, x, where, initial, name=name, axis=axis, dtype=found, bare=bare)
    return out.reshape(reduced_shape(x.shape, axis, keepdims)).astype(found, copy=False)


def _check(name: str, shape: tuple[int, ...], axis: Axis, masked: bool, started: bool, bare: bool) -> None:
    """NumPy's errors, where there is no NumPy to raise them."""
    function = f"reduction operation {name!r}"
    if len(normal_axes(axis, len(shape))) > 1 and not reorderable(name):
        raise ValueError(f"{function} is not reorderable, so at most one axis may be specified")
    if started or (not bare and neutral(name, np.dtype(float)) is not None):
        return
    if masked:
        raise ValueError(f"{function} does not have an identity, so to use a where mask give 'initial'")
    if not count(shape, axis):
        raise ValueError(f"zero-size array to reduction operation {name} which has no identity")


def _reduce_aval(
    x: Aval, *options: Aval, name: str, axis: Axis, dtype: Any, keepdims: bool, bare: bool
) -> Aval:
    masked = bool(options) and not (options[0].kind == "scalar" and len(options) == 2)
    found = fold_dtype(name, x.dtype, dtype, "reduce")
    _check(name, x.shape, axis, masked, len(options) == 2, bare)
    return scalar_or_array(reduced_shape(x.shape, axis, keepdims), found, x.place)


def _reduce_batch(size: int, values: Any, at: Any, *, axis: Axis, keepdims: bool, **params: Any) -> Any:
    x = in_front(size, values[:1], at[:1])[0]
    ndim = aval_of(x).ndim
    axes = plus_one(normal_axes(axis, ndim - 1))
    options = [
        v if b is None else aligned(move_axis(v, b, 0), ndim) for v, b in zip(values[1:], at[1:], strict=True)
    ]
    if len(options) < 2 or at[2] is None:
        return reduce_p.bind(x, *options, axis=axes, keepdims=keepdims, **params), 0
    mask, initial = None if no_mask(options[0]) else options[0], move_axis(values[2], at[2], 0)
    out = _started(x, mask, initial, axes, params["name"], params["dtype"])
    return reshape(out, (size, *reduced_shape(shape_of(x)[1:], axis, keepdims))), 0


def _started(x: Any, mask: Any, initial: Any, axes: tuple[int, ...], name: str, dtype: Any) -> Any:
    """The reduction with an ``initial`` of its own for each example: it becomes the first element."""
    logical = name.startswith("logical")
    x, initial = (
        convert(v, np.dtype(bool) if logical else fold_dtype(name, aval_of(x).dtype, dtype, "reduce"))
        for v in (x, initial)
    )
    table, masks = rows(x, mask, axes)
    last = aval_of(table).ndim - 1
    table, masks = with_first(table, masks, reshape(initial, (-1, *(1,) * last)))
    steps = scan_p.bind(
        table, *([] if masks is None else [masks]), name=name, axis=last, starts=(0,), dtype=None
    )
    return cut_axis(steps, last, -1, None)


def rows(x: Any, mask: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """The array, and a mask of its elements, with the reduced axes last and as one."""
    if mask is not None:
        mask = rows(broadcast_to(mask, shape_of(x)), None, axes)[0]
    shape = shape_of(x)
    rest = [i for i in range(len(shape)) if i not in axes]
    moved = transpose(x, (*rest, *axes)) if len(shape) > 1 else x
    return reshape(moved, (*(shape[i] for i in rest), count(shape, axes))), mask


def unrowed(table: Any, shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """An array of this shape from its rows."""
    order = (*(i for i in range(len(shape)) if i not in axes), *axes)
    return transpose(reshape(table, tuple(shape[i] for i in order)), inverse_permutation(order))


def with_first(table: Any, masks: Any, first: Any) -> tuple[Any, Any]:
    """The rows with one more element in front, which no mask leaves out."""
    last = aval_of(table).ndim - 1
    edge = (*shape_of(table)[:last], 1)
    first = beside([convert(first, aval_of(table).dtype), table])[0]
    first = broadcast_to(first, edge)
    table = concatenate_p.bind(first, table, axis=last, dtype=None)
    if masks is not None:
        here = full_like_aval(aval_of(masks).with_shape(edge), 1)
        masks = concatenate_p.bind(here, masks, axis=last, dtype=None)
    return table, masks


# --- reduce: derivative ----------------------------------------------------------------------------


def _reduce_groups(x: Any, axes: tuple[int, ...]) -> Groups:
    return Groups(
        lambda v: sum_p.bind(v, axis=axes, dtype=None, keepdims=True),
        lambda v: v,
        lambda v: fill_at(v, axes[0], (0,), 1.0) if axes else full_like_aval(aval_of(v), 1),
    )


class _Fold(NamedTuple):
    """The steps of a fold along the last axis: their slopes, and how the operands became rows."""

    a: Any
    b: Any
    started: bool
    axes: tuple[int, ...]


def _fold(out: Any, x: Any, where: Any, initial: Any, name: str, axes: tuple[int, ...]) -> _Fold:
    check_folds(name, aval_of(out), "reduce")
    dtype = aval_of(out).dtype
    if where is not None and initial is None:
        initial = neutral(name, dtype)
    table, masks = rows(convert(x, dtype), where, axes)
    if initial is not None:
        table, masks = with_first(table, masks, initial)
    last = aval_of(table).ndim - 1
    options = [] if masks is None else [masks]
    steps = scan_p.bind(table, *options, name=name, axis=last, starts=(0,), dtype=None)
    a, b = scan_slopes(steps, table, masks, name, last, (0,))
    return _Fold(a, b, initial is not None, axes)


def _fold_jvp(fold: _Fold, out: Any, x: Any, t: Any, t_initial: Any) -> Any:
    dtype, last = aval_of(out).dtype, aval_of(fold.b).ndim - 1
    t = full_like_aval(aval_of(x)) if t is None else t
    table = rows(convert(t, dtype), None, fold.axes)[0]
    if fold.started:
        table = with_first(table, None, dtype.type(0) if t_initial is None else t_initial)[0]
    steps = recurrence_p.bind(fold.a, strong_mul(table, fold.b), axis=last)
    return reshape(cut_axis(steps, last, -1, None), shape_of(out))


def _fold_vjp(fold: _Fold, g: Any, x: Any) -> tuple[Any, Any]:
    shape = shape_of(fold.b)
    last, n = len(shape) - 1, shape[-1]
    at_end = embed(reshape(g, (*shape[:-1], 1)), shape, (*((None, None, None),) * last, (n - 1, n, None)))
    back = strong_mul(recur_back(fold.a, at_end, last), fold.b)
    first = cut_axis(back, last, 0, 1) if fold.started else None
    if fold.started:
        back = cut_axis(back, last, 1, None)
    return unrowed(back, shape_of(x), fold.axes), first


def _reduce_jvp(
    t: Any,
    out: Any,
    x: Any,
    where: Any = None,
    initial: Any = None,
    *,
    name: str,
    axis: Axis,
    dtype: Any,
    keepdims: bool,
    bare: bool,
) -> Any:
    mask, axes, aval = None if no_mask(where) else where, normal_axes(axis, aval_of(x).ndim), aval_of(out)
    t_initial = t[2] if len(t) > 2 else None
    if name not in WEIGHTS:
        fold = _fold(out, x, mask, initial, name, axes)
        return as_kind(_fold_jvp(fold, out, x, t[0], t_initial), aval)
    groups = _reduce_groups(x, axes)
    by_element, by_initial = weights(name, kept(out, shape_of(x), axis, keepdims), x, mask, initial, groups)
    parts = [] if t_initial is None else [strong_mul(convert(t_initial, aval.dtype), by_initial)]
    if t[0] is not None:
        parts.append(groups.total(strong_mul(convert(t[0], aval.dtype), by_element)))
    return as_kind(reshape(functools.reduce(add, parts), aval.shape), aval)


def _reduce_vjp(
    g: Any,
    out: Any,
    x: Any,
    where: Any = None,
    initial: Any = None,
    *,
    name: str,
    axis: Axis,
    dtype: Any,
    keepdims: bool,
    bare: bool,
) -> Any:
    mask, axes = None if no_mask(where) else where, normal_axes(axis, aval_of(x).ndim)
    if name in WEIGHTS:
        groups = _reduce_groups(x, axes)
        whole, peaks = (kept(v, shape_of(x), axis, keepdims) for v in (g, out))
        by_element, by_initial = weights(name, peaks, x, mask, initial, groups)
        shares = [strong_mul(whole, by_element), None if initial is None else strong_mul(whole, by_initial)]
    else:
        shares = list(_fold_vjp(_fold(out, x, mask, initial, name, axes), g, x))
    by_initial = None if initial is None else shares[1]
    return [shares[0], None, by_initial][: 1 if where is None else 2 if initial is None else 3]


reduce_p = Primitive("ufunc_reduce", _reduce, host=_reduce_host, family=FAMILY)
reduce_p.aval = _reduce_aval
reduce_p.rule = Explicit(jvp=_reduce_jvp, vjp=_reduce_vjp, operands=(0, 2))
reduce_p.batch = _reduce_batch


# --- ufunc.reduce ----------------------------------------------------------------------------------


def reduce(
    ufunc: Ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = UNSET,
    where: Any = True,
) -> Any:
    """``f(… f(f(initial, x[0]), x[1]) …)`` over ``axis``; ``initial=None`` begins with the first element."""
    array, name = as_numpy(operand(array)), name_of(ufunc, "reduce")
    options = extras(where, UNSET if initial is None else initial)
    if options and aval_of(options[0]).dtype.kind != "b":
        raise TypeError(f"{name}.reduce: where= must be an array of bool, not {aval_of(options[0])}")
    dtype = method_dtype(ufunc, array, dtype, out)
    axis = static_axis(axis, aval_of(array).ndim)
    if where is np.True_:  # which asks for more than True does
        _check(
            name, shape_of(array), axis, True, initial is not UNSET and initial is not None, initial is None
        )
    result = reduce_p.bind(
        array, *options, name=name, axis=axis, dtype=dtype, keepdims=bool(keepdims), bare=initial is None
    )
    return written(out, result, f"{name}.reduce")


LATE["reduce"] = reduce
