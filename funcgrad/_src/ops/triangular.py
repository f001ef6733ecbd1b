"""Triangular systems and Cholesky factors, as SciPy has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.aval import aval_of
from .contract import column, conj, matmul, operand, swap, uncolumn
from .declare import Explicit
from .diagonals import tril, triu
from .linalg import cholesky_p
from .scipy_linalg import columns_batch, linalg_op, matrix_op, scipy_linalg, solution, square

FAMILY = "triangular"


def triangle(x: Any, lower: bool, strict: bool = False) -> Any:
    """One triangle of each matrix, with or without the diagonal."""
    return tril(x, -strict) if lower else triu(x, int(strict))


def columns_of(b: Any) -> tuple[Any, bool]:
    """The right-hand side as columns, and whether it was a vector."""
    b = operand(b)
    vector = aval_of(b).ndim == 1
    return (column(b) if vector else b), vector


# --- solve_triangular ------------------------------------------------------------------------------

# With T = op(A), op by ``trans`` nothing, the transpose or the adjoint: dX = T^-1 (dB - dT X); in reverse
# W = T^-T G, which is B's cotangent, and T's is -W X^T, of which A has the triangle that is read, without the
# diagonal where that is taken to be 1. Source: Giles, "An extended collection of matrix derivative results
# for forward and reverse mode AD", 2008, section 2.3.1.

_TRANS = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}


def _compute(a: Any, b: Any, *, trans: int, lower: bool, unit: bool, check: bool) -> Any:
    return scipy_linalg.solve_triangular(a, b, trans, lower, unit, check_finite=check)


def through(trans: int, x: Any) -> Any:
    """``op`` of a matrix; it is its own transpose as a linear map."""
    return x if trans == 0 else swap(x) if trans == 1 else conj(swap(x))


def _solve_jvp(
    tangents: Sequence[Any], out: Any, a: Any, b: Any, *, trans: int, lower: bool, unit: bool, check: bool
) -> Any:
    da, db = tangents
    if da is not None:
        moved = matmul(through(trans, triangle(da, lower, unit)), out)
        db = -moved if db is None else db - moved
    return solve_triangular_p.bind(a, db, trans=trans, lower=lower, unit=unit, check=False)


def _solve_vjp(
    g: Any, out: Any, a: Any, b: Any, *, trans: int, lower: bool, unit: bool, check: bool
) -> list[Any]:
    params: dict[str, Any] = {"lower": lower, "unit": unit, "check": False}
    if trans == 2:
        w = conj(solve_triangular_p.bind(a, conj(g), trans=0, **params))
    else:
        w = solve_triangular_p.bind(a, g, trans=1 - trans, **params)
    return [-triangle(through(trans, matmul(w, swap(out))), lower, unit), w]


solve_triangular_p = matrix_op("solve_triangular", _compute, (2, 2), solution)
solve_triangular_p.rule = Explicit(jvp=_solve_jvp, vjp=_solve_vjp)
solve_triangular_p.batch = columns_batch(solve_triangular_p, (2, 2))


@linalg_op("solve_triangular")
def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The ``x`` of ``op(a) @ x = b``, ``a`` triangular; what is not read of it has derivative zero."""
    b, vector = columns_of(b)
    out = solve_triangular_p.bind(
        operand(a),
        b,
        trans=_TRANS[trans],
        lower=bool(lower),
        unit=bool(unit_diagonal),
        check=bool(check_finite),
    )
    return uncolumn(out) if vector else out


# --- cholesky, cho_factor --------------------------------------------------------------------------

# The factor as in linalg.py. cho_factor leaves the other triangle as it was: there it is the identity.


def _cholesky(a: Any, *, upper: bool, check: bool) -> Any:
    return scipy_linalg.cholesky(a, lower=not upper, check_finite=check)


def _cholesky_jvp(tangents: Sequence[Any], out: Any, a: Any, *, upper: bool, check: bool) -> Any:
    return cholesky_p.rule.jvp(tangents, out, None, upper=upper)


def _cholesky_vjp(g: Any, out: Any, a: Any, *, upper: bool, check: bool) -> list[Any]:
    found: list[Any] = cholesky_p.rule.vjp(g, out, None, upper=upper)
    return found


scipy_cholesky_p = matrix_op("scipy_cholesky", _cholesky, (2,), square)
scipy_cholesky_p.rule = Explicit(jvp=_cholesky_jvp, vjp=_cholesky_vjp)


def _cho_factor(a: Any, *, upper: bool, check: bool) -> Any:
    return scipy_linalg.cho_factor(a, lower=not upper, check_finite=check)[0]


def _cho_factor_jvp(tangents: Sequence[Any], out: Any, a: Any, *, upper: bool, check: bool) -> Any:
    moved = cholesky_p.rule.jvp(tangents, triangle(out, not upper), None, upper=upper)
    return moved + triangle(tangents[0], upper, True)


def _cho_factor_vjp(g: Any, out: Any, a: Any, *, upper: bool, check: bool) -> list[Any]:
    factor = triangle(out, not upper)
    (moved,) = cholesky_p.rule.vjp(triangle(g, not upper), factor, None, upper=upper)
    return [moved + triangle(g, upper, True)]


cho_factor_p = matrix_op("cho_factor", _cho_factor, (2,), square)
cho_factor_p.rule = Explicit(jvp=_cho_factor_jvp, vjp=_cho_factor_vjp)


@linalg_op("cholesky")
def cholesky(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The Cholesky factor, upper by default; its derivative is that for symmetric changes of ``a``."""
    return scipy_cholesky_p.bind(operand(a), upper=not lower, check=bool(check_finite))


@linalg_op("cho_factor")
def cho_factor(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The Cholesky factor for ``cho_solve``, and ``lower``; the other triangle is that of ``a``."""
    return cho_factor_p.bind(operand(a), upper=not lower, check=bool(check_finite)), lower


# --- cho_solve -------------------------------------------------------------------------------------

# X = A^-1 B, A = U^H U or L L^H. W = A^-T G = conj(A^-1 conj(G)) is B's cotangent, H = -W X^T is A's. From
# dA = dU^H U + U^H dU, U's is the triangle of conj(U) (H + H^H); from dL L^H + L dL^H, L's that of
# (H + H^H) conj(L): H pairs with the change of one factor, H^H with that of the other.


def _cho_solve(c: Any, b: Any, *, lower: bool, check: bool) -> Any:
    return scipy_linalg.cho_solve((c, lower), b, check_finite=check)


def _cho_solve_jvp(tangents: Sequence[Any], out: Any, c: Any, b: Any, *, lower: bool, check: bool) -> Any:
    dc, db = tangents
    if dc is not None:
        factor, change = triangle(c, lower), triangle(dc, lower)
        fh, ch = conj(swap(factor)), conj(swap(change))
        if lower:
            moved = matmul(change, matmul(fh, out)) + matmul(factor, matmul(ch, out))
        else:
            moved = matmul(ch, matmul(factor, out)) + matmul(fh, matmul(change, out))
        db = -moved if db is None else db - moved
    return cho_solve_p.bind(c, db, lower=lower, check=False)


def _cho_solve_vjp(g: Any, out: Any, c: Any, b: Any, *, lower: bool, check: bool) -> list[Any]:
    w = conj(cho_solve_p.bind(c, conj(g), lower=lower, check=False))
    h, factor = matmul(w, swap(out)), conj(triangle(c, lower))
    h = h + conj(swap(h))
    moved = matmul(h, factor) if lower else matmul(factor, h)
    return [-triangle(moved, lower), w]


cho_solve_p = matrix_op("cho_solve", _cho_solve, (2, 2), solution)
cho_solve_p.rule = Explicit(jvp=_cho_solve_jvp, vjp=_cho_solve_vjp)
cho_solve_p.batch = columns_batch(cho_solve_p, (2, 2))


@linalg_op("cho_solve")
def cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """The ``x`` of ``a @ x = b`` from ``cho_factor(a)``, differentiable by the factor and by ``b``."""
    c, lower = c_and_lower
    b, vector = columns_of(b)
    out = cho_solve_p.bind(operand(c), b, lower=bool(lower), check=bool(check_finite))
    return uncolumn(out) if vector else out
