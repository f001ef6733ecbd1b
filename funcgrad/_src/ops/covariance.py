"""Covariances and correlations of the rows of a table."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .complexes import conjugate
from .contract import dot
from .diagonals import diag
from .exponential import sqrt
from .given import array_of, known
from .join import concatenate
from .plain import plainly
from .reductions import average, sum
from .select import clip
from .select import where as choose
from .shape import shape_of, squeeze
from .structural import convert, copy_p, reshape, transpose
from .tables import implements

# NumPy before 2.2 leaves a table of one row as it is, whatever ``rowvar`` says.
_TURNS_ONE_ROW = np.cov(np.ones((1, 2)), rowvar=False, bias=True).shape == (2, 2)


def _table(x: Any, dtype: Any, rowvar: bool, first: bool) -> Any:
    """``x`` as a table whose rows are variables."""
    ndim = aval_of(x).ndim
    if ndim > 2:
        raise ValueError(f"{'m' if first else 'y'} has more than 2 dimensions")
    x = copy_p.bind(x, order="K") if aval_of(x).dtype == dtype else convert(x, dtype)
    x = reshape(x, (1,) * (2 - ndim) + shape_of(x))
    one_row = ndim == 1 if first and _TURNS_ONE_ROW else shape_of(x)[0] == 1
    return x if rowvar or one_row else transpose(x)


def _weight(weights: Any, name: str, x: Any) -> Any:
    """Weights of the columns of ``x``, with NumPy's own errors for what cannot be such."""
    weights = convert(array_of(weights, x), np.dtype(float))
    seen = known(weights)
    if name == "fweights" and seen is not None and not (seen == np.around(seen)).all():
        raise TypeError("fweights must be integer")
    if aval_of(weights).ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if shape_of(weights)[0] != shape_of(x)[1]:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    if seen is not None and (seen < 0).any():
        raise ValueError(f"{name} cannot be negative")
    return weights


def _weights(fweights: Any, aweights: Any, x: Any) -> tuple[Any, Any]:
    """Both together, and those of ``aweights`` alone."""
    counts = None if fweights is None else _weight(fweights, "fweights", x)
    alone = None if aweights is None else _weight(aweights, "aweights", x)
    if counts is None or alone is None:
        return alone if counts is None else counts, alone
    return counts * alone, alone


def _freedom(samples: int, ddof: int, w: Any, total: Any, aweights: Any) -> Any:
    """What the sums of products are divided by; 0, with a warning, if nothing is left."""
    if w is None:
        fact: Any = samples - ddof
    elif ddof == 0:
        fact = total
    elif aweights is None:
        fact = total - ddof
    else:
        fact = total - ddof * sum(w * aweights) / total
    seen = known(fact)
    if seen is None:
        return choose(fact <= 0, 0.0, fact)
    if seen <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=3)
        return 0.0
    return fact


@implements(np.cov)
@plainly(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariances of the rows of ``m`` and ``y`` (of the columns if not ``rowvar``).

    Differentiable by the data and by the weights; ``fweights``, which must be whole numbers, count as if
    they could be any.
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    tables = [array_of(x, m) for x in (m, y) if x is not None]
    dtypes = [aval_of(x).dtype for x in tables]
    dtype = np.result_type(*dtypes, np.float64) if dtype is None else np.dtype(dtype)
    if dtype.kind not in "fc":
        np.cov(np.ones((1, 2)), dtype=dtype)  # NumPy's own error
    x = _table(tables[0], dtype, rowvar, True)
    if shape_of(x)[0] == 0:
        return np.array([]).reshape(0, 0)
    if y is not None:
        x = concatenate((x, _table(tables[1], dtype, rowvar, False)), axis=0)
    w, alone = _weights(fweights, aweights, x)
    middle, total = average(x, axis=1, weights=w, returned=True)
    ddof = (1 if bias == 0 else 0) if ddof is None else ddof
    fact = _freedom(shape_of(x)[1], ddof, w, total[0], alone)
    d = convert(x - middle[:, None], dtype)
    other = transpose(d if w is None else d * w)
    products = dot(d, conjugate(other) if dtype.kind == "c" else other)
    return squeeze(convert(products * np.true_divide(1, fact), aval_of(products).dtype))


@implements(np.corrcoef)
@plainly(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlations of the rows of ``x`` and ``y`` (of the columns if not ``rowvar``).

    Rounded beyond 1 they are cut off, and have derivative 0 there.
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if aval_of(c).ndim == 0:
        return c / c
    if not aval_of(c).size:
        return c
    spread = sqrt(diag(c).real)
    c = c / spread[:, None] / spread[None, :]
    if aval_of(c).dtype.kind != "c":
        return clip(c, -1, 1)
    c.real, c.imag = clip(c.real, -1, 1), clip(c.imag, -1, 1)
    return c
