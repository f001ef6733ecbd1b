"""The condition number ``cond``, in every order.

Like that of a norm, its derivative is one array, the slope D: the tangent is ``Re sum(D dx)``, the cotangent
``g D``. Where it has a kink, norms' sub-gradients are used: singular values that tie share, so that the slope
of ``cond(np.eye(n))`` is 0, its least value. At a singular matrix ``cond`` is infinite and its slope NaN,
without an error; a zero cotangent (a masked example) gives zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from .contract import conj, matmul, operand, refuse, row, swap
from .declare import Explicit
from .decompositions import thin_svd
from .determinants import inverse_transpose, numbers_aval, over, pairing
from .linalg import check_square, stacked
from .norms import check_order, norm, norm_slope, tied_share
from .strong import strong_mul
from .structural import real
from .tables import implements

FAMILY = "conditions"


# Orders 2 and -2: k = s_1 / s_n or s_n / s_1. With w the derivative by the singular values, D is
# conj(U) w conj(V^H), as for the spectral norms.
#
# Other orders: k = n(A) n(X) with X = A^-1, dX = -X dA X. With the slopes D_A and D_X of the two norms,
#   D = D_A n(X) - n(A) X^T D_X X^T.


def _slope(x: Any, p: Any) -> Any:
    if p is None or p in (2, -2):
        return _spectral_slope(x, p)
    back = inverse_transpose(x)
    inverse = swap(back)
    size, other = norm(x, p, (-2, -1)), norm(inverse, p, (-2, -1))
    turned = matmul(back, matmul(_matrix_slope(inverse, other, p), back))
    return _matrix_slope(x, size, p) * over(other) - over(size) * turned


def _matrix_slope(x: Any, size: Any, p: Any) -> Any:
    ndim = aval_of(x).ndim
    return norm_slope(x, size, p, (ndim - 2, ndim - 1))


def _spectral_slope(x: Any, p: Any) -> Any:
    u, s, vh = thin_svd(x)
    last = (aval_of(s).ndim - 1,)
    largest, least = tied_share(s, last, True), tied_share(s, last, False)
    if p == -2:
        largest, least = least, largest
    top, bottom = (s * largest).sum(-1, keepdims=True), (s * least).sum(-1, keepdims=True)
    weight = (largest - least * (top / bottom)) / bottom
    return matmul(conj(u) * row(weight), conj(vh))


def _cond_jvp(tangents: Sequence[Any], out: Any, x: Any, *, p: Any) -> Any:
    return real(pairing(tangents[0], _slope(x, p)))


def _cond_vjp(g: Any, out: Any, x: Any, *, p: Any) -> list[Any]:
    g = real(g) if aval_of(g).dtype.kind == "c" else g
    return [strong_mul(over(g), _slope(x, p))]


def _cond_aval(x: Aval, *, p: Any) -> Aval:
    if x.ndim < 2 or not x.shape[-1] * x.shape[-2]:
        refuse(lambda x: np.linalg.cond(x, p), x)
    if p is not None and p not in (2, -2):
        check_square(np.linalg.inv, x)
    return numbers_aval(x, _cond_dtype(x.dtype, p))


@lru_cache(maxsize=256)
def _cond_dtype(dtype: np.dtype[Any], p: Any) -> np.dtype[Any]:
    """That of NumPy, which had it complex once; its own error for an order that there is not."""
    return np.asarray(np.linalg.cond(np.ones((1, 1), dtype), p)).dtype


cond_p = Primitive("cond", lambda xp, x, *, p: xp.linalg.cond(x, p), family=FAMILY)
cond_p.aval = _cond_aval
cond_p.rule = Explicit(jvp=_cond_jvp, vjp=_cond_vjp)
cond_p.batch = stacked(cond_p)


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """The condition number of each matrix in the norm ``p``; where singular infinite, with a slope of NaN."""
    check_order("cond", p)
    return cond_p.bind(operand(x), p=p)
