"""Rows of the op table: averages, covariances, correlations, histograms and counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from funcgrad._src.ops.counting import bin_number_p

from .case import Arg, Case
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


def middles(rng: np.random.Generator) -> Any:
    """Both ends, and numbers near the middles of four bins between them."""
    inner = rng.permuted(np.array([-1.5, -0.5, -0.5, 0.5, 0.5, 1.5, 1.5])) + rng.uniform(-0.2, 0.2, 7)
    return np.array([inner[0], -2.0, *inner[1:4], 2.0, *inner[4:]])


def points(rng: np.random.Generator) -> Any:
    """The same along two axes."""
    return np.stack([middles(rng), middles(rng)], axis=1)


def rising(rng: np.random.Generator) -> Any:
    """Edges."""
    return np.array([-1.1, -0.3, 0.2, 1.3]) + rng.uniform(-0.05, 0.05, 4)


DATA = Arg(make=middles)
POINTS = Arg(make=points)
EACH = Arg((9,), low=0.1, high=1.0)
EDGES = Arg(make=rising)
RANGE = (-2.5, 2.5)

HISTOGRAMS = [
    row("equal_bins", "plain", lambda np, x: np.histogram(x, 4), (DATA,)),
    row("equal_bins", "weights", lambda np, x, w: np.histogram(x, 4, weights=w), (DATA, EACH)),
    row("equal_bins", "range", lambda np, x, w: np.histogram(x, 3, RANGE, weights=w)[0], (DATA, EACH)),
    row("equal_bins", "left-out", lambda np, x, w: np.histogram(x, 3, (-1, 1), None, w)[0], (DATA, EACH)),
    row("equal_bins", "density", lambda np, x: np.histogram(x, 4, density=True), (DATA,)),
    row(
        "equal_bins",
        "density-of-weights",
        lambda np, x, w: np.histogram(x, 4, density=True, weights=w)[0],
        (DATA, EACH),
    ),
    row(
        "equal_bins",
        "complex-weights",
        lambda np, x, w: np.histogram(x, 4, weights=w)[0],
        (DATA, Arg((9,), dtype="complex128")),
        float32=False,
    ),
    row("equal_bins", "table", lambda np, x, w: np.histogram(x, 4, RANGE, None, w)[0], (Arg(), Arg())),
    row("histogram", "edges", lambda np, x, w, e: np.histogram(x, e, weights=w)[0], (DATA, EACH, EDGES)),
    row(
        "histogram",
        "density",
        lambda np, x, w, e: np.histogram(x, e, weights=w, density=True),
        (DATA, EACH, EDGES),
    ),
    row("histogram", "counts", lambda np, x: np.histogram(x, [-1.1, 0.2, 0.9])[0], (DATA,), diff=()),
    row("linspace max min", "bin-edges", lambda np, x: np.histogram_bin_edges(x, 4), (DATA,)),
    row("histogramdd", "grid", lambda np, x, w: np.histogramdd(x, 4, weights=w), (POINTS, EACH)),
    row(
        "histogramdd",
        "given",
        lambda np, x, w, e: np.histogramdd(x, [e, 4], weights=w, density=True),
        (POINTS, EACH, EDGES),
    ),
    row(
        "histogramdd",
        "range",
        lambda np, x, w: np.histogramdd(x, 3, [RANGE, (-1.0, 1.0)], weights=w)[0],
        (POINTS, EACH),
    ),
    row("histogramdd", "counts", lambda np, x: np.histogramdd(x, [3, 2])[0], (POINTS,), diff=()),
    row(
        "histogramdd",
        "2d",
        lambda np, x, y, w: np.histogram2d(x, y, [4, 4], weights=w, density=True),
        (DATA, DATA, EACH),
    ),
    row(
        "histogramdd",
        "2d-edges",
        lambda np, x, y, e: np.histogram2d(x, y, e)[0],
        (DATA, DATA, EDGES),
        diff=(),
    ),
]

COUNTING = [
    row("bincount", "weights", lambda np, w: np.bincount([3, 0, 1, 3], w), (Arg((4,)),)),
    row("bincount", "minlength", lambda np, w: np.bincount([3, 0, 1, 3], w, minlength=7), (Arg((4,)),)),
    row("digitize", "table", lambda np, x, e: np.digitize(x, e), (Arg(), EDGES), diff=()),
    row("digitize", "right", lambda np, x: np.digitize(x, [-1.0, 0.5, 1.0], right=True), (Arg(),), diff=()),
    row("digitize", "falling", lambda np, x: np.digitize(x, [1.0, 0.5, -1.0]), (Arg(),), diff=()),
    row("digitize", "falling-batches", lambda np, x, e: np.digitize(x, -e, True), (Arg(), EDGES), diff=()),
    Case("bin_number", lambda np, x, e: bin_number_p.bind(x, e), (Arg((5,)), EDGES), diff=()),
]

CASES = [*AVERAGES, *COVARIANCES, *HISTOGRAMS, *COUNTING]
