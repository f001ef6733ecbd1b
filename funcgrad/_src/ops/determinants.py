"""Determinants, exact at singular matrices: ``det``, ``slogdet``.

The derivative of ``det`` is the matrix of cofactors. A cofactor is a polynomial in the elements: at a
singular matrix, where ``det(A) inv(A)`` means nothing, it comes from the singular values, without a
division. Its own derivative comes in the same way, so that first and second derivatives of ``det``
hold at every matrix; from the third on they need an inverse, and raise LinAlgError where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST
from ..core.aval import Aval, array_aval, aval_of, make_aval
from ..core.primitive import Primitive
from .contract import matmul, operand, swap
from .declare import Explicit
from .linalg import check_square, inv, lapack_dtype, stacked
from .structural import real, reshape, sum_axes
from .tables import implements
from .ufunc import align

FAMILY = "determinants"


def over(x: Any) -> Any:
    """One number for each matrix, ready to multiply the matrices: ``x[..., None, None]``."""
    return reshape(x, (*aval_of(x).shape, 1, 1))


def _pairing(x: Any, y: Any) -> Any:
    """The sum of ``x * y`` over each matrix."""
    return sum_axes(x * y, (-2, -1))


def _numbers_aval(a: Aval, dtype: Any) -> Aval:
    """The aval of one number for each matrix."""
    shape = a.shape[:-2]
    return make_aval(shape, dtype, "array" if shape or a.place != HOST else "scalar", a.place)


# --- cofactors -------------------------------------------------------------------------------------

# With A = U S V^H, and since cofactors of a product are the product of cofactors and those of a unitary
# U are det(U) conj(U):  cof(A) = det(U) det(V^H) conj(U) cof(S) conj(V^H), where cof(S) is diagonal with
# the products of the other singular values. To first order in M = U^H B V,
#   cof(S + tM)_ii = cof(S)_ii + t sum_j P_ij M_jj,    cof(S + tM)_ij = -t P_ij M_ji   (i != j),
# P_ij being the product of all singular values but the i-th and j-th, P_ii = 0: this is the expansion of
# the minors of S + tM. The second derivative of det is symmetric in its two directions, so the map of B
# is its own transpose. Source of the cofactors: Magnus and Neudecker, "Matrix Differential Calculus",
# chapter 8.


def _others(xp: Any, s: Any) -> tuple[Any, Any]:
    """For each number in a row, the product of those before it, and of those after it."""
    one = xp.ones_like(s[..., :1])
    before = xp.cumprod(xp.concatenate([one, s[..., :-1]], -1), -1)
    after = xp.cumprod(xp.concatenate([one, s[..., :0:-1]], -1), -1)[..., ::-1]
    return before, after


def _without_two(xp: Any, s: Any) -> Any:
    """P_ij: the product of all but the i-th and the j-th; 0 on the diagonal."""
    before, after = _others(xp, s)
    i = xp.arange(s.shape[-1])
    later = xp.where(i[:, None] < i, s[..., None, :], 1)
    between = xp.cumprod(xp.concatenate([xp.ones_like(later[..., :1]), later[..., :-1]], -1), -1)
    half = xp.triu(before[..., :, None] * between * after[..., None, :], 1)
    return half + xp.swapaxes(half, -1, -2)


def _svd_with_sign(xp: Any, a: Any) -> tuple[Any, Any, Any, Any]:
    u, s, vh = xp.linalg.svd(a)
    return u, s, vh, (xp.linalg.det(u) * xp.linalg.det(vh))[..., None, None]


def _cofactor(xp: Any, a: Any) -> Any:
    found = _cofactor_by_inverse(a) if xp is np else None
    if found is not None:
        return found
    u, s, vh, sign = _svd_with_sign(xp, a)
    before, after = _others(xp, s)
    return sign * xp.matmul(xp.conj(u) * (before * after)[..., None, :], xp.conj(vh))


def _cofactor_by_inverse(a: Any) -> Any:
    """The short way where it is accurate (or nothing is): None if a matrix is ill conditioned."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None if np.isfinite(a).all() else np.full(a.shape, np.nan, lapack_dtype(a.dtype))
    sizes = np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(inverse, axis=(-2, -1))
    if np.all(sizes < np.finfo(inverse.dtype).eps ** (-1 / 3)) or not np.isfinite(a).all():
        return np.linalg.det(a)[..., None, None] * inverse.swapaxes(-1, -2)
    return None


def _cofactor_tangent(xp: Any, a: Any, b: Any) -> Any:
    u, s, vh, sign = _svd_with_sign(xp, a)
    m = xp.matmul(xp.conj(xp.swapaxes(u, -1, -2)), xp.matmul(b, xp.conj(xp.swapaxes(vh, -1, -2))))
    p = _without_two(xp, s)
    diagonal = xp.sum(p * xp.diagonal(m, 0, -2, -1)[..., None, :], -1)
    change = -p * xp.swapaxes(m, -1, -2)
    i = xp.arange(s.shape[-1])
    change[..., i, i] = diagonal
    return sign * xp.matmul(xp.matmul(xp.conj(u), change), xp.conj(vh))


def _second_change(a: Any, b: Any, d: Any) -> Any:
    """The derivative of ``cofactor_tangent(a, b)`` in the direction ``d``: symmetric in ``b`` and ``d``.

    From D cof[B] = tr(X B) C - C B^T X^T with X = inv(A), C = cof(A).
    """
    x, c = inv(a), cofactor(a)
    dx, dc = -matmul(matmul(x, d), x), cofactor_tangent(a, d)
    moved = matmul(c, matmul(swap(b), swap(dx))) + matmul(dc, matmul(swap(b), swap(x)))
    return over(_pairing(swap(dx), b)) * c + over(_pairing(swap(x), b)) * dc - moved


def _cofactor_tangent_jvp(tangents: Sequence[Any], out: Any, a: Any, b: Any) -> Any:
    da, db = tangents
    if da is None:
        return cofactor_tangent(a, db)
    moved = _second_change(a, b, da)
    return moved if db is None else moved + cofactor_tangent(a, db)


def _of_square(a: Aval, *others: Aval) -> Aval:
    check_square(np.linalg.det, a)
    shape = np.broadcast_shapes(a.shape, *(b.shape for b in others))
    return array_aval(a, shape, lapack_dtype(a.dtype, *(b.dtype for b in others)))


cofactor_p = Primitive("cofactor", _cofactor, family=FAMILY)
cofactor_p.aval = _of_square
cofactor_p.rule = Explicit(
    jvp=lambda tangents, out, a: cofactor_tangent(a, tangents[0]),
    vjp=lambda g, out, a: [cofactor_tangent(a, g)],
)
cofactor_p.batch = stacked(cofactor_p)


def cofactor(a: Any) -> Any:
    """The cofactors of each matrix: the derivative of its determinant."""
    return cofactor_p.bind(a)


cofactor_tangent_p = Primitive("cofactor_tangent", _cofactor_tangent, family=FAMILY)
cofactor_tangent_p.aval = _of_square
cofactor_tangent_p.rule = Explicit(
    jvp=_cofactor_tangent_jvp, vjp=lambda g, out, a, b: [_second_change(a, b, g), cofactor_tangent(a, g)]
)


def _tangent_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    return cofactor_tangent(*align(size, values, axes)), 0


cofactor_tangent_p.batch = _tangent_batch


def cofactor_tangent(a: Any, b: Any) -> Any:
    """The change of the cofactors of ``a`` in the direction ``b``."""
    return cofactor_tangent_p.bind(a, b)


# --- det -------------------------------------------------------------------------------------------


def _det_aval(a: Aval) -> Aval:
    check_square(np.linalg.det, a)
    return _numbers_aval(a, lapack_dtype(a.dtype))


det_p = Primitive("det", lambda xp, a: xp.linalg.det(a), host=np.linalg.det, family=FAMILY)
det_p.aval = _det_aval
det_p.rule = Explicit(
    jvp=lambda tangents, out, a: _pairing(cofactor(a), tangents[0]),
    vjp=lambda g, out, a: [over(g) * cofactor(a)],
)
det_p.batch = stacked(det_p)


@implements(np.linalg.det)
def det(a: Any) -> Any:
    """The determinant of each matrix; its first two derivatives are exact at singular matrices too."""
    return det_p.bind(operand(a))


# --- slogdet ---------------------------------------------------------------------------------------

# With w = tr(A^-1 dA): d log|det A| = Re w, d sign = i sign Im w. The sign of a real determinant is
# constant. Cotangents: g_l A^-T, and i Im(g_s sign) A^-T, since Re(g_s i sign Im w) = -Im(g_s sign) Im w.


SlogdetResult: Any = type(np.linalg.slogdet(np.ones((1, 1))))


def _slogdet_aval(a: Aval) -> tuple[Aval, Aval]:
    check_square(np.linalg.slogdet, a)
    dtype = lapack_dtype(a.dtype)
    return _numbers_aval(a, dtype), _numbers_aval(a, np.finfo(dtype).dtype)


def _imaginary(x: Any) -> Any:
    return real(-1j * x)


def _slogdet_jvp(tangents: Sequence[Any], out: Any, a: Any) -> tuple[Any, Any]:
    w = _pairing(swap(inv(a)), tangents[0])
    if aval_of(w).dtype.kind != "c":
        return None, w
    return out[0] * (1j * _imaginary(w)), real(w)


def _slogdet_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    factor = g[1]
    if aval_of(out[0]).dtype.kind == "c":
        factor = factor + 1j * _imaginary(g[0] * out[0])
    return [over(factor) * swap(inv(a))]


slogdet_p = Primitive(
    "slogdet",
    lambda xp, a: tuple(xp.linalg.slogdet(a)),
    host=lambda a: tuple(np.linalg.slogdet(a)),
    multiple=True,
    family=FAMILY,
)
slogdet_p.aval = _slogdet_aval
slogdet_p.rule = Explicit(jvp=_slogdet_jvp, vjp=_slogdet_vjp)
slogdet_p.batch = stacked(slogdet_p)


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Sign and logarithm of the modulus of the determinant: ``(sign, logabsdet)``."""
    return SlogdetResult(*slogdet_p.bind(operand(a)))
