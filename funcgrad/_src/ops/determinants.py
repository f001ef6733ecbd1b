"""Determinants: ``det``, ``slogdet``.

The derivatives of ``det`` are those of a polynomial: exact at every matrix, singular ones too, in every order
(cofactors.py). The logarithm has none at a singular matrix: there the gradient of ``logabsdet`` is infinite
where the cofactor is not zero, as that of ``log`` at 0, and a zero cotangent (a masked example) gives zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .cofactors import cofactor, cofactors_of
from .complexes import absolute
from .contract import matmul, operand, swap
from .declare import Explicit
from .linalg import check_square, lapack_dtype, matrices_aval, stacked
from .logic import isfinite
from .select import where
from .strong import strong_mul
from .structural import real, reshape, sum_axes
from .tables import implements

FAMILY = "determinants"


def over(x: Any) -> Any:
    """One number for each matrix, ready to multiply the matrices: ``x[..., None, None]``."""
    return reshape(x, (*aval_of(x).shape, 1, 1))


def pairing(x: Any, y: Any) -> Any:
    """The sum of ``x * y`` over each matrix; a zero of ``x`` wins."""
    return sum_axes(strong_mul(x, y), (-2, -1))


def numbers_aval(a: Aval, dtype: Any) -> Aval:
    """The aval of one number for each matrix."""
    return scalar_or_array(a.shape[:-2], dtype, a.place)


# --- det -------------------------------------------------------------------------------------------


def _det_aval(a: Aval) -> Aval:
    check_square(np.linalg.det, a)
    return numbers_aval(a, lapack_dtype(a.dtype))


det_p = Primitive("det", lambda xp, a: xp.linalg.det(a), host=np.linalg.det, family=FAMILY)
det_p.aval = _det_aval
det_p.rule = Explicit(
    jvp=lambda tangents, out, a: sum_axes(cofactor(a) * tangents[0], (-2, -1)),
    vjp=lambda g, out, a: [over(g) * cofactor(a)],
)
det_p.batch = stacked(det_p)


@implements(np.linalg.det)
def det(a: Any) -> Any:
    """The determinant of each matrix; derivatives of every order are exact at singular matrices too."""
    return det_p.bind(operand(a))


# --- inverse_transpose: cof(A) / det(A) ------------------------------------------------------------

# W = A^-T: dW = -W dA^T W. Paired with g this is -tr(dA^T W g^T W): the map is its own transpose. At a
# singular matrix W is +-inf where the cofactor is not 0, else 0; then W is taken out of the product, which
# is 0 for a zero direction, and NaN for any other.


def _inverse_transpose(xp: Any, a: Any) -> Any:
    if xp is not np:  # devices do not raise: they fill the inverse of a singular matrix with inf or NaN
        return xp.swapaxes(xp.linalg.inv(a), -1, -2)
    try:
        return np.linalg.inv(a).swapaxes(-1, -2)
    except np.linalg.LinAlgError:
        singular = (np.linalg.slogdet(a).sign == 0)[..., None, None]
        inverse = np.linalg.inv(np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a))
        return np.where(singular, _at_singular(a), inverse.swapaxes(-1, -2))


def _at_singular(a: Any) -> Any:
    if a.dtype.kind == "c":
        return np.nan
    cofactors = cofactors_of(np, a)
    return np.where(cofactors == 0, cofactors, np.copysign(np.inf, cofactors)).astype(cofactors.dtype)


def _inverse_change(w: Any, d: Any) -> Any:
    finite = where(isfinite(w), w, 0.0)
    blame = sum_axes(w * 0, (-2, -1), True)  # 0, or NaN
    return strong_mul(sum_axes(absolute(d), (-2, -1), True), blame) - matmul(matmul(finite, swap(d)), finite)


inverse_transpose_p = Primitive("inverse_transpose", _inverse_transpose, family=FAMILY)
inverse_transpose_p.aval = matrices_aval(np.linalg.inv)
inverse_transpose_p.rule = Explicit(
    jvp=lambda tangents, out, a: _inverse_change(out, tangents[0]),
    vjp=lambda g, out, a: [_inverse_change(out, g)],
)
inverse_transpose_p.batch = stacked(inverse_transpose_p)


def inverse_transpose(a: Any) -> Any:
    """The transposed inverse of each matrix; infinite, and no error, at a singular one."""
    return inverse_transpose_p.bind(a)


# --- slogdet ---------------------------------------------------------------------------------------

# With w = tr(A^-1 dA): d log|det A| = Re w, d sign = i sign Im w. The sign of a real determinant is
# constant. Cotangents: g_l A^-T, and i Im(g_s sign) A^-T, since Re(g_s i sign Im w) = -Im(g_s sign) Im w.


SlogdetResult: Any = type(np.linalg.slogdet(np.ones((1, 1))))


def _slogdet_aval(a: Aval) -> tuple[Aval, Aval]:
    check_square(np.linalg.slogdet, a)
    dtype = lapack_dtype(a.dtype)
    return numbers_aval(a, dtype), numbers_aval(a, np.finfo(dtype).dtype)


def _imaginary(x: Any) -> Any:
    return real(-1j * x)


def _slogdet_jvp(tangents: Sequence[Any], out: Any, a: Any) -> tuple[Any, Any]:
    w = pairing(tangents[0], inverse_transpose(a))
    if aval_of(w).dtype.kind != "c":
        return None, w
    return out[0] * (1j * _imaginary(w)), real(w)


def _slogdet_vjp(g: Any, out: Any, a: Any) -> list[Any]:
    factor = g[1]
    if aval_of(out[0]).dtype.kind == "c":
        factor = factor + 1j * _imaginary(g[0] * out[0])
    return [strong_mul(over(factor), inverse_transpose(a))]


slogdet_p = Primitive(
    "slogdet",
    lambda xp, a: tuple(xp.linalg.slogdet(a)),
    host=lambda a: tuple(np.linalg.slogdet(a)),
    multiple=True,
    family=FAMILY,
)
slogdet_p.aval = _slogdet_aval
slogdet_p.rule = Explicit(jvp=_slogdet_jvp, vjp=_slogdet_vjp)
slogdet_p.batch = stacked(slogdet_p)


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Sign and logarithm of the modulus of the determinant: ``(sign, logabsdet)``.

    At a singular matrix ``logabsdet`` is -inf and its gradient infinite, or zero for a zero cotangent.
    """
    return SlogdetResult(*slogdet_p.bind(operand(a)))
