"""Arrays as sets: ``unique`` and its relatives, unions, intersections and differences, ``isin``.

Which elements a set has depends on values, which must be known: they are under ``grad`` and ``jvp``, they
are not under ``jit`` and for a mapped array. An element of the result is the first one of its value, and
the derivative is that of this one alone. ``isin`` has a fixed shape, works everywhere and has no derivative.
"""

from __future__ import annotations

import math
from inspect import signature
from typing import Any

import numpy as np

from ..backends import namespace_of
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive, as_operand
from .declare import NONDIFF
from .given import arrays_of
from .index_form import known_value
from .join import concatenate
from .plain import is_plain, plainly, valued
from .searching import search_rows
from .shape import operand, shape_of
from .slices import in_front
from .sorting import as_row, sort
from .structural import reshape
from .tables import implements
from .taking import take

FAMILY = "sets"
_FIXED = "np.sort keeps the shape; or call it outside of the traced function"
_BOOL = np.dtype(bool)


def _known(x: Any, what: str) -> Any:
    return as_operand(known_value(x, f"np.{what}", _FIXED))


# --- unique ----------------------------------------------------------------------------------------


_SORTED = "sorted" in signature(np.unique).parameters  # NumPy 2.3


def _numpys_unique(xp: Any, value: Any, ordered: bool, **options: Any) -> Any:
    """The namespace's ``unique``; ``sorted=False`` is leave, not a wish, to give another order."""
    if not ordered and _SORTED and xp is np:
        options["sorted"] = False
    return xp.unique(value, **options)


def _firsts(xp: Any, value: Any, found: Any, axis: int | None, equal_nan: bool) -> Any:
    """The number of the first element of each value in ``found``, in the order in which they stand there."""
    values, first = xp.unique(value, return_index=True, axis=axis, equal_nan=equal_nan)
    if axis is not None or xp is not np or np.array_equal(values, found, equal_nan=True):
        return first
    numbers = np.empty_like(first)  # found by hashing, it is in no order
    numbers[np.argsort(found, kind="stable")] = first
    return numbers


def _differentiable(
    xp: Any, ar: Any, value: Any, found: Any, axis: Any = None, equal_nan: bool = True
) -> Any:
    """The values found in ``ar``, with the derivatives of the elements that they are."""
    if value is ar or not aval_of(ar).inexact:
        return found
    numbers = _firsts(xp, value, found, axis, equal_nan)
    return valued(found, take(as_row(ar) if axis is None else ar, numbers, axis=0 if axis is None else axis))


@implements(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The different elements (along ``axis``: slices) of ``ar``, in order, and where and how often they are.

    The derivative of each is that of its first occurrence, which ``return_index=True`` names.
    """
    ar = ar if is_plain(ar) else operand(ar)
    value = ar if is_plain(ar) else _known(ar, "unique")
    xp = namespace_of([value])
    options: dict[str, Any] = {"axis": axis, "equal_nan": equal_nan}
    wanted = {
        "return_index": return_index,
        "return_inverse": return_inverse,
        "return_counts": return_counts,
    }
    result = _numpys_unique(xp, value, sorted, **options, **wanted)
    several = isinstance(result, tuple)
    found = _differentiable(xp, ar, value, result[0] if several else result, axis, equal_nan)
    return (found, *result[1:]) if several else found


def _standard(name: str, x: Any, **wanted: bool) -> Any:
    """A function of the array API: ``unique`` in which each NaN counts."""
    function: Any = getattr(np, name)
    if is_plain(x):
        return function(x)
    x = operand(x)
    value = _known(x, name)
    xp = namespace_of([value])
    result = function(value) if xp is np else xp.unique(value, equal_nan=False, **wanted)
    if not wanted:
        return _differentiable(xp, x, value, result, None, False)
    kind = type(function(np.empty(0)))
    return kind(_differentiable(xp, x, value, result[0], None, False), *result[1:])


@implements(np.unique_values)
def unique_values(x: Any) -> Any:
    """The different elements of ``x``, in an order of NumPy's own; NaN differs from NaN."""
    return _standard("unique_values", x)


@implements(np.unique_counts)
def unique_counts(x: Any) -> Any:
    """The different elements of ``x`` and how often each is there; NaN differs from NaN."""
    return _standard("unique_counts", x, return_counts=True)


@implements(np.unique_inverse)
def unique_inverse(x: Any) -> Any:
    """The different elements of ``x``, and for each of ``x`` its number among them; NaN differs from NaN."""
    return _standard("unique_inverse", x, return_inverse=True)


@implements(np.unique_all)
def unique_all(x: Any) -> Any:
    """The different elements of ``x``, their first places, the inverse and counts; NaN differs from NaN."""
    return _standard("unique_all", x, return_index=True, return_inverse=True, return_counts=True)


# --- unions, intersections, differences --------------------------------------------------------------


@implements(np.union1d)
@plainly(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """The elements of either, in order; the derivative is that of the first, in ``ar1`` if it is in both."""
    return unique(concatenate((ar1, ar2), axis=None))


@implements(np.intersect1d)
@plainly(np.intersect1d)
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The elements that are in both, in order; they are those of ``ar1``, and so is the derivative."""
    ar1, ar2 = arrays_of(ar1, ar2)
    a, b = _known(ar1, "intersect1d"), _known(ar2, "intersect1d")
    xp = namespace_of([a, b])
    model, first, second = xp.intersect1d(a, b, assume_unique, return_indices=True)
    found = model if return_indices else xp.intersect1d(a, b, assume_unique)
    if (a is not ar1 or b is not ar2) and aval_of(found).inexact:
        found = valued(found, take(concatenate((as_row(ar1), as_row(ar2))), first))
    return (found, first, second) if return_indices else found


@implements(np.setdiff1d)
@plainly(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The elements of ``ar1`` that are not in ``ar2``, in order (as they stand if ``assume_unique``)."""
    ar1, ar2 = arrays_of(ar1, ar2)
    ar1 = as_row(ar1) if assume_unique else unique(ar1)
    a, b = _known(ar1, "setdiff1d"), _known(ar2, "setdiff1d")
    xp = namespace_of([a, b])
    return take(ar1, xp.flatnonzero(xp.isin(a, b, assume_unique=True, invert=True)))


@implements(np.setxor1d)
@plainly(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The elements that are in one of the two alone, in order."""
    ar1, ar2 = arrays_of(ar1, ar2)
    if not assume_unique:
        ar1, ar2 = unique(ar1), unique(ar2)
    both = sort(concatenate((ar1, ar2), axis=None))
    value = _known(both, "setxor1d")
    xp = namespace_of([value])
    alone = xp.ones(value.shape, bool)
    same = value[1:] == value[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return take(both, xp.flatnonzero(alone))


# --- isin ------------------------------------------------------------------------------------------


def _isin_host(element: Any, test: Any, *, assume_unique: bool, invert: bool, kind: Any) -> Any:
    return np.isin(element, test, assume_unique, invert, kind=kind)


def _isin(xp: Any, element: Any, test: Any, *, assume_unique: bool, invert: bool, kind: Any) -> Any:
    return xp.isin(element, test, assume_unique=assume_unique, invert=invert)


def _isin_aval(element: Aval, test: Aval, *, assume_unique: bool, invert: bool, kind: Any) -> Aval:
    return array_aval(element, element.shape, _BOOL)


def _isin_batch(size: int, values: Any, at: Any, *, assume_unique: bool, invert: bool, kind: Any) -> Any:
    if at[1] is None:  # the examples together may repeat what each has once
        out = isin_p.bind(*values, assume_unique=False, invert=invert, kind=kind)
        return out, at[0]
    element, test = in_front(size, values, at)
    shape = shape_of(element)
    element = reshape(element, (size, math.prod(shape[1:])))
    test = sort(reshape(test, (size, math.prod(shape_of(test)[1:]))))
    found = search_rows(test, element, "left") < search_rows(test, element, "right")
    found = reshape(found & (element == element), shape)  # NaN is in no set
    return ~found if invert else found, 0


isin_p = Primitive("isin", _isin, host=_isin_host, family=FAMILY)
isin_p.aval = _isin_aval
isin_p.rule = NONDIFF
isin_p.batch = _isin_batch


@implements(np.isin, support="discrete")
@plainly(np.isin)
def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Any:
    """Which of ``element`` are among ``test_elements`` (``invert``: are not); NaN is not."""
    if kind not in (None, "sort", "table"):
        raise ValueError(f"Invalid kind: '{kind}'. Please use None, 'sort' or 'table'.")
    element, test = arrays_of(element, test_elements)
    return isin_p.bind(element, test, assume_unique=bool(assume_unique), invert=bool(invert), kind=kind)
