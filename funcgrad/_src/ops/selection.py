"""Picking elements by condition or number: ``compress``, ``choose``, ``piecewise`` and others.

Where conditions decide how many elements there are, Python decides by their values: there must be values,
and not many (``vmap``).
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from ..backends import HOST, namespace_of
from ..core.aval import Aval, abstract_place, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .arithmetic import remainder
from .axes import normal_axis
from .creation import zeros_like
from .decisions import READERS, decided, demand, found
from .declare import Linear
from .index_form import ON_MASKS, listed
from .indexing import cast_values, getitem
from .logic import equal, logical_not
from .plain import is_plain, plainly
from .scatter import index_set
from .select import maximum, minimum, promote
from .select import where as select_where
from .shape import as_array, operand, operands, shape_of
from .structural import convert, reshape
from .tables import implements
from .taking import take_p
from .ufunc import elementwise_batch, write_out

FAMILY = "selection"
_ON_PIECES = "np.where(condition, f(x), g(x)) keeps the shape"


# --- compress, extract -----------------------------------------------------------------------------


def _numbers(condition: Any, length: int, axis: int, place: str, what: str) -> Any:
    """The numbers of the elements that a condition picks, as an array at ``place``."""
    aval = aval_of(condition := operand(condition))
    (numbers,) = found("flatnonzero", [condition], what, ON_MASKS)
    if place != HOST and aval.size > length and (last := int(numbers[-1:].sum())) >= length:
        raise IndexError(f"index {last} is out of bounds for axis {axis} with size {length}")
    return listed(numbers.tolist(), place) if aval.place == HOST and place != HOST else numbers


@implements(np.compress)
@plainly(np.compress)
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """The slices of ``a`` along ``axis`` (None: the elements, as a row) for which ``condition`` holds.

    The values of ``condition`` decide the shape.
    """
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    a = operand(a)
    if axis is None or not shape_of(a):
        a, axis = reshape(a, (aval_of(a).size,)), 0 if axis is None else axis
    aval = aval_of(a)
    axis = normal_axis(axis, aval.ndim)
    numbers = _numbers(condition, aval.shape[axis], axis, aval.place, "np.compress")
    result = take_p.bind(a, numbers, axis=axis)
    if out is None:
        return result
    if shape_of(out) != shape_of(result):
        raise ValueError("output array does not match result of ndarray.take")
    return write_out(out, result, "np.compress(out=...)")


@implements(np.extract)
@plainly(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The elements of ``arr``, in C order, for which ``condition`` holds; its values must be known."""
    arr = operand(arr)
    aval = aval_of(arr)
    row = reshape(arr, (aval.size,))
    return take_p.bind(row, _numbers(condition, aval.size, 0, aval.place, "np.extract"), axis=0)


# --- choose ----------------------------------------------------------------------------------------


_MOST = 64  # NumPy's limit of operands


def _within(index: Any, count: int, mode: str) -> Any:
    """The index with what is out of range brought into it, as ``mode`` says."""
    if mode == "wrap":
        return remainder(index, count)
    return maximum(minimum(index, count - 1), 0) if mode == "clip" else index


def _choose(xp: Any, index: Any, *choices: Any, mode: str) -> Any:
    """A selection for each choice: CuPy's function wants them in one array. It waits for ``raise`` too."""
    count = len(choices)
    if mode == "raise" and bool(((index < 0) | (index >= count)).any()):
        raise ValueError("invalid entry in choice array")
    index = _within(index, count, mode)
    out = choices[0]
    for i in range(1, count):
        out = xp.where(index == i, choices[i], out)
    return xp.broadcast_to(out, np.broadcast_shapes(index.shape, out.shape)).copy()


def _choose_host(index: Any, *choices: Any, mode: str) -> Any:
    return np.choose(index, choices, mode=mode)  # type: ignore[call-overload]


def _choose_aval(index: Aval, *choices: Aval, mode: str) -> Aval:
    if index.dtype.kind not in "iub":
        raise TypeError(f"Cannot cast array data from {index.dtype!r} to {np.dtype(np.intp)!r}")
    avals = (index, *choices)
    shape = np.broadcast_shapes(*[aval.shape for aval in avals])
    return scalar_or_array(shape, promote(*choices), abstract_place(avals))


def _chosen(number: int) -> Callable[..., Any]:
    def back(g: Any, index: Any, *choices: Any, mode: str) -> Any:
        return select_where(equal(_within(index, len(choices), mode), number), g, 0.0)

    return back


choose_p = Primitive("choose", _choose, host=_choose_host, family=FAMILY)
choose_p.aval = _choose_aval
choose_p.rule = Linear(None, *map(_chosen, range(_MOST)), keep=(0,))
choose_p.batch = elementwise_batch(choose_p)


@implements(np.choose)
@plainly(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """For each element the one of ``choices`` that the integer ``a`` names; the others have derivative 0."""
    found = choices if isinstance(choices, (tuple, list)) else [choices[i] for i in range(len(choices))]
    if mode not in ("raise", "wrap", "clip") or not 0 < len(found) < _MOST:
        np.choose(0, [0] * len(found), mode=mode)  # type: ignore[call-overload]  # NumPy's own error
    result = choose_p.bind(*operands([a, *found]), mode=mode)
    return result if out is None else write_out(out, result, "np.choose(out=...)")


# --- piecewise -------------------------------------------------------------------------------------


def _conditions(condlist: Any, x: Any) -> list[Any]:
    """Boolean arrays of one shape, from any of the forms that np.piecewise takes."""
    several = isinstance(condlist, (list, tuple)) or np.ndim(condlist)
    single = not several or (shape_of(x) and not (isinstance(condlist[0], list) or np.ndim(condlist[0])))
    found = [condlist] if single else [condlist[i] for i in range(len(condlist))]
    return [convert(as_array(operand(c)), np.dtype(bool)) for c in found]


def _otherwise(conditions: list[Any]) -> Any:
    total = conditions[0]
    for condition in conditions[1:]:
        total = total | condition
    return logical_not(total)


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """In each element the value, or the function of ``x``, that belongs to the last condition that holds.

    A function is called with the elements for which its condition holds, so the values of that condition
    must be known. Without any condition that holds the result is 0, and so is its derivative.
    """
    if not any(map(callable, funclist)) and is_plain([x, condlist, *funclist]):
        return np.piecewise(x, condlist, funclist)
    x = as_array(operand(x))
    conditions = _conditions(condlist, x)
    n = len(conditions)
    if len(funclist) == n + 1:
        conditions.append(_otherwise(conditions))
    elif len(funclist) != n:
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    y = zeros_like(x)
    for condition, piece in zip(conditions, funclist, strict=True):
        if callable(piece):
            demand(condition, "np.piecewise", _ON_PIECES)
            chosen = getitem(x, condition)
            if not aval_of(chosen).size:
                continue
            piece = piece(chosen, *args, **kw)
        y = _put(y, condition, piece)
    return y


def _put(y: Any, condition: Any, piece: Any) -> Any:
    """``y[condition] = piece``, where a number needs no known condition."""
    piece = operand(piece)
    if aval_of(piece).shape or shape_of(condition) != shape_of(y):
        return index_set(y, condition, piece)
    return select_where(condition, cast_values(piece, aval_of(y), "np.piecewise"), y)


# --- trim_zeros ------------------------------------------------------------------------------------


_HAS_AXIS = "axis" in signature(np.trim_zeros).parameters  # NumPy 2.2


@implements(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """``filt`` without the zeros at its front ("f") and back ("b"): a view; its values must be known.

    Of several axes (None: all) those are cut that are named, to what holds all that is not zero.
    """
    if is_plain(filt) and (_HAS_AXIS or axis is None):
        return np.trim_zeros(filt, trim) if axis is None else np.trim_zeros(filt, trim, axis)
    filt = operand(filt)
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim.lower()!r}")
    ndim = aval_of(filt).ndim
    axes = range(ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, ndim, "axis")
    if not len(axes):
        return filt
    demand(filt, "np.trim_zeros", "slice with bounds that are known: x[first:last]")
    bounds = decided("trim_zeros", filt, trim=trim.lower())
    return getitem(filt, tuple(slice(*cut) if i in axes else slice(None) for i, cut in enumerate(bounds)))


def _bounds(value: Any, trim: str) -> tuple[tuple[int | None, int | None], ...]:
    """Along each axis the bounds of what is not zero, on the sides that ``trim`` names."""
    rows = namespace_of([value]).nonzero(value)
    if not rows[0].size:
        return ((0, 0),) * len(rows)
    first, last = "f" in trim, "b" in trim
    return tuple([(int(n.min()) if first else None, int(n.max()) + 1 if last else None) for n in rows])


READERS["trim_zeros"] = _bounds
