"""Norms of vectors and matrices: ``norm``, ``vector_norm``, ``matrix_norm``.

The derivative of a norm is one array, its *slope* D: the tangent is ``Re sum(D dx)`` and the cotangent
``g D``. Where a norm has a kink the slope is the sub-gradient of least norm: 0 at ``x = 0`` for every
order; largest elements, sums or singular values that tie share equally. (Negative orders and 0 are no
norms; there too, ties share, and 0 has slope 0.) Slopes neither overflow nor underflow, though NumPy's
value may: ``norm([1e200, 1e200])`` is infinite, its gradient is right.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import Aval, aval_of, make_aval
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .axes import inverse_permutation, kept_shape, normal_axes, reduced_shape
from .complexes import absolute, sign
from .contract import conj, matmul, operand, row
from .declare import NONDIFF, Explicit, Partials
from .decompositions import thin_svd
from .exponential import power
from .select import where
from .structural import convert, move_axis, real, reshape, sum_axes, transpose
from .tables import implements
from .ufunc import pointwise

FAMILY = "norms"
Axes = tuple[int, ...]


# --- reciprocal_or_zero: the second derivative of a norm at 0 is taken to be 0, as that of abs ---------


def _reciprocal_or_zero(xp: Any, x: Any) -> Any:
    with np.errstate(divide="ignore"):
        found = xp.where(x == 0, x, 1 / x)
    return found if type(found) is type(x) else found[()]


reciprocal_or_zero_p = pointwise(
    "reciprocal_or_zero", _reciprocal_or_zero, Partials(lambda out, x: -out * out), lambda x: x
)


def reciprocal_or_zero(x: Any) -> Any:
    """``1 / x``, and 0 where ``x`` is 0."""
    return reciprocal_or_zero_p.bind(x)


# --- tied_share: who is largest, or smallest -------------------------------------------------------


def _tied_share(xp: Any, x: Any, *, axes: Axes, largest: bool) -> Any:
    if not x.size:
        return xp.zeros_like(x)
    extreme = (xp.max if largest else xp.min)(x, axis=axes, keepdims=True)
    hit = (x == extreme).astype(x.dtype)
    return hit / xp.sum(hit, axis=axes, keepdims=True)


def _batch_along(primitive: Primitive) -> Any:
    """The batching rule of an operation along ``axes`` that keeps the shape."""

    def batch(size: int, values: tuple[Any, ...], at: tuple[Any, ...], *, axes: Axes, **params: Any) -> Any:
        x = move_axis(values[0], at[0], 0)
        return primitive.bind(x, axes=tuple(a + 1 for a in axes), **params), 0

    return batch


tied_share_p = Primitive("tied_share", _tied_share, family=FAMILY)
tied_share_p.aval = lambda x, *, axes, largest: x
tied_share_p.rule = NONDIFF
tied_share_p.batch = _batch_along(tied_share_p)


def tied_share(x: Any, axes: Axes, largest: bool) -> Any:
    """Shares of one among the largest (or smallest) along ``axes``, and 0 for the others."""
    return tied_share_p.bind(x, axes=axes, largest=largest)


# --- direction: x / |x| ----------------------------------------------------------------------------

# u = x / n: du = (dx - u Re<u, dx>) / n, with n = Re<u, x>, which cannot overflow before x does.


def _direction(xp: Any, x: Any, *, axes: Axes) -> Any:
    kept = kept_shape(x.shape, axes)
    if xp is np:
        n = np.sqrt(np.add.reduce((x.conj() * x).real, axis=axes)).reshape(kept)
        info = np.finfo(n.dtype)
        if np.all((n > info.tiny**0.5 / info.eps) & (n < info.max**0.5)):
            return x / n
    size = xp.max(xp.abs(x), axis=axes, keepdims=True, initial=0)
    scaled = x / xp.where(size > 0, size, 1)
    n = xp.sqrt(xp.sum((scaled.conj() * scaled).real, axis=axes, keepdims=True))
    return scaled / xp.where(n > 0, n, 1)


def _length(u: Any, x: Any, axes: Axes) -> Any:
    return reciprocal_or_zero(sum_axes(real(conj(u) * x), axes, True))


def _direction_jvp(tangents: Sequence[Any], out: Any, x: Any, *, axes: Axes) -> Any:
    along = sum_axes(real(conj(out) * tangents[0]), axes, True)
    return (tangents[0] - out * along) * _length(out, x, axes)


def _direction_vjp(g: Any, out: Any, x: Any, *, axes: Axes) -> list[Any]:
    along = sum_axes(real(g * out), axes, True)
    return [(g - along * conj(out)) * _length(out, x, axes)]


direction_p = Primitive("direction", _direction, family=FAMILY)
direction_p.aval = lambda x, *, axes: x if x.ndim or x.place != HOST else make_aval((), x.dtype, "scalar")
direction_p.rule = Explicit(jvp=_direction_jvp, vjp=_direction_vjp)
direction_p.batch = _batch_along(direction_p)


# --- slopes ----------------------------------------------------------------------------------------


def norm_slope(x: Any, out: Any, ord: Any, axis: Axes | None) -> Any:
    """The slope of a norm; None where it is zero everywhere."""
    axes = axis if axis is not None else tuple(range(aval_of(x).ndim))
    if ord is None or ord in ("f", "fro") or (ord == 2 and len(axes) == 1):
        return conj(direction_p.bind(x, axes=axes))
    if len(axes) == 1:
        return _vector_slope(x, out, ord, axes)
    if ord in (2, -2, "nuc"):
        return _spectral_slope(x, ord, axes)
    summed, chosen = axes if abs(ord) == 1 else axes[::-1]
    return conj(sign(x)) * tied_share(sum_axes(absolute(x), (summed,), True), (chosen,), ord > 0)


def _vector_slope(x: Any, out: Any, ord: float, axes: Axes) -> Any:
    if ord == 0:
        return None
    if ord == 1:
        return conj(sign(x))
    if abs(ord) == np.inf:
        return conj(sign(x)) * tied_share(absolute(x), axes, ord > 0)
    # n = (sum a^p)^(1/p) with a = |x|: dn/da = (a / n)^(p - 1), a number of moderate size.
    a = absolute(x)
    ratio = a * reciprocal_or_zero(reshape(out, kept_shape(aval_of(x).shape, axes)))
    zero = ratio == 0
    return conj(sign(x)) * where(zero, 0.0, power(where(zero, 1.0, ratio), float(ord) - 1.0))


def _spectral_slope(x: Any, ord: Any, axes: Axes) -> Any:
    """``u w v^H`` where ``w`` weighs the singular values: all, the largest or the smallest."""
    ndim = aval_of(x).ndim
    order = (*(i for i in range(ndim) if i not in axes), *axes)
    u, s, vh = thin_svd(transpose(x, order))
    weight = sign(s) if ord == "nuc" else sign(s) * tied_share(s, (aval_of(s).ndim - 1,), ord > 0)
    return transpose(conj(matmul(u * row(weight), vh)), inverse_permutation(order))


# --- norm ------------------------------------------------------------------------------------------


def _norm_jvp(
    tangents: Sequence[Any], out: Any, x: Any, *, ord: Any, axis: Axes | None, keepdims: bool
) -> Any:
    slope = norm_slope(x, out, ord, axis)
    return None if slope is None else sum_axes(real(slope * tangents[0]), axis, keepdims)


def _norm_vjp(g: Any, out: Any, x: Any, *, ord: Any, axis: Axes | None, keepdims: bool) -> list[Any]:
    slope = norm_slope(x, out, ord, axis)
    return [None if slope is None else reshape(g, kept_shape(aval_of(x).shape, axis)) * slope]


@lru_cache(maxsize=256)
def _norm_dtype(dtype: np.dtype[Any], ord: Any, axes: int) -> np.dtype[Any]:
    """The dtype of a norm over so many axes; NumPy's own error for an order that there is not."""
    return np.linalg.norm(np.ones((1,) * axes, dtype), ord).dtype


def _norm_aval(x: Aval, *, ord: Any, axis: Axes | None, keepdims: bool) -> Aval:
    dtype = _norm_dtype(x.dtype, ord, x.ndim if axis is None else len(axis))
    shape = reduced_shape(x.shape, axis, keepdims)
    bare = not shape and not keepdims and x.place == HOST
    return make_aval(shape, dtype, "scalar" if bare else "array", x.place)


def _norm_batch(
    size: int, values: tuple[Any, ...], at: tuple[Any, ...], *, ord: Any, axis: Axes | None, keepdims: bool
) -> Any:
    x = move_axis(values[0], at[0], 0)
    aval = aval_of(x)
    if axis is not None or ord is not None:
        axis = tuple(range(aval.ndim - 1)) if axis is None else axis
        return norm_p.bind(x, ord=ord, axis=tuple(a + 1 for a in axis), keepdims=keepdims), 0
    out = norm_p.bind(reshape(x, (size, aval.size // max(size, 1))), ord=None, axis=(1,), keepdims=False)
    return reshape(out, (size,) + (1,) * (aval.ndim - 1)) if keepdims else out, 0


norm_p = Primitive(
    "norm",
    lambda xp, x, *, ord, axis, keepdims: xp.linalg.norm(x, ord, axis, keepdims),
    host=lambda x, *, ord, axis, keepdims: np.linalg.norm(x, ord, axis, keepdims),
    family=FAMILY,
)
norm_p.aval = _norm_aval
norm_p.rule = Explicit(jvp=_norm_jvp, vjp=_norm_vjp)
norm_p.batch = _norm_batch


def check_order(name: str, ord: Any) -> None:
    """UnsupportedError for an order that is traced."""
    if type(ord) is Tracer:
        raise UnsupportedError(
            f"{name}: the order must not be traced.",
            expected="a number or a name",
            got=repr(ord),
            hint="np.sum(abs(x) ** p) ** (1 / p) has a derivative by p" if name == "norm" else None,
        )


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """A norm of vectors (one axis) or matrices (two axes). At 0 its derivative is 0; ties share."""
    check_order("norm", ord)
    x = operand(x)
    ndim = aval_of(x).ndim
    if axis is not None:
        axis = normal_axes(axis if isinstance(axis, tuple) else operator.index(axis), ndim)
        if len(set(axis)) != len(axis):
            raise ValueError("Duplicate axes given.")
    if aval_of(x).dtype.kind not in "fcV":
        x = convert(x, float)
    return norm_p.bind(x, ord=ord, axis=axis, keepdims=bool(keepdims))


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of the elements along one or more axes, taken as one vector."""
    x = operand(x)
    shape = aval_of(x).shape
    if axis is None:
        result = norm(reshape(x, (aval_of(x).size,)), ord, 0)
    elif isinstance(axis, tuple):
        along = normal_axes(axis, len(shape))
        if len(set(along)) != len(along):
            raise ValueError("repeated axis in transpose")
        rest = tuple(i for i in range(len(shape)) if i not in along)
        moved = transpose(x, along + rest)
        result = norm(reshape(moved, (math.prod(shape[i] for i in along), *(shape[i] for i in rest))), ord, 0)
    else:
        result = norm(x, ord, axis)
    return reshape(result, kept_shape(shape, axis)) if keepdims else result


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of each matrix."""
    return norm(x, ord, (-2, -1), keepdims)
