"""Rows of the op table: averages, covariances, correlations, histograms and counts."""

from __future__ import annotations

from .case import Arg
from .cases_reductions import row

PLANE = (Arg(),)
WEIGHTS = Arg((4,), low=0.3, high=1.0)
WEIGHED = (Arg(), WEIGHTS)
COUNTS = Arg((4,), dtype="int64", low=1, high=4)

AVERAGES = [
    row("mean", "average-axes", lambda np, x: np.average(x, axis=(0, -1), keepdims=True)),
    row(
        "sum divide multiply",
        "average-weights-of-two-axes",
        lambda np, x, w: np.average(x, axis=(2, 0), weights=w),
        (Arg((2, 3, 4)), Arg((4, 2), low=0.3, high=1.0)),
    ),
    row(
        "sum divide multiply",
        "average-returned",
        lambda np, x, w: np.average(x, axis=1, weights=w, returned=True),
        WEIGHED,
        complex=True,
    ),
]

COVARIANCES = [
    row("dot mean", "cov", lambda np, x: np.cov(x), complex=True),
    row("dot", "cov-row", lambda np, x: np.cov(x), (Arg((5,)),)),
    row("dot", "cov-columns", lambda np, x: np.cov(x, rowvar=False)),
    row("dot", "cov-bias", lambda np, x: np.cov(x, bias=True)),
    row("dot", "cov-ddof", lambda np, x: np.cov(x, ddof=2)),
    row("dot", "cov-both", lambda np, x, y: np.cov(x, y), (Arg(), Arg((4,))), complex=True),
    row("dot", "cov-both-columns", lambda np, x, y: np.cov(x, y, rowvar=False), (Arg((4, 2)), Arg((4, 3)))),
    row("dot", "cov-aweights", lambda np, x, w: np.cov(x, aweights=w), WEIGHED, complex=True),
    row("dot", "cov-aweights-bias", lambda np, x, w: np.cov(x, aweights=w, bias=True), WEIGHED),
    row("dot", "cov-fweights", lambda np, x, w: np.cov(x, fweights=w), (Arg(), COUNTS)),
    row(
        "dot",
        "cov-weights",
        lambda np, x, v, w: np.cov(x, fweights=v, aweights=w),
        (Arg(), COUNTS, WEIGHTS),
    ),
    row("dot", "cov-dtype", lambda np, x: np.cov(x, dtype=np.complex128)),
    row("dot", "corrcoef", lambda np, x: np.corrcoef(x)),
    row("dot", "corrcoef-complex", lambda np, x: np.corrcoef(x), (Arg(dtype="complex128"),)),
    row("dot", "corrcoef-row", lambda np, x: np.corrcoef(x) * x, (Arg((5,)),)),
    row("dot", "corrcoef-both", lambda np, x, y: np.corrcoef(x, y), (Arg(), Arg((4,)))),
    row("dot", "corrcoef-columns", lambda np, x: np.corrcoef(x, rowvar=False), (Arg((5, 3)),)),
]

CASES = [*AVERAGES, *COVARIANCES]
