"""Slices of fixed position: the primitive, its transpose, and the functions that cut an array up.

An index is a tuple with one ``(start, stop, step)`` for each leading axis that is cut, hashable and
static. Slices are views; writing through one writes into its base.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from ..backends import HOST, backend_of
from ..core.aval import array_aval, aval_of
from ..core.inplace import link_view
from ..core.primitive import Primitive
from .axes import normal_axis
from .beside import beside
from .declare import Linear
from .shape import operand, shape_of
from .structural import broadcast_to, convert, full_like_aval, move_axis, reshape, reshape_p
from .tables import implements

FAMILY = "slices"
Cut = tuple[int | None, int | None, int | None]
Index = tuple[Cut, ...]
ALL: Cut = (None, None, None)


def _key(index: Index) -> tuple[slice, ...]:
    return tuple([slice(*cut) for cut in index])


def here(x: Any) -> AbstractContextManager[Any]:
    """A context in which new arrays live where the array ``x`` does."""
    backend = backend_of(x)
    return nullcontext() if backend is None else backend.scope(backend.place_of(x))


def sliced_shape(shape: Sequence[int], index: Index) -> tuple[int, ...]:
    """The shape of ``x[index]``."""
    cut = [len(range(*slice(*c).indices(n))) for c, n in zip(index, shape, strict=False)]
    return (*cut, *shape[len(cut) :])


# --- slice: x[index] -------------------------------------------------------------------------------


def _slice_into(total: Any, g: Any, *, index: Index) -> Any:
    if type(total) is np.ndarray and type(g) is np.ndarray:
        total[_key(index)] += g
        return total
    return total + embed(g, aval_of(total).shape, index)


slice_p = Primitive("slice", lambda xp, x, *, index: x[_key(index)], family=FAMILY)
slice_p.aval = lambda x, *, index: array_aval(x, sliced_shape(x.shape, index), x.dtype)
slice_p.rule = Linear(lambda g, x, *, index: embed(g, x.shape, index), accumulate=_slice_into)
slice_p.put = lambda base, new, *, index: write_slice(base, new, index)
slice_p.batch = lambda size, values, at, *, index: (cut(move_axis(values[0], at[0], 0), (ALL, *index)), 0)


def cut(x: Any, index: Index) -> Any:
    """``x[index]``."""
    return slice_p.bind(x, index=index)


def cut_axis(x: Any, axis: int, start: int | None, stop: int | None, step: int | None = None) -> Any:
    """``x[start:stop:step]`` along ``axis`` (not negative), for rules."""
    return slice_p.bind(x, index=(*(ALL,) * axis, (start, stop, step)))


# --- embed: zeros with x at index ------------------------------------------------------------------


def _embed(xp: Any, x: Any, *, shape: tuple[int, ...], index: Index) -> Any:
    with here(x):
        out = xp.zeros(shape, x.dtype)
    out[_key(index)] = x
    return out


embed_p = Primitive("embed", _embed, family=FAMILY)
embed_p.aval = lambda x, *, shape, index: array_aval(x, shape, x.dtype)
embed_p.rule = Linear(lambda g, x, *, shape, index: cut(g, index))
embed_p.batch = lambda size, values, at, *, shape, index: (
    embed(move_axis(values[0], at[0], 0), (size, *shape), (ALL, *index)),
    0,
)


def embed(x: Any, shape: tuple[int, ...], index: Index) -> Any:
    """Zeros of ``shape`` with ``x`` at ``index``: the transpose of a slice."""
    return embed_p.bind(x, shape=shape, index=index)


# --- write_slice: base with new at index -----------------------------------------------------------


def _write(xp: Any, base: Any, new: Any, *, index: Index) -> Any:
    out = base.copy()
    out[_key(index)] = new
    return out


def _write_back(g: Any, base: Any, new: Any, *, index: Index) -> Any:
    return write_slice(g, full_like_aval(aval_of(g).with_shape(sliced_shape(base.shape, index))), index)


def _write_batch(size: int, values: Any, at: Any, *, index: Index) -> Any:
    base, new = in_front(size, values, at)
    return write_slice(base, new, (ALL, *index)), 0


write_slice_p = Primitive("write_slice", _write, family=FAMILY)
write_slice_p.aval = lambda base, new, *, index: base
write_slice_p.rule = Linear(_write_back, lambda g, base, new, *, index: cut(g, index))
write_slice_p.batch = _write_batch


def write_slice(base: Any, new: Any, index: Index) -> Any:
    """A copy of ``base`` with ``new``, of the slice's shape, at ``index``."""
    return write_slice_p.bind(base, new, index=index)


def in_front(size: int, values: Sequence[Any], axes: Sequence[Any]) -> Any:
    """Operands with a batch axis in front, repeated where they had none."""
    return [
        broadcast_to(v, (size, *aval_of(v).shape)) if axis is None else move_axis(v, axis, 0)
        for v, axis in zip(beside(values), axes, strict=True)
    ]


def one_axis_batch(primitive: Primitive) -> Callable[..., Any]:
    """The batching rule of a primitive of one operand that works along one axis, its param ``axis``."""

    def batch(size: int, values: Any, at: Any, *, axis: int, **params: Any) -> Any:
        return primitive.bind(move_axis(values[0], at[0], 0), axis=axis + 1, **params), 0

    return batch


# --- split -----------------------------------------------------------------------------------------


def _piece(x: Any, axis: int, start: Any, stop: Any) -> Any:
    index = (*(ALL,) * axis, (start, stop, None))
    return link_view(cut(x, index), x, slice_p, {"index": index})


def _bounds(length: int, sections: Any) -> list[tuple[Any, Any]]:
    """Start and stop of each piece: ``sections`` nearly equal ones, or cut at its indices."""
    if np.ndim(sections):
        points = [0, *(int(i) for i in sections), length]
    else:
        count = int(sections)
        if count <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(length, count)
        points = [i * each + min(i, extra) for i in range(count + 1)]
    return list(itertools.pairwise(points))


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The pieces of ``ary`` along ``axis``, as views; sections need not divide the length."""
    ary = operand(ary)
    axis = normal_axis(axis, aval_of(ary).ndim)
    bounds = _bounds(shape_of(ary)[axis], indices_or_sections)
    return [_piece(ary, axis, start, stop) for start, stop in bounds]


@implements(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The pieces of ``ary`` along ``axis``, as views: equal sections, or cut at indices."""
    ary = operand(ary)
    if np.ndim(indices_or_sections) == 0:
        length = shape_of(ary)[normal_axis(axis, aval_of(ary).ndim)]
        if length % int(indices_or_sections):
            raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def _need_axes(name: str, x: Any, ndim: int) -> None:
    if aval_of(x).ndim < ndim:
        raise ValueError(f"{name} only works on arrays of {ndim} or more dimensions")


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """``split`` along columns: axis 1, or axis 0 of a row."""
    ary = operand(ary)
    _need_axes("hsplit", ary, 1)
    return split(ary, indices_or_sections, 1 if aval_of(ary).ndim > 1 else 0)


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """``split`` along rows, axis 0."""
    ary = operand(ary)
    _need_axes("vsplit", ary, 2)
    return split(ary, indices_or_sections, 0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """``split`` along axis 2."""
    ary = operand(ary)
    _need_axes("dsplit", ary, 3)
    return split(ary, indices_or_sections, 2)


@implements("numpy.unstack")  # NumPy 2.1
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of ``x`` along ``axis``, without that axis: views, or scalars of a row."""
    x = operand(x)
    if aval_of(x).ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    axis = normal_axis(axis, aval_of(x).ndim)
    shape = shape_of(x)
    return tuple(_row(x, axis, i, (*shape[:axis], *shape[axis + 1 :])) for i in range(shape[axis]))


def _row(x: Any, axis: int, i: int, shape: tuple[int, ...]) -> Any:
    piece = _piece(x, axis, i, i + 1)
    if not shape and aval_of(x).place == HOST:
        return convert(reshape(piece, ()), aval_of(x).dtype, "scalar")
    out = reshape(piece, shape)
    return link_view(out, piece, reshape_p, {"shape": shape, "order": "C"})
