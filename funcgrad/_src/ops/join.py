"""Joining arrays: ``concatenate``, ``stack`` and their relatives."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..backends import HOST_TYPES
from ..core.aval import Aval, abstract_place, aval_of, make_aval
from ..core.primitive import Primitive
from .axes import normal_axis
from .declare import Linear
from .shape import as_array, atleast_1d, atleast_2d, atleast_3d, operand, operands, ravel, shape_of, transpose
from .shape import broadcast_to as public_broadcast_to
from .slices import cut_axis, here, in_front
from .structural import broadcast_to, convert, copy_p, reshape
from .tables import implements
from .ufunc import write_out

FAMILY = "join"
_WEAK = {"b": False, "i": 0, "f": 0.0, "c": 0j}


def joined_dtype(avals: Sequence[Aval], dtype: Any) -> np.dtype[Any]:
    """The dtype NumPy gives to several arrays in one."""
    return np.dtype(dtype) if dtype is not None else np.result_type(*[a.dtype for a in avals])


def _arrays(arrays: Any, dtype: Any, casting: str) -> list[Any]:
    """The operands, once NumPy's rule of casting has been kept."""
    found = operands(arrays)
    if dtype is not None:
        for have in (aval_of(a).dtype for a in found):
            if not np.can_cast(have, dtype, casting):  # type: ignore[arg-type]
                raise TypeError(
                    f"Cannot cast array data from {have!r} to {np.dtype(dtype)!r} "
                    f"according to the rule {casting!r}"
                )
    return found


def _strong(arrays: Any) -> list[Any]:
    """Python numbers in the dtype that the others make of them: without an axis they are weak."""
    found = [operand(a) for a in arrays]
    if not any(aval_of(a).kind == "python" for a in found):
        return found
    avals = [aval_of(a) for a in found]
    dtype = np.result_type(*[_WEAK[a.dtype.kind] if a.kind == "python" else a.dtype for a in avals])
    return [
        convert(x, dtype, "scalar") if a.kind == "python" else x for x, a in zip(found, avals, strict=True)
    ]


def _settled(dtype: Any) -> np.dtype[Any] | None:
    return None if dtype is None else np.dtype(dtype)


# --- concatenate -----------------------------------------------------------------------------------


def _concatenate_host(*arrays: Any, axis: int, dtype: Any) -> Any:
    return np.concatenate(arrays, axis, dtype=dtype, casting="unsafe" if dtype is not None else "same_kind")


def _concatenate(xp: Any, *arrays: Any, axis: int, dtype: Any) -> Any:
    out = xp.concatenate(arrays, axis=axis)
    return out if dtype is None else out.astype(dtype)


def _concatenate_aval(*avals: Aval, axis: int, dtype: Any) -> Aval:
    first = avals[0].shape
    if any(a.ndim != len(first) for a in avals):
        raise ValueError("all the input array dimensions must match in number")
    if any(a.shape[:axis] + a.shape[axis + 1 :] != first[:axis] + first[axis + 1 :] for a in avals):
        raise ValueError(
            "all the input array dimensions except for the concatenation axis must match exactly"
        )
    shape = (*first[:axis], sum(a.shape[axis] for a in avals), *first[axis + 1 :])
    return make_aval(shape, joined_dtype(avals, dtype), "array", abstract_place(avals))


def _concatenate_back(i: int, g: Any, *inputs: Any, axis: int, dtype: Any) -> Any:
    start = sum([x.shape[axis] for x in inputs[:i]])
    return cut_axis(g, axis, start, start + inputs[i].shape[axis])


def _concatenate_batch(size: int, values: Any, at: Any, *, axis: int, dtype: Any) -> Any:
    return concatenate_p.bind(*in_front(size, values, at), axis=axis + 1, dtype=dtype), 0


concatenate_p = Primitive("concatenate", _concatenate, host=_concatenate_host, family=FAMILY)
concatenate_p.aval = _concatenate_aval
concatenate_p.rule = Linear(varargs=_concatenate_back)
concatenate_p.batch = _concatenate_batch


@implements(np.concatenate)
def concatenate(
    arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """The arrays one after the other along ``axis`` (None: all as rows)."""
    found = _arrays(_strong(arrays) if axis is None else arrays, dtype, casting)
    if axis is None:
        found, axis = [ravel(a) for a in found], 0
    if not found:
        raise ValueError("need at least one array to concatenate")
    ndim = aval_of(found[0]).ndim
    if ndim == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    result = concatenate_p.bind(*found, axis=normal_axis(axis, ndim), dtype=_settled(dtype))
    return result if out is None else write_out(out, result, "concatenate(out=...)")


concat = concatenate

# --- stack -----------------------------------------------------------------------------------------


def _stack_host(*arrays: Any, axis: int, dtype: Any) -> Any:
    return np.stack(arrays, axis, dtype=dtype, casting="unsafe" if dtype is not None else "same_kind")


def _stack(xp: Any, *arrays: Any, axis: int, dtype: Any) -> Any:
    with here(next(a for a in arrays if type(a) not in HOST_TYPES)):
        arrays = tuple([xp.asarray(a) if type(a) in HOST_TYPES else a for a in arrays])
    out = xp.stack(arrays, axis=axis)
    return out if dtype is None else out.astype(dtype)


def _stack_aval(*avals: Aval, axis: int, dtype: Any) -> Aval:
    shape = avals[0].shape
    if any(a.shape != shape for a in avals):
        raise ValueError("all input arrays must have the same shape")
    shape = (*shape[:axis], len(avals), *shape[axis:])
    return make_aval(shape, joined_dtype(avals, dtype), "array", abstract_place(avals))


def _stack_back(i: int, g: Any, *inputs: Any, axis: int, dtype: Any) -> Any:
    return reshape(cut_axis(g, axis, i, i + 1), inputs[i].shape)


def _stack_batch(size: int, values: Any, at: Any, *, axis: int, dtype: Any) -> Any:
    return stack_p.bind(*in_front(size, values, at), axis=axis + 1, dtype=dtype), 0


stack_p = Primitive("stack", _stack, host=_stack_host, family=FAMILY)
stack_p.aval = _stack_aval
stack_p.rule = Linear(varargs=_stack_back)
stack_p.batch = _stack_batch


@implements(np.stack)
def stack(
    arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """The arrays, of one shape, side by side along a new axis."""
    found = _arrays(arrays, dtype, casting)
    if not found:
        raise ValueError("need at least one array to stack")
    axis = normal_axis(axis, aval_of(found[0]).ndim + 1)
    result = stack_p.bind(*found, axis=axis, dtype=_settled(dtype))
    return result if out is None else write_out(out, result, "stack(out=...)")


# --- their relatives -------------------------------------------------------------------------------


@implements(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """The arrays below each other, along axis 0; rows count as matrices of one row."""
    return concatenate([atleast_2d(a) for a in operands(tup)], 0, dtype=dtype, casting=casting)


@implements(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """The arrays beside each other: along axis 1, rows along axis 0."""
    arrays = [atleast_1d(a) for a in operands(tup)]
    axis = 0 if arrays and aval_of(arrays[0]).ndim == 1 else 1
    return concatenate(arrays, axis, dtype=dtype, casting=casting)


@implements(np.dstack)
def dstack(tup: Any) -> Any:
    """The arrays behind each other, along axis 2."""
    return concatenate([atleast_3d(a) for a in operands(tup)], 2)


@implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    """The arrays as columns of a matrix."""
    arrays = operands(tup)
    return concatenate([transpose(atleast_2d(a)) if aval_of(a).ndim < 2 else a for a in arrays], 1)


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """``arr`` with ``values`` at its end along ``axis`` (None: both as rows)."""
    arrays = operands((arr, values))
    return concatenate([ravel(a) for a in arrays]) if axis is None else concatenate(arrays, axis)


def _depth(arrays: Any) -> int:
    """How deep the lists of ``block`` are nested; all branches must be equally deep."""
    if isinstance(arrays, tuple):
        raise TypeError("np.block takes lists, not tuples, which it would not know from arrays")
    if not isinstance(arrays, list):
        return 0
    if not arrays:
        raise ValueError("List depths are mismatched: np.block met an empty list")
    depths = {_depth(a) for a in arrays}
    if len(depths) > 1:
        raise ValueError("List depths are mismatched: every branch of np.block must be equally deep")
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Any]:
    if isinstance(arrays, list):
        return list(itertools.chain.from_iterable(map(_leaves, arrays)))
    return [arrays]


def _block(arrays: Any, leaves: Iterator[Any], depth: int, ndim: int) -> Any:
    if depth == 0:
        leaf = as_array(next(leaves))
        shape = shape_of(leaf)
        return reshape(leaf, (*(1,) * (ndim - len(shape)), *shape))
    return concatenate([_block(a, leaves, depth - 1, ndim) for a in arrays], axis=-depth)


@implements(np.block)
def block(arrays: Any) -> Any:
    """An array from nested lists of blocks: the innermost lists along the last axis."""
    depth = _depth(arrays)
    leaves = operands(_leaves(arrays))
    ndim = max([depth, *(aval_of(leaf).ndim for leaf in leaves)])
    found = _block(arrays, iter(leaves), depth, ndim)
    return copy_p.bind(found, order="K") if depth == 0 else found


@implements(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """Coordinate matrices of coordinate rows; views of them with ``sparse`` or ``copy=False``."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    rows = [as_array(x) for x in operands(xi)]
    order = list(range(len(rows)))
    if indexing == "xy" and len(rows) > 1:
        order[:2] = [1, 0]
    grids = [
        reshape(x, (*(1,) * at, aval_of(x).size, *(1,) * (len(rows) - at - 1)))
        for at, x in zip(order, rows, strict=True)
    ]
    if not sparse:
        shape = np.broadcast_shapes(*map(shape_of, grids))
        grids = [(broadcast_to if copy else public_broadcast_to)(x, shape) for x in grids]
    return tuple(copy_p.bind(x, order="C") if copy else x for x in grids)
