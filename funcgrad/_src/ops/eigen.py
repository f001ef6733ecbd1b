"""Eigenvalues and eigenvectors of general matrices: ``eig``, ``eigvals``.

Before 2.5, NumPy gives a real result for a real matrix whose eigenvalues are all real, else a complex one:
the dtype depends on the numbers. The primitives are complex always; the functions take the real part where
NumPy does, and are an error where a real matrix is traced without numbers. (On devices the result is
complex, as CuPy's is, and as NumPy's is since 2.5.)

Vectors are defined up to a factor. NumPy's have norm 1, and their largest element is real; so have
the derivatives' (a change keeps the norm, and keeps that element real): they are those of the function that
NumPy computes. What does not depend on the factor has the derivative that it has under any convention.
Where eigenvalues coincide their vectors have no derivative: it is infinite or NaN, unless nothing depends
on these vectors; a matrix without a basis of eigenvectors (a Jordan block) has none at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import ConcretizationError
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from ..core.trace import barrier, unknown, withheld
from .complexes import imag, join_p
from .contract import column, conj, matmul, operand, row, swap
from .decisions import decided, together
from .declare import NONDIFF, Explicit
from .decompositions import diagonals, divided, matrices
from .linalg import check_square, lapack_dtype, solve, stacked
from .structural import real, sum_axes
from .tables import implements
from .taking import take_along_axis
from .ufunc import align

FAMILY = "eigen"


def _complex_dtype(a: Aval) -> np.dtype[Any]:
    return np.result_type(lapack_dtype(a.dtype), np.complex64)


def _as_complex(x: Any) -> Any:
    return x.astype(np.result_type(x.dtype, np.complex64), copy=False)


# --- peaks: which element of each vector is real ---------------------------------------------------


def _peaks(xp: Any, v: Any) -> Any:
    """1 at the element of each column that was made real (the largest of those that are), 0 elsewhere."""
    size = (v.conj() * v).real
    if not v.size:
        return size
    size = xp.where(v.imag == 0, 2 + size, size)
    hit = xp.argmax(size, axis=-2)[..., None, :] == xp.arange(v.shape[-2])[:, None]
    return hit.astype(size.dtype)


peaks_p = Primitive("peaks", _peaks, family=FAMILY)
peaks_p.aval = lambda v: array_aval(v, v.shape, np.finfo(v.dtype).dtype)
peaks_p.rule = NONDIFF
peaks_p.batch = stacked(peaks_p)


# --- nearest: eigenvalues computed twice, in one order ----------------------------------------------


def _nearest(xp: Any, w: Any, others: Any) -> Any:
    """For each number of ``w`` the position of the nearest of ``others`` that no earlier one took."""
    gaps = abs(w[..., :, None] - others[..., None, :])
    n, found = w.shape[-1], []
    for i in range(n):
        best = xp.argmin(gaps[..., i, :], axis=-1)[..., None]
        found.append(best)
        gaps = xp.where((best == xp.arange(n))[..., None, :], np.inf, gaps)
    return xp.concatenate(found, -1) if found else xp.zeros(w.shape, np.intp)


def _nearest_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    return nearest_p.bind(*align(size, values, axes)), 0


nearest_p = Primitive("nearest", _nearest, family=FAMILY)
nearest_p.aval = lambda w, others: array_aval(w, np.broadcast_shapes(w.shape, others.shape), np.intp)
nearest_p.rule = NONDIFF
nearest_p.batch = _nearest_batch


# --- eig -------------------------------------------------------------------------------------------

# A V = V W; M = V^-1 dA V, F_ij = 1 / (w_j - w_i). From A V = V W:  dW = diag M, and dV = U - V C with
# U = V (F*M) and any diagonal C. Norm 1 asks for Re c_j = Re(v_j^H u_j); the largest element v_kj, real,
# stays real for Im c_j = Im(u_kj) / v_kj = Im(E*U)_j, E_kj = 1 / v_kj and 0 elsewhere (sums of columns).
# In reverse, with q_j the sums of columns of g_V*V: Re sum(q c) = Re(q) Re(c) - Im(q) Im(c), hence
#   h = g_V - conj(V) Re(q) - i E Im(q),    g_A = V^-T (diag(g_W) + F*(V^T h)) V^T.
# Source: Boeddeker et al., "On the computation of complex-valued gradients with application to statistically
# optimum beamforming", 2017, section 4.2, for norm 1; Giles 2008, section 3.1.


def _phases(v: Any) -> Any:
    """``E``: the reciprocal of the real element of each column, in its place."""
    peaks = peaks_p.bind(v)
    return peaks / sum_axes(peaks * real(v), -2, True)


def _eig_jvp(tangents: Sequence[Any], out: Any, a: Any) -> tuple[Any, Any]:
    w, v = out
    m = solve(v, matmul(tangents[0], v))
    u = matmul(v, divided(m, row(w) - column(w)))
    length = sum_axes(real(conj(v) * u), -2, True)
    turn = sum_axes(_phases(v) * imag(u), -2, True)
    return diagonals(m), u - v * join_p.bind(length, turn)


def _eig_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    w, v = out
    q = sum_axes(g[1] * v, -2, True)
    h = g[1] - conj(v) * real(q) - 1j * (_phases(v) * imag(q))
    back = swap(v)
    return [_through(v, matrices(g[0]) + divided(matmul(back, h), row(w) - column(w)))]


def _through(v: Any, core: Any) -> Any:
    """``V^-T core V^T``."""
    back = swap(v)
    return solve(back, matmul(core, back))


def _eig_aval(a: Aval) -> tuple[Aval, Aval]:
    check_square(np.linalg.eig, a)
    dtype = _complex_dtype(a)
    return array_aval(a, a.shape[:-1], dtype), array_aval(a, a.shape, dtype)


eig_p = Primitive(
    "eig", lambda xp, a: tuple(map(_as_complex, xp.linalg.eig(a))), multiple=True, family=FAMILY
)
eig_p.aval = _eig_aval
eig_p.rule = Explicit(jvp=_eig_jvp, vjp=_eig_vjp)
eig_p.batch = stacked(eig_p)
_ONE: Any = np.linalg.eig(np.ones((1, 1)))
EigResult: Any = type(_ONE)
ALWAYS_COMPLEX = _ONE.eigenvalues.dtype.kind == "c"  # since NumPy 2.5


# --- eigvals ---------------------------------------------------------------------------------------

# The derivative needs vectors, which eigvals does not compute; eig may have the values in another order.


def _vectors(w: Any, a: Any) -> Any:
    """Eigenvectors for the eigenvalues ``w``, in their order."""
    others, v = eig_p.bind(a)
    return take_along_axis(v, row(nearest_p.bind(w, others)), axis=-1)


def _eigvals_jvp(tangents: Sequence[Any], out: Any, a: Any) -> Any:
    v = _vectors(out, a)
    return diagonals(solve(v, matmul(tangents[0], v)))


def _eigvals_aval(a: Aval) -> Aval:
    check_square(np.linalg.eigvals, a)
    return array_aval(a, a.shape[:-1], _complex_dtype(a))


eigvals_p = Primitive("eigvals", lambda xp, a: _as_complex(xp.linalg.eigvals(a)), family=FAMILY)
eigvals_p.aval = _eigvals_aval
eigvals_p.rule = Explicit(jvp=_eigvals_jvp, vjp=lambda g, out, a: [_through(_vectors(out, a), matrices(g))])
eigvals_p.batch = stacked(eigvals_p)


# --- real or complex? ------------------------------------------------------------------------------


def _is_real(name: str, a: Any, w: Any) -> bool:
    """Whether NumPy's result is real: it looks at the eigenvalues of all matrices together."""
    aval = aval_of(a)
    if ALWAYS_COMPLEX or aval.dtype.kind == "c" or aval.place != HOST:
        return False
    value = together(w)
    before = ("abstract", None) if value is unknown else barrier(value)
    if before is not None:
        name_of = next((trace.name for why, trace in withheld(w) if why == "abstract"), "a trace")
        raise ConcretizationError(
            f"np.linalg.{name}: whether the result is real or complex depends on traced numbers, which are "
            f"unknown under `{name_of}`.",
            expected="a complex matrix, or known numbers",
            got=f"a tracer of {aval}",
            hint=f"np.linalg.{name}(a.astype(complex)) is always complex; np.linalg.{name}h is for "
            "symmetric matrices",
        )
    return decided("real", value)  # type: ignore[no-any-return]


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    """Eigenvalues and eigenvectors of square matrices; the vectors have norm 1.

    A change of a vector keeps its norm and keeps its largest element real, as NumPy does. Before NumPy 2.5
    the result is real if all eigenvalues are: ``jit`` decides by them, and without values it is an error.
    """
    a = operand(a)
    if type(a) is np.ndarray:
        return np.linalg.eig(a)
    w, v = eig_p.bind(a)
    return EigResult(*map(real, (w, v))) if _is_real("eig", a, w) else EigResult(w, v)


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Eigenvalues of square matrices. Before NumPy 2.5 see ``eig`` for their dtype."""
    a = operand(a)
    if type(a) is np.ndarray:
        return np.linalg.eigvals(a)
    w = eigvals_p.bind(a)
    return real(w) if _is_real("eigvals", a, w) else w
