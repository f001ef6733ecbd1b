"""SciPy's ``solve``, ``inv``, ``det``, ``pinv``, ``pinvh``, ``norm``: LAPACK called in SciPy's way.

They differ from NumPy's in bits, dtypes and errors; their derivatives are NumPy's (linalg.py,
determinants.py, least_squares.py, norms.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.aval import Aval, Kind, aval_of, make_aval
from ..core.primitive import Primitive
from .axes import normal_axes, reduced_shape
from .contract import conj, matmul, operand, swap, uncolumn
from .declare import Explicit
from .determinants import det_p
from .diagonals import tril, triu
from .given import known
from .least_squares import pinv_p
from .linalg import adjoint, hermitian, inv_p
from .linalg import solve as np_solve
from .norms import norm_p
from .scipy_linalg import (
    columns_batch,
    linalg_op,
    matrix_op,
    scipy_linalg,
    solution,
    square,
    unsupported,
)
from .structural import convert, move_axis, real
from .triangular import columns_of

FAMILY = "dense_equations"


# --- what is read of a matrix, and how it may change ------------------------------------------------


def mirrored(a: Any, lower: bool, conjugated: bool) -> Any:
    """The symmetric (Hermitian) matrix with one triangle of ``a``."""
    strict = tril(a, -1) if lower else triu(a, 1)
    along = triu(tril(a))
    return strict + (adjoint(strict) + real(along) if conjugated else swap(strict) + along)


def _read(a: Any, structure: str, lower: bool) -> Any:
    """The matrix that a solver makes of ``a``."""
    if structure in _MIRRORED:
        return mirrored(a, lower, _MIRRORED[structure])
    return _MASKS[structure](a) if structure in _MASKS else a


def _spread(x: Any, structure: str) -> Any:
    """A tangent, or a cotangent, as the structure allows: see the NOTE (which triangle is read)."""
    if structure in _MIRRORED:
        return conj(hermitian(conj(x))) if _MIRRORED[structure] else 0.5 * (x + swap(x))
    return _MASKS[structure](x) if structure in _MASKS else x


_MIRRORED = dict.fromkeys(("her", "hermitian", "pos", "positive definite"), True) | dict.fromkeys(
    ("sym", "symmetric"), False
)
_MASKS: dict[str, Any] = {
    "diagonal": lambda a: triu(tril(a)),
    "tridiagonal": lambda a: triu(tril(a, 1), -1),
    "upper triangular": triu,
    "lower triangular": tril,
}


# --- solve -----------------------------------------------------------------------------------------

# As in linalg.py, with the matrix that is read in place of A; its change is spread over both triangles.


def _solve(a: Any, b: Any, *, structure: str, lower: bool, transposed: bool, check: bool) -> Any:
    given = {"assume_a": structure} if structure else {}
    return scipy_linalg.solve(a, b, lower, check_finite=check, transposed=transposed, **given)


def _solve_jvp(
    tangents: Sequence[Any],
    out: Any,
    a: Any,
    b: Any,
    *,
    structure: str,
    lower: bool,
    transposed: bool,
    check: bool,
) -> Any:
    (da, db), system = tangents, _read(a, structure, lower)
    if da is not None:
        change = _spread(da, structure)
        moved = matmul(swap(change) if transposed else change, out)
        db = -moved if db is None else db - moved
    return np_solve(swap(system) if transposed else system, db)


def _solve_vjp(
    g: Any, out: Any, a: Any, b: Any, *, structure: str, lower: bool, transposed: bool, check: bool
) -> list[Any]:
    system = _read(a, structure, lower)
    w = np_solve(system if transposed else swap(system), g)
    found = matmul(w, swap(out))
    return [-_spread(swap(found) if transposed else found, structure), w]


scipy_solve_p = matrix_op("scipy_solve", _solve, (2, 2), solution)
scipy_solve_p.rule = Explicit(jvp=_solve_jvp, vjp=_solve_vjp)
scipy_solve_p.batch = columns_batch(scipy_solve_p, (2, 2))


def solve_matrices(a: Any, b: Any) -> Any:
    """``solve`` of matrices, as other functions of SciPy call it."""
    return scipy_solve_p.bind(a, b, structure="", lower=False, transposed=False, check=True)


@linalg_op("solve")
def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    """The ``x`` of ``a @ x = b``.

    Where ``assume_a`` says that ``a`` is symmetric or Hermitian, the derivative is that for such changes;
    what
    is not read of a triangular, diagonal or tridiagonal matrix has derivative zero.
    """
    b, vector = columns_of(b)
    out = scipy_solve_p.bind(
        operand(a),
        b,
        structure=assume_a or "",
        lower=bool(lower),
        transposed=bool(transposed),
        check=bool(check_finite),
    )
    return uncolumn(out) if vector else out


# --- inv, det --------------------------------------------------------------------------------------

scipy_inv_p = matrix_op(
    "scipy_inv", lambda a, *, check: scipy_linalg.inv(a, check_finite=check), (2,), square
)
scipy_inv_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, check: inv_p.rule.jvp(tangents, out, None),
    vjp=lambda g, out, a, *, check: inv_p.rule.vjp(g, out, None),
)


@linalg_op("inv")
def inv(
    a: Any,
    overwrite_a: bool = False,
    check_finite: bool = True,
    *,
    assume_a: str | None = None,
    lower: bool = False,
) -> Any:
    """The inverse of each matrix."""
    if assume_a is not None:
        raise unsupported("inv", f"assume_a={assume_a!r}", "solve(a, np.eye(n), assume_a=...) has it")
    return scipy_inv_p.bind(operand(a), check=bool(check_finite))


scipy_det_p = matrix_op(
    "scipy_det",
    lambda a, *, check: scipy_linalg.det(a, check_finite=check),
    (2,),
    lambda a, *, check: square(a) and ((),),
)
scipy_det_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, check: det_p.rule.jvp(tangents, None, a),
    vjp=lambda g, out, a, *, check: det_p.rule.vjp(g, None, a),
)


@linalg_op("det")
def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant of each matrix; derivatives of every order are exact at singular matrices too."""
    return scipy_det_p.bind(operand(a), check=bool(check_finite))


# --- pinv, pinvh -----------------------------------------------------------------------------------


def _pinv(a: Any, *, atol: Any, rtol: Any, check: bool) -> Any:
    return scipy_linalg.pinv(a, atol=atol, rtol=rtol, check_finite=check)


scipy_pinv_p = matrix_op("scipy_pinv", _pinv, (2,), lambda a, **params: ((a[1], a[0]),))
scipy_pinv_p.rule = Explicit(
    jvp=lambda tangents, out, a, **params: pinv_p.rule.jvp(tangents, out, a, rcond=None, hermitian=False),
    vjp=lambda g, out, a, **params: pinv_p.rule.vjp(g, out, a, rcond=None, hermitian=False),
)


def _cutoff(value: Any) -> Any:
    return None if value is None else float(value)


@linalg_op("pinv")
def pinv(
    a: Any, *, atol: Any = None, rtol: Any = None, return_rank: bool = False, check_finite: bool = True
) -> Any:
    """The pseudo-inverse; its derivative holds where the rank is constant."""
    if return_rank:
        raise unsupported("pinv", "return_rank=True", "np.linalg.matrix_rank(a) has it")
    return scipy_pinv_p.bind(operand(a), atol=_cutoff(atol), rtol=_cutoff(rtol), check=bool(check_finite))


def _pinvh(a: Any, *, atol: Any, rtol: Any, lower: bool, check: bool) -> Any:
    return scipy_linalg.pinvh(a, atol=atol, rtol=rtol, lower=lower, check_finite=check)


def _pinvh_jvp(
    tangents: Sequence[Any], out: Any, a: Any, *, atol: Any, rtol: Any, lower: bool, check: bool
) -> Any:
    a, da = mirrored(a, lower, True), hermitian(tangents[0])
    return pinv_p.rule.jvp((da,), out, a, rcond=None, hermitian=False)


def _pinvh_vjp(g: Any, out: Any, a: Any, *, atol: Any, rtol: Any, lower: bool, check: bool) -> list[Any]:
    (found,) = pinv_p.rule.vjp(g, out, mirrored(a, lower, True), rcond=None, hermitian=False)
    return [conj(hermitian(conj(found)))]


pinvh_p = matrix_op("pinvh", _pinvh, (2,), square)
pinvh_p.rule = Explicit(jvp=_pinvh_jvp, vjp=_pinvh_vjp)


@linalg_op("pinvh")
def pinvh(
    a: Any,
    atol: Any = None,
    rtol: Any = None,
    lower: bool = True,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    """The pseudo-inverse of a Hermitian matrix; the derivative is for Hermitian changes at constant rank."""
    if return_rank:
        raise unsupported("pinvh", "return_rank=True", "np.linalg.matrix_rank(a, hermitian=True) has it")
    return pinvh_p.bind(
        operand(a), atol=_cutoff(atol), rtol=_cutoff(rtol), lower=bool(lower), check=bool(check_finite)
    )


# --- norm ------------------------------------------------------------------------------------------

# SciPy gives a Python number where BLAS does; the primitive has NumPy's scalars.


def _norm(x: Any, *, ord: Any, axis: Any, keepdims: bool, check: bool) -> Any:
    found = scipy_linalg.norm(x, ord, axis, keepdims, check_finite=check)
    return np.float64(found) if type(found) is float else found


@lru_cache(maxsize=256)
def _norm_sample(dtype: np.dtype[Any], ord: Any, ndim: int, axis: Any) -> tuple[np.dtype[Any], Kind]:
    """The dtype and kind of SciPy's norm; its own error for an order that there is not."""
    found = scipy_linalg.norm(np.ones((2,) * ndim, dtype), ord, axis)
    return np.asarray(found).dtype, aval_of(found).kind


def _norm_aval(x: Aval, *, ord: Any, axis: Any, keepdims: bool, check: bool) -> Aval:
    shape = reduced_shape(x.shape, axis, keepdims)
    kind: Kind = "array" if shape or keepdims else "scalar"
    return make_aval(shape, _norm_sample(x.dtype, ord, x.ndim, axis)[0], kind, x.place)


def _norm_batch(
    size: int,
    values: tuple[Any, ...],
    axes: tuple[Any, ...],
    *,
    ord: Any,
    axis: Any,
    keepdims: bool,
    check: bool,
) -> Any:
    x = move_axis(values[0], axes[0], 0)
    out, at = norm_p.batch(size, (x,), (0,), ord=ord, axis=axis, keepdims=keepdims)  # type: ignore[misc]
    return convert(out, _norm_sample(aval_of(x).dtype, ord, aval_of(x).ndim - 1, axis)[0], "array"), at


scipy_norm_p = Primitive("scipy_norm", lambda xp, x, **params: norm_p.impl(xp, x, **params), host=_norm)  # noqa: PLW0108 (host differs)
scipy_norm_p.family = FAMILY
scipy_norm_p.aval, scipy_norm_p.batch = _norm_aval, _norm_batch
scipy_norm_p.rule = Explicit(
    jvp=lambda tangents, out, x, *, ord, axis, keepdims, check: norm_p.rule.jvp(
        tangents, out, x, ord=ord, axis=axis, keepdims=keepdims
    ),
    vjp=lambda g, out, x, *, ord, axis, keepdims, check: norm_p.rule.vjp(
        g, out, x, ord=ord, axis=axis, keepdims=keepdims
    ),
)


def _is_one_block(x: Any) -> bool:
    """Whether SciPy hands an array to LAPACK, which gives a Python number."""
    return x is None or x.ndim == 1 or x.flags.c_contiguous or x.flags.f_contiguous


@linalg_op("norm")
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True) -> Any:
    """A norm of vectors (one axis) or matrices (two axes). At 0 its derivative is 0; ties share."""
    x = operand(a)
    aval = aval_of(x)
    axis = None if axis is None else normal_axes(axis, aval.ndim)
    if aval.dtype.kind not in "fc":
        x = convert(x, float)
    kind = "array" if keepdims else _norm_sample(aval_of(x).dtype, ord, aval.ndim, axis)[1]
    if kind == "python" and not (aval.size and _is_one_block(known(x))):
        kind = "scalar"
    out = scipy_norm_p.bind(x, ord=ord, axis=axis, keepdims=bool(keepdims), check=bool(check_finite))
    return convert(out, float, "python") if kind == "python" and not aval_of(out).shape else out
