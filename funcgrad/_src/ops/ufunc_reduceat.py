"""``ufunc.reduceat``: reductions of the slices between one index and the next.

The derivative is that of reductions (ufunc_reduce.py), of all slices at once. Where indices do not ascend,
slices overlap: the derivative lays them out one after the other.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from ..core.trace import unknown
from .arithmetic import add
from .declare import Explicit
from .join import concatenate_p
from .rearrange import repeat_p, sum_runs_p
from .scans import one_axis, recur_back, recurrence_p
from .shape import concrete, operand
from .slices import cut_axis, embed
from .strong import strong_mul
from .structural import convert, full_like_aval, move_axis
from .ufunc import Ufunc
from .ufunc_device import reduced
from .ufunc_methods import LATE
from .ufunc_reduce import WEIGHTS, Groups, weights
from .ufunc_scans import check_folds, fill_at, fold_dtype, method_dtype, name_of, scan_p, scan_slopes, written

FAMILY = "ufunc_reduceat"
Places = tuple[int, ...]


# --- slices ----------------------------------------------------------------------------------------


def _slices(indices: Places, n: int) -> list[tuple[int, int]]:
    """Start and stop of each slice; one element where the next index is not greater."""
    return [(i, j if i < j else i + 1) for i, j in itertools.pairwise([*indices, n])]


def _joined(slices: list[tuple[int, int]]) -> bool:
    """Whether each slice begins where the one before ends."""
    return all(a[1] == b[0] for a, b in itertools.pairwise(slices))


def _laid_out(x: Any, slices: list[tuple[int, int]], axis: int) -> Any:
    """The slices, one after the other."""
    if _joined(slices):
        return cut_axis(x, axis, slices[0][0], slices[-1][1])
    return concatenate_p.bind(*(cut_axis(x, axis, *ends) for ends in slices), axis=axis, dtype=None)


def _put_back(y: Any, slices: list[tuple[int, int]], axis: int, x: Aval) -> Any:
    """The transpose of ``_laid_out``."""

    def embedded(piece: Any, start: int, stop: int) -> Any:
        return embed(piece, x.shape, (*((None, None, None),) * axis, (start, stop, None)))

    if _joined(slices):
        return embedded(y, slices[0][0], slices[-1][1])
    ends = itertools.accumulate(stop - start for start, stop in slices)
    pieces = [
        embedded(cut_axis(y, axis, end - stop + start, end), start, stop)
        for end, (start, stop) in zip(ends, slices, strict=True)
    ]
    return functools.reduce(add, pieces)


# --- reduceat --------------------------------------------------------------------------------------


def _reduceat_host(x: Any, *, name: str, axis: int, indices: Places, dtype: Any) -> Any:
    return getattr(np, name).reduceat(x, np.array(indices, np.intp), axis, dtype)


def _reduceat(xp: Any, x: Any, *, name: str, axis: int, indices: Places, dtype: Any) -> Any:
    found = fold_dtype(name, x.dtype, dtype)
    x = xp.moveaxis(x, axis, 0)
    if not indices:
        return xp.moveaxis(xp.zeros((0, *x.shape[1:]), found), 0, axis)
    rows = [
        reduced(xp, x[start:stop], None, None, name=name, axis=0, dtype=found, bare=True).astype(
            found, copy=False
        )
        for start, stop in _slices(indices, x.shape[0])
    ]
    return xp.stack(rows, axis)


def _reduceat_aval(x: Aval, *, name: str, axis: int, indices: Places, dtype: Any) -> Aval:
    shape = (*x.shape[:axis], len(indices), *x.shape[axis + 1 :])
    return array_aval(x, shape, fold_dtype(name, x.dtype, dtype))


def _groups(lengths: Places, axis: int) -> Groups:
    starts = (0, *itertools.accumulate(lengths))[:-1]
    return Groups(
        lambda v: sum_runs_p.bind(v, repeats=lengths, axis=axis),
        lambda v: repeat_p.bind(v, repeats=lengths, axis=axis),
        lambda v: fill_at(v, axis, starts, 1.0),
    )


def _steps(y: Any, name: str, axis: int, lengths: Places) -> tuple[Any, Any, Places]:
    """The slopes of the folds of all slices, and the places between their ends."""
    check_folds(name, aval_of(y), "reduceat")
    ends = tuple(itertools.accumulate(lengths))
    starts = (0, *ends[:-1])
    a, b = scan_slopes(
        scan_p.bind(y, name=name, axis=axis, starts=starts, dtype=None), y, None, name, axis, starts
    )
    return a, b, tuple(sorted(set(range(ends[-1])) - {end - 1 for end in ends}))


def _at_ends(values: Any, axis: int, between: Places) -> Any:
    return fill_at(values, axis, between, 0.0) if between else values


def _reduceat_jvp(t: Any, out: Any, x: Any, *, name: str, axis: int, indices: Places, dtype: Any) -> Any:
    if not indices:
        return full_like_aval(aval_of(out))
    found, slices = aval_of(out).dtype, _slices(indices, aval_of(x).shape[axis])
    y, change = (convert(_laid_out(v, slices, axis), found) for v in (x, t[0]))
    lengths = tuple(stop - start for start, stop in slices)
    groups = _groups(lengths, axis)
    if name in WEIGHTS:
        return groups.total(strong_mul(change, weights(name, out, y, None, None, groups)[0]))
    a, b, between = _steps(y, name, axis, lengths)
    return groups.total(_at_ends(recurrence_p.bind(a, strong_mul(change, b), axis=axis), axis, between))


def _reduceat_vjp(g: Any, out: Any, x: Any, *, name: str, axis: int, indices: Places, dtype: Any) -> Any:
    if not indices:
        return [full_like_aval(aval_of(x))]
    slices = _slices(indices, aval_of(x).shape[axis])
    y = convert(_laid_out(x, slices, axis), aval_of(out).dtype)
    lengths = tuple(stop - start for start, stop in slices)
    groups = _groups(lengths, axis)
    if name in WEIGHTS:
        back = strong_mul(groups.spread(g), weights(name, out, y, None, None, groups)[0])
    else:
        a, b, between = _steps(y, name, axis, lengths)
        back = strong_mul(recur_back(a, _at_ends(groups.spread(g), axis, between), axis), b)
    return [_put_back(back, slices, axis, aval_of(x))]


reduceat_p = Primitive("ufunc_reduceat", _reduceat, host=_reduceat_host, family=FAMILY)
reduceat_p.aval = _reduceat_aval
reduceat_p.rule = Explicit(jvp=_reduceat_jvp, vjp=_reduceat_vjp)
reduceat_p.batch = lambda size, values, at, *, axis, **params: (
    reduceat_p.bind(move_axis(values[0], at[0], 0), axis=axis + 1, **params),
    0,
)


def reduceat(
    ufunc: Ufunc, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    """The reductions of ``array[indices[i]:indices[i + 1]]``; the indices are plain numbers."""
    array, name = operand(array), name_of(ufunc, "reduceat")
    axis = one_axis(axis, aval_of(array).ndim, "reduceat")
    places = _known_places(indices, name, aval_of(array).shape[axis])
    dtype = method_dtype(ufunc, array, dtype, out)
    result = reduceat_p.bind(array, name=name, axis=axis, indices=places, dtype=dtype)
    return written(out, result, f"{name}.reduceat")


def _known_places(indices: Any, name: str, n: int) -> Places:
    found = concrete(indices)
    places = np.asarray(indices if found is unknown else found)
    if places.ndim != 1:
        raise ValueError(f"{name}.reduceat: the indices are a row of numbers, not of shape {places.shape}")
    places = places.astype(np.intp)
    for place in places[(places < 0) | (places >= n)]:
        raise IndexError(f"index {place} out-of-bounds in {name}.reduceat [0, {n})")
    return tuple(places.tolist())


LATE["reduceat"] = reduceat
