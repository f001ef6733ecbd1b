"""Cofactors and their derivatives of every order, at every matrix: what determinants need.

The derivative of ``det`` is the matrix of cofactors. A cofactor is a polynomial in the elements: at a
singular matrix, where ``det(A) inv(A)`` means nothing, it comes from the singular values, without a
division. The k-th derivative of the cofactors, ``cofactor_change(a, b1, …, bk)``, is symmetric and linear in
its directions, a polynomial in ``a`` again, and its derivative by ``a`` is the change of one order more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval
from ..core.primitive import Primitive
from .declare import Explicit
from .linalg import check_square, lapack_dtype, stacked
from .ufunc import align

FAMILY = "cofactors"
_MOST_DIRECTIONS = 16


# --- the cofactors and their first change ----------------------------------------------------------

# With A = U S V^H, and since cofactors of a product are the product of cofactors and those of a unitary
# U are det(U) conj(U):  cof(A) = det(U) det(V^H) conj(U) cof(S) conj(V^H), where cof(S) is diagonal with
# the products of the other singular values. To first order in M = U^H B V,
#   cof(S + tM)_ii = cof(S)_ii + t sum_j P_ij M_jj,    cof(S + tM)_ij = -t P_ij M_ji   (i != j),
# P_ij being the product of all singular values but the i-th and j-th, P_ii = 0: this is the expansion of
# the minors of S + tM. Source of the cofactors: Magnus and Neudecker, "Matrix Differential Calculus",
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


def cofactors_of(xp: Any, a: Any) -> Any:
    """The cofactors of plain matrices."""
    found = _by_inverse(a) if xp is np else None
    if found is not None:
        return found
    u, s, vh, sign = _svd_with_sign(xp, a)
    before, after = _others(xp, s)
    return sign * xp.matmul(xp.conj(u) * (before * after)[..., None, :], xp.conj(vh))


def _by_inverse(a: Any) -> Any:
    """The short way where it is accurate (or nothing is): None if a matrix is ill conditioned."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None if np.isfinite(a).all() else np.full(a.shape, np.nan, lapack_dtype(a.dtype))
    sizes = np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(inverse, axis=(-2, -1))
    if np.all(sizes < np.finfo(inverse.dtype).eps ** (-1 / 3)) or not np.isfinite(a).all():
        return np.linalg.det(a)[..., None, None] * inverse.swapaxes(-1, -2)
    return None


def _inner(xp: Any, u: Any, vh: Any, b: Any) -> Any:
    """``U^H B V``."""
    return xp.matmul(xp.conj(xp.swapaxes(u, -1, -2)), xp.matmul(b, xp.conj(xp.swapaxes(vh, -1, -2))))


def _first_change(xp: Any, s: Any, m: Any) -> Any:
    p = _without_two(xp, s)
    diagonal = xp.sum(p * xp.diagonal(m, 0, -2, -1)[..., None, :], -1)
    change = -p * xp.swapaxes(m, -1, -2)
    i = xp.arange(s.shape[-1])
    change[..., i, i] = diagonal
    return change


# --- changes of higher order -----------------------------------------------------------------------

# Where X = inv(A) exists, with N_i = B_i X,
#   D^k det(A)[B_1 … B_k] = det(A) sum over permutations of sign * product over cycles of tr(N_i N_j …);
# leaving one direction of D^(k+1) open turns the trace of its cycle into the matrix (X N_i N_j …)^T.
# Source: Bhatia and Jain, "Derivatives of the determinant", 2009; it is Faddeev's expansion, polarised.
#
# Where X does not exist: each element is a polynomial p of degree n - 1 - k in A, hence in z for
# S + z. So p(0) is the mean of p over N = n - k points equally spaced on any circle around 0, without an
# error (the mean of z^m is 0 for 0 < m < N). On a circle of 3/2 the largest singular value all matrices
# S + z have a condition below 5. The mean loses up to a factor (5/2)^(n-1-k) of precision, the formula
# at A itself a factor of condition^k: the smaller loss is taken.


def _chains(xp: Any, head: Any, factors: Sequence[Any], left: tuple[int, ...]) -> Iterator[Any]:
    """Every product of ``head`` with some factors in some order: its sign, itself, the factors left."""
    yield 1, head, left
    for i in left:
        rest = tuple(j for j in left if j != i)
        for sign, product, unused in _chains(xp, xp.matmul(head, factors[i]), factors, rest):
            yield -sign, product, unused


def _cycles(xp: Any, factors: Sequence[Any], left: tuple[int, ...]) -> Any:
    """The sum over permutations of ``left``."""
    if not left:
        return 1
    total: Any = 0
    for sign, product, rest in _chains(xp, factors[left[0]], factors, left[1:]):
        trace = xp.trace(product, 0, -2, -1)[..., None, None]
        total = total + sign * trace * _cycles(xp, factors, rest)
    return total


def _higher_change(xp: Any, s: Any, ms: Sequence[Any]) -> Any:
    """The change of the cofactors of diag(s)."""
    n, k = s.shape[-1], len(ms)
    radius, points = _circle(xp, s, n, k)
    points = points.reshape(-1, *(1,) * (max(m.ndim for m in ms) - 1))
    shifted = s + radius * points  # with an axis of points in front
    inverse = 1 / shifted
    factors = [m * inverse[..., None, :] for m in ms]
    head = inverse[..., :, None] * xp.eye(n, dtype=shifted.dtype)
    total: Any = 0
    for sign, product, rest in _chains(xp, head, factors, tuple(range(k))):
        total = total + sign * _cycles(xp, factors, rest) * product
    total = xp.prod(shifted, -1)[..., None, None] * total
    return xp.swapaxes(xp.mean(total, 0), -1, -2)


def _circle(xp: Any, s: Any, n: int, k: int) -> tuple[Any, Any]:
    """Radius (0 where the formula itself is accurate) and points."""
    largest, least = s[..., :1], s[..., -1:]
    good = largest**k <= 2.5 ** (n - 1 - k) * least**k
    good = good & (least > 0)
    if xp is np and bool(np.all(good)):
        return s.dtype.type(0), np.ones(1, s.dtype)
    radius = xp.where(good, 0.0, xp.where(largest > 0, 1.5 * largest, 1.0)).astype(s.dtype)
    angles = (2 * np.pi / (n - k)) * xp.arange(n - k)
    return radius, xp.exp(1j * angles).astype(np.result_type(s.dtype, np.complex64))


def _change(xp: Any, a: Any, *directions: Any) -> Any:
    n, dtype = a.shape[-1], _dtype_of(a, *directions)
    if len(directions) >= n:
        return xp.zeros(np.broadcast_shapes(a.shape, *(b.shape for b in directions)), dtype)
    u, s, vh, sign = _svd_with_sign(xp, a)
    ms = [_inner(xp, u, vh, b) for b in directions]
    core = _first_change(xp, s, ms[0]) if len(ms) == 1 else _higher_change(xp, s, ms)
    if dtype.kind != "c":
        core = core.real
    return (sign * xp.matmul(xp.matmul(xp.conj(u), core), xp.conj(vh))).astype(dtype, copy=False)


# --- the primitives --------------------------------------------------------------------------------

# D^(k+1) det is symmetric in its directions: the transpose of the change, as a map of one direction, is
# the change with the cotangent in its place; by the matrix, the change of one order more.


def _dtype_of(*values: Any) -> Any:
    return reduce(lapack_dtype, [lapack_dtype(v.dtype) for v in values])


def _change_aval(a: Aval, *directions: Aval) -> Aval:
    check_square(np.linalg.det, a)
    shape = np.broadcast_shapes(a.shape, *(b.shape for b in directions))
    return array_aval(a, shape, _dtype_of(a, *directions))


def _change_jvp(tangents: Sequence[Any], out: Any, a: Any, *directions: Any) -> Any:
    total = None
    for i, t in enumerate(tangents):
        if t is not None:
            given = (*directions, t) if i == 0 else (*directions[: i - 1], t, *directions[i:])
            share = cofactor_change(a, *given)
            total = share if total is None else total + share
    return total


def _change_vjp(g: Any, out: Any, a: Any, *directions: Any) -> list[Any]:
    by_direction = [
        cofactor_change(a, *directions[:i], g, *directions[i + 1 :]) for i in range(len(directions))
    ]
    return [cofactor_change(a, *directions, g), *by_direction]


def _change_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    return cofactor_change(*align(size, values, axes)), 0


cofactor_p = Primitive("cofactor", cofactors_of, family=FAMILY)
cofactor_p.aval = _change_aval
cofactor_p.rule = Explicit(
    jvp=lambda tangents, out, a: cofactor_change(a, tangents[0]),
    vjp=lambda g, out, a: [cofactor_change(a, g)],
)
cofactor_p.batch = stacked(cofactor_p)

cofactor_change_p = Primitive("cofactor_change", _change, family=FAMILY)
cofactor_change_p.aval = _change_aval
cofactor_change_p.rule = Explicit(jvp=_change_jvp, vjp=_change_vjp, keep=range(_MOST_DIRECTIONS))
cofactor_change_p.batch = _change_batch


def cofactor(a: Any) -> Any:
    """The cofactors of each matrix: the derivative of its determinant."""
    return cofactor_p.bind(a)


def cofactor_change(a: Any, *directions: Any) -> Any:
    """The derivative of the cofactors of ``a`` in one or more directions."""
    return cofactor_change_p.bind(a, *directions)
