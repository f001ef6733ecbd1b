"""``qr`` in its modes.

The factors are differentiable where the leading square block of ``r`` has an inverse. Where a column is zero
below the diagonal already, LAPACK leaves its sign: there the factors jump.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .contract import conj, matmul, operand, refuse, swap
from .declare import Explicit
from .decompositions import diagonals, matrices
from .diagonals import tril, triu
from .join import concatenate
from .linalg import adjoint, lapack_dtype, solve, stacked
from .logic import equal
from .select import where
from .structural import full_p, real
from .tables import implements

FAMILY = "orthogonal"


# --- q and r ---------------------------------------------------------------------------------------

# Tall or square A = Q R; M = Q^H dA R^-1, O the skew matrix with the strict lower triangle and the
# imaginary diagonal of M: dR = (M - O) R and dQ = Q (O - M) + dA R^-1. In reverse, with K = h_R R^H -
# Q^H h_Q and T Hermitian with the upper triangle of K: h_A = (h_Q + Q T) R^-H. A wide A = [A1, A2] has
# A1 = Q R1 and R2 = Q^H A2. Source: Walter and Lehmann, "Algorithmic differentiation of linear algebra
# functions with application in optimum experimental design", 2010.
#
# The additional columns Q2 of mode "complete" are any basis of what is left: they are taken not to turn among
# themselves (Q2^H dQ2 = 0), and stay orthogonal to Q: dQ2 = -Q (Q2^H dQ)^H, in reverse h_Q gains
# -Q2 h_Q2^H Q.


def _upper_hermitian(x: Any) -> Any:
    """The Hermitian matrix with the upper triangle of ``x``."""
    strict = triu(x, 1)
    return strict + adjoint(strict) + matrices(real(diagonals(x)))


def _over(x: Any, r: Any) -> Any:
    """``x @ inv(r)``."""
    return swap(solve(swap(r), swap(x)))


def _reduced_tangents(da: Any, q: Any, r: Any, a: Any) -> tuple[Any, Any]:
    rows = aval_of(a).shape[-2]
    wide = aval_of(a).shape[-1] > rows
    first = r[..., :rows] if wide else r
    b = _over(da[..., :rows] if wide else da, first)
    m = matmul(adjoint(q), b)
    strict = triu(m, 1) + adjoint(m - triu(m))
    kept = strict + matrices(real(diagonals(m)))
    dq, dr = b - matmul(q, kept), matmul(kept, first)
    if wide:
        rest = matmul(adjoint(dq), a[..., rows:]) + matmul(adjoint(q), da[..., rows:])
        dr = concatenate([dr, rest], axis=-1)
    return dq, dr


def _reduced_cotangent(hq: Any, hr: Any, q: Any, r: Any, a: Any) -> Any:
    rows, columns = aval_of(a).shape[-2:]
    if columns <= rows:
        return _square_cotangent(hq, hr, q, r)
    rest = hr[..., rows:]
    hq = hq + matmul(a[..., rows:], adjoint(rest))
    first = _square_cotangent(hq, hr[..., :rows], q, r[..., :rows])
    return concatenate([first, matmul(q, rest)], axis=-1)


def _square_cotangent(hq: Any, hr: Any, q: Any, r: Any) -> Any:
    core = matmul(hr, adjoint(r)) - matmul(adjoint(q), hq)
    return _over(hq + matmul(q, _upper_hermitian(core)), adjoint(r))


def _is_full(a: Any, mode: str) -> bool:
    """Whether there are additional columns."""
    return mode == "complete" and aval_of(a).shape[-2] > aval_of(a).shape[-1]


def _qr_jvp(tangents: Sequence[Any], out: Any, a: Any, *, mode: str) -> tuple[Any, Any]:
    (da,), (q, r) = tangents, out
    if not _is_full(a, mode):
        return _reduced_tangents(da, q, r, a)
    k = aval_of(a).shape[-1]
    q, q2, below = q[..., :k], q[..., k:], r[..., k:, :]
    dq, dr = _reduced_tangents(da, q, r[..., :k, :], a)
    dq2 = -matmul(q, adjoint(matmul(adjoint(q2), dq)))
    return concatenate([dq, dq2], axis=-1), concatenate([dr, below * 0], axis=-2)


def _qr_vjp(g: Any, out: Any, a: Any, *, mode: str) -> list[Any]:
    (hq, hr), (q, r) = (conj(g[0]), conj(g[1])), out
    if _is_full(a, mode):
        k = aval_of(a).shape[-1]
        q, q2, hq, hq2 = q[..., :k], q[..., k:], hq[..., :k], hq[..., k:]
        hq = hq - matmul(q2, matmul(adjoint(hq2), q))
        hr, r = hr[..., :k, :], r[..., :k, :]
    return [conj(_reduced_cotangent(hq, hr, q, r, a))]


def _qr_aval(a: Aval, *, mode: str) -> tuple[Aval, Aval]:
    if a.ndim < 2:
        refuse(np.linalg.qr, a)
    (*stack, rows, columns), dtype = a.shape, lapack_dtype(a.dtype)
    k = rows if mode == "complete" else min(rows, columns)
    return array_aval(a, (*stack, rows, k), dtype), array_aval(a, (*stack, k, columns), dtype)


qr_p = Primitive("qr", lambda xp, a, *, mode: tuple(xp.linalg.qr(a, mode=mode)), multiple=True, family=FAMILY)
qr_p.aval = _qr_aval
qr_p.rule = Explicit(jvp=_qr_jvp, vjp=_qr_vjp)
qr_p.batch = stacked(qr_p)
QRResult: Any = type(np.linalg.qr(np.ones((1, 1))))


# --- mode "raw": what LAPACK computes --------------------------------------------------------------

# Q is the product of the reflections I - tau_j y_j y_j^H, that is I - Y T Y^H with the y_j, unit lower
# triangular, as columns of Y, and T upper triangular with the diagonal tau. Its first columns are therefore
#   Z := Q - I = Y U,   U = -T Y1^H upper triangular with the diagonal -tau:
# the LU decomposition of Z without pivots. Source: Ballard et al., "Reconstructing Householder vectors from
# tall-skinny QR", 2015, section 3. So the derivative is that of qr, then that of LU: with E = Y1^-1 dZ1 and
# X the strict lower triangle of E U^-1,
#   dY1 = Y1 X,   dU = E - X U,   dY2 = (dZ2 - Y2 dU) U^-1,
# and in reverse B = h_Y2 U^-H, h_U -= Y2^H B, X' = stril(Y1^H h_Y1 - h_U U^H),
#   h_Z2 = B,   h_Z1 = Y1^-H (h_U + X' U^-H).
# The last tau of a square real matrix is 0, which divides only what lies above the strict triangle: a 1 does.


def _lu_of(raw: Any, q: Any) -> tuple[Any, Any, Any, Any]:
    """``Y1``, ``Y2``, ``U``, and ``U`` with an inverse."""
    k = aval_of(q).shape[-1]
    one = _eye_like(q, k)
    low = swap(raw)[..., :k]
    y1 = tril(low[..., :k, :], -1) + one
    u = triu(solve(y1, q[..., :k, :] - one))
    return y1, low[..., k:, :], u, where(equal(u, 0) & (one == 1), one, u)


def _eye_like(x: Any, k: int) -> Any:
    aval = aval_of(x)
    return matrices(full_p.bind(shape=(*aval.shape[:-2], k), value=1, dtype=aval.dtype, place=aval.place))


def _raw_jvp(tangents: Sequence[Any], out: Any, a: Any) -> tuple[Any, Any]:
    q, r = qr_p.bind(a, mode="reduced")
    dq, dr = _reduced_tangents(tangents[0], q, r, a)
    y1, y2, u, regular = _lu_of(out[0], q)
    k = aval_of(q).shape[-1]
    e = solve(y1, dq[..., :k, :])
    x = tril(_over(e, regular), -1)
    du = e - matmul(x, u)
    parts = [matmul(y1, x), _over(dq[..., k:, :] - matmul(y2, du), regular)]
    return swap(_with_r(concatenate(parts, axis=-2), dr)), -diagonals(du)


def _with_r(low: Any, r: Any) -> Any:
    """The strict lower part and ``r`` in one matrix."""
    rows, k = aval_of(low).shape[-2:]
    columns = aval_of(r).shape[-1]
    if columns > k:
        low = concatenate([low, r[..., k:] * 0], axis=-1)
    if rows > k:
        r = concatenate([r, low[..., k:, :] * 0], axis=-2)
    return low + r


def _raw_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    q, r = qr_p.bind(a, mode="reduced")
    y1, y2, u, regular = _lu_of(out[0], q)
    h, k = swap(conj(g[0])), aval_of(q).shape[-1]
    low, back = h[..., :k], adjoint(regular)
    b = _over(low[..., k:, :], back)
    hu = -matrices(conj(g[1])) - matmul(adjoint(y2), b)
    x = tril(matmul(adjoint(y1), tril(low[..., :k, :], -1)) - matmul(hu, adjoint(u)), -1)
    first = solve(adjoint(y1), hu + _over(x, back))
    hq = concatenate([first, b], axis=-2)
    return [conj(_reduced_cotangent(hq, triu(h[..., :k, :]), q, r, a))]


def _raw_aval(a: Aval) -> tuple[Aval, Aval]:
    if a.ndim < 2:
        refuse(np.linalg.qr, a)
    (*stack, rows, columns), dtype = a.shape, lapack_dtype(a.dtype)
    return array_aval(a, (*stack, columns, rows), dtype), array_aval(a, (*stack, min(rows, columns)), dtype)


qr_raw_p = Primitive("qr_raw", lambda xp, a: tuple(xp.linalg.qr(a, mode="raw")), multiple=True, family=FAMILY)
qr_raw_p.aval = _raw_aval
qr_raw_p.rule = Explicit(jvp=_raw_jvp, vjp=_raw_vjp)
qr_raw_p.batch = stacked(qr_raw_p)


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """The factors ``q @ r``; differentiable where the leading square block of ``r`` has an inverse.

    Of mode ``"complete"`` only what does not depend on the basis of the additional columns has a derivative
    with a meaning.
    """
    a = operand(a)
    if type(a) is np.ndarray:
        return np.linalg.qr(a, mode)  # type: ignore[call-overload]
    if mode in ("f", "full"):
        text = "The 'full' option is deprecated in favor of 'reduced'."
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        mode = "reduced"
    if mode in ("e", "economic"):
        raise UnsupportedError(
            "qr: the deprecated mode 'economic' is not supported on traced values.",
            expected="'reduced', 'complete', 'r' or 'raw'",
            got=repr(mode),
            hint="mode='raw' has the same numbers, transposed",
        )
    if mode not in ("reduced", "complete", "r", "raw"):
        raise ValueError(f"Unrecognized mode '{mode}'")
    if mode == "raw":
        return qr_raw_p.bind(a)
    q, r = qr_p.bind(a, mode="complete" if mode == "complete" else "reduced")
    return r if mode == "r" else QRResult(q, r)
