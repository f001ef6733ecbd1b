"""``polyfit``: the polynomial of least squares, differentiable by points, values and weights.

NumPy's own steps: an equation with a Vandermonde matrix, its columns scaled, for ``lstsq``.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .arithmetic import divide
from .contract import column, dot, swap
from .exponential import sqrt
from .given import arrays_of
from .least_squares import lstsq
from .linalg import inv
from .plain import plainly
from .polynomials import vander
from .products import outer
from .shape import shape_of
from .structural import convert, reshape, sum_axes, transpose
from .tables import implements


@implements(np.polyfit)
@plainly(np.polyfit)
def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """The polynomial of degree ``deg`` that fits ``y`` at ``x``; derivatives hold where the rank is constant.

    With ``full`` also residuals, rank, singular values and cutoff, with ``cov`` the covariance. Where the
    rank is not known while tracing, nobody warns that it is not full, and the residuals are NaN then.
    """
    order = int(deg) + 1
    given = arrays_of(x, y, *[] if w is None else [w])
    _check(deg, *(aval_of(v) for v in given))
    x, y, *weights = (v + 0.0 for v in given)
    if rcond is None:
        rcond = shape_of(x)[0] * np.finfo(aval_of(x).dtype).eps
    left, right = vander(x, order), y
    if weights:
        left = convert(left * column(weights[0]), aval_of(left).dtype)
        tall = column(weights[0]) if aval_of(y).ndim == 2 else weights[0]
        right = convert(right * tall, aval_of(right).dtype)
    scale = sqrt(sum_axes(left * left, 0))
    left = divide(left, scale)
    c, residuals, rank, s = lstsq(left, right, rcond)
    c = transpose(divide(transpose(c), scale))
    if full:
        return c, residuals, rank, s, rcond
    if isinstance(rank, np.integer) and rank != order:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=3)
    return (c, _covariance(left, scale, residuals, aval_of(y).ndim, cov)) if cov else c


def _check(deg: Any, x: Any, y: Any, w: Any = None) -> None:
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if not x.size:
        raise TypeError("expected non-empty vector for x")
    if y.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")
    if w is not None and w.ndim != 1:
        raise TypeError("expected a 1-d array for weights")
    if w is not None and w.shape[0] != y.shape[0]:
        raise TypeError("expected w and y to have the same length")


def _covariance(left: Any, scale: Any, residuals: Any, ndim: int, cov: Any) -> Any:
    rows, order = shape_of(left)
    base = divide(inv(dot(swap(left), left)), outer(scale, scale))
    factor: Any = 1
    if cov != "unscaled":
        if rows <= order:
            raise ValueError("the number of data points must exceed order to scale the covariance matrix")
        factor = divide(residuals, rows - order)
    return (base if ndim == 1 else reshape(base, (order, order, 1))) * factor
