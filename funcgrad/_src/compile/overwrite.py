"""How primitives write their result into the memory of an operand that is needed no more.

Each entry has the effect of the primitive's implementation on the same operands, without the copy that this
begins with. The plan decides where an entry may be used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.record import Record
from ..core.primitive import find_primitive
from ..ir.jaxpr import Equation
from ..ops.index_form import Template, fill
from ..ops.indexing import add_at, in_order, plan_of


class Overwrite(Record):
    """``write(xp, *operands, **params)`` leaves the result in the operand at ``position``, and returns it."""

    position: int
    write: Callable[..., Any]


def _copy(xp: Any, x: Any, order: str = "C") -> Any:
    laid_out = {"C": x.flags.c_contiguous, "F": x.flags.f_contiguous}
    return x if order == "K" or laid_out.get(order, False) else x.copy(order)


def _set(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    if xp is np:
        x[fill(index, in_order(arrays))] = v
        return x
    if plan_of(x, index, arrays).repeats:  # which write is the last one takes some finding out
        return find_primitive("index_set").impl(xp, x, v, *arrays, index=index)
    x[fill(index, arrays)] = v
    return x


def _add(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
    if xp is np:
        add_at(x, fill(index, arrays), v, index)
        return x
    if arrays:
        return find_primitive("index_add").impl(xp, x, v, *arrays, index=index)
    x[fill(index, arrays)] += v
    return x


def _by(name: str) -> Callable[..., Any]:
    """The writes that act once for every time an element is addressed."""

    def write(xp: Any, x: Any, v: Any, *arrays: Any, index: Template) -> Any:
        key, ufunc = fill(index, arrays), getattr(xp, name)
        if any(type(item) is str for item in index):
            ufunc.at(x, key, v)
        else:
            x[key] = ufunc(x[key], v)
        return x

    return write


def _slice(xp: Any, x: Any, new: Any, *, index: Any) -> Any:
    x[tuple([slice(*cut) for cut in index])] = new
    return x


def _select(xp: Any, mask: Any, v: Any, x: Any) -> Any:
    xp.copyto(x, v, where=mask if type(mask) is bool or mask.dtype.kind == "b" else mask != 0)
    return x


def _sort(xp: Any, x: Any, *, axis: int, kind: str | None) -> Any:
    if xp is not np:
        return find_primitive("sort").impl(xp, x, axis=axis, kind=kind)
    x.sort(axis, kind)
    return x


def _partition(xp: Any, x: Any, *, axis: int, kth: Any) -> Any:
    if xp is not np:
        return find_primitive("partition").impl(xp, x, axis=axis, kth=kth)
    x.partition(kth, axis)
    return x


OVERWRITES: dict[str, Overwrite] = {
    "copy": Overwrite(0, _copy),
    "index_add": Overwrite(0, _add),
    "index_divide": Overwrite(0, _by("divide")),
    "index_max": Overwrite(0, _by("maximum")),
    "index_min": Overwrite(0, _by("minimum")),
    "index_multiply": Overwrite(0, _by("multiply")),
    "index_set": Overwrite(0, _set),
    "partition": Overwrite(0, _partition),
    "sort": Overwrite(0, _sort),
    "where": Overwrite(2, _select),
    "write_slice": Overwrite(0, _slice),
}


def elementwise_ufunc(eqn: Equation) -> str | None:
    """The NumPy ufunc that computes this equation with ``out=``, if there is one."""
    kernel = eqn.primitive.kernel
    ufunc = getattr(np, kernel, None) if kernel else None
    if isinstance(ufunc, np.ufunc) and ufunc.nin == len(eqn.ins) and ufunc.nout == 1 and not eqn.params:
        return kernel
    return None


def is_copying(eqn: Equation) -> bool:
    """Whether an index makes a copy: there is an array in it, and be it one number."""
    return eqn.primitive.name == "getitem" and any([atom.aval.kind == "array" for atom in eqn.ins[1:]])
