"""Arrays as sets: ``unique`` and its relatives, unions, intersections and differences, ``isin``.

Which elements a set has depends on values, by which their number is decided: they are not to be had for a
mapped array and where nothing is computed. An element of the result is the first one of its value, and
the derivative is that of this one alone. ``isin`` has a fixed shape, works everywhere and has no derivative.
"""

from __future__ import annotations

import math
from inspect import signature
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .decisions import MAKERS, found
from .declare import NONDIFF
from .given import arrays_of
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


def _found(kind: str, what: str, *operands: Any, **static: Any) -> tuple[Any, ...]:
    return found(kind, operands, f"np.{what}", _FIXED, **static)


# --- unique ----------------------------------------------------------------------------------------


_SORTED = "sorted" in signature(np.unique).parameters  # NumPy 2.3


def _numpys_unique(xp: Any, value: Any, ordered: bool, **options: Any) -> Any:
    """The namespace's ``unique``; ``sorted=False`` is leave, not a wish, to give another order."""
    if not ordered and _SORTED and xp is np:
        options["sorted"] = False
    return xp.unique(value, **options)


def _firsts(xp: Any, value: Any, each: Any, axis: int | None, equal_nan: bool) -> Any:
    """The number of the first element of each value that was found, in the order in which they stand."""
    values, first = xp.unique(value, return_index=True, axis=axis, equal_nan=equal_nan)
    if axis is not None or xp is not np or np.array_equal(values, each, equal_nan=True):
        return first
    numbers = np.empty_like(first)  # found by hashing, it is in no order
    numbers[np.argsort(each, kind="stable")] = first
    return numbers


def _unique(
    xp: Any, value: Any, *, ordered: bool, axis: Any, equal_nan: bool, wanted: tuple[str, ...], firsts: bool
) -> tuple[Any, ...]:
    options = {"axis": axis, "equal_nan": equal_nan, **dict.fromkeys(wanted, True)}
    result = _numpys_unique(xp, value, ordered, **options)
    result = result if isinstance(result, tuple) else (result,)
    return (*result, _firsts(xp, value, result[0], axis, equal_nan)) if firsts else result


def _unique_standard(
    xp: Any, value: Any, *, name: str, wanted: tuple[str, ...], firsts: bool
) -> tuple[Any, ...]:
    if xp is np:
        result = getattr(np, name)(value)
    else:
        result = xp.unique(value, equal_nan=False, **dict.fromkeys(wanted, True))
    result = tuple(result) if wanted else (result,)
    return (*result, _firsts(xp, value, result[0], None, False)) if firsts else result


MAKERS["unique"] = _unique
MAKERS["unique_standard"] = _unique_standard


def _is_followed(x: Any) -> bool:
    """Whether a derivative may depend on which elements of ``x`` the result has."""
    return type(x) is Tracer and aval_of(x).inexact


def _elements(what: str, ar: Any, kind: str, **static: Any) -> list[Any]:
    """The values found in ``ar``, with the derivatives of the elements that they are, and the rest."""
    firsts, axis = _is_followed(ar), static.get("axis")
    result = list(_found(kind, what, ar, firsts=firsts, **static))
    if firsts:
        numbers = result.pop()
        row = as_row(ar) if axis is None else ar
        result[0] = valued(result[0], take(row, numbers, axis=0 if axis is None else axis))
    return result


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
    flags = {"return_index": return_index, "return_inverse": return_inverse, "return_counts": return_counts}
    options = {"axis": axis, "equal_nan": bool(equal_nan)}
    if is_plain(ar):
        return _numpys_unique(np, ar, sorted, **options, **flags)
    wanted = tuple(name for name, flag in flags.items() if flag)
    result = _elements("unique", ar, "unique", ordered=bool(sorted), wanted=wanted, **options)
    return tuple(result) if wanted else result[0]


def _standard(name: str, x: Any, *wanted: str) -> Any:
    """A function of the array API: ``unique`` in which each NaN counts."""
    function: Any = getattr(np, name)
    if is_plain(x):
        return function(x)
    result = _elements(name, operand(x), "unique_standard", name=name, wanted=wanted)
    return type(function(np.empty(0)))(*result) if wanted else result[0]


@implements(np.unique_values)
def unique_values(x: Any) -> Any:
    """The different elements of ``x``, in an order of NumPy's own; NaN differs from NaN."""
    return _standard("unique_values", x)


@implements(np.unique_counts)
def unique_counts(x: Any) -> Any:
    """The different elements of ``x`` and how often each is there; NaN differs from NaN."""
    return _standard("unique_counts", x, "return_counts")


@implements(np.unique_inverse)
def unique_inverse(x: Any) -> Any:
    """The different elements of ``x``, and for each of ``x`` its number among them; NaN differs from NaN."""
    return _standard("unique_inverse", x, "return_inverse")


@implements(np.unique_all)
def unique_all(x: Any) -> Any:
    """The different elements of ``x``, their first places, the inverse and counts; NaN differs from NaN."""
    return _standard("unique_all", x, "return_index", "return_inverse", "return_counts")


# --- unions, intersections, differences --------------------------------------------------------------


@implements(np.union1d)
@plainly(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """The elements of either, in order; the derivative is that of the first, in ``ar1`` if it is in both."""
    return unique(concatenate((ar1, ar2), axis=None))


def _intersect1d(xp: Any, a: Any, b: Any, *, assume_unique: bool, indices: bool) -> tuple[Any, ...]:
    model, first, second = xp.intersect1d(a, b, assume_unique, return_indices=True)
    return model if indices else xp.intersect1d(a, b, assume_unique), first, second


MAKERS["intersect1d"] = _intersect1d


@implements(np.intersect1d)
@plainly(np.intersect1d)
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The elements that are in both, in order; they are those of ``ar1``, and so is the derivative."""
    ar1, ar2 = arrays_of(ar1, ar2)
    options = {"assume_unique": bool(assume_unique), "indices": bool(return_indices)}
    common, first, second = _found("intersect1d", "intersect1d", ar1, ar2, **options)
    if (type(ar1) is Tracer or type(ar2) is Tracer) and aval_of(common).inexact:
        common = valued(common, take(concatenate((as_row(ar1), as_row(ar2))), first))
    return (common, first, second) if return_indices else common


def _setdiff1d(xp: Any, a: Any, b: Any) -> tuple[Any, ...]:
    return (xp.flatnonzero(xp.isin(a, b, assume_unique=True, invert=True)),)


MAKERS["setdiff1d"] = _setdiff1d


@implements(np.setdiff1d)
@plainly(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The elements of ``ar1`` that are not in ``ar2``, in order (as they stand if ``assume_unique``)."""
    ar1, ar2 = arrays_of(ar1, ar2)
    ar1 = as_row(ar1) if assume_unique else unique(ar1)
    return take(ar1, *_found("setdiff1d", "setdiff1d", ar1, ar2))


def _alone(xp: Any, value: Any) -> tuple[Any, ...]:
    """The places of the elements, in order, that stand beside no equal one."""
    alone = xp.ones(value.shape, bool)
    same = value[1:] == value[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return (xp.flatnonzero(alone),)


MAKERS["alone"] = _alone


@implements(np.setxor1d)
@plainly(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The elements that are in one of the two alone, in order."""
    ar1, ar2 = arrays_of(ar1, ar2)
    if not assume_unique:
        ar1, ar2 = unique(ar1), unique(ar2)
    both = sort(concatenate((ar1, ar2), axis=None))
    return take(both, *_found("alone", "setxor1d", both))


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
