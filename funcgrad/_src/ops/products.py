"""Products by name: ``vecdot``, ``matvec``, ``vecmat``, ``vdot``, ``inner``, ``outer``, ``kron``.

Here too a primitive is one NumPy function. A function that conjugates its first operand is linear in
it over the reals only, and its transpose conjugates back.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from .contract import (
    Shape,
    column,
    conj,
    dot,
    fronts,
    matmul,
    operand,
    product,
    product_aval,
    ranks,
    ravel,
    refuse,
    row,
    swap,
    tensordot,
    tensordot_batch,
    tensordot_left,
    tensordot_right,
    to_front,
    uncolumn,
)
from .declare import Multilinear
from .shape import operands
from .structural import reshape
from .tables import implements
from .ufunc import align, elementwise_batch, write_out

FAMILY = "products"

# --- vecdot ----------------------------------------------------------------------------------------


def _vecdot(xp: Any, x: Any, y: Any) -> Any:
    return xp.vecdot(x, y) if hasattr(xp, "vecdot") else xp.sum(xp.conj(x) * y, axis=-1)


def _vecdot_aval(x: Aval, y: Aval) -> Aval:
    if not x.ndim or not y.ndim or x.shape[-1] != y.shape[-1]:
        refuse(np.vecdot, x, y)
    return product_aval((x, y), np.broadcast_shapes(x.shape[:-1], y.shape[:-1]))


vecdot_p = Primitive("vecdot", _vecdot, host=np.vecdot, family=FAMILY)
vecdot_p.aval = _vecdot_aval
vecdot_p.rule = Multilinear(lambda g, x, y: conj(column(g) * y), lambda g, x, y: column(g) * conj(x))
vecdot_p.batch = elementwise_batch(vecdot_p)


vecdot = product("vecdot", vecdot_p, "Vector products along ``axis``; the first operand is conjugated.")


# --- matvec, vecmat (NumPy 2.2 and later) ----------------------------------------------------------


def _matvec_aval(a: Aval, v: Aval) -> Aval:
    if a.ndim < 2 or not v.ndim or a.shape[-1] != v.shape[-1]:
        refuse(np.matvec, a, v)
    return product_aval((a, v), np.broadcast_shapes(a.shape[:-2], v.shape[:-1]) + a.shape[-2:-1])


def _vecmat_aval(v: Aval, a: Aval) -> Aval:
    if a.ndim < 2 or not v.ndim or a.shape[-2] != v.shape[-1]:
        refuse(np.vecmat, v, a)
    return product_aval((v, a), np.broadcast_shapes(v.shape[:-1], a.shape[:-2]) + a.shape[-1:])


# Their transposes and batches are written with ``matmul``, which every supported NumPy has.


def _device_matvec(xp: Any, a: Any, v: Any) -> Any:
    return xp.matmul(a, v[..., None])[..., 0]


def _device_vecmat(xp: Any, v: Any, a: Any) -> Any:
    return xp.matmul(v.conj()[..., None, :], a)[..., 0, :]


def _matvec(a: Any, v: Any) -> Any:
    return uncolumn(matmul(a, column(v)))


def _matvec_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    a, v = to_front(values, axes)
    return uncolumn(matmul(*align(size, (a, column(v)), fronts(axes)))), 0


def _vecmat_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    v, a = to_front(values, axes)
    v, a = align(size, (column(v), a), fronts(axes))
    return uncolumn(matmul(swap(a), conj(v))), 0


if hasattr(np, "matvec"):
    matvec_p = Primitive("matvec", _device_matvec, host=np.matvec, family=FAMILY)
    matvec_p.aval = _matvec_aval
    matvec_p.rule = Multilinear(lambda g, a, v: column(g) * row(v), lambda g, a, v: _matvec(swap(a), g))
    matvec_p.batch = _matvec_batch
    matvec = product("matvec", matvec_p, "The matrices ``x1`` times the vectors ``x2``.")

    vecmat_p = Primitive("vecmat", _device_vecmat, host=np.vecmat, family=FAMILY)
    vecmat_p.aval = _vecmat_aval
    vecmat_p.rule = Multilinear(lambda g, v, a: conj(_matvec(a, g)), lambda g, v, a: column(conj(v)) * row(g))
    vecmat_p.batch = _vecmat_batch
    vecmat = product("vecmat", vecmat_p, "The vectors ``x1``, conjugated, times the matrices ``x2``.")
else:

    def _matvec_before(x1: Any, x2: Any, /) -> Any:
        """The matrices ``x1`` times the vectors ``x2``."""
        return matmul(operand(x1), operand(x2)[..., None])[..., 0]

    def _vecmat_before(x1: Any, x2: Any, /) -> Any:
        """The vectors ``x1``, conjugated, times the matrices ``x2``."""
        return matmul(conj(operand(x1))[..., None, :], operand(x2))[..., 0, :]

    implements("numpy.matvec")(_matvec_before)
    implements("numpy.vecmat")(_vecmat_before)


# --- vdot ------------------------------------------------------------------------------------------


def _vdot_aval(x: Aval, y: Aval) -> Aval:
    if x.size != y.size:
        refuse(np.vdot, x, y)
    return product_aval((x, y), ())


def _vdot_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    x, y = (_flat_rows(v, axis) for v, axis in zip(to_front(values, axes), axes, strict=True))
    return vecdot(x, y), 0


def _flat_rows(x: Any, axis: int | None) -> Any:
    """A vector, or one for each example."""
    shape = aval_of(x).shape
    return ravel(x) if axis is None else reshape(x, (shape[0], math.prod(shape[1:])))


vdot_p = Primitive("vdot", lambda xp, x, y: xp.vdot(x, y), host=np.vdot, family=FAMILY)
vdot_p.aval = _vdot_aval
vdot_p.rule = Multilinear(
    lambda g, x, y: reshape(conj(g * y), x.shape), lambda g, x, y: reshape(g * conj(x), y.shape)
)
vdot_p.batch = _vdot_batch


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """The product of two arrays as vectors; the first operand is conjugated."""
    return vdot_p.bind(operand(a), operand(b))


# --- inner -----------------------------------------------------------------------------------------


def _inner_aval(x: Aval, y: Aval) -> Aval:
    if x.ndim and y.ndim and x.shape[-1] != y.shape[-1]:
        refuse(np.inner, x, y)
    shape = x.shape[:-1] + y.shape[:-1] if x.ndim and y.ndim else x.shape + y.shape
    return product_aval((x, y), shape)


def _inner_left(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 0 or y.ndim == 0 or (x.ndim == 1 and y.ndim == 1):
        return g * y
    if x.ndim <= 2 and y.ndim == 2:
        return dot(g, y)
    return tensordot_left(g, x.ndim, y, ((x.ndim - 1,), (y.ndim - 1,)))


def _inner_right(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 0 or y.ndim == 0 or (x.ndim == 1 and y.ndim == 1):
        return g * x
    if x.ndim == 2 and y.ndim == 2:
        return dot(swap(g), x)
    return tensordot_right(g, x, y.ndim, ((x.ndim - 1,), (y.ndim - 1,)))


def _inner_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    nx, ny = ranks(values, axes)
    if nx and ny:
        return tensordot_batch(size, values, axes, ((nx - 1,), (ny - 1,)))
    x, y = align(size, values, axes)
    return x * y, 0


inner_p = Primitive("inner", lambda xp, x, y: xp.inner(x, y), host=np.inner, family=FAMILY)
inner_p.aval = _inner_aval
inner_p.rule = Multilinear(_inner_left, _inner_right)
inner_p.batch = _inner_batch


@implements(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """The sum of products over the last axes; no conjugation."""
    return inner_p.bind(operand(a), operand(b))


# --- outer -----------------------------------------------------------------------------------------


def _outer_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    x, y = (_flat_rows(v, axis) for v, axis in zip(to_front(values, axes), axes, strict=True))
    return column(x) * row(y), 0


outer_p = Primitive("outer", lambda xp, x, y: xp.outer(x, y), host=np.outer, family=FAMILY)
outer_p.aval = lambda x, y: product_aval((x, y), (x.size, y.size))
outer_p.rule = Multilinear(
    lambda g, x, y: reshape(dot(g, ravel(y)), x.shape), lambda g, x, y: reshape(dot(ravel(x), g), y.shape)
)
outer_p.batch = _outer_batch


@implements(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """All products of an element of ``a`` and one of ``b``, both taken as vectors."""
    result = outer_p.bind(*operands((operand(a), operand(b))))
    return result if out is None else write_out(out, result, "outer(out=...)")


# --- kron ------------------------------------------------------------------------------------------


def _interleaved(x: Shape, y: Shape) -> tuple[Shape, Shape, Shape]:
    """Both shapes padded to one rank, and that of the product with the axes of both side by side."""
    ndim = max(len(x), len(y))
    x, y = (1,) * (ndim - len(x)) + x, (1,) * (ndim - len(y)) + y
    return x, y, tuple(n for pair in zip(x, y, strict=True) for n in pair)


def _kron_aval(x: Aval, y: Aval) -> Aval:
    xs, ys, _ = _interleaved(x.shape, y.shape)
    return product_aval((x, y), tuple(m * n for m, n in zip(xs, ys, strict=True)))


def _kron_left(g: Any, x: Any, y: Any) -> Any:
    _, ys, both = _interleaved(x.shape, y.shape)
    odd = tuple(range(1, len(both), 2))
    return reshape(tensordot(reshape(g, both), reshape(y, ys), (odd, tuple(range(len(odd))))), x.shape)


def _kron_right(g: Any, x: Any, y: Any) -> Any:
    xs, _, both = _interleaved(x.shape, y.shape)
    even = tuple(range(0, len(both), 2))
    return reshape(tensordot(reshape(x, xs), reshape(g, both), (tuple(range(len(even))), even)), y.shape)


def _kron_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    x, y = to_front(values, axes)
    nx, ny = ranks(values, axes)
    xs, ys = aval_of(x).shape, aval_of(y).shape
    xs, ys, _ = _interleaved(xs[len(xs) - nx :], ys[len(ys) - ny :])
    wide_x = tuple(n for m in xs for n in (m, 1))
    wide_y = tuple(n for m in ys for n in (1, m))
    x = reshape(x, (wide_x if axes[0] is None else (size, *wide_x)))
    y = reshape(y, (wide_y if axes[1] is None else (size, *wide_y)))
    return reshape(x * y, (size, *(m * n for m, n in zip(xs, ys, strict=True)))), 0


kron_p = Primitive("kron", lambda xp, x, y: xp.kron(x, y), host=np.kron, family=FAMILY)
kron_p.aval = _kron_aval
kron_p.rule = Multilinear(_kron_left, _kron_right)
kron_p.batch = _kron_batch


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: every element of ``a`` times the whole of ``b``, as blocks."""
    return kron_p.bind(*operands((operand(a), operand(b))))


# --- the array API's names -------------------------------------------------------------------------


@implements(np.linalg.matmul)
def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    """``np.matmul``."""
    return matmul(x1, x2)


@implements(np.linalg.vecdot)
def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """``np.vecdot``."""
    return vecdot(x1, x2, axis=axis)


@implements(np.linalg.tensordot)
def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """``np.tensordot``."""
    return tensordot(x1, x2, axes)


@implements(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """``np.outer`` of two vectors."""
    x1, x2 = operand(x1), operand(x2)
    if aval_of(x1).ndim != 1 or aval_of(x2).ndim != 1:
        refuse(np.linalg.outer, aval_of(x1), aval_of(x2))
    return outer(x1, x2)
