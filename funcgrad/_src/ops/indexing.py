"""Reading and writing by index: ``x[index]`` and its functional counterparts.

``getitem`` reads, ``index_set`` and ``index_add`` return a copy of ``x`` in which the addressed elements
are replaced or added to. Their static param ``index`` is the template of index_form.py; the index
arrays are operands. The three are linear and each other's transposes.

NOTE (repeated indices): an index array may address an element several times. ``index_add`` adds every
time. ``index_set`` keeps the last value in C order, and so does its derivative: values that were written
over get the cotangent zero. (NumPy promises the last one too, but goes in memory order if index and
values both lie in Fortran order.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..backends import HOST, HOST_TYPES
from ..backends.places import backend_at
from ..base.errors import ArgumentError, DtypeError
from ..core.aval import Aval, array_aval, aval_of, make_aval
from ..core.inplace import link_view
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .creation import asarray
from .declare import NONDIFF, Linear
from .index_form import (
    ALL,
    ARRAY,
    Plan,
    Template,
    axes_before,
    decode,
    encode,
    fill,
    first_advanced,
    indexed_aval,
    plan_index,
)
from .logic import equal
from .select import where
from .structural import broadcast_to, convert, full_like_aval, move_axis, reshape

FAMILY = "indexing"
_MOST_ARRAYS = 64  # NumPy's limit of dimensions
_RANK = {"b": 0, "u": 0, "i": 0, "f": 1, "V": 1, "c": 2}


def plan_of(x: Any, index: Template, arrays: Sequence[Any]) -> Plan:
    """What ``index`` does to the shape of ``x``."""
    return plan_index(aval_of(x).shape, index, tuple(aval_of(a).shape for a in arrays))


# --- iota: 0, 1, 2, … along the first of ndim axes ---------------------------------------------------


def _iota(xp: Any, *, size: int, ndim: int, place: str) -> Any:
    backend = backend_at(place)
    with backend.scope(place) if place != HOST else nullcontext():
        return backend.xp.arange(size).reshape((size, *(1,) * (ndim - 1)))


iota_p = Primitive("iota", _iota, family=FAMILY)
iota_p.aval = lambda *, size, ndim, place: make_aval(
    (size, *(1,) * (ndim - 1)), np.dtype(np.intp), "array", place
)
iota_p.rule = NONDIFF
iota_p.batch = lambda size, values, axes, **params: (iota_p.bind(**params), None)


def iota(size: int, ndim: int, place: str) -> Any:
    """The positions 0 … size - 1 as an array of shape (size, 1, 1, …)."""
    return iota_p.bind(size=size, ndim=ndim, place=place)


# --- batching an index -----------------------------------------------------------------------------


def batch_index(
    size: int, x: Any, at: int | None, arrays: Sequence[Any], axes: Sequence[int | None], index: Template
) -> tuple[Any, Template, list[Any], int]:
    """``x``, index and arrays that address a whole batch at once, and the batch axis of the result.

    Without batched index arrays the index gets a leading ``:``. Otherwise an array of the example's
    number joins the index arrays, in front of the first of them, and the batch axis of ``x`` moves to
    the axis it addresses: so the block of advanced indices stays where it was.
    """
    shape = aval_of(x).shape if at is None else aval_of(move_axis(x, at, 0)).shape[1:]
    lengths = [_without(aval_of(a).shape, axis) for a, axis in zip(arrays, axes, strict=True)]
    plan = plan_index(shape, index, tuple(lengths))
    if all(axis is None for axis in axes):
        start = len(plan.block) if plan.block is not None and plan.separated else 0
        return move_axis(x, at or 0, 0), (ALL, *index), list(arrays), start
    ndim = len(plan.block) if plan.block is not None else 0
    found = [_in_block(size, a, axis, ndim) for a, axis in zip(arrays, axes, strict=True)]
    if at is not None:
        position = first_advanced(index)
        x = move_axis(x, at, axes_before(index, position, plan.ellipsis))
        index = (*index[:position], ARRAY, *index[position:])
        found.insert(0, iota(size, ndim + 1, aval_of(x).place))
    return x, index, found, plan_of(x, index, found).start


def _without(shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    return shape if axis is None else shape[:axis] + shape[axis + 1 :]


def _in_block(size: int, array: Any, axis: int | None, ndim: int) -> Any:
    """A batched index array with its batch axis in front of a block of ``ndim`` axes."""
    if axis is None:
        return array
    array = move_axis(array, axis, 0)
    rest = aval_of(array).shape[1:]
    return reshape(array, (size, *(1,) * (ndim - len(rest)), *rest)) if len(rest) < ndim else array


def _getitem_batch(size: int, values: Any, axes: Any, *, index: Template) -> tuple[Any, int]:
    x, index, arrays, axis = batch_index(size, values[0], axes[0], values[1:], axes[1:], index)
    return getitem_p.bind(x, *arrays, index=index), axis


def write_batch(primitive: Primitive) -> Any:
    """The batching rule of a primitive that writes: ``(x, v, *arrays, index)``."""

    def batch(size: int, values: Any, axes: Any, *, index: Template) -> tuple[Any, int]:
        (x, v, *arrays), (x_axis, v_axis, *array_axes) = values, axes
        if x_axis is None:
            x, x_axis = broadcast_to(x, (size, *aval_of(x).shape)), 0
        batched = any(axis is not None for axis in array_axes)
        rest = _without(aval_of(x).shape, x_axis)
        x, full, arrays, start = batch_index(size, x, x_axis, arrays, array_axes, index)
        plan = plan_of(x, full, arrays)
        v = _batch_values(size, v, v_axis, start, len(plan.shape) - 1)
        out_axis = 0
        if batched:
            position = first_advanced(index)
            out_axis = axes_before(index, position, len(rest) - axes_before(index, len(index), 0))
        return primitive.bind(x, v, *arrays, index=full), out_axis

    return batch


def _batch_values(size: int, v: Any, axis: int | None, start: int, ndim: int) -> Any:
    """The values to write, with their batch axis (or one of length 1) at ``start`` of the result."""
    shape = _without(aval_of(v).shape, axis)
    if axis is None and len(shape) <= ndim - start:
        return v
    v = v if axis is None else move_axis(v, axis, 0)
    v = reshape(v, (1 if axis is None else size, *(1,) * (ndim - len(shape)), *shape))
    return move_axis(v, 0, start)


# --- getitem: x[index] -----------------------------------------------------------------------------


def _getitem(xp: Any, x: Any, *arrays: Any, index: Template) -> Any:
    return x[fill(index, arrays)]


def _getitem_host(x: Any, *arrays: Any, index: Template) -> Any:  # the path of every element read
    return x[fill(index, arrays)] if arrays else x[decode(index)]


def _getitem_aval(x: Aval, *arrays: Aval, index: Template) -> Aval:
    shape, kind = indexed_aval(x, plan_of(x, index, arrays), index)
    return make_aval(shape, x.dtype, kind, x.place)


def zeros_beside(g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Zeros at the place of ``g``."""
    return full_like_aval(make_aval(shape, dtype, "array", aval_of(g).place))


def _getitem_back(g: Any, x: Any, *arrays: Any, index: Template) -> Any:
    return index_add_p.bind(zeros_beside(g, x.shape, x.dtype), g, *arrays, index=index)


def add_into(total: Any, g: Any, *arrays: Any, index: Template) -> Any:
    """Add ``g`` to the addressed elements of ``total``, in place if nothing is traced or on a device."""
    if not arrays and type(total) is np.ndarray and type(g) in HOST_TYPES:
        total[decode(index)] += g
        return total
    if type(total) is not np.ndarray or any(type(a) not in HOST_TYPES for a in (g, *arrays)):
        return index_add_p.bind(total, g, *arrays, index=index)
    add_at(total, fill(index, arrays), g, index)
    return total


def _put(base: Any, new: Any, *arrays: Any, index: Template) -> Any:
    return index_set_p.bind(base, new, *arrays, index=index)


getitem_p = Primitive("getitem", _getitem, host=_getitem_host, family=FAMILY)
getitem_p.aval = _getitem_aval
getitem_p.rule = Linear(_getitem_back, None, keep=range(1, _MOST_ARRAYS), accumulate=add_into)
getitem_p.batch = _getitem_batch
getitem_p.put = _put


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``: basic indices give views, index arrays and masks copies, as in NumPy.

    A mask whose values are unknown while it is traced has no static result shape: an error.
    """
    aval = x.trace.aval(x) if type(x) is Tracer else aval_of(x)
    if type(index) is int and aval.ndim == 1 and aval.place == HOST:
        return getitem_p.bind(x, index=(index,))  # an element: the short way
    if aval.kind == "python":
        raise ArgumentError(
            "A Python number has no elements to index.",
            expected="an array or a NumPy scalar",
            got=str(aval),
            hint="np.asarray(x) outside the traced function makes it an array",
        )
    template, arrays = encode(index, aval)
    out = getitem_p.bind(x, *arrays, index=template)
    if (type(x) is Tracer or type(out) is Tracer) and _is_view(aval, template, arrays):
        return link_view(out, x, getitem_p, {"index": template}, args=arrays)
    return out


def _is_view(x: Aval, template: Template, arrays: Sequence[Any]) -> bool:
    """Whether the result of reading is a view: an array, and no index array took part, not even a 0-d one."""
    avals = [aval_of(a) for a in arrays]
    if x.kind != "array" or any(a.kind == "array" for a in avals):
        return False
    plan = plan_index(x.shape, template, tuple(a.shape for a in avals))
    return plan.block is None and indexed_aval(x, plan, template)[1] == "array"


# --- what the writing primitives share -------------------------------------------------------------


def fresh(x: Any) -> Any:
    """A copy to write into, in the same memory layout."""
    return np.array(x) if type(x) in HOST_TYPES and type(x) is not np.ndarray else x.copy(order="K")


def write_aval(x: Aval, v: Aval, *arrays: Aval, index: Template) -> Aval:
    """The aval of a writing primitive's result: that of ``x``, as an array."""
    target = plan_of(x, index, arrays).shape
    if np.broadcast_shapes(v.shape, target) != target:
        np.broadcast_to(np.empty(v.shape, bool), target)  # NumPy's own error
    return array_aval(x, x.shape, x.dtype)


def add_at(out: Any, key: tuple[Any, ...], v: Any, index: Template) -> None:
    """``out[key] += v`` on host arrays, once for every time an element is addressed."""
    if not any(type(item) is str for item in index):
        out[key] += v
        return
    rows = key[0]
    if len(key) == 1 and out.ndim > 1 and type(rows) is np.ndarray and rows.ndim and out.flags.c_contiguous:
        # NumPy's add.at is several times faster along one axis of contiguous numbers.
        width = math.prod(out.shape[1:])
        rows = rows.astype(np.intp, copy=False)
        rows = np.where(rows < 0, rows + len(out), rows)
        if not rows.size or (rows.min() >= 0 and rows.max() < len(out)):
            flat = (rows[..., None] * width + np.arange(width)).ravel()
            np.add.at(out.reshape(-1), flat, np.broadcast_to(v, rows.shape + out.shape[1:]).ravel())
            return
    np.add.at(out, key, v)


def cast_values(v: Any, x: Aval, what: str) -> Any:
    """Values in the dtype of the array they are written into; a narrower kind of number is an error.

    As in an assignment of NumPy, integers of any width and bools become each other.
    """
    v = asarray(v) if isinstance(v, (list, tuple)) else v  # there may be traced values in it
    have = aval_of(v)
    if _RANK[have.dtype.kind] > _RANK[x.dtype.kind]:
        raise DtypeError(
            f"{what}: cannot write {have.dtype} values into an array of {x.dtype}.",
            expected=f"values that fit into {x.dtype}",
            got=str(have),
            hint=f"make the array with dtype={have.dtype}, or convert the values with astype",
        )
    return v if have.kind == "python" else convert(v, x.dtype)


def drop_leading(v: Any, ndim: int) -> Any:
    """``v`` without the leading axes of length 1 that NumPy ignores when it assigns."""
    shape = aval_of(v).shape
    extra = len(shape) - ndim
    return reshape(v, shape[extra:]) if extra > 0 and shape[:extra] == (1,) * extra else v


# --- index_set -------------------------------------------------------------------------------------


def in_order(arrays: Sequence[Any]) -> Sequence[Any]:
    """Index arrays that NumPy walks in C order, so that the last of repeated writes is well defined."""
    shape = np.broadcast_shapes(*[np.shape(a) for a in arrays]) if arrays else ()
    if len(shape) < 2:
        return arrays
    return [np.ascontiguousarray(np.broadcast_to(arrays[0], shape)), *arrays[1:]]


def _index_set_host(x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    out = fresh(x)
    out[fill(index, in_order(arrays))] = v
    return out


def _index_set(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    """On a device the order of repeated writes is undefined: the last writer is found first."""
    out, key = fresh(x), fill(index, arrays)
    plan = plan_of(x, index, arrays)
    if plan.repeats:
        count = math.prod(plan.shape)
        owner = xp.zeros(x.shape, np.uint64)
        xp.maximum.at(owner, key, xp.arange(1, count + 1, dtype=np.uint64).reshape(plan.shape))
        last = owner[key].astype(np.intp) - 1
        v = xp.broadcast_to(xp.asarray(v, dtype=x.dtype), plan.shape).reshape(-1)[last]
    out[key] = v
    return out


def _set_back(g: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    return index_set_p.bind(g, 0.0, *arrays, index=index)


def _set_back_values(g: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    picked = getitem_p.bind(g, *arrays, index=index)
    plan = plan_index(x.shape, index, tuple(aval_of(a).shape for a in arrays))
    if not plan.repeats:
        return picked
    mine = reshape(iota(math.prod(plan.shape), 1, aval_of(g).place), plan.shape)
    owner = zeros_beside(g, x.shape, np.dtype(np.intp))
    last = getitem_p.bind(index_set_p.bind(owner, mine, *arrays, index=index), *arrays, index=index)
    return where(equal(last, mine), picked, 0.0)


index_set_p: Primitive = Primitive("index_set", _index_set, host=_index_set_host, family=FAMILY)
index_set_p.aval = write_aval
index_set_p.rule = Linear(_set_back, _set_back_values, keep=range(2, _MOST_ARRAYS))
index_set_p.batch = write_batch(index_set_p)


# --- index_add -------------------------------------------------------------------------------------


def _index_add_host(x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    out = fresh(x)
    add_at(out, fill(index, arrays), v, index)
    return out


def _index_add(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    out, key = fresh(x), fill(index, arrays)
    if not arrays:
        out[key] += v
    elif x.dtype == np.int64:  # devices add unsigned numbers of this width only: the bits are the same
        xp.add.at(out.view(np.uint64), key, xp.asarray(v, dtype=np.int64).view(np.uint64))
    else:
        xp.add.at(out, key, v)
    return out


index_add_p = Primitive("index_add", _index_add, host=_index_add_host, family=FAMILY)
index_add_p.aval = write_aval
index_add_p.rule = Linear(
    lambda g, x, v, *arrays, index: g,
    lambda g, x, v, *arrays, index: getitem_p.bind(g, *arrays, index=index),
    keep=range(2, _MOST_ARRAYS),
)
index_add_p.batch = write_batch(index_add_p)
