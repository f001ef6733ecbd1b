"""Rearranging: ``flip``, ``roll``, ``repeat``, ``tile``."""

from __future__ import annotations

import itertools
from operator import index
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of, scalar_or_array
from ..core.inplace import link_view
from ..core.primitive import Primitive
from .axes import normal_axes, normal_axis, plus_one
from .declare import Linear
from .shape import as_array, operand, ravel, shape_of, transpose
from .structural import broadcast_to, copy_p, move_axis, reshape, sum_axes
from .tables import implements

FAMILY = "rearrange"


# --- flip ------------------------------------------------------------------------------------------


def _flip(xp: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
    return x[tuple([slice(None, None, -1 if i in axes else None) for i in range(x.ndim)])]


flip_p = Primitive("flip", _flip, family=FAMILY)
flip_p.aval = lambda x, *, axes: scalar_or_array(x.shape, x.dtype, x.place)
flip_p.rule = Linear(lambda g, x, *, axes: flip_axes(g, axes))
flip_p.put = lambda base, new, *, axes: flip_axes(new, axes)
flip_p.batch = lambda size, values, at, *, axes: (
    flip_axes(move_axis(values[0], at[0], 0), plus_one(axes)),
    0,
)


def flip_axes(x: Any, axes: tuple[int, ...]) -> Any:
    """``x`` with the order of its elements along ``axes`` reversed, for rules."""
    return flip_p.bind(x, axes=axes)


@implements(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """``m`` with the order of elements reversed along ``axis`` (None: all axes): a view."""
    m = as_array(operand(m))
    ndim = aval_of(m).ndim
    axes = normal_axes(None if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, ndim), ndim)
    return link_view(flip_p.bind(m, axes=axes), m, flip_p, {"axes": axes})


@implements(np.fliplr)
def fliplr(m: Any) -> Any:
    """``m`` reversed along axis 1: a view."""
    if aval_of(operand(m)).ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return flip(m, 1)


@implements(np.flipud)
def flipud(m: Any) -> Any:
    """``m`` reversed along axis 0: a view."""
    if aval_of(operand(m)).ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return flip(m, 0)


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """``m`` turned ``k`` times by a right angle, from the first of ``axes`` towards the second: a view."""
    m = operand(m)
    ndim = aval_of(m).ndim
    if len(axes) != 2 or len(set(normal_axes(tuple(axes), ndim))) != 2:
        raise ValueError("Axes must be different, and two of them.")
    first, second = normal_axes(tuple(axes), ndim)
    order = list(range(ndim))
    order[first], order[second] = second, first
    if k % 4 == 0:
        return flip(m, ())
    if k % 4 == 1:
        return transpose(flip(m, second), order)
    if k % 4 == 2:
        return flip(flip(m, first), second)
    return flip(transpose(m, order), second)


# --- roll ------------------------------------------------------------------------------------------


def _roll_batch(size: int, values: Any, at: Any, *, shift: Any, axis: Any) -> Any:
    x = move_axis(values[0], at[0], 0)
    if axis is None:
        shape = aval_of(x).shape
        row = roll_p.bind(reshape(x, (size, -1)), shift=(sum(shift),), axis=(1,))
        return reshape(row, shape), 0
    return roll_p.bind(x, shift=shift, axis=plus_one(axis)), 0


roll_p = Primitive("roll", lambda xp, x, *, shift, axis: xp.roll(x, shift, axis), family=FAMILY)
roll_p.aval = lambda x, *, shift, axis: array_aval(x, x.shape, x.dtype)
roll_p.rule = Linear(lambda g, x, *, shift, axis: roll_p.bind(g, shift=tuple(-s for s in shift), axis=axis))
roll_p.batch = _roll_batch


@implements(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """``a`` with its elements moved round by ``shift`` along ``axis`` (None: as one row)."""
    a = as_array(operand(a))
    if np.ndim(shift) > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    shifts = tuple(int(s) for s in shift) if np.ndim(shift) else (int(shift),)
    if axis is None:
        return roll_p.bind(a, shift=(sum(shifts),), axis=None)
    axes = normal_axes(tuple(axis) if isinstance(axis, list) else axis, aval_of(a).ndim)
    pairs = np.broadcast(shifts, axes)
    if pairs.ndim > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    both = [(int(s), int(i)) for s, i in pairs]
    return roll_p.bind(a, shift=tuple(s for s, _ in both), axis=tuple(i for _, i in both))


# --- repeat ----------------------------------------------------------------------------------------


def _total(n: int, repeats: int | tuple[int, ...]) -> int:
    return n * repeats if isinstance(repeats, int) else sum(repeats)


def _repeat(xp: Any, x: Any, *, repeats: Any, axis: int) -> Any:
    return xp.repeat(x, list(repeats) if isinstance(repeats, tuple) else repeats, axis=axis)


def _repeat_aval(x: Aval, *, repeats: Any, axis: int) -> Aval:
    return array_aval(x, (*x.shape[:axis], _total(x.shape[axis], repeats), *x.shape[axis + 1 :]), x.dtype)


def _repeat_back(g: Any, x: Any, *, repeats: Any, axis: int) -> Any:
    if isinstance(repeats, tuple):
        return sum_runs_p.bind(g, repeats=repeats, axis=axis)
    shape = x.shape
    return sum_axes(reshape(g, (*shape[: axis + 1], repeats, *shape[axis + 1 :])), axis + 1)


repeat_p = Primitive("repeat", _repeat, family=FAMILY)
repeat_p.aval = _repeat_aval
repeat_p.rule = Linear(_repeat_back)
repeat_p.batch = lambda size, values, at, *, repeats, axis: (
    repeat_p.bind(move_axis(values[0], at[0], 0), repeats=repeats, axis=axis + 1),
    0,
)


def _sum_runs_host(x: Any, *, repeats: tuple[int, ...], axis: int) -> Any:
    out = np.zeros((*x.shape[:axis], len(repeats), *x.shape[axis + 1 :]), x.dtype)
    full = [i for i, n in enumerate(repeats) if n]
    if full:
        starts = [0, *itertools.accumulate(repeats)]
        where: Any = (*(slice(None),) * axis, full)
        out[where] = np.add.reduceat(x, [starts[i] for i in full], axis)
    return out


def _sum_runs(xp: Any, x: Any, *, repeats: tuple[int, ...], axis: int) -> Any:
    ends = itertools.accumulate(repeats)
    runs = [x[(*(slice(None),) * axis, slice(end - n, end))] for n, end in zip(repeats, ends, strict=True)]
    return xp.stack([xp.sum(run, axis=axis) for run in runs], axis=axis)


sum_runs_p = Primitive("sum_runs", _sum_runs, host=_sum_runs_host, family=FAMILY)
sum_runs_p.aval = lambda x, *, repeats, axis: array_aval(
    x, (*x.shape[:axis], len(repeats), *x.shape[axis + 1 :]), x.dtype
)
sum_runs_p.rule = Linear(lambda g, x, *, repeats, axis: repeat_p.bind(g, repeats=repeats, axis=axis))
sum_runs_p.batch = lambda size, values, at, *, repeats, axis: (
    sum_runs_p.bind(move_axis(values[0], at[0], 0), repeats=repeats, axis=axis + 1),
    0,
)


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element of ``a`` ``repeats`` times (a number, or one for each) along ``axis`` (None: as a row)."""
    a = operand(a)
    if axis is None or (axis in (0, -1) and aval_of(a).ndim == 0):
        a, axis = ravel(a), 0
    axis = normal_axis(axis, aval_of(a).ndim)
    length = shape_of(a)[axis]
    if np.ndim(repeats) > 1:
        raise ValueError("object too deep for desired array")
    counts = tuple(int(n) for n in repeats) if np.ndim(repeats) else (int(repeats),)
    if length and any(n < 0 for n in counts):
        raise ValueError("repeats may not contain negative values.")
    if len(counts) == 1:
        return repeat_p.bind(a, repeats=max(counts[0], 0), axis=axis)
    if len(counts) != length:
        raise ValueError(f"operands could not be broadcast together with shape ({length},) ({len(counts)},)")
    return repeat_p.bind(a, repeats=counts, axis=axis)


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """``A`` repeated as a whole ``reps`` times along each axis."""
    A = as_array(operand(A))
    times = tuple(map(index, reps)) if np.ndim(reps) else (index(reps),)
    shape = shape_of(A)
    ndim = max(len(times), len(shape))
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - len(shape)) + shape
    if all(n == 1 for n in times):
        return copy_p.bind(reshape(A, shape), order="K")
    spread = reshape(A, tuple(itertools.chain.from_iterable((1, n) for n in shape)))
    spread = broadcast_to(spread, tuple(itertools.chain.from_iterable(zip(times, shape, strict=True))))
    return reshape(spread, tuple(t * n for t, n in zip(times, shape, strict=True)))
