"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of
from ..core.inplace import link_view
from ..core.primitive import Primitive
from .axes import normal_axis
from .declare import Linear
from .shape import operand, ravel, shape_of
from .slices import here
from .structural import broadcast_to, move_axis, reshape, sum_p
from .tables import implements
from .ufunc import write_out

FAMILY = "diagonals"
Shape = tuple[int, ...]


# --- tril, triu ------------------------------------------------------------------------------------


def _triangle(name: str) -> Primitive:
    """``tril`` or ``triu``: a projection, so its own transpose."""

    def batch(size: int, values: Any, at: Any, *, k: int) -> Any:
        x = move_axis(values[0], at[0], 0)
        shape = aval_of(x).shape
        if len(shape) == 2:  # a row: NumPy repeats it to a square first
            x = broadcast_to(reshape(x, (size, 1, shape[1])), (size, shape[1], shape[1]))
        return primitive.bind(x, k=k), 0

    primitive = Primitive(name, lambda xp, x, *, k: getattr(xp, name)(x, k), family=FAMILY)
    primitive.aval = lambda x, *, k: array_aval(x, x.shape if x.ndim > 1 else x.shape * 2, x.dtype)
    primitive.rule = Linear(lambda g, x, *, k: primitive.bind(g, k=k))
    primitive.batch = batch
    return primitive


tril_p = _triangle("tril")
triu_p = _triangle("triu")


def _need_row(m: Any) -> Any:
    m = operand(m)
    if aval_of(m).ndim == 0:
        raise ValueError("a triangle needs an array of one axis or more")
    return m


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """``m`` with zeros above its ``k``-th diagonal."""
    return tril_p.bind(_need_row(m), k=int(k))


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """``m`` with zeros below its ``k``-th diagonal."""
    return triu_p.bind(_need_row(m), k=int(k))


# --- diagonal --------------------------------------------------------------------------------------


def _start(offset: int) -> tuple[int, int]:
    return max(-offset, 0), max(offset, 0)


def _length(rows: int, columns: int, offset: int) -> int:
    row, column = _start(offset)
    return max(min(rows - row, columns - column), 0)


def _diagonal_aval(x: Aval, *, offset: int, axis1: int, axis2: int) -> Aval:
    rest = tuple(n for i, n in enumerate(x.shape) if i not in (axis1, axis2))
    return array_aval(x, (*rest, _length(x.shape[axis1], x.shape[axis2], offset)), x.dtype)


def _diagonal_back(g: Any, x: Any, *, offset: int, axis1: int, axis2: int) -> Any:
    return embed_diagonal(g, x.shape, offset, axis1, axis2)


def _diagonal_batch(size: int, values: Any, at: Any, *, offset: int, axis1: int, axis2: int) -> Any:
    x = move_axis(values[0], at[0], 0)
    return diagonal_p.bind(x, offset=offset, axis1=axis1 + 1, axis2=axis2 + 1), 0


diagonal_p = Primitive(
    "diagonal",
    lambda xp, x, *, offset, axis1, axis2: xp.diagonal(x, offset, axis1, axis2),
    family=FAMILY,
)
diagonal_p.aval = _diagonal_aval
diagonal_p.rule = Linear(_diagonal_back)
diagonal_p.batch = _diagonal_batch


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals over two axes, as the last axis: a read-only view."""
    a = operand(a)
    ndim = aval_of(a).ndim
    if ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    first, second = normal_axis(axis1, ndim), normal_axis(axis2, ndim)
    if first == second:
        raise ValueError("axis1 and axis2 cannot be the same")
    params = {"offset": int(offset), "axis1": first, "axis2": second}
    return link_view(diagonal_p.bind(a, **params), a, diagonal_p, params)


@implements(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """The sum of a diagonal."""
    along = diagonal(a, offset, axis1, axis2)
    result = sum_p.bind(
        along, axis=aval_of(along).ndim - 1, dtype=None if dtype is None else np.dtype(dtype), keepdims=False
    )
    return result if out is None else write_out(out, result, "trace(out=...)")


# --- embed_diagonal: the transpose of diagonal -----------------------------------------------------


def _embed_diagonal(xp: Any, x: Any, *, shape: Shape, offset: int, axis1: int, axis2: int) -> Any:
    row, column = _start(offset)
    with here(x):
        out = xp.zeros(shape, x.dtype)
        steps = xp.arange(x.shape[-1])
    xp.moveaxis(out, (axis1, axis2), (-2, -1))[..., steps + row, steps + column] = x
    return out


def _embed_batch(
    size: int, values: Any, at: Any, *, shape: Shape, offset: int, axis1: int, axis2: int
) -> Any:
    x = move_axis(values[0], at[0], 0)
    return embed_diagonal(x, (size, *shape), offset, axis1 + 1, axis2 + 1), 0


embed_diagonal_p = Primitive("embed_diagonal", _embed_diagonal, family=FAMILY)
embed_diagonal_p.aval = lambda x, *, shape, offset, axis1, axis2: array_aval(x, shape, x.dtype)
embed_diagonal_p.rule = Linear(
    lambda g, x, *, shape, offset, axis1, axis2: diagonal_p.bind(g, offset=offset, axis1=axis1, axis2=axis2)
)
embed_diagonal_p.batch = _embed_batch


def embed_diagonal(x: Any, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of ``shape`` with the last axis of ``x`` along a diagonal."""
    return embed_diagonal_p.bind(x, shape=shape, offset=offset, axis1=axis1, axis2=axis2)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """The matrix with the row ``v`` on its ``k``-th diagonal; of a matrix the diagonal, a read-only view."""
    v = operand(v)
    shape = shape_of(v)
    if len(shape) == 1:
        n = shape[0] + abs(int(k))
        return embed_diagonal(v, (n, n), int(k))
    if len(shape) == 2:
        return diagonal(v, k)
    raise ValueError("Input must be 1- or 2-d.")


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """The matrix with the elements of ``v`` on its ``k``-th diagonal."""
    return diag(ravel(v), k)
