"""Writing by index with a product, a quotient, a minimum or a maximum, and the public functions for all six.

NOTE (derivatives under repeated indices): elements that are written several times make these three
more than elementwise. Of a product, every factor's coefficient is the product of the others, formed
without division by prefix and suffix products over the writes of one element (so zeros are exact, at
every order). A minimum or maximum divides its cotangent evenly among the element and all writes that
reach it, as reductions do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST, HOST_TYPES
from ..base.errors import ConcretizationError, DtypeError
from ..base.record import Record
from ..core.aval import Aval, aval_of, make_aval
from ..core.primitive import Primitive
from ..core.trace import Tracer, barrier, is_known
from .arithmetic import add, divide, multiply, negative
from .declare import NONDIFF, Explicit
from .index_form import Template, encode, fill
from .indexing import (
    cast_values,
    drop_leading,
    fresh,
    getitem_p,
    index_add_p,
    index_set_p,
    iota,
    plan_of,
    write_aval,
    write_batch,
)
from .logic import equal, not_equal
from .select import maximum, minimum, where
from .strong import strong_mul
from .structural import as_kind, broadcast_to, convert, full_like_aval, move_axis, reshape

FAMILY = "scatter"
_KEEP = tuple(range(-1, 64))


# --- the writes, one after the other ---------------------------------------------------------------


class Writes(Record):
    """The writes of one application in C order: which element each goes to, and the index."""

    cells: Any  # flat positions in x, shape (total,)
    total: int
    shape: tuple[int, ...]
    arrays: Sequence[Any]
    template: Template

    def values(self, v: Any) -> Any:
        """``v``, one for each write."""
        return reshape(broadcast_to(v, self.shape), (self.total,))

    def back(self, flat: Any) -> Any:
        """One number for each write, in the shape of the indexed result."""
        return reshape(flat, self.shape)


def _writes(x: Any, arrays: Sequence[Any], index: Template) -> Writes:
    aval = aval_of(x)
    shape = plan_of(x, index, arrays).shape
    where_to = reshape(iota(aval.size, 1, aval.place), aval.shape)
    cells = getitem_p.bind(where_to, *arrays, index=index)
    count = math.prod(shape)
    return Writes(reshape(cells, (count,)), count, shape, arrays, index)


def _most_repeats(writes: Writes) -> int:
    """How often an element may be written at most; exact if the index is known."""
    cells = writes.cells
    if type(cells) not in HOST_TYPES or writes.total < 2:
        return writes.total
    return int(np.bincount(cells).max())


# --- write_order -----------------------------------------------------------------------------------

write_order_p = Primitive(
    "write_order", lambda xp, cells: xp.argsort(cells, axis=-1, kind="stable"), family=FAMILY
)
write_order_p.aval = lambda cells: make_aval(cells.shape, np.dtype(np.intp), "array", cells.place)
write_order_p.rule = NONDIFF
write_order_p.batch = lambda size, values, axes: (write_order_p.bind(move_axis(values[0], axes[0], 0)), 0)


def _take(x: Any, positions: Any) -> Any:
    return getitem_p.bind(x, positions, index=("array",))


def product_of_others(v: Any, writes: Writes) -> Any:
    """For each write the product of the other values that go to the same element; 1 if there are none.

    A segmented scan in about log2(repeats) rounds (Hillis and Steele, 1986), from both sides.
    """
    most = _most_repeats(writes)
    if most < 2:
        return full_like_aval(
            make_aval((writes.total,), aval_of(v).dtype, "array", aval_of(writes.cells).place), 1
        )
    order = write_order_p.bind(writes.cells)
    flat, cells = _take(writes.values(v), order), _take(writes.cells, order)
    before = _products_before(flat, cells, most, 1)
    after = _products_before(flat, cells, most, -1)
    return _take(before * after, write_order_p.bind(order))


def _products_before(flat: Any, cells: Any, most: int, step: int) -> Any:
    """For each place the product over earlier (``step=1``) or later (-1) places of the same element."""
    count = aval_of(flat).size
    found = _shifted(flat, cells, step, count)
    reach = 1
    while reach < most:
        found = found * _shifted(found, cells, step * reach, count)
        reach *= 2
    return found


def _shifted(flat: Any, cells: Any, by: int, count: int) -> Any:
    """The numbers ``by`` places earlier, 1 where those belong to another element."""
    place = aval_of(flat).place
    here = iota(count, 1, place)
    there = _clipped(here - by, count)
    same = equal(_take(cells, there), cells) & equal(there, here - by)
    return where(same, _take(flat, there), 1.0)


def _clipped(positions: Any, count: int) -> Any:
    return minimum(maximum(positions, 0), count - 1)


# --- index_multiply --------------------------------------------------------------------------------


def _index_multiply(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    out, key = fresh(x), fill(index, arrays)
    if any(type(item) is str for item in index):
        xp.multiply.at(out, key, v)
    else:
        out[key] *= v
    return out


def _factors(x: Any, v: Any, arrays: Sequence[Any], index: Template) -> tuple[Any, Any]:
    """The coefficients of a product by each element of ``x`` and by each value."""
    ones = full_like_aval(aval_of(x), 1)
    by_value = getitem_p.bind(x, *arrays, index=index)
    if plan_of(x, index, arrays).repeats:
        writes = _writes(x, arrays, index)
        by_value = by_value * writes.back(product_of_others(v, writes))
    return index_multiply_p.bind(ones, v, *arrays, index=index), by_value


def _multiply_jvp(tangents: Any, out: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    tx, tv = tangents[:2]
    by_x, by_value = _factors(x, v, arrays, index)
    total = None if tx is None else strong_mul(tx, by_x)
    return _add_shares(total, None if tv is None else strong_mul(tv, by_value), out, arrays, index)


def _multiply_vjp(g: Any, out: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    by_x, by_value = _factors(x, v, arrays, index)
    picked = getitem_p.bind(g, *arrays, index=index)
    return strong_mul(g, by_x), strong_mul(picked, by_value), *[None] * len(arrays)


def _add_shares(total: Any, share: Any, out: Any, arrays: Sequence[Any], index: Template) -> Any:
    """The tangent of the result: that of ``x`` with the values' shares added where they were written."""
    if share is None:
        return total
    total = full_like_aval(aval_of(out)) if total is None else total
    return index_add_p.bind(total, share, *arrays, index=index)


index_multiply_p = Primitive("index_multiply", _index_multiply, family=FAMILY)
index_multiply_p.aval = write_aval
index_multiply_p.rule = Explicit(jvp=_multiply_jvp, vjp=_multiply_vjp, operands=(0, 1), keep=_KEEP)
index_multiply_p.batch = write_batch(index_multiply_p)


# --- index_divide ----------------------------------------------------------------------------------


def _index_divide(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    out, key = fresh(x), fill(index, arrays)
    if any(type(item) is str for item in index):
        xp.divide.at(out, key, v)
    else:
        out[key] /= v
    return out


def _quotients(out: Any, x: Any, v: Any, arrays: Sequence[Any], index: Template) -> tuple[Any, Any]:
    """The coefficients of a quotient: that of a value is ``-out / v``, however many there are."""
    by_x = index_divide_p.bind(full_like_aval(aval_of(x), 1), v, *arrays, index=index)
    return by_x, -getitem_p.bind(out, *arrays, index=index) / v


def _divide_jvp(tangents: Any, out: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    tx, tv = tangents[:2]
    by_x, by_value = _quotients(out, x, v, arrays, index)
    total = None if tx is None else strong_mul(tx, by_x)
    return _add_shares(total, None if tv is None else strong_mul(tv, by_value), out, arrays, index)


def _divide_vjp(g: Any, out: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    by_x, by_value = _quotients(out, x, v, arrays, index)
    picked = getitem_p.bind(g, *arrays, index=index)
    return strong_mul(g, by_x), strong_mul(picked, by_value), *[None] * len(arrays)


index_divide_p = Primitive("index_divide", _index_divide, family=FAMILY)
index_divide_p.aval = write_aval
index_divide_p.rule = Explicit(jvp=_divide_jvp, vjp=_divide_vjp, operands=(0, 1), keep=_KEEP)
index_divide_p.batch = write_batch(index_divide_p)


# --- index_min, index_max --------------------------------------------------------------------------


def _index_min(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    return _extreme(xp.minimum, x, v, arrays, index)


def _index_max(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    return _extreme(xp.maximum, x, v, arrays, index)


def _extreme(ufunc: Any, x: Any, v: Any, arrays: Sequence[Any], index: Template) -> Any:
    out, key = fresh(x), fill(index, arrays)
    if any(type(item) is str for item in index):
        ufunc.at(out, key, v)
    else:
        out[key] = ufunc(out[key], v)
    return out


def _reaches(a: Any, b: Any) -> Any:
    """Whether ``a`` is the extreme value ``b``; NaN reaches NaN."""
    return equal(a, b) | (not_equal(a, a) & not_equal(b, b))


def _weights(out: Any, x: Any, v: Any, arrays: Sequence[Any], index: Template) -> tuple[Any, Any]:
    """The shares of an extreme value that belong to ``x`` and to the values written."""
    dtype = aval_of(out).dtype
    mine = convert(_reaches(x, out), dtype)
    theirs = convert(_reaches(v, getitem_p.bind(out, *arrays, index=index)), dtype)
    count = index_add_p.bind(as_kind(mine, aval_of(out)), theirs, *arrays, index=index)
    return mine / count, theirs / getitem_p.bind(count, *arrays, index=index)


def _extreme_jvp(tangents: Any, out: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    tx, tv = tangents[:2]
    by_x, by_value = _weights(out, x, v, arrays, index)
    total = None if tx is None else strong_mul(tx, by_x, (True, True))
    share = None if tv is None else strong_mul(tv, by_value, (True, True))
    return _add_shares(total, share, out, arrays, index)


def _extreme_vjp(g: Any, out: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    by_x, by_value = _weights(out, x, v, arrays, index)
    picked = getitem_p.bind(g, *arrays, index=index)
    return (
        strong_mul(g, by_x, (True, True)),
        strong_mul(picked, by_value, (True, True)),
        *[None] * len(arrays),
    )


index_min_p = Primitive("index_min", _index_min, family=FAMILY)
index_max_p = Primitive("index_max", _index_max, family=FAMILY)
for _p in (index_min_p, index_max_p):
    _p.aval = write_aval
    _p.rule = Explicit(jvp=_extreme_jvp, vjp=_extreme_vjp, operands=(0, 1), keep=_KEEP)
    _p.batch = write_batch(_p)


# --- the public functions --------------------------------------------------------------------------


def _write(primitive: Primitive, combine: Any, x: Any, index: Any, v: Any) -> Any:
    """Cast and place the values, then bind; a traced mask chooses by ``where`` instead."""
    aval = aval_of(x)
    v = cast_values(v, aval, primitive.name)
    mask = traced_mask(index)
    if mask is not None and (barrier(mask) is not None or _fits_each(v, mask, aval)):
        return write_masked(combine, x, mask, v, aval)
    template, arrays = encode(index, aval)
    plan = plan_of(x, template, arrays)
    v = drop_leading(v, len(plan.shape))
    if aval.place != HOST and plan.repeats and primitive in (index_multiply_p, index_divide_p):
        return _scale_on_device(primitive, x, v, arrays, template)
    return primitive.bind(x, v, *arrays, index=template)


def traced_mask(index: Any) -> Any:
    """The boolean tracer of unknown values that ``index`` consists of, or None."""
    if isinstance(index, tuple) and len(index) == 1:
        index = index[0]
    if type(index) is not Tracer or aval_of(index).dtype.kind != "b":
        return None
    return None if is_known(index) else index


def _fits_each(v: Any, mask: Any, aval: Aval) -> bool:
    """Whether a value goes to every selected element: how many there are need not be decided."""
    return len(aval_of(v).shape) <= aval.ndim - aval_of(mask).ndim


def write_masked(combine: Any, x: Any, mask: Any, v: Any, aval: Aval) -> Any:
    lengths = aval_of(mask).shape
    rest = aval.shape[len(lengths) :]
    if aval.shape[: len(lengths)] != lengths:
        raise IndexError(f"boolean index of shape {lengths} did not match an array of shape {aval.shape}")
    if len(aval_of(v).shape) > len(rest):
        raise ConcretizationError(
            "x[mask] = v: how many values a traced mask selects is not known.",
            expected=f"a value that fits every selected element, of shape {rest}",
            got=str(aval_of(v)),
            hint="np.where(mask, v, x) with v of the shape of x",
        )
    mask = reshape(mask, (*lengths, *(1,) * len(rest)))
    chosen = where(mask, v if combine is None else combine(x, v), x)
    return as_kind(convert(chosen, aval.dtype), aval)


def index_set(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` with ``v`` at ``index``; of repeated writes to an element the last one stays."""
    return _write(index_set_p, None, x, index, v)


def index_add(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` with ``v`` added at ``index``, once for every time an element is addressed."""
    return _write(index_add_p, add, x, index, v)


def index_subtract(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` with ``v`` subtracted at ``index``, once for every time an element is addressed."""
    aval = aval_of(x)
    v = convert(cast_values(v, aval, "index_subtract"), aval.dtype)
    return index_add(x, index, negative(v))


def index_multiply(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` multiplied by ``v`` at ``index``, once for every time an element is addressed."""
    return _write(index_multiply_p, multiply, x, index, v)


def index_divide(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` divided by ``v`` at ``index``, once for every time an element is addressed."""
    aval = aval_of(x)
    v = cast_values(v, aval, "index_divide")
    if not aval.inexact:
        raise DtypeError(
            f"index_divide: quotients cannot be written into an array of {aval.dtype}.",
            expected="an array of floating or complex numbers",
            got=str(aval),
            hint="convert it: x.astype(float)",
        )
    return _write(index_divide_p, divide, x, index, v)


def _scale_on_device(primitive: Primitive, x: Any, v: Any, arrays: Sequence[Any], template: Template) -> Any:
    """Devices have no repeated product: every write sets the whole product, or quotient, of its element."""
    writes = _writes(x, arrays, template)
    v = broadcast_to(v, writes.shape)
    total = v * writes.back(product_of_others(v, writes))
    picked = getitem_p.bind(x, *arrays, index=template)
    scaled = picked * total if primitive is index_multiply_p else picked / total
    return index_set_p.bind(x, scaled, *arrays, index=template)


def index_min(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` limited from above by ``v`` at ``index``; ties share the derivative evenly."""
    return _write(index_min_p, minimum, x, index, v)


def index_max(x: Any, index: Any, v: Any) -> Any:
    """A copy of ``x`` limited from below by ``v`` at ``index``; ties share the derivative evenly."""
    return _write(index_max_p, maximum, x, index, v)
