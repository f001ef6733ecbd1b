"""Equations without a unique solution: ``pinv``, ``matrix_rank``, ``lstsq``.

The rank is an integer: derivatives hold where it is constant. They are written with the pseudo-inverse and
never with single singular vectors, so that they are right where singular values coincide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import Aval, abstract_place, array_aval, aval_of, make_aval, scalar_or_array
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .contract import column, conj, matmul, operand, refuse, row, to_front, uncolumn
from .declare import NONDIFF, Explicit
from .decompositions import diagonals, matrices, svdvals, thin_svd
from .diagonals import tril
from .linalg import adjoint, lapack_dtype
from .linalg import hermitian as hermitian_part
from .reductions import count_nonzero
from .select import where
from .structural import broadcast_to, convert, full_p, real, reshape, sum_axes
from .tables import implements

FAMILY = "least_squares"


# --- cutoffs ---------------------------------------------------------------------------------------

# A cutoff is an operand: a number for all matrices, or an array with one for each.


def _batched_cutoff(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The matrices with their batch axis in front, and the cutoff (if any) beside the stacks."""
    a, *cut = to_front(values, axes)
    if axes[0] is None:
        a = broadcast_to(a, (size, *aval_of(a).shape))
    if cut and axes[1] is not None:
        shape = aval_of(cut[0]).shape
        missing = aval_of(a).ndim - 2 - len(shape)
        cut = [reshape(cut[0], (size, *(1,) * missing, *shape[1:]))]
    return a, *cut


def _on_top(cut: Any) -> Any:
    """A cutoff ready to multiply rows of singular values."""
    return cut[..., None] if getattr(cut, "ndim", 0) else cut


# --- pinv ------------------------------------------------------------------------------------------

# P = A^+, with the rank held: dP = -P dA P + P P^H dA^H (I - A P) + (I - P A) dA^H P^H P.
# Source: Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
# problems whose variables separate", 1973, equation (4.12). With hermitian=True NumPy reads the lower
# triangle; the convention is that of eigh: the derivative for Hermitian changes.


def _from_lower(a: Any) -> Any:
    """The Hermitian matrices with these lower triangles."""
    low = tril(a, -1)
    return low + adjoint(low) + matrices(real(diagonals(a)))


def _pinv_jvp(tangents: Sequence[Any], out: Any, a: Any, *cut: Any, rcond: Any, hermitian: bool) -> Any:
    da, ph = tangents[0], adjoint(out)
    if hermitian and aval_of(a).size:
        a, da = _from_lower(a), hermitian_part(da)
    dh = adjoint(da)
    first = matmul(matmul(out, ph), dh - matmul(matmul(dh, a), out))
    second = matmul(matmul(dh - matmul(out, matmul(a, dh)), ph), out)
    return first + second - matmul(matmul(out, da), out)


def _pinv_vjp(g: Any, out: Any, a: Any, *cut: Any, rcond: Any, hermitian: bool) -> list[Any]:
    hermitian = hermitian and aval_of(a).size > 0
    if hermitian:
        a = _from_lower(a)
    h, ph = conj(g), adjoint(out)
    gh = adjoint(h)
    first = matmul(gh - matmul(a, matmul(out, gh)), matmul(out, ph))
    second = matmul(matmul(ph, out), gh - matmul(gh, matmul(out, a)))
    found = first + second - matmul(matmul(ph, h), ph)
    return [conj(hermitian_part(found) if hermitian else found), *(None for _ in cut)]


def _pinv_aval(a: Aval, *cut: Aval, rcond: Any, hermitian: bool) -> Aval:
    empty = a.ndim > 1 and not a.shape[-1] * a.shape[-2]
    if a.ndim < 2 or (hermitian and not empty and a.shape[-1] != a.shape[-2]):
        refuse(lambda a: np.linalg.pinv(a, hermitian=hermitian), a)
    return array_aval(
        a, (*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype if empty else lapack_dtype(a.dtype)
    )


def _pinv_host(a: Any, *cut: Any, rcond: Any, hermitian: bool) -> Any:
    given = {"rtol": None} if rcond == "auto" else {"rcond": cut[0] if cut else rcond}
    return np.linalg.pinv(a, hermitian=hermitian, **given)


def _pinv(xp: Any, a: Any, *cut: Any, rcond: Any, hermitian: bool) -> Any:
    if hermitian:
        low = xp.tril(a, -1)
        a = low + low.conj().swapaxes(-1, -2) + (a * xp.eye(a.shape[-1])).real
    if rcond == "auto":
        rcond = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps)
    return xp.linalg.pinv(a, cut[0] if cut else 1e-15 if rcond is None else rcond)


def _pinv_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], **params: Any) -> Any:
    return pinv_p.bind(*_batched_cutoff(size, values, axes), **params), 0


pinv_p = Primitive("pinv", _pinv, host=_pinv_host, family=FAMILY)
pinv_p.aval = _pinv_aval
pinv_p.rule = Explicit(jvp=_pinv_jvp, vjp=_pinv_vjp, operands=(0,), keep=(-1, 0))
pinv_p.batch = _pinv_batch


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    """The pseudo-inverse; its derivative holds where the rank is constant.

    With ``hermitian=True`` the derivative is that for Hermitian changes.
    """
    cut: Any = rcond
    if rtol is not np._NoValue:
        if rcond is not None:
            raise ValueError("`rtol` and `rcond` can't be both set.")
        cut = "auto" if rtol is None else rtol
    if cut is None or isinstance(cut, (str, int, float, np.generic)):
        return pinv_p.bind(operand(a), rcond=cut, hermitian=bool(hermitian))
    return pinv_p.bind(operand(a), operand(cut), rcond=None, hermitian=bool(hermitian))


# --- matrix_rank -----------------------------------------------------------------------------------


def _rank_host(a: Any, *cut: Any, relative: bool, hermitian: bool) -> Any:
    given = {"rtol" if relative else "tol": cut[0]} if cut else {}
    return np.linalg.matrix_rank(a, hermitian=hermitian, **given)


def _rank(xp: Any, a: Any, *cut: Any, relative: bool, hermitian: bool) -> Any:
    if a.ndim < 2:
        return xp.any(a != 0).astype(np.intp)
    if hermitian:
        s = xp.sort(abs(xp.linalg.eigvalsh(a)), axis=-1)[..., ::-1]
    else:
        s = xp.linalg.svd(a, compute_uv=False)
    if relative:
        share = _on_top(cut[0]) if cut else max(a.shape[-2:]) * float(np.finfo(s.dtype).eps)
        return xp.count_nonzero(s > share * s[..., :1], axis=-1)
    return xp.count_nonzero(s > _on_top(cut[0]), axis=-1)


def _rank_aval(a: Aval, *cut: Aval, relative: bool, hermitian: bool) -> Aval:
    shape = np.broadcast_shapes(a.shape[:-2], *(c.shape for c in cut)) if a.ndim > 1 else ()
    if a.ndim < 2 and a.place == HOST:
        return make_aval((), np.intp, "python")
    return scalar_or_array(shape, np.intp, a.place)


def _rank_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], **params: Any) -> Any:
    a, *cut = _batched_cutoff(size, values, axes)
    if aval_of(a).ndim > 2:
        return matrix_rank_p.bind(a, *cut, **params), 0
    found = count_nonzero(reshape(a, (size, aval_of(a).size // max(size, 1))), -1)  # numbers, vectors
    return convert(found != 0, np.intp), 0


matrix_rank_p = Primitive("matrix_rank", _rank, host=_rank_host, family=FAMILY)
matrix_rank_p.aval = _rank_aval
matrix_rank_p.rule = NONDIFF
matrix_rank_p.batch = _rank_batch


@implements(np.linalg.matrix_rank, support="discrete")
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """How many singular values of each matrix exceed ``tol`` (``rtol`` times the largest)."""
    if rtol is not None and tol is not None:
        raise ValueError("`tol` and `rtol` can't be both set.")
    cut = tol if rtol is None else rtol
    given = () if cut is None else (operand(cut),)
    return matrix_rank_p.bind(operand(A), *given, relative=tol is None, hermitian=bool(hermitian))


# --- lstsq -----------------------------------------------------------------------------------------

# x = P b, with r = b - A x and the rank held (Golub and Pereyra as above, applied to b):
#   dx = P (db - dA x) + P P^H dA^H r + (I - P A) dA^H P^H x.
# r is orthogonal to the range of A, so d|r|^2 = 2 Re r^H (db - dA x). In reverse, h being the conjugate of a
# cotangent, u = P^H h_x + 2 r h_r (columns of r):
#   h_b = u,    h_A = -u x^H + r (P P^H h_x)^H + P^H x ((I - P A) h_x)^H.
# The singular values as in svd.
#
# The shape of NumPy's residuals depends on the rank: there are none if it is not full. The primitive has
# them always, NaN in that case; the function takes them away where the rank is known.


def _cutoff(rcond: Any, rows: int, columns: int) -> float:
    eps = float(np.finfo(float).eps)
    return eps * max(rows, columns) if rcond is None else eps / 2 if rcond < 0 else rcond


def _lstsq_host(a: Any, b: Any, *, rcond: Any) -> Any:
    x, residuals, rank, s = np.linalg.lstsq(a, b, rcond)
    if not residuals.size and a.shape[0] > a.shape[1]:
        residuals = np.full(b.shape[1:] or (1,), np.nan, residuals.dtype)
    return x, residuals, rank, s


def _lstsq(xp: Any, a: Any, b: Any, *, rcond: Any) -> Any:
    rows, columns = a.shape
    rcond = _cutoff(rcond, rows, columns)
    s = xp.linalg.svd(a, compute_uv=False)
    x = xp.matmul(xp.linalg.pinv(a, rcond), b)
    rank = xp.count_nonzero(s > rcond * s[:1], axis=-1).astype(np.int32)
    r = (b - xp.matmul(a, x)).reshape(rows, -1)
    residuals = xp.where(rank == columns, xp.sum((r.conj() * r).real, 0), np.nan).astype(s.dtype)
    return x, residuals[: None if rows > columns else 0], rank, s


def _lstsq_aval(a: Aval, b: Aval, *, rcond: Any) -> tuple[Aval, Aval, Aval, Aval]:
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        refuse(np.linalg.lstsq, a, b)
    dtype, place = lapack_dtype(a.dtype, b.dtype), abstract_place((a, b))
    exact, (rows, columns), tail = np.finfo(dtype).dtype, a.shape, b.shape[1:]
    return (
        make_aval((columns, *tail), dtype, "array", place),
        make_aval((tail or (1,)) if rows > columns else (0,), exact, "array", place),
        scalar_or_array((), np.int32, place),
        make_aval((min(rows, columns),), exact, "array", place),
    )


def _parts(a: Any, b: Any, x: Any, rcond: Any) -> tuple[Any, Any, Any, Any]:
    """The pseudo-inverse, ``b`` and ``x`` as columns, and what is left of ``b``."""
    rows, columns = aval_of(a).shape
    p = pinv(a, _cutoff(rcond, rows, columns))
    if aval_of(b).ndim == 1:
        b, x = column(b), column(x)
    return p, b, x, b - matmul(a, x)


def _lstsq_jvp(tangents: Sequence[Any], out: Any, a: Any, b: Any, *, rcond: Any) -> Any:
    da, db = tangents
    vector = aval_of(b).ndim == 1
    p, b, x, r = _parts(a, b, out[0], rcond)
    moved = 0.0 if db is None else column(db) if vector else db
    ds = None
    if da is not None:
        moved = moved - matmul(da, x)
        ds = _values_change(a, da)
    dx = matmul(p, moved)
    if da is not None:
        dh, ph = adjoint(da), adjoint(p)
        side = matmul(dh, matmul(ph, x))
        dx = dx + matmul(p, matmul(ph, matmul(dh, r))) + side - matmul(p, matmul(a, side))
    dr = 2.0 * sum_axes(real(conj(r) * moved), 0) if aval_of(out[1]).size else None
    return uncolumn(dx) if vector else dx, dr, None, ds


def _values_change(a: Any, da: Any) -> Any:
    u, _, vh = thin_svd(a)
    return real(diagonals(matmul(adjoint(u), matmul(da, adjoint(vh)))))


def _lstsq_vjp(g: Any, out: Any, a: Any, b: Any, *, rcond: Any) -> list[Any]:
    vector = aval_of(b).ndim == 1
    p, b, x, r = _parts(a, b, out[0], rcond)
    h, ph = conj(column(g[0]) if vector else g[0]), adjoint(p)
    back = matmul(ph, h)
    total = back + 2.0 * r * g[1] if aval_of(g[1]).size else back
    ha = matmul(r, adjoint(matmul(p, back))) - matmul(total, adjoint(x))
    ha = ha + matmul(matmul(ph, x), adjoint(h - matmul(p, matmul(a, h))))
    u, _, vh = thin_svd(a)
    ha = ha + matmul(u * row(g[3]), vh)
    return [conj(ha), conj(uncolumn(total) if vector else total)]


def _lstsq_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], *, rcond: Any) -> Any:
    """By the pseudo-inverse: NumPy's function takes one matrix."""
    a, b = to_front(values, axes)
    vector = aval_of(b).ndim - (axes[1] is not None) == 1
    b = column(b) if vector else b
    rows, columns = aval_of(a).shape[-2:]
    cut = _cutoff(rcond, rows, columns)
    x, s = matmul(pinv(a, cut), b), svdvals(a)
    rank = convert(count_nonzero(s > cut * s[..., :1], -1), np.int32)
    exact, own = aval_of(s), None if axes[0] is None else 0
    if rows <= columns:
        residuals = full_p.bind(shape=(0,), value=0, dtype=exact.dtype, place=exact.place)
    else:
        r, full = b - matmul(a, x), rank == columns
        full = full if own is None else column(full)
        residuals = where(full, sum_axes(real(conj(r) * r), -2), np.nan)
    x = uncolumn(x) if vector else x
    return (x, residuals, rank, s), (0, 0 if rows > columns else None, own, own)


lstsq_p = Primitive("lstsq", _lstsq, host=_lstsq_host, multiple=True, family=FAMILY)
lstsq_p.aval = _lstsq_aval
lstsq_p.rule = Explicit(jvp=_lstsq_jvp, vjp=_lstsq_vjp)
lstsq_p.batch = _lstsq_batch


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The ``x`` of least norm that minimises ``|b - a @ x|``: ``(x, residuals, rank, singular values)``.

    Derivatives hold where the rank is constant. Where the rank is not known while tracing (``jit``, ``vmap``,
    devices), the residuals of a matrix without full rank are NaN, where NumPy has none.
    """
    if type(rcond) is Tracer:
        raise UnsupportedError(
            "lstsq: rcond must not be traced.", expected="a number or None", got=repr(rcond)
        )
    a, b = operand(a), operand(b)
    if type(a) is type(b) is np.ndarray:
        return np.linalg.lstsq(a, b, rcond)
    x, residuals, rank, s = lstsq_p.bind(a, b, rcond=None if rcond is None else float(rcond))
    if isinstance(rank, np.integer) and rank != aval_of(a).shape[-1]:
        residuals = np.empty(0, aval_of(residuals).dtype)
    return x, residuals, rank, s
