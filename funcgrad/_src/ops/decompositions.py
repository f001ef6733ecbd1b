"""Decompositions: ``svd``, ``svdvals``, ``eigh``, ``eigvalsh``, ``qr``.

Singular and eigenvectors are defined up to a sign or phase; NumPy's choice is kept and taken to be
constant, so only what does not depend on it (``u * s @ vh``, ``v @ v^H``) has a derivative with a meaning.
Where two values coincide their vectors have no derivative: it comes out infinite or NaN, unless nothing
depends on these vectors (strong zero), as for functions of the values alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .contract import column, conj, matmul, operand, refuse, row, swap
from .declare import Explicit
from .diagonals import diagonal, embed_diagonal, tril, triu
from .join import concatenate
from .linalg import adjoint, check_square, hermitian, lapack_dtype, solve, stacked
from .strong import strong_mul
from .structural import real
from .tables import implements

FAMILY = "decompositions"


# --- what every decomposition needs ----------------------------------------------------------------


def _diagonals(x: Any) -> Any:
    return diagonal(x, 0, -2, -1)


def _matrices(x: Any) -> Any:
    """Diagonal matrices with these diagonals."""
    shape = aval_of(x).shape
    return embed_diagonal(x, (*shape, shape[-1]), 0, len(shape) - 1, len(shape))


def _divided(x: Any, gaps: Any) -> Any:
    """``x / gaps`` off the diagonal, 0 on it, and 0 wherever ``x`` is 0."""
    inverse = 1 / gaps
    return strong_mul(x, tril(inverse, -1) + triu(inverse, 1))


def _imaginary_diagonal(x: Any) -> Any:
    """The imaginary part of the diagonals, times i."""
    along = _diagonals(x)
    return along - real(along)


# --- svd -------------------------------------------------------------------------------------------

# A = U S V^H; M = U^H dA V, F_ij = 1 / (s_j^2 - s_i^2). From dA = dU S V^H + U dS V^H + U S dV^H:
#   dS = Re diag M,   dU = U (F*(M S + S M^H) + i Im diag(M)/S) + (1 - U U^H) dA V / S,
#   dV = V (F*(S M + M^H S)) + (1 - V V^H) dA^H U / S.
# In reverse, with h the conjugate of a cotangent, X = F*(U^H h_U) and Y = F*(V^H h_V):
#   h_A = U ((X + X^H) S + S (Y + Y^H) + h_S + i Im diag(U^H h_U)/S) V^H
#         + (1 - U U^H) h_U / S V^H + U / S h_V^H (1 - V V^H).
# Source: Townsend, "Differentiating the singular value decomposition", 2016; Wan and Zhang, "Automatic
# differentiation for complex valued SVD", 2019, for the phase.


def _gaps(s: Any) -> Any:
    return (row(s) - column(s)) * (row(s) + column(s))


def _svd_jvp(tangents: Sequence[Any], out: Any, a: Any, *, full_matrices: bool) -> tuple[Any, Any, Any]:
    _check_thin(aval_of(a), full_matrices)
    (da,), (u, s, vh) = tangents, out
    v, gaps, over = adjoint(vh), _gaps(s), 1 / s
    m = matmul(adjoint(u), matmul(da, v))
    ms, sm = m * row(s), column(s) * m
    inner = _divided(ms + adjoint(ms), gaps)
    if aval_of(m).dtype.kind == "c":
        inner = inner + _matrices(strong_mul(_imaginary_diagonal(m), over))
    du, dv = matmul(u, inner), matmul(v, _divided(sm + adjoint(sm), gaps))
    rows, columns = aval_of(a).shape[-2:]
    if rows > columns:
        du = du + strong_mul(matmul(da, v) - matmul(u, m), row(over))
    if columns > rows:
        dv = dv + strong_mul(matmul(adjoint(da), u) - matmul(v, adjoint(m)), row(over))
    return du, real(_diagonals(m)), adjoint(dv)


def _svd_vjp(g: Any, out: Any, a: Any, *, full_matrices: bool) -> list[Any]:
    _check_thin(aval_of(a), full_matrices)
    (gu, gs, gvh), (u, s, vh) = g, out
    hu, hv, v, gaps, over = conj(gu), swap(gvh), adjoint(vh), _gaps(s), 1 / s
    left, right = matmul(adjoint(u), hu), matmul(vh, hv)
    x, y = _divided(left, gaps), _divided(right, gaps)
    core = (x + adjoint(x)) * row(s) + column(s) * (y + adjoint(y)) + _matrices(gs)
    if aval_of(core).dtype.kind == "c":
        core = core + _matrices(strong_mul(_imaginary_diagonal(left), over))
    ha = matmul(matmul(u, core), vh)
    rows, columns = a.shape[-2:]
    if rows > columns:
        ha = ha + matmul(strong_mul(hu - matmul(u, left), row(over)), vh)
    if columns > rows:
        ha = ha + matmul(u, adjoint(strong_mul(hv - matmul(v, right), row(over))))
    return [conj(ha)]


def _check_thin(a: Aval, full_matrices: bool) -> None:
    if full_matrices and a.shape[-1] != a.shape[-2]:
        raise UnsupportedError(
            "svd: the additional vectors of full_matrices=True have no derivative.",
            got=str(a),
            hint="full_matrices=False, or compute_uv=False for the singular values alone",
        )


def _svd_aval(a: Aval, *, full_matrices: bool) -> tuple[Aval, Aval, Aval]:
    if a.ndim < 2:
        refuse(np.linalg.svd, a)
    (*stack, rows, columns), dtype = a.shape, lapack_dtype(a.dtype)
    k = min(rows, columns)
    u = array_aval(a, (*stack, rows, rows if full_matrices else k), dtype)
    vh = array_aval(a, (*stack, columns if full_matrices else k, columns), dtype)
    return u, _values_aval(a), vh


def _values_aval(a: Aval) -> Aval:
    """The aval of the singular values, or eigenvalues, of each matrix."""
    return array_aval(a, (*a.shape[:-2], min(a.shape[-2:])), np.finfo(lapack_dtype(a.dtype)).dtype)


svd_p = Primitive(
    "svd",
    lambda xp, a, *, full_matrices: tuple(xp.linalg.svd(a, full_matrices=full_matrices)),
    multiple=True,
    family=FAMILY,
)
svd_p.aval = _svd_aval
svd_p.rule = Explicit(jvp=_svd_jvp, vjp=_svd_vjp)
svd_p.batch = stacked(svd_p)


def thin_svd(a: Any) -> Any:
    """``u, s, vh`` without the additional vectors."""
    return svd_p.bind(a, full_matrices=False)


def _svdvals_jvp(tangents: Sequence[Any], out: Any, a: Any) -> Any:
    u, _, vh = thin_svd(a)
    return real(_diagonals(matmul(adjoint(u), matmul(tangents[0], adjoint(vh)))))


def _svdvals_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    u, _, vh = thin_svd(a)
    return [matmul(conj(u) * row(g), conj(vh))]


def _svdvals_aval(a: Aval) -> Aval:
    if a.ndim < 2:
        refuse(np.linalg.svd, a)
    return _values_aval(a)


svdvals_p = Primitive("svdvals", lambda xp, a: xp.linalg.svd(a, compute_uv=False), family=FAMILY)
svdvals_p.aval = _svdvals_aval
svdvals_p.rule = Explicit(jvp=_svdvals_jvp, vjp=_svdvals_vjp)
svdvals_p.batch = stacked(svdvals_p)
SVDResult: Any = type(np.linalg.svd(np.ones((1, 1))))


@implements(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """The singular value decomposition ``u * s @ vh``; see the module's text for its derivative."""
    if hermitian:
        raise UnsupportedError(
            "svd: hermitian=True is not supported on traced values.", hint="leave it out, or use eigh"
        )
    a = operand(a)
    return SVDResult(*svd_p.bind(a, full_matrices=bool(full_matrices))) if compute_uv else svdvals_p.bind(a)


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """The singular values of each matrix, in falling order."""
    return svdvals_p.bind(operand(x))


# --- eigh ------------------------------------------------------------------------------------------

# A = V W V^H, M = V^H dA V, F_ij = 1 / (w_j - w_i): dW = Re diag M, dV = V (F*M). In reverse
# h_A = V (h_W + F*(V^H h_V)) V^H. NumPy reads one triangle; the convention is that of cholesky: the
# derivative for Hermitian changes. Source: Giles 2008, section 3.1.


def _eigh_jvp(tangents: Sequence[Any], out: Any, a: Any, *, uplo: str) -> tuple[Any, Any]:
    w, v = out
    m = matmul(adjoint(v), matmul(hermitian(tangents[0]), v))
    return real(_diagonals(m)), matmul(v, _divided(m, row(w) - column(w)))


def _eigh_vjp(g: Any, out: Any, a: Any, *, uplo: str) -> list[Any]:
    w, v = out
    back = adjoint(v)
    core = _matrices(g[0]) + _divided(matmul(back, conj(g[1])), row(w) - column(w))
    return [conj(hermitian(matmul(matmul(v, core), back)))]


def _eigh_aval(a: Aval, *, uplo: str) -> tuple[Aval, Aval]:
    check_square(np.linalg.eigh, a)
    return _values_aval(a), array_aval(a, a.shape, lapack_dtype(a.dtype))


def _eigvalsh_aval(a: Aval, *, uplo: str) -> Aval:
    check_square(np.linalg.eigvalsh, a)
    return _values_aval(a)


def _eigvalsh_jvp(tangents: Sequence[Any], out: Any, a: Any, *, uplo: str) -> Any:
    v = eigh_p.bind(a, uplo=uplo)[1]
    return real(_diagonals(matmul(adjoint(v), matmul(hermitian(tangents[0]), v))))


def _eigvalsh_vjp(g: Any, out: Any, a: Any, *, uplo: str) -> list[Any]:
    v = eigh_p.bind(a, uplo=uplo)[1]
    return [matmul(conj(v) * row(g), swap(v))]


eigh_p = Primitive(
    "eigh", lambda xp, a, *, uplo: tuple(xp.linalg.eigh(a, uplo)), multiple=True, family=FAMILY
)
eigh_p.aval = _eigh_aval
eigh_p.rule = Explicit(jvp=_eigh_jvp, vjp=_eigh_vjp)
eigh_p.batch = stacked(eigh_p)

eigvalsh_p = Primitive("eigvalsh", lambda xp, a, *, uplo: xp.linalg.eigvalsh(a, uplo), family=FAMILY)
eigvalsh_p.aval = _eigvalsh_aval
eigvalsh_p.rule = Explicit(jvp=_eigvalsh_jvp, vjp=_eigvalsh_vjp)
eigvalsh_p.batch = stacked(eigvalsh_p)
EighResult: Any = type(np.linalg.eigh(np.ones((1, 1))))


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices; the derivative is for Hermitian changes."""
    return EighResult(*eigh_p.bind(operand(a), uplo=UPLO.upper()))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of Hermitian matrices, in rising order; the derivative is for Hermitian changes."""
    return eigvalsh_p.bind(operand(a), uplo=UPLO.upper())


# --- qr --------------------------------------------------------------------------------------------

# Tall or square A = Q R; M = Q^H dA R^-1, O the skew matrix with the strict lower triangle and the
# imaginary diagonal of M: dR = (M - O) R and dQ = Q (O - M) + dA R^-1. In reverse, with K = h_R R^H -
# Q^H h_Q and T Hermitian with the upper triangle of K: h_A = (h_Q + Q T) R^-H. A wide A = [A1, A2] has
# A1 = Q R1 and R2 = Q^H A2. Source: Walter and Lehmann, "Algorithmic differentiation of linear algebra
# functions with application in optimum experimental design", 2010.


def _upper_hermitian(x: Any) -> Any:
    """The Hermitian matrix with the upper triangle of ``x``."""
    strict = triu(x, 1)
    return strict + adjoint(strict) + _matrices(real(_diagonals(x)))


def _over(x: Any, r: Any) -> Any:
    """``x @ inv(r)``."""
    return swap(solve(swap(r), swap(x)))


def _qr_jvp(tangents: Sequence[Any], out: Any, a: Any) -> tuple[Any, Any]:
    (da,), (q, r) = tangents, out
    rows = aval_of(a).shape[-2]
    wide = aval_of(a).shape[-1] > rows
    first = r[..., :rows] if wide else r
    b = _over(da[..., :rows] if wide else da, first)
    m = matmul(adjoint(q), b)
    strict = triu(m, 1) + adjoint(m - triu(m))
    kept = strict + _matrices(real(_diagonals(m)))
    dq, dr = b - matmul(q, kept), matmul(kept, first)
    if wide:
        rest = matmul(adjoint(dq), a[..., rows:]) + matmul(adjoint(q), da[..., rows:])
        dr = concatenate([dr, rest], axis=-1)
    return dq, dr


def _qr_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    (hq, hr), (q, r) = (conj(g[0]), conj(g[1])), out
    rows, columns = a.shape[-2:]
    if columns <= rows:
        return [conj(_qr_back(hq, hr, q, r))]
    rest = hr[..., rows:]
    hq = hq + matmul(a[..., rows:], adjoint(rest))
    first = _qr_back(hq, hr[..., :rows], q, r[..., :rows])
    return [conj(concatenate([first, matmul(q, rest)], axis=-1))]


def _qr_back(hq: Any, hr: Any, q: Any, r: Any) -> Any:
    core = matmul(hr, adjoint(r)) - matmul(adjoint(q), hq)
    return _over(hq + matmul(q, _upper_hermitian(core)), adjoint(r))


def _qr_aval(a: Aval) -> tuple[Aval, Aval]:
    if a.ndim < 2:
        refuse(np.linalg.qr, a)
    (*stack, rows, columns), dtype = a.shape, lapack_dtype(a.dtype)
    k = min(rows, columns)
    return array_aval(a, (*stack, rows, k), dtype), array_aval(a, (*stack, k, columns), dtype)


qr_p = Primitive("qr", lambda xp, a: tuple(xp.linalg.qr(a)), multiple=True, family=FAMILY)
qr_p.aval = _qr_aval
qr_p.rule = Explicit(jvp=_qr_jvp, vjp=_qr_vjp)
qr_p.batch = stacked(qr_p)
QRResult: Any = type(np.linalg.qr(np.ones((1, 1))))


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """The factors ``q @ r``; differentiable where the leading square block of ``r`` has an inverse."""
    if mode not in ("reduced", "r"):
        raise UnsupportedError(
            f"qr: mode={mode!r} is not supported on traced values.",
            expected="'reduced' or 'r'",
            got=repr(mode),
        )
    q, r = qr_p.bind(operand(a))
    return r if mode == "r" else QRResult(q, r)
