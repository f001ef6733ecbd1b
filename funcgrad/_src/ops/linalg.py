"""Equations with matrices: ``solve``, ``inv``, ``cholesky``, ``matrix_power``, ``multi_dot``.

Every function works on stacks of matrices, as NumPy's do, and its ``LinAlgError`` passes through.
Determinants, norms and decompositions have files of their own. Transposes are plain: conjugation
enters only where the function itself conjugates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import index
from typing import Any

import numpy as np

from ..core.aval import Aval, abstract_place, array_aval, aval_of, make_aval
from ..core.primitive import Primitive
from .blocked import cholesky_change as blocked_change
from .contract import (
    column,
    conj,
    dot,
    fronts,
    matmul,
    operand,
    ranks,
    ravel,
    refuse,
    row,
    swap,
    to_front,
    uncolumn,
)
from .declare import Explicit
from .diagonals import diagonal, embed_diagonal, trace, tril
from .shape import copy, matrix_transpose
from .structural import broadcast_to, full_p, move_axis, reshape
from .tables import implements
from .ufunc import align, write_out

FAMILY = "linalg"


# --- what every function of matrices needs ---------------------------------------------------------


@lru_cache(maxsize=256)
def lapack_dtype(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which NumPy computes on matrices of these dtypes; its TypeError for float16."""
    a, b = dtypes[0], dtypes[-1]
    return np.linalg.solve(np.ones((1, 1), a), np.ones((1, 1), b)).dtype


def check_square(function: Callable[..., Any], a: Aval) -> None:
    """NumPy's own LinAlgError unless ``a`` is a stack of square matrices."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        refuse(function, a)


def stacked(primitive: Primitive) -> Callable[..., Any]:
    """The batching rule of a function of one stack of matrices."""

    def batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], **params: Any) -> Any:
        out = primitive.bind(move_axis(values[0], axes[0], 0), **params)
        return (out, (0,) * len(out)) if primitive.multiple else (out, 0)

    return batch


def adjoint(x: Any) -> Any:
    """The conjugate transpose of each matrix."""
    return conj(swap(x))


def hermitian(x: Any) -> Any:
    """The Hermitian part of each matrix."""
    return 0.5 * (x + adjoint(x))


def matrices_aval(function: Callable[..., Any]) -> Callable[..., Any]:
    """The aval rule of a function from square matrices to matrices of the same shape."""

    def aval(a: Aval, **params: Any) -> Aval:
        check_square(function, a)
        return array_aval(a, a.shape, lapack_dtype(a.dtype))

    return aval


# --- solve -----------------------------------------------------------------------------------------

# x = A^-1 b: dx = A^-1 (db - dA x), hence b' = A^-T g and A' = -b' x^T. Source: Giles, "An extended
# collection of matrix derivative results for forward and reverse mode AD", 2008, section 2.3.1.


def _solve(xp: Any, a: Any, b: Any) -> Any:
    return xp.linalg.solve(a, b[:, None])[..., 0] if b.ndim == 1 else xp.linalg.solve(a, b)


def _solve_aval(a: Aval, b: Aval) -> Aval:
    check_square(np.linalg.inv, a)
    vector = b.ndim == 1
    if not b.ndim or a.shape[-1] != b.shape[0 if vector else -2]:
        refuse(np.linalg.solve, a, b)
    shape = a.shape[:-1] if vector else np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + b.shape[-2:]
    return make_aval(shape, lapack_dtype(a.dtype, b.dtype), "array", abstract_place((a, b)))


def _solve_stack(a: Any, b: Any, vectors: bool) -> Any:
    """``solve`` where ``b`` is a stack of vectors, or of matrices."""
    return uncolumn(solve_p.bind(a, column(b))) if vectors and aval_of(b).ndim > 1 else solve_p.bind(a, b)


def _solve_jvp(tangents: Sequence[Any], out: Any, a: Any, b: Any) -> Any:
    da, db = tangents
    vectors = aval_of(b).ndim == 1
    if da is not None:
        moved = uncolumn(matmul(da, column(out))) if vectors else matmul(da, out)
        db = -moved if db is None else db - moved
    return _solve_stack(a, db, vectors)


def _solve_vjp(g: Any, out: Any, a: Any, b: Any) -> list[Any]:
    vectors = b.ndim == 1
    w = _solve_stack(swap(a), g, vectors)
    return [-(column(w) * row(out)) if vectors else -matmul(w, swap(out)), w]


def _solve_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    (na, nb), (a, b) = ranks(values, axes), to_front(values, axes)
    if axes[0] is None and na == 2 and nb <= 2:  # one matrix: all right-hand sides are its columns
        b = move_axis(b, 0, 1)
        shape = aval_of(b).shape
        return reshape(solve_p.bind(a, reshape(b, (shape[0], math.prod(shape[1:])))), shape), 1
    if nb == 1 and axes[1] is None:
        return solve_p.bind(a, b), 0
    if nb > 1:
        return solve_p.bind(*align(size, (a, b), fronts(axes))), 0
    return uncolumn(solve_p.bind(*align(size, (a, column(b)), fronts(axes)))), 0


solve_p = Primitive("solve", _solve, host=np.linalg.solve, family=FAMILY)
solve_p.aval = _solve_aval
solve_p.rule = Explicit(jvp=_solve_jvp, vjp=_solve_vjp)
solve_p.batch = _solve_batch


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """The solution ``x`` of ``a @ x = b``; ``b`` is a vector only if it has one axis."""
    return solve_p.bind(operand(a), operand(b))


# --- inv -------------------------------------------------------------------------------------------


def _inv_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    back = swap(out)
    return [-matmul(matmul(back, g), back)]


inv_p = Primitive("inv", lambda xp, a: xp.linalg.inv(a), host=np.linalg.inv, family=FAMILY)
inv_p.aval = matrices_aval(np.linalg.inv)
inv_p.rule = Explicit(jvp=lambda tangents, out, a: -matmul(matmul(out, tangents[0]), out), vjp=_inv_vjp)
inv_p.batch = stacked(inv_p)


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    """The inverse of each matrix."""
    return inv_p.bind(operand(a))


# --- cholesky --------------------------------------------------------------------------------------

# A = L L^H. With M = L^-1 dA L^-H, which is Hermitian, dL = L half(M), where half keeps the lower
# triangle and halves the diagonal. In reverse, for h = conj(g): S = L^-H half(L^H h) L^-1, and the
# cotangent of A is the conjugate of the Hermitian part of S. Source: Murray, "Differentiation of the
# Cholesky decomposition", 2016, equations (8) and (10), after Smith 1995; Giles 2008, section 2.3.2.
# Convention: NumPy reads one triangle; the derivative is that for symmetric changes of A, shared
# equally by both triangles.


def _half(x: Any) -> Any:
    return 0.5 * (tril(x) + tril(x, -1))


def _cholesky(xp: Any, a: Any, *, upper: bool) -> Any:
    if not upper:
        return xp.linalg.cholesky(a)
    return xp.conj(xp.swapaxes(xp.linalg.cholesky(xp.conj(xp.swapaxes(a, -1, -2))), -1, -2))


def _cholesky_jvp(tangents: Sequence[Any], out: Any, a: Any, *, upper: bool) -> Any:
    low = adjoint(out) if upper else out
    half = solve(low, hermitian(tangents[0]))
    dlow = matmul(low, _half(adjoint(solve(low, adjoint(half)))))
    return adjoint(dlow) if upper else dlow


def _cholesky_vjp(g: Any, out: Any, a: Any, *, upper: bool) -> list[Any]:
    low, h = (adjoint(out), swap(g)) if upper else (out, conj(g))
    return [conj(cholesky_change(low, h))]


cholesky_p = Primitive(
    "cholesky", _cholesky, host=lambda a, *, upper: np.linalg.cholesky(a, upper=upper), family=FAMILY
)
cholesky_p.aval = matrices_aval(np.linalg.cholesky)
cholesky_p.rule = Explicit(jvp=_cholesky_jvp, vjp=_cholesky_vjp)
cholesky_p.batch = stacked(cholesky_p)


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """The Cholesky factor; its derivative is that for symmetric changes of ``a``."""
    return cholesky_p.bind(operand(a), upper=bool(upper))


# --- cholesky_change: the cotangent of what cholesky is applied to ---------------------------------

# R = herm(L^-H half(L^H h) L^-1), herm the Hermitian part. From dL^-1 = -L^-1 dL L^-1 and
# L^-H (half(L^H h) + half(L^H h)^H) = 2 R L:
#   dR = herm(L^-H half(L^H dh + dL^H h) L^-1) - 2 herm(R dL L^-1).
# In reverse, for H = herm(conj(g)), V = H L^-H and W = half(L^-1 V): the conjugate cotangents are L W of h,
# and h W^H - 2 R V of L, of which the lower triangle counts. (half is its own transpose.)


def _change_jvp(tangents: Sequence[Any], out: Any, low: Any, h: Any) -> Any:
    dlow, dh = tangents
    total = None if dh is None else cholesky_change(low, dh)
    if dlow is not None:
        back = adjoint(low)
        inner = solve(back, _half(matmul(adjoint(dlow), h)) - matmul(back, matmul(out, 2.0 * dlow)))
        moved = hermitian(adjoint(solve(back, adjoint(inner))))
        total = moved if total is None else total + moved
    return total


def _change_vjp(g: Any, out: Any, low: Any, h: Any) -> list[Any]:
    v = adjoint(solve(low, hermitian(conj(g))))
    w = _half(solve(low, v))
    by_low = matmul(tril(h), adjoint(w)) - 2.0 * matmul(out, v)
    return [conj(tril(by_low)), conj(matmul(low, w))]


def _change_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    both = [
        broadcast_to(x, (size, *aval_of(x).shape)) if axis is None else x
        for x, axis in zip(to_front(values, axes), axes, strict=True)
    ]
    return cholesky_change(*both), 0


cholesky_change_p = Primitive("cholesky_change", blocked_change, family=FAMILY)
cholesky_change_p.aval = lambda low, h: array_aval(low, low.shape, lapack_dtype(low.dtype, h.dtype))
cholesky_change_p.rule = Explicit(jvp=_change_jvp, vjp=_change_vjp)
cholesky_change_p.batch = _change_batch


def cholesky_change(low: Any, h: Any) -> Any:
    """``R`` of the lower triangles ``low`` and ``h``: see above."""
    return cholesky_change_p.bind(low, h)


# --- matrix_power, multi_dot -----------------------------------------------------------------------


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    """Each matrix to the integer power ``n``, by NumPy's own sequence of products."""
    a = operand(a)
    aval = aval_of(a)
    check_square(np.linalg.inv, aval)
    n = index(n)
    if n == 0:
        return _identity(aval)
    if n < 0:
        a, n = inv(a), -n
    return _small_power(a, n) if n <= 3 else _large_power(a, n)


def _small_power(a: Any, n: int) -> Any:
    return a if n == 1 else matmul(a, a) if n == 2 else matmul(matmul(a, a), a)


def _large_power(a: Any, n: int) -> Any:
    """The product of the repeated squares that stand for the 1 bits of ``n``."""
    square, result = a, a if n & 1 else None
    while n := n >> 1:
        square = matmul(square, square)
        if n & 1:
            result = square if result is None else matmul(result, square)
    return result


def _identity(aval: Aval) -> Any:
    one = full_p.bind(shape=aval.shape[-1:], value=1, dtype=aval.dtype, place=aval.place)
    return copy(broadcast_to(embed_diagonal(one, aval.shape[-2:]), aval.shape))


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    """The product of two or more matrices (the outer ones may be vectors), in the cheapest order."""
    xs = [operand(x) for x in arrays]
    if len(xs) < 2:
        raise ValueError("Expecting at least two arrays.")
    if len(xs) == 2:
        return dot(xs[0], xs[1], out)
    first, last = aval_of(xs[0]).ndim == 1, aval_of(xs[-1]).ndim == 1
    xs[0] = row(xs[0]) if first else xs[0]
    xs[-1] = swap(row(xs[-1])) if last else xs[-1]
    shapes = [aval_of(x).shape for x in xs]
    if any(len(shape) != 2 for shape in shapes):
        raise np.linalg.LinAlgError("multi_dot: the factors must be matrices, the outer ones may be vectors")
    split = _cheapest((*(shape[0] for shape in shapes), shapes[-1][1]))
    result = _multiply(xs, split, 0, len(xs) - 1)
    if first and last:
        result = result[0, 0]
    elif first or last:
        result = ravel(result)
    return result if out is None else write_out(out, result, "multi_dot(out=...)")


@lru_cache(maxsize=256)
def _cheapest(lengths: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """After which factor to split each run of factors; on a tie, NumPy's choice.

    The textbook's dynamic programme over runs of growing length: Cormen et al., "Introduction to
    Algorithms", chapter 15.2. Of three factors NumPy prefers the later product first on a tie.
    """
    count = len(lengths) - 1
    cost = {(i, i): 0 for i in range(count)}
    split: dict[tuple[int, int], int] = {}
    for span in range(1, count):
        for i in range(count - span):
            j = i + span
            costs = [
                cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1]
                for k in range(i, j)
            ]
            cost[i, j] = min(costs)
            split[i, j] = i + costs.index(cost[i, j])
    return split


def _multiply(xs: Sequence[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return xs[i]
    k = split[i, j]
    return dot(_multiply(xs, split, i, k), _multiply(xs, split, k + 1, j))


# --- the array API's names -------------------------------------------------------------------------


@implements(np.linalg.diagonal)
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of each matrix: a read-only view."""
    return diagonal(x, offset, -2, -1)


@implements(np.linalg.trace)
def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of the diagonal of each matrix."""
    return trace(x, offset, -2, -1, dtype)


@implements(np.linalg.matrix_transpose)
def linalg_matrix_transpose(x: Any, /) -> Any:
    """Each matrix transposed: a view."""
    return matrix_transpose(x)
