"""SciPy's ``svd``, ``svdvals``, ``eigh``, ``eigvalsh``, ``eig``, ``eigvals``, ``qr``, ``diagsvd``.

They differ from NumPy's in bits and arguments; their derivatives are NumPy's, with the conventions of
decompositions.py, eigen.py and orthogonal.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .contract import column, conj, matmul, operand, row
from .declare import Explicit
from .decompositions import diagonals, divided, eigh_p, eigvalsh_p, matrices, svd_p, svdvals_p
from .eigen import eig_p, eigvals_p
from .linalg import adjoint, hermitian
from .orthogonal import qr_p
from .padding import pad
from .scipy_linalg import Shape, linalg_op, matrix_op, real_if_known, scipy_linalg, square, unsupported
from .structural import instantiate, real

FAMILY = "dense_decompositions"


# --- svd -------------------------------------------------------------------------------------------


def _svd(a: Any, *, full: bool, driver: str, check: bool) -> Any:
    return scipy_linalg.svd(a, full, lapack_driver=driver, check_finite=check)


def _svd_shapes(a: Shape, *, full: bool, driver: str, check: bool) -> tuple[Shape, ...]:
    k = min(a)
    return (a[0], a[0] if full else k), (k,), (a[1] if full else k, a[1])


def _values(a: Any, *, driver: str, check: bool) -> Any:
    return scipy_linalg.svd(a, compute_uv=False, lapack_driver=driver, check_finite=check)


def _values_jvp(tangents: Sequence[Any], out: Any, a: Any, *, driver: str, check: bool) -> Any:
    return svdvals_p.rule.jvp(tangents, out, a)


def _values_vjp(g: Any, out: Any, a: Any, *, driver: str, check: bool) -> Any:
    return svdvals_p.rule.vjp(g, out, a)


scipy_svd_p = matrix_op("scipy_svd", _svd, (2,), _svd_shapes, multiple=True)
scipy_svd_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, full, driver, check: svd_p.rule.jvp(tangents, out, a, full_matrices=full),
    vjp=lambda g, out, a, *, full, driver, check: svd_p.rule.vjp(g, out, a, full_matrices=full),
)
scipy_svdvals_p = matrix_op("scipy_svdvals", _values, (2,), lambda a, **params: ((min(a),),))
scipy_svdvals_p.rule = Explicit(jvp=_values_jvp, vjp=_values_vjp)


@linalg_op("svd")
def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """``u, s, vh``; what depends on the vectors' signs or phases has no derivative with a meaning."""
    a, check = operand(a), bool(check_finite)
    if not compute_uv:
        return scipy_svdvals_p.bind(a, driver=lapack_driver, check=check)
    return scipy_svd_p.bind(a, full=bool(full_matrices), driver=lapack_driver, check=check)


@linalg_op("svdvals")
def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The singular values of each matrix, in falling order."""
    return scipy_svdvals_p.bind(operand(a), driver="gesdd", check=bool(check_finite))


@linalg_op("diagsvd")
def diagsvd(s: Any, M: int, N: int) -> Any:
    """The ``M`` by ``N`` matrix with the singular values ``s`` on its diagonal."""
    s = operand(s)
    count = aval_of(s).shape[-1]
    if count not in (M, N):
        raise ValueError("Length of s must be M or N.")
    return pad(matrices(s), [(0, 0)] * (aval_of(s).ndim - 1) + [(0, M - count), (0, N - count)])


# --- eigh ------------------------------------------------------------------------------------------

# A V = B V W with V^H B V = 1: M = V^H (dA V - dB V W), F_ij = 1 / (w_j - w_i): dW = Re diag M and
# dV = V (F*M - diag(Re v_j^H dB v_j) / 2). In reverse, h being conjugates of cotangents, K = V^H h_V and
# N = h_W + F*K: h_A = V N V^H and h_B = -V (N W + Re diag(K) / 2) V^H, Hermitian parts of both.
# Source: Giles 2008, section 3.1, with the other inner product.


def _eigh(a: Any, *, lower: bool, driver: str | None, check: bool) -> Any:
    return scipy_linalg.eigh(a, lower=lower, driver=driver, check_finite=check)


def _eigvalsh(a: Any, *, lower: bool, driver: str | None, check: bool) -> Any:
    return scipy_linalg.eigvalsh(a, lower=lower, driver=driver, check_finite=check)


def _pencil(a: Any, b: Any, *, lower: bool, driver: str | None, check: bool) -> Any:
    return scipy_linalg.eigh(a, b, lower=lower, driver=driver, check_finite=check)


def _pencil_values(a: Any, b: Any, *, lower: bool, driver: str | None, check: bool) -> Any:
    return scipy_linalg.eigvalsh(a, b, lower=lower, driver=driver, check_finite=check)


def _pencil_jvp(
    tangents: Sequence[Any], out: Any, a: Any, b: Any, *, lower: bool, driver: str | None, check: bool
) -> tuple[Any, Any]:
    w, v = out
    da, db = instantiate(tangents, (a, b))
    back = adjoint(v)
    turned = matmul(back, matmul(hermitian(db), v))
    m = matmul(back, matmul(hermitian(da), v)) - turned * row(w)
    inner = divided(m, row(w) - column(w)) - matrices(0.5 * real(diagonals(turned)))
    return real(diagonals(m)), matmul(v, inner)


def _pencil_vjp(
    g: Any, out: Any, a: Any, b: Any, *, lower: bool, driver: str | None, check: bool
) -> list[Any]:
    w, v = out
    k, back = matmul(adjoint(v), conj(g[1])), adjoint(v)
    n = matrices(g[0]) + divided(k, row(w) - column(w))
    hb = matmul(v, matmul(n * row(w) + matrices(0.5 * real(diagonals(k))), back))
    return [conj(hermitian(matmul(v, matmul(n, back)))), -conj(hermitian(hb))]


def _pencil_values_jvp(tangents: Sequence[Any], out: Any, a: Any, b: Any, **params: Any) -> Any:
    return _pencil_jvp(tangents, pencil_p.bind(a, b, **params), a, b, **params)[0]


def _pencil_values_vjp(g: Any, out: Any, a: Any, b: Any, **params: Any) -> list[Any]:
    w, v = pencil_p.bind(a, b, **params)
    return _pencil_vjp((g, v * 0), (w, v), a, b, **params)


def _eigvalsh_jvp(
    tangents: Sequence[Any], out: Any, a: Any, *, lower: bool, driver: str | None, check: bool
) -> Any:
    return eigvalsh_p.rule.jvp(tangents, out, a, uplo="L" if lower else "U")


def _eigvalsh_vjp(g: Any, out: Any, a: Any, *, lower: bool, driver: str | None, check: bool) -> Any:
    return eigvalsh_p.rule.vjp(g, out, a, uplo="L" if lower else "U")


def _pair(a: Shape, b: Shape | None = None, **params: Any) -> tuple[Shape, ...]:
    square(a)
    if b is not None and a != b:
        raise ValueError(f"wrong b dimensions {b}, should be {a}")
    return a[:1], a


scipy_eigh_p = matrix_op("scipy_eigh", _eigh, (2,), _pair, multiple=True)
scipy_eigh_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, lower, driver, check: eigh_p.rule.jvp(tangents, out, None, uplo="L"),
    vjp=lambda g, out, a, *, lower, driver, check: eigh_p.rule.vjp(g, out, None, uplo="L"),
)
scipy_eigvalsh_p = matrix_op("scipy_eigvalsh", _eigvalsh, (2,), lambda a, **params: _pair(a)[:1])
scipy_eigvalsh_p.rule = Explicit(jvp=_eigvalsh_jvp, vjp=_eigvalsh_vjp)
pencil_p = matrix_op("eigh_pencil", _pencil, (2, 2), _pair, multiple=True)
pencil_p.rule = Explicit(jvp=_pencil_jvp, vjp=_pencil_vjp)
pencil_values_p = matrix_op("eigvalsh_pencil", _pencil_values, (2, 2), lambda a, b, **params: _pair(a, b)[:1])
pencil_values_p.rule = Explicit(jvp=_pencil_values_jvp, vjp=_pencil_values_vjp)


def _check_forms(name: str, kind: int, by_index: Any, by_value: Any) -> None:
    if kind != 1:
        raise unsupported(name, f"type={kind}", "type=1 is; transform the pencil to it")
    if by_index is not None or by_value is not None:
        raise unsupported(name, "a subset", "take all, and slice the result")


@linalg_op("eigh")
def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Any:
    """Eigenvalues and eigenvectors of a Hermitian matrix, or of a pencil with a positive definite ``b``.

    The derivative is for Hermitian changes; the vectors' signs or phases are taken to be constant.
    """
    _check_forms("eigh", type, subset_by_index, subset_by_value)
    params = {"lower": bool(lower), "driver": driver, "check": bool(check_finite)}
    if eigvals_only:
        return _values_of(a, b, params)
    if b is None:
        return scipy_eigh_p.bind(operand(a), **params)
    return pencil_p.bind(operand(a), operand(b), **params)


@linalg_op("eigvalsh")
def eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Any:
    """Eigenvalues of a Hermitian matrix, or of a pencil, in rising order."""
    _check_forms("eigvalsh", type, subset_by_index, subset_by_value)
    return _values_of(a, b, {"lower": bool(lower), "driver": driver, "check": bool(check_finite)})


def _values_of(a: Any, b: Any, params: dict[str, Any]) -> Any:
    if b is None:
        return scipy_eigvalsh_p.bind(operand(a), **params)
    return pencil_values_p.bind(operand(a), operand(b), **params)


# --- eig -------------------------------------------------------------------------------------------


def _complex(found: Any) -> Any:
    return found.astype(np.result_type(found.dtype, np.complex64), copy=False)


def _eigvals_jvp(tangents: Sequence[Any], out: Any, a: Any, *, check: bool) -> Any:
    return eigvals_p.rule.jvp(tangents, out, a)


def _eigvals_vjp(g: Any, out: Any, a: Any, *, check: bool) -> Any:
    return eigvals_p.rule.vjp(g, out, a)


scipy_eig_p = matrix_op(
    "scipy_eig",
    lambda a, *, check: tuple(map(_complex, scipy_linalg.eig(a, check_finite=check))),
    (2,),
    _pair,
    multiple=True,
)
scipy_eig_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, check: eig_p.rule.jvp(tangents, out, None),
    vjp=lambda g, out, a, *, check: eig_p.rule.vjp(g, out, None),
)
scipy_eigvals_p = matrix_op(
    "scipy_eigvals",
    lambda a, *, check: _complex(scipy_linalg.eigvals(a, check_finite=check)),
    (2,),
    lambda a, *, check: _pair(a)[:1],
)
scipy_eigvals_p.rule = Explicit(jvp=_eigvals_jvp, vjp=_eigvals_vjp)


@linalg_op("eig")
def eig(
    a: Any,
    b: Any = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    """Complex eigenvalues, and right eigenvectors of norm 1: real where all eigenvalues of a real matrix are.

    Derivatives as of ``np.linalg.eig``. Under ``jit`` the vectors of a real matrix are an error.
    """
    if b is not None or left or homogeneous_eigvals:
        form = "b" if b is not None else "left=True" if left else "homogeneous_eigvals=True"
        raise unsupported("eig", form, "eig(np.linalg.solve(b, a)), or eig(a.T) for left vectors")
    a = operand(a)
    if not right:
        return scipy_eigvals_p.bind(a, check=bool(check_finite))
    w, v = scipy_eig_p.bind(a, check=bool(check_finite))
    return w, real_if_known("eig", a, v, w)


@linalg_op("eigvals")
def eigvals(
    a: Any,
    b: Any = None,
    overwrite_a: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    """Complex eigenvalues of each matrix."""
    if b is not None or homogeneous_eigvals:
        form = "b" if b is not None else "homogeneous_eigvals=True"
        raise unsupported("eigvals", form, "eigvals(np.linalg.solve(b, a))")
    return scipy_eigvals_p.bind(operand(a), check=bool(check_finite))


# --- qr --------------------------------------------------------------------------------------------


def _qr(a: Any, *, mode: str, check: bool) -> Any:
    return scipy_linalg.qr(a, mode="full" if mode == "complete" else "economic", check_finite=check)


def _qr_shapes(a: Shape, *, mode: str, check: bool) -> tuple[Shape, ...]:
    k = a[0] if mode == "complete" else min(a)
    return (a[0], k), (k, a[1])


scipy_qr_p = matrix_op("scipy_qr", _qr, (2,), _qr_shapes, multiple=True)
scipy_qr_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, mode, check: qr_p.rule.jvp(tangents, out, a, mode=mode),
    vjp=lambda g, out, a, *, mode, check: qr_p.rule.vjp(g, out, a, mode=mode),
)


@linalg_op("qr")
def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: int | None = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """``q, r`` in full or ``mode="economic"``, or ``(r,)``; derivatives as of ``np.linalg.qr``."""
    if pivoting or mode == "raw":
        form = "pivoting=True" if pivoting else "mode='raw'"
        raise unsupported("qr", form, "np.linalg.qr(a, mode='raw'), or qr(a[:, order]) with a known order")
    if mode not in ("full", "r", "economic"):
        raise ValueError("Mode argument should be one of ['full', 'r', 'economic', 'raw']")
    reduced = "reduced" if mode == "economic" else "complete"
    q, r = scipy_qr_p.bind(operand(a), mode=reduced, check=bool(check_finite))
    return (r,) if mode == "r" else (q, r)
