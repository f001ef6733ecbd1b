"""Decompositions by values: ``svd``, ``svdvals``, ``eigh``, ``eigvalsh``.

Singular and eigenvectors are defined up to a sign or phase; NumPy's choice is kept and taken to be
constant, so only what does not depend on it (``u * s @ vh``, ``v @ v^H``) has a derivative with a meaning.
Where two values coincide their vectors have no derivative: it comes out infinite or NaN, unless nothing
depends on these vectors (strong zero), as for functions of the values alone. (What is smooth there, such as
``v * f(w) @ v^H``, cannot be told from the vectors' cotangent: use ``inv``, ``pinv``, ``solve`` or a norm
instead, whose derivatives do not pass through vectors.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .complexes import absolute, conjugate, copysign
from .contract import column, conj, matmul, operand, refuse, row, swap
from .declare import Explicit
from .diagonals import diagonal, embed_diagonal, tril, triu
from .join import concatenate
from .linalg import adjoint, check_square, lapack_dtype, stacked
from .linalg import hermitian as hermitian_part
from .sorting import argsort, sort
from .strong import strong_mul
from .structural import real
from .tables import implements
from .taking import take_along_axis

FAMILY = "decompositions"


# --- what every decomposition needs ----------------------------------------------------------------


def diagonals(x: Any) -> Any:
    """The diagonal of each matrix."""
    return diagonal(x, 0, -2, -1)


def matrices(x: Any) -> Any:
    """Diagonal matrices with these diagonals."""
    shape = aval_of(x).shape
    return embed_diagonal(x, (*shape, shape[-1]), 0, len(shape) - 1, len(shape))


def divided(x: Any, gaps: Any) -> Any:
    """``x / gaps`` off the diagonal, 0 on it, and 0 wherever ``x`` is 0."""
    inverse = 1 / gaps
    return strong_mul(x, tril(inverse, -1) + triu(inverse, 1))


def _imaginary_diagonal(x: Any) -> Any:
    """The imaginary part of the diagonals, times i."""
    along = diagonals(x)
    return along - real(along)


# --- svd -------------------------------------------------------------------------------------------

# A = U S V^H; M = U^H dA V, F_ij = 1 / (s_j^2 - s_i^2). From dA = dU S V^H + U dS V^H + U S dV^H:
#   dS = Re diag M,   dU = U (F*(M S + S M^H) + i Im diag(M)/S) + (1 - U U^H) dA V / S,
#   dV = V (F*(S M + M^H S)) + (1 - V V^H) dA^H U / S.
# In reverse, with h the conjugate of a cotangent, X = F*(U^H h_U) and Y = F*(V^H h_V):
#   h_A = U ((X + X^H) S + S (Y + Y^H) + h_S + i Im diag(U^H h_U)/S) V^H
#         + (1 - U U^H) h_U / S V^H + U / S h_V^H (1 - V V^H).
# The additional vectors U2 of full_matrices are any basis of what is left: they are taken not to turn among
# themselves (U2^H dU2 = 0), and stay orthogonal to U:  dU2 = -U (U2^H dA V / S)^H. In reverse
# -U2 h_U2^H U / S V^H; the same for V2 and A^H.
# Source: Townsend, "Differentiating the singular value decomposition", 2016; Wan and Zhang, "Automatic
# differentiation for complex valued SVD", 2019, for the phase.


def _gaps(s: Any) -> Any:
    return (row(s) - column(s)) * (row(s) + column(s))


def _thin_parts(out: Any) -> tuple[Any, Any, Any, Any, Any]:
    """``u``, ``s``, ``v`` without the additional vectors; these, or None."""
    u, s, vh = out
    v, k = adjoint(vh), aval_of(s).shape[-1]
    u2 = u[..., k:] if aval_of(u).shape[-1] > k else None
    v2 = v[..., k:] if aval_of(v).shape[-1] > k else None
    return u if u2 is None else u[..., :k], s, v if v2 is None else v[..., :k], u2, v2


def _beside(x: Any, more: Any) -> Any:
    return x if more is None else concatenate([x, more], axis=-1)


def _turned(x: Any, more: Any, moved: Any, over: Any) -> Any:
    """The tangent of additional vectors: ``moved`` is the tangent of the matrix times the other side."""
    return None if more is None else -matmul(x, adjoint(strong_mul(matmul(adjoint(more), moved), row(over))))


def _svd_jvp(tangents: Sequence[Any], out: Any, a: Any, *, full_matrices: bool) -> tuple[Any, Any, Any]:
    (da,), (u, s, v, u2, v2) = tangents, _thin_parts(out)
    gaps, over = _gaps(s), 1 / s
    dav, dau = matmul(da, v), matmul(adjoint(da), u)
    m = matmul(adjoint(u), dav)
    ms, sm = m * row(s), column(s) * m
    inner = divided(ms + adjoint(ms), gaps)
    if aval_of(m).dtype.kind == "c":
        inner = inner + matrices(strong_mul(_imaginary_diagonal(m), over))
    du, dv = matmul(u, inner), matmul(v, divided(sm + adjoint(sm), gaps))
    rows, columns = aval_of(a).shape[-2:]
    if rows > columns:
        du = du + strong_mul(dav - matmul(u, m), row(over))
    if columns > rows:
        dv = dv + strong_mul(dau - matmul(v, adjoint(m)), row(over))
    du, dv = _beside(du, _turned(u, u2, dav, over)), _beside(dv, _turned(v, v2, dau, over))
    return du, real(diagonals(m)), adjoint(dv)


def _svd_vjp(g: Any, out: Any, a: Any, *, full_matrices: bool) -> list[Any]:
    u, s, v, u2, v2 = _thin_parts(out)
    hu, gs, hv = conj(g[0]), g[1], swap(g[2])
    gaps, over, k = _gaps(s), 1 / s, aval_of(s).shape[-1]
    hu, hu2 = (hu, None) if u2 is None else (hu[..., :k], hu[..., k:])
    hv, hv2 = (hv, None) if v2 is None else (hv[..., :k], hv[..., k:])
    left, right = matmul(adjoint(u), hu), matmul(adjoint(v), hv)
    x, y = divided(left, gaps), divided(right, gaps)
    core = (x + adjoint(x)) * row(s) + column(s) * (y + adjoint(y)) + matrices(gs)
    if aval_of(core).dtype.kind == "c":
        core = core + matrices(strong_mul(_imaginary_diagonal(left), over))
    vh = adjoint(v)
    ha = matmul(matmul(u, core), vh)
    rows, columns = a.shape[-2:]
    if rows > columns:
        rest = hu - matmul(u, left) if u2 is None else hu - matmul(u, left) - _turn_back(u, u2, hu2)
        ha = ha + matmul(strong_mul(rest, row(over)), vh)
    if columns > rows:
        rest = hv - matmul(v, right) if v2 is None else hv - matmul(v, right) - _turn_back(v, v2, hv2)
        ha = ha + matmul(u, adjoint(strong_mul(rest, row(over))))
    return [conj(ha)]


def _turn_back(x: Any, more: Any, h: Any) -> Any:
    return matmul(more, matmul(adjoint(h), x))


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
    return real(diagonals(matmul(adjoint(u), matmul(tangents[0], adjoint(vh)))))


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
    """The singular value decomposition ``u * s @ vh``; see the module's text for its derivative.

    With ``full_matrices`` only what does not depend on the basis of the additional vectors has a derivative
    with a meaning. With ``hermitian`` the derivative is that for Hermitian changes.
    """
    a = operand(a)
    if hermitian:
        return _hermitian_svd(a) if compute_uv else sort(absolute(eigvalsh(a)))[..., ::-1]
    return SVDResult(*svd_p.bind(a, full_matrices=bool(full_matrices))) if compute_uv else svdvals_p.bind(a)


def _hermitian_svd(a: Any) -> Any:
    """From eigenvalues, their signs moved into ``vh``: NumPy's own sequence of operations."""
    w, u = eigh(a)
    signs, s = copysign(1.0, w), absolute(w)
    order = argsort(s)[..., ::-1]
    signs, s = take_along_axis(signs, order, axis=-1), take_along_axis(s, order, axis=-1)
    u = take_along_axis(u, row(order), axis=-1)
    return SVDResult(u, s, conjugate(swap(u * row(signs))))


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
    m = matmul(adjoint(v), matmul(hermitian_part(tangents[0]), v))
    return real(diagonals(m)), matmul(v, divided(m, row(w) - column(w)))


def _eigh_vjp(g: Any, out: Any, a: Any, *, uplo: str) -> list[Any]:
    w, v = out
    back = adjoint(v)
    core = matrices(g[0]) + divided(matmul(back, conj(g[1])), row(w) - column(w))
    return [conj(hermitian_part(matmul(matmul(v, core), back)))]


def _eigh_aval(a: Aval, *, uplo: str) -> tuple[Aval, Aval]:
    check_square(np.linalg.eigh, a)
    return _values_aval(a), array_aval(a, a.shape, lapack_dtype(a.dtype))


def _eigvalsh_aval(a: Aval, *, uplo: str) -> Aval:
    check_square(np.linalg.eigvalsh, a)
    return _values_aval(a)


def _eigvalsh_jvp(tangents: Sequence[Any], out: Any, a: Any, *, uplo: str) -> Any:
    v = eigh_p.bind(a, uplo=uplo)[1]
    return real(diagonals(matmul(adjoint(v), matmul(hermitian_part(tangents[0]), v))))


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


def _triangle(uplo: str) -> str:
    if uplo.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return uplo.upper()


EighResult: Any = type(np.linalg.eigh(np.ones((1, 1))))


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices; the derivative is for Hermitian changes."""
    return EighResult(*eigh_p.bind(operand(a), uplo=_triangle(UPLO)))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of Hermitian matrices, in rising order; the derivative is for Hermitian changes."""
    return eigvalsh_p.bind(operand(a), uplo=_triangle(UPLO))
