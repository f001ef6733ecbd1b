"""Sorting and partitioning, by value and by number.

A sorted array is its operand in another order, and so is its derivative: the tangent is taken in that
order, the cotangent put back. Between equal elements it follows the order that ``np.argsort`` of the same
``kind`` gives. Numbers of elements have no derivative. NaN is the last; complex numbers are compared by
their real parts, then by their imaginary parts.
"""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .axes import normal_axis
from .declare import NONDIFF, Explicit, Linear
from .plain import is_plain, plainly
from .shape import operand, operands, shape_of
from .slices import in_front, one_axis_batch
from .structural import convert, reshape
from .tables import implements

FAMILY = "sorting"
_INTP = np.dtype(np.intp)
_KNOWS_DOWNWARDS = "descending" in inspect.signature(np.sort).parameters  # NumPy 2.5


def as_row(a: Any) -> Any:
    """All elements in C order, along one axis."""
    return reshape(a, (aval_of(a).size,))


# --- permute, unpermute: an order along an axis, and back ------------------------------------------


def _places(xp: Any, order: Any, axis: int) -> tuple[Any, ...]:
    """The index of the elements in ``order`` along ``axis``, in every row."""
    shape = order.shape
    return tuple(
        order if i == axis else xp.arange(n).reshape((n, *(1,) * (len(shape) - i - 1)))
        for i, n in enumerate(shape)
    )


def _permute(xp: Any, x: Any, order: Any, *, axis: int) -> Any:
    return x[_places(xp, order, axis)]


def _unpermute(xp: Any, x: Any, order: Any, *, axis: int) -> Any:
    out = xp.empty(x.shape, x.dtype)
    out[_places(xp, order, axis)] = x
    return out


def _order_batch(primitive: Primitive) -> Any:
    def batch(size: int, values: Any, at: Any, *, axis: int) -> Any:
        return primitive.bind(*in_front(size, values, at), axis=axis + 1), 0

    return batch


permute_p = Primitive("permute", _permute, family=FAMILY)
unpermute_p = Primitive("unpermute", _unpermute, family=FAMILY)
for _p in (permute_p, unpermute_p):
    _p.aval = lambda x, order, *, axis: array_aval(x, x.shape, x.dtype)
    _p.batch = _order_batch(_p)
permute_p.rule = Linear(lambda g, x, order, *, axis: unpermute_p.bind(g, order, axis=axis), None)
unpermute_p.rule = Linear(lambda g, x, order, *, axis: permute_p.bind(g, order, axis=axis), None)


# --- argsort ---------------------------------------------------------------------------------------


def _argsort(xp: Any, x: Any, *, axis: int, kind: str | None) -> Any:
    return xp.argsort(x, axis=axis, kind="stable")  # the one kind that devices have


argsort_p = Primitive(
    "argsort", _argsort, host=lambda x, *, axis, kind: np.argsort(x, axis, kind), family=FAMILY
)
argsort_p.aval = lambda x, *, axis, kind: array_aval(x, x.shape, _INTP)
argsort_p.rule = NONDIFF
argsort_p.batch = one_axis_batch(argsort_p)


def _kind(kind: Any, order: Any, stable: Any) -> str | None:
    """The kind meant by three arguments of NumPy's, which says itself what it refuses."""
    if kind is None and order is None and stable is None:
        return None
    np.sort(np.empty(0), kind=kind, order=order, stable=stable)
    return "stable" if stable else kind


def _with_axis(a: Any, axis: Any) -> tuple[Any, int]:
    """An operand and the axis meant by ``axis`` (None: all as a row); a number counts as a row of one."""
    if axis is None or not shape_of(a):
        a, axis = as_row(a), -1 if axis is None else axis
    return a, normal_axis(operator.index(axis), aval_of(a).ndim)


def _falling(a: Any) -> Any:
    """What is sorted upwards as ``a`` is downwards: NaN last, and equal elements equal."""
    return np.negative(a) if aval_of(a).inexact else np.invert(a)


def _is_numpys(values: Any, descending: Any) -> bool:
    """Whether NumPy itself may sort: plain values, and downwards since NumPy 2.5."""
    return is_plain(values) and (descending is None or _KNOWS_DOWNWARDS)


def _given(descending: Any) -> dict[str, Any]:
    return {} if descending is None else {"descending": descending}


@implements(np.argsort, support="discrete")
def argsort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None, descending: Any = None
) -> Any:
    """The numbers of the elements in sorted order along ``axis`` (None: of all as a row); NaN last."""
    if _is_numpys(a, descending):
        return np.argsort(a, axis, kind, order, stable=stable, **_given(descending))
    kind = _kind(kind, order, stable)
    a, axis = _with_axis(operand(a), axis)
    return argsort_p.bind(_falling(a) if descending else a, axis=axis, kind=kind)


# --- sort ------------------------------------------------------------------------------------------


def _sort(xp: Any, x: Any, *, axis: int, kind: str | None) -> Any:
    return xp.sort(x, axis=axis, kind="stable")


def _sort_jvp(t: Any, out: Any, x: Any, *, axis: int, kind: Any) -> Any:
    return permute_p.bind(t[0], argsort_p.bind(x, axis=axis, kind=kind), axis=axis)


def _sort_vjp(g: Any, out: Any, x: Any, *, axis: int, kind: Any) -> Any:
    return [unpermute_p.bind(g, argsort_p.bind(x, axis=axis, kind=kind), axis=axis)]


sort_p = Primitive("sort", _sort, host=lambda x, *, axis, kind: np.sort(x, axis, kind), family=FAMILY)
sort_p.aval = lambda x, *, axis, kind: array_aval(x, x.shape, x.dtype)
sort_p.rule = Explicit(jvp=_sort_jvp, vjp=_sort_vjp)
sort_p.batch = one_axis_batch(sort_p)


def _array_with_axis(a: Any, axis: Any) -> tuple[Any, int]:
    """``_with_axis`` where a number has no axis."""
    if axis is None:
        return as_row(a), 0
    return a, normal_axis(operator.index(axis), aval_of(a).ndim)


@implements(np.sort)
def sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None, descending: Any = None
) -> Any:
    """A sorted copy along ``axis`` (None: of all as a row), upwards or ``descending``; NaN last.

    Each place has the derivative of the element that stands there. Of equal ones that is the element
    which ``np.argsort`` of the same ``kind`` names: with ``stable=True`` they keep their order.
    """
    if _is_numpys(a, descending):
        return np.sort(a, axis, kind, order, stable=stable, **_given(descending))
    kind = _kind(kind, order, stable)
    a, axis = _array_with_axis(operand(a), axis)
    if descending:
        return permute_p.bind(a, argsort_p.bind(_falling(a), axis=axis, kind=kind), axis=axis)
    return sort_p.bind(a, axis=axis, kind=kind)


_NARROW = {"b": "F", "h": "F", "B": "F", "H": "F", "g": "G"}


@implements(np.sort_complex)
@plainly(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """A complex copy, sorted along the last axis by real, then by imaginary part."""
    out = sort(a)
    dtype = aval_of(out).dtype
    return out if dtype.kind == "c" else convert(out, np.dtype(_NARROW.get(dtype.char, "D")))


# --- argpartition, partition -----------------------------------------------------------------------


Kth = int | tuple[int, ...]


def _argpartition(xp: Any, x: Any, *, axis: int, kth: Kth) -> Any:
    return xp.argpartition(x, kth, axis=axis)


def _argpartition_complex(xp: Any, x: Any, *, axis: int, kth: Kth) -> Any:
    # Devices partition real numbers alone. A sorted array is partitioned at every place.
    return xp.argsort(x, axis=axis, kind="stable")


def _partition(xp: Any, x: Any, *, axis: int, kth: Kth) -> Any:
    return xp.sort(x, axis=axis, kind="stable") if x.dtype.kind == "c" else xp.partition(x, kth, axis=axis)


argpartition_p = Primitive(
    "argpartition",
    lambda xp, x, **params: (_argpartition_complex if x.dtype.kind == "c" else _argpartition)(
        xp, x, **params
    ),
    host=lambda x, *, axis, kth: np.argpartition(x, kth, axis),
    family=FAMILY,
)
argpartition_p.aval = lambda x, *, axis, kth: array_aval(x, x.shape, _INTP)
argpartition_p.rule = NONDIFF
argpartition_p.batch = one_axis_batch(argpartition_p)


# np.argpartition may order the rest otherwise than np.partition does. The order that leads from x to out
# is found by sorting both: what comes k-th in out was the k-th in x.


def _arrangement(xp: Any, x: Any, out: Any, *, axis: int) -> Any:
    kind = None if xp is np else "stable"  # of equal elements any may go to any of their places
    source = xp.argsort(x, axis=axis, kind=kind)
    return _unpermute(xp, source, xp.argsort(out, axis=axis, kind=kind), axis=axis)


arrangement_p = Primitive("arrangement", _arrangement, family=FAMILY)
arrangement_p.aval = lambda x, out, *, axis: array_aval(x, x.shape, _INTP)
arrangement_p.rule = NONDIFF
arrangement_p.batch = _order_batch(arrangement_p)


def _partition_jvp(t: Any, out: Any, x: Any, *, axis: int, kth: Kth) -> Any:
    return permute_p.bind(t[0], arrangement_p.bind(x, out, axis=axis), axis=axis)


def _partition_vjp(g: Any, out: Any, x: Any, *, axis: int, kth: Kth) -> Any:
    return [unpermute_p.bind(g, arrangement_p.bind(x, out, axis=axis), axis=axis)]


partition_p = Primitive(
    "partition", _partition, host=lambda x, *, axis, kth: np.partition(x, kth, axis), family=FAMILY
)
partition_p.aval = lambda x, *, axis, kth: array_aval(x, x.shape, x.dtype)
partition_p.rule = Explicit(jvp=_partition_jvp, vjp=_partition_vjp)
partition_p.batch = one_axis_batch(partition_p)


def _static_kth(kth: Any, a: Any, axis: int) -> Kth:
    """``kth`` as params hold it, counted from the front."""
    if type(kth) is Tracer:
        plain: Any = kth
        kth = [operator.index(k) for k in plain] if shape_of(kth) else operator.index(plain)
    given = np.asarray(kth)
    if given.dtype.kind == "b":
        raise ValueError("Booleans unacceptable as partition index")
    if given.dtype.kind not in "iu" or given.ndim > 1:
        np.partition(np.zeros(1), kth)  # NumPy's own error
    length = shape_of(a)[axis]
    full = [int(k) + length if k < 0 else int(k) for k in given.ravel()]
    for k in full if aval_of(a).size else ():
        if not 0 <= k < length:
            raise ValueError(f"kth(={k}) out of bounds ({length})")
    return tuple(full) if given.ndim else full[0]


def _check_partition(kind: Any, order: Any) -> None:
    np.partition(np.zeros(1), 0, kind=kind, order=order)


@implements(np.partition)
@plainly(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """A copy with the ``kth`` element where sorting would put it, the smaller before, the larger after.

    Each place has the derivative of the element that stands there.
    """
    _check_partition(kind, order)
    a, axis = _array_with_axis(operand(a), axis)
    return partition_p.bind(a, axis=axis, kth=_static_kth(kth, a, axis))


@implements(np.argpartition, support="discrete")
@plainly(np.argpartition)
def argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """The numbers of the elements in an order such that the ``kth`` stands where sorting would put it."""
    _check_partition(kind, order)
    a, axis = _with_axis(operand(a), axis)
    return argpartition_p.bind(a, axis=axis, kth=_static_kth(kth, a, axis))


# --- lexsort ---------------------------------------------------------------------------------------


def _lexsort(xp: Any, *keys: Any, axis: int) -> Any:
    """By one key after the other, each time without disturbing what equals: devices have no more."""
    shape = keys[0].shape
    if not shape:
        return xp.zeros((), _INTP)
    order = xp.argsort(keys[0], axis=axis, kind="stable")
    for key in keys[1:]:
        again = xp.argsort(_permute(xp, key, order, axis=axis), axis=axis, kind="stable")
        order = _permute(xp, order, again, axis=axis)
    return order


def _lexsort_aval(*keys: Aval, axis: int) -> Aval:
    if any(key.shape != keys[0].shape for key in keys):
        raise ValueError("all keys need to be the same shape")
    return scalar_or_array(keys[0].shape, _INTP, keys[0].place)


def _lexsort_batch(size: int, values: Any, at: Any, *, axis: int) -> Any:
    keys = in_front(size, values, at)
    if aval_of(keys[0]).ndim == 1:  # of numbers there is nothing to sort
        return reshape(lexsort_p.bind(*(reshape(key, (size, 1)) for key in keys), axis=1), (size,)), 0
    return lexsort_p.bind(*keys, axis=axis + 1), 0


lexsort_p = Primitive(
    "lexsort", _lexsort, host=lambda *keys, axis: np.lexsort(keys, axis=axis), family=FAMILY
)
lexsort_p.aval = _lexsort_aval
lexsort_p.rule = NONDIFF
lexsort_p.batch = _lexsort_batch


@implements(np.lexsort, support="discrete")
@plainly(np.lexsort)
def lexsort(keys: Any, axis: Any = -1) -> Any:
    """The order by the last of ``keys``, where that is equal by the one before it, and so on."""
    if not isinstance(keys, (tuple, list)):
        keys = [keys[i] for i in range(len(keys))]
    if not len(keys):
        np.lexsort(keys)  # NumPy's own error
    keys = operands(keys)
    ndim = aval_of(keys[0]).ndim
    return lexsort_p.bind(*keys, axis=normal_axis(axis, ndim) if ndim else 0)
