"""The LU decomposition with row exchanges: ``lu``, ``lu_factor``, ``lu_solve``.

The exchanges are chosen by the numbers and taken to be constant: where two candidates for a pivot are of
equal size, the factors jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import array_aval, aval_of
from ..core.primitive import Primitive
from .contract import column, conj, matmul, operand, swap, uncolumn
from .declare import NONDIFF, Explicit
from .diagonals import tril, triu
from .join import concatenate
from .linalg import stacked
from .scipy_linalg import Shape, as_matrix, columns_batch, linalg_op, matrix_op, scipy_linalg, solution
from .sorting import argsort
from .structural import convert, reshape
from .taking import take_along_axis
from .triangular import columns_of, solve_triangular_p, through

FAMILY = "lu"


# --- the factors -----------------------------------------------------------------------------------

# X = L U holds the exchanged rows of A. With k the smaller length, X11 = L1 U1 the leading square block and
# F = L1^-1 dX11 U1^-1: dL1 = L1 stril(F), dU1 = triu(F) U1. Below, of a tall matrix: L2 = X2 U1^-1 and
# dL2 = (dX2 - L2 dU1) U1^-1; beside, of a wide one: dU2 = L1^-1 (dX2 - dL1 U2). In reverse: H2 = G_L2 U1^-T,
# of which G_U1 gains -L2^T H2; or H2 = L1^-T G_U2, of which G_L1 gains -H2 U2^T; then
# F' = stril(L1^T G_L1) + triu(G_U1 U1^T) and H11 = L1^-T F' U1^-T. Holomorphic, so nothing is conjugated.
# Source: de Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using triangular
# factorization", 2011, section 3, for the square case.


def _tri_solve(t: Any, b: Any, trans: int, lower: bool) -> Any:
    return solve_triangular_p.bind(t, b, trans=trans, lower=lower, unit=lower, check=False)


def _under(u: Any, x: Any) -> Any:
    """``x @ inv(u)``."""
    return swap(_tri_solve(u, swap(x), 1, False))


def _over(u: Any, x: Any) -> Any:
    """``x @ inv(u).T``."""
    return swap(_tri_solve(u, swap(x), 0, False))


def factor_tangents(dx: Any, low: Any, up: Any) -> tuple[Any, Any]:
    """The changes of the factors of ``x = low @ up``."""
    k = aval_of(low).shape[-1]
    l1, u1 = low[..., :k, :], up[..., :k]
    f = _under(u1, _tri_solve(l1, dx[..., :k, :k], 0, True))
    dl, du = matmul(l1, tril(f, -1)), matmul(triu(f), u1)
    if aval_of(dx).shape[-2] > k:
        rest = _under(u1, dx[..., k:, :] - matmul(low[..., k:, :], du))
        return concatenate([dl, rest], axis=-2), du
    if aval_of(dx).shape[-1] > k:
        rest = _tri_solve(l1, dx[..., k:] - matmul(dl, up[..., k:]), 0, True)
        return dl, concatenate([du, rest], axis=-1)
    return dl, du


def factor_cotangent(gl: Any, gu: Any, low: Any, up: Any) -> Any:
    """The cotangent of ``x = low @ up`` from those of its factors."""
    k, (rows, columns) = aval_of(low).shape[-1], (aval_of(low).shape[-2], aval_of(up).shape[-1])
    l1, u1, gl1, gu1, rest = low[..., :k, :], up[..., :k], gl[..., :k, :], gu[..., :k], None
    if rows > k:
        rest = _over(u1, gl[..., k:, :])
        gu1 = gu1 - matmul(swap(low[..., k:, :]), rest)
    elif columns > k:
        rest = _tri_solve(l1, gu[..., k:], 1, True)
        gl1 = gl1 - matmul(rest, swap(up[..., k:]))
    f = tril(matmul(swap(l1), gl1), -1) + triu(matmul(gu1, swap(u1)))
    first = _over(u1, _tri_solve(l1, f, 1, True))
    return first if rest is None else concatenate([first, rest], axis=-2 if rows > k else -1)


def _rows(x: Any, order: Any) -> Any:
    """The rows of each matrix in an order."""
    return take_along_axis(x, column(order), axis=-2)


# --- lu --------------------------------------------------------------------------------------------


def _lu(a: Any, *, check: bool) -> Any:
    order, low, up = scipy_linalg.lu(a, p_indices=True, check_finite=check)
    return order.astype(np.intp), low, up


def _lu_shapes(a: Shape, *, check: bool) -> tuple[Shape, ...]:
    k = min(a)
    return (a[0],), (a[0], k), (k, a[1])


def _lu_jvp(tangents: Sequence[Any], out: Any, a: Any, *, check: bool) -> tuple[Any, Any, Any]:
    order, low, up = out
    return (None, *factor_tangents(_rows(tangents[0], argsort(order)), low, up))


def _lu_vjp(g: Any, out: Any, a: Any, *, check: bool) -> list[Any]:
    order, low, up = out
    return [_rows(factor_cotangent(tril(g[1], -1), triu(g[2]), low, up), order)]


lu_p = matrix_op("lu", _lu, (2,), _lu_shapes, multiple=True)
lu_p.rule = Explicit(jvp=_lu_jvp, vjp=_lu_vjp)


@linalg_op("lu")
def lu(
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> Any:
    """The factors ``p @ l @ u``, or ``p @ l`` and ``u``; ``p`` is constant, as a matrix or as row numbers."""
    order, low, up = lu_p.bind(operand(a), check=bool(check_finite))
    if permute_l:
        return _rows(low, order), up
    rows, columns = aval_of(low).shape[-2], aval_of(up).shape[-1]
    own = scipy_linalg.lu(np.eye(rows, columns, dtype=aval_of(up).dtype), p_indices=p_indices)[0].dtype
    return convert(order if p_indices else column(order) == np.arange(rows), own), low, up


# --- lu_factor, lu_solve ---------------------------------------------------------------------------


def _order(xp: Any, pivots: Any, *, rows: int) -> Any:
    """Which row of A stands where in L U, from LAPACK's exchanges, which are made one after the other."""
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for i in range(pivots.shape[-1]):
        other = pivots[..., i, None].astype(np.intp)
        here, there = order[..., i, None].copy(), np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, here, -1)
        order[..., i, None] = there
    return order


lu_order_p = Primitive("lu_order", _order, family=FAMILY)
lu_order_p.aval = lambda pivots, *, rows: array_aval(pivots, (*pivots.shape[:-1], rows), np.intp)
lu_order_p.rule = NONDIFF
lu_order_p.batch = stacked(lu_order_p)


def _lu_factor(a: Any, *, check: bool) -> Any:
    return scipy_linalg.lu_factor(a, check_finite=check)


def _split(packed: Any) -> tuple[Any, Any]:
    """``L`` and ``U`` from the matrix that holds both."""
    rows, columns = aval_of(packed).shape[-2:]
    k = min(rows, columns)
    return tril(packed[..., :k], -1) + np.eye(rows, k, dtype=aval_of(packed).dtype), triu(packed[..., :k, :])


def _pack(low: Any, up: Any) -> Any:
    """The strict lower triangle of one and the upper triangle of the other, in one matrix."""
    rows, columns, k = aval_of(low).shape[-2], aval_of(up).shape[-1], aval_of(low).shape[-1]
    low, up = tril(low, -1), triu(up)
    if columns > k:
        low = concatenate([low, up[..., k:] * 0], axis=-1)
    if rows > k:
        up = concatenate([up, low[..., k:, :] * 0], axis=-2)
    return low + up


def _lu_factor_jvp(tangents: Sequence[Any], out: Any, a: Any, *, check: bool) -> tuple[Any, Any]:
    packed, pivots = out
    order = lu_order_p.bind(pivots, rows=aval_of(packed).shape[-2])
    return _pack(*factor_tangents(_rows(tangents[0], order), *_split(packed))), None


def _lu_factor_vjp(g: Any, out: Any, a: Any, *, check: bool) -> list[Any]:
    packed, pivots = out
    order = lu_order_p.bind(pivots, rows=aval_of(packed).shape[-2])
    k = min(aval_of(packed).shape[-2:])
    found = factor_cotangent(tril(g[0][..., :k], -1), triu(g[0][..., :k, :]), *_split(packed))
    return [_rows(found, argsort(order))]


def _lu_factor_shapes(a: Shape, *, check: bool) -> tuple[Shape, ...]:
    return a, (min(a),)


lu_factor_p = matrix_op("lu_factor", _lu_factor, (2,), _lu_factor_shapes, multiple=True)
lu_factor_p.rule = Explicit(jvp=_lu_factor_jvp, vjp=_lu_factor_vjp)


@linalg_op("lu_factor")
def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """``L`` and ``U`` in one matrix, and the row exchanges, for ``lu_solve``."""
    packed, pivots = lu_factor_p.bind(as_matrix(a), check=bool(check_finite))
    return (packed if aval_of(operand(a)).shape else reshape(packed, ())), pivots


# op(A) X = B, A the rows of L U in their order. W = op(A)^-T G is B's cotangent, -W X^T that of op(A), hence
# H of A's, of whose exchanged rows L has the strict lower triangle of H U^T, U the upper one of L^T H.


def _lu_solve(packed: Any, pivots: Any, b: Any, *, trans: int, check: bool) -> Any:
    return scipy_linalg.lu_solve((packed, pivots), b, trans, check_finite=check)


def _lu_solve_jvp(
    tangents: Sequence[Any], out: Any, packed: Any, pivots: Any, b: Any, *, trans: int, check: bool
) -> Any:
    dp, _, db = tangents
    if dp is not None:
        low, up = _split(packed)
        order = lu_order_p.bind(pivots, rows=aval_of(packed).shape[-2])
        dx = matmul(tril(dp, -1), up) + matmul(low, triu(dp))
        moved = matmul(through(trans, _rows(dx, argsort(order))), out)
        db = -moved if db is None else db - moved
    return lu_solve_p.bind(packed, pivots, db, trans=trans, check=False)


def _lu_solve_vjp(
    g: Any, out: Any, packed: Any, pivots: Any, b: Any, *, trans: int, check: bool
) -> list[Any]:
    if trans == 2:
        w = conj(lu_solve_p.bind(packed, pivots, conj(g), trans=0, check=False))
    else:
        w = lu_solve_p.bind(packed, pivots, g, trans=1 - trans, check=False)
    order = lu_order_p.bind(pivots, rows=aval_of(packed).shape[-2])
    h = _rows(through(trans, matmul(w, swap(out))), order)
    low, up = _split(packed)
    return [-(tril(matmul(h, swap(up)), -1) + triu(matmul(swap(low), h))), None, w]


def _lu_solve_shapes(packed: Shape, pivots: Shape, b: Shape, **params: Any) -> tuple[Shape, ...]:
    return solution(packed, b)


lu_solve_p = matrix_op(
    "lu_solve",
    _lu_solve,
    (2, 1, 2),
    _lu_solve_shapes,
    sample=lambda **params: [np.eye(2), np.arange(2), np.eye(2)],
)
lu_solve_p.rule = Explicit(jvp=_lu_solve_jvp, vjp=_lu_solve_vjp, operands=(0, 2))
lu_solve_p.batch = columns_batch(lu_solve_p, (2, 1, 2))


@linalg_op("lu_solve")
def lu_solve(
    lu_and_piv: Any, b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The ``x`` of ``op(a) @ x = b`` from ``lu_factor(a)``, differentiable by the factors and by ``b``."""
    if trans not in (0, 1, 2):
        raise ValueError(f"trans must be 0, 1 or 2, got {trans!r}")
    packed, pivots = lu_and_piv
    b, vector = columns_of(b)
    out = lu_solve_p.bind(operand(packed), operand(pivots), b, trans=int(trans), check=bool(check_finite))
    return uncolumn(out) if vector else out
