"""Places and numbers of elements: ``searchsorted``, ``unravel_index``, ``ravel_multi_index``.

All of them are discrete: they have no derivative.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..core.aval import Aval, abstract_place, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .declare import NONDIFF
from .indexing import iota
from .join import concatenate_p
from .plain import plainly
from .shape import operand, operands
from .slices import cut_axis, in_front
from .sorting import argsort_p, permute_p, unpermute_p
from .structural import broadcast_to, move_axis, reshape
from .tables import implements
from .ufunc import align

FAMILY = "searching"
_INTP = np.dtype(np.intp)


# --- searchsorted ----------------------------------------------------------------------------------


def _searchsorted_host(a: Any, v: Any, sorter: Any = None, *, side: str) -> Any:
    return np.searchsorted(a, v, side, sorter)  # type: ignore[call-overload]


def _searchsorted(xp: Any, a: Any, v: Any, sorter: Any = None, *, side: str) -> Any:
    return xp.searchsorted(a, v, side, sorter)


def _searchsorted_aval(a: Aval, v: Aval, *sorter: Aval, side: str) -> Aval:
    if a.ndim != 1:
        raise ValueError(f"object {'too deep' if a.ndim else 'of too small depth'} for desired array")
    if sorter and sorter[0].shape != a.shape:
        raise ValueError("sorter.size must equal a.size")
    return scalar_or_array(v.shape, _INTP, abstract_place((a, v)))


def _searchsorted_batch(size: int, values: Any, at: Any, *, side: str) -> Any:
    if at[0] is None and at[2:] in ((), (None,)):
        a, v, *sorter = values
        return searchsorted_p.bind(a, move_axis(v, at[1], 0), *sorter, side=side), 0
    a, v, *sorter = in_front(size, values, at)
    if sorter:
        a = permute_p.bind(a, sorter[0], axis=1)
    shape = aval_of(v).shape
    found = search_rows(a, reshape(v, (size, math.prod(shape[1:]))), side)
    return reshape(found, shape), 0


def search_rows(a: Any, v: Any, side: str) -> Any:
    """Row by row, by sorting: what stands before an element of both is of ``a``, or before it in ``v``."""
    m = aval_of(v).shape[1]
    start = 0 if side == "left" else aval_of(a).shape[1]
    both = concatenate_p.bind(*((v, a) if side == "left" else (a, v)), axis=1, dtype=None)
    return cut_axis(_ranks(both), 1, start, start + m) - _ranks(v)


def _ranks(x: Any) -> Any:
    """For each element of a row its place in the sorted row."""
    aval = aval_of(x)
    places = broadcast_to(iota(aval.shape[1], 1, aval.place), aval.shape)
    return unpermute_p.bind(places, argsort_p.bind(x, axis=1, kind="stable"), axis=1)


searchsorted_p = Primitive("searchsorted", _searchsorted, host=_searchsorted_host, family=FAMILY)
searchsorted_p.aval = _searchsorted_aval
searchsorted_p.rule = NONDIFF
searchsorted_p.batch = _searchsorted_batch


@implements(np.searchsorted, support="discrete")
@plainly(np.searchsorted)
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Where to insert ``v`` in the sorted row ``a``, before (``"left"``) or after what equals it.

    A mapped ``a`` must be sorted too: otherwise the result is another than that of NumPy's search.
    """
    if side not in ("left", "right"):
        np.searchsorted(np.empty(0), 0.0, side)  # NumPy's own error
        side = {"l": "left", "r": "right"}[side[0].lower()]
    options = [] if sorter is None else [_sorter(sorter)]
    return searchsorted_p.bind(*operands([a, v, *options]), side=side)


def _sorter(sorter: Any) -> Any:
    sorter = operand(sorter)
    if aval_of(sorter).dtype.kind not in "iub":
        raise TypeError("sorter must only contain integers")
    return sorter


# --- unravel_index ---------------------------------------------------------------------------------


def _check_integers(*avals: Aval) -> None:
    if any(aval.dtype.kind not in "iub" for aval in avals):
        raise TypeError("only int indices permitted")


def _unravel_aval(indices: Aval, *, shape: tuple[int, ...], order: str) -> tuple[Aval, ...]:
    _check_integers(indices)
    return (scalar_or_array(indices.shape, _INTP, indices.place),) * len(shape)


def _unravel(xp: Any, indices: Any, *, shape: tuple[int, ...], order: str) -> Any:
    return xp.unravel_index(indices, shape, order)


unravel_index_p = Primitive("unravel_index", _unravel, multiple=True, family=FAMILY)
unravel_index_p.aval = _unravel_aval
unravel_index_p.rule = NONDIFF
unravel_index_p.batch = lambda size, values, at, **params: (
    unravel_index_p.bind(values[0], **params),
    (at[0],) * len(params["shape"]),
)


def _static_shape(shape: Any) -> tuple[int, ...]:
    if np.ndim(shape) == 0:
        return (operator.index(shape),)
    return tuple(operator.index(n) for n in shape)


@implements(np.unravel_index, support="discrete")
@plainly(np.unravel_index)
def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """The coordinates, one array for each axis, of elements that are numbered in C or Fortran order."""
    return unravel_index_p.bind(operand(indices), shape=_static_shape(shape), order=order)


# --- ravel_multi_index -----------------------------------------------------------------------------


def _ravel_aval(*indices: Aval, dims: tuple[int, ...], mode: Any, order: str) -> Aval:
    _check_integers(*indices)
    if len(indices) != len(dims):
        raise ValueError(f"parameter multi_index must be a sequence of length {len(dims)}")
    shape = np.broadcast_shapes(*[i.shape for i in indices])
    return scalar_or_array(shape, _INTP, abstract_place(indices))


def _ravel(xp: Any, *indices: Any, dims: tuple[int, ...], mode: Any, order: str) -> Any:
    return xp.ravel_multi_index(indices, dims, mode, order)


ravel_multi_index_p = Primitive("ravel_multi_index", _ravel, family=FAMILY)
ravel_multi_index_p.aval = _ravel_aval
ravel_multi_index_p.rule = NONDIFF
ravel_multi_index_p.batch = lambda size, values, at, **params: (
    ravel_multi_index_p.bind(*align(size, values, at), **params),
    0,
)


@implements(np.ravel_multi_index, support="discrete")
@plainly(np.ravel_multi_index)
def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """The numbers, in C or Fortran order, of elements whose coordinates are ``multi_index``."""
    if not isinstance(multi_index, (tuple, list)):
        multi_index = [multi_index[i] for i in range(len(multi_index))]
    mode = tuple(mode) if isinstance(mode, list) else mode
    return ravel_multi_index_p.bind(*operands(multi_index), dims=_static_shape(dims), mode=mode, order=order)
