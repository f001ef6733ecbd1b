"""Rows of the op table: quantiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .case import Arg, Case
from .cases_nan_reductions import PLACES, holed
from .cases_reductions import row


def apart(rng: np.random.Generator) -> Any:
    """Numbers far enough from each other for differences."""
    return rng.permuted(np.linspace(-2, 2, 24)).reshape(2, 3, 4)


def plane(rng: np.random.Generator) -> Any:
    """The same in two axes."""
    return apart(rng)[0]


def weights(rng: np.random.Generator) -> Any:
    """Weights whose running sums are at a distance from the probabilities asked for."""
    return np.array([0.31, 0.22, 0.0, 0.47])


CUBE = (Arg(make=apart),)
PLANE = (Arg(make=plane),)
HOLES = (Arg(make=plane), Arg(make=lambda rng: PLACES))
Q = Arg(shape=(2,), low=0.21, high=0.31)
ONE = Arg(shape=(), low=0.41, high=0.49, kind="scalar")
CONTINUOUS = (
    "linear",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "median_unbiased",
    "normal_unbiased",
)
DISCRETE = (
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "lower",
    "higher",
    "midpoint",
    "nearest",
)


def nan_row(
    primitives: str, label: str, call: Callable[..., Any], args: tuple[Arg, ...] = HOLES, **options: Any
) -> Case:
    return row(f"{primitives} where", label, holed(call), args, **options)


MEDIANS = [
    row("median", "all", lambda np, x: np.median(x), CUBE),
    row("median", "odd", lambda np, x: np.median(x, axis=1), CUBE),
    row("median", "even", lambda np, x: np.median(x, axis=-1, keepdims=True), CUBE),
    row("median", "axes", lambda np, x: np.median(x, axis=(2, 0)), CUBE),
    row("median", "no-axes", lambda np, x: np.median(x, axis=()), PLANE),
    row("median", "complex", lambda np, x: np.median(x, axis=0), PLANE, complex=True),
    row("median", "overwritten", lambda np, x: np.median(x + 0, axis=0, overwrite_input=True), PLANE),
    row("median", "integers", lambda np, x, i: np.median(i, axis=0) * x, (Arg(), Arg(dtype="int64"))),
    nan_row("median", "nan", lambda np, x: np.nansum(np.median(x, axis=1))),
    nan_row("nanmedian", "all", lambda np, x: np.nanmedian(x)),
    nan_row("nanmedian", "axis", lambda np, x: np.nanmedian(x, axis=1)),
    nan_row("nanmedian", "axes", lambda np, x: np.nanmedian(x, axis=(0, -1), keepdims=True)),
    nan_row(
        "nanmedian",
        "nothing",
        lambda np, x: np.nansum(np.nanmedian(x, axis=1)),
        (Arg(make=plane), Arg(make=lambda rng: PLACES & np.array([[True], [False], [True]]))),
    ),
]

QUANTILES = [
    row("quantile", "all", lambda np, x, q: np.quantile(x, q), (*CUBE, ONE)),
    row("quantile", "axis", lambda np, x, q: np.quantile(x, q, axis=1), (*CUBE, Q)),
    row("quantile", "axes", lambda np, x, q: np.quantile(x, q, axis=(2, 0), keepdims=True), (*CUBE, Q)),
    row("quantile", "table", lambda np, x, q: np.quantile(x, q, axis=0), (*PLANE, Arg((2, 1), 0.1, 0.4))),
    row("quantile", "number", lambda np, x: np.quantile(x, 0.3, axis=-1), PLANE),
    row("quantile", "ends", lambda np, x: np.quantile(x, [0, 1], axis=0), PLANE),
    row("quantile", "list", lambda np, x: np.quantile(x, [0.1, 0.25, 1.0], axis=0), PLANE),
    row("percentile", "all", lambda np, x, q: np.percentile(x, 100 * q), (*CUBE, ONE)),
    row("percentile", "axis", lambda np, x, q: np.percentile(x, 100 * q, axis=-1), (*CUBE, Q)),
    row("percentile", "number", lambda np, x: np.percentile(x, 30, axis=0), PLANE),
    nan_row("nanquantile", "all", lambda np, x, q: np.nanquantile(x, q), (*HOLES, ONE)),
    nan_row("nanquantile", "axis", lambda np, x, q: np.nanquantile(x, q, axis=1), (*HOLES, Q)),
    nan_row("nanquantile", "keepdims", lambda np, x: np.nanquantile(x, 0.3, axis=0, keepdims=True)),
    nan_row("nanpercentile", "axis", lambda np, x, q: np.nanpercentile(x, 100 * q, axis=1), (*HOLES, Q)),
    nan_row("nanpercentile", "all", lambda np, x: np.nanpercentile(x, 30)),
    nan_row("quantile", "nan", lambda np, x, q: np.nansum(np.quantile(x, q, axis=1)), (*HOLES, Q)),
]

METHODS = [
    row(
        "quantile",
        method,
        lambda np, x, q, method=method: np.quantile(x, q, axis=-1, method=method),
        (*PLANE, Q),
    )
    for method in CONTINUOUS[1:]
]
METHODS += [
    row(
        "quantile",
        method,
        lambda np, x, q, method=method: np.quantile(x, q, axis=-1, method=method),
        (*PLANE, Q),
        diff=(0,),
    )
    for method in DISCRETE
]
METHODS += [
    nan_row(
        "nanquantile",
        method,
        lambda np, x, q, method=method: np.nanquantile(x, q, axis=1, method=method),
        (*HOLES, Q),
        diff=(0,),
    )
    for method in ("hazen", "midpoint", "nearest", "closest_observation")
]

WEIGHTED = [
    row(
        name,
        label,
        lambda np, x, w, name=name, axis=axis: getattr(np, name)(
            x, 0.4 if "quantile" in name else 40, axis=axis, method="inverted_cdf", weights=w
        ),
        (*PLANE, arg),
        diff=(0,),
    )
    for name in ("quantile", "percentile", "nanquantile", "nanpercentile")
    for label, axis, arg in [
        ("weights", None, Arg(low=0.1, high=0.9)),
        *([] if name.startswith("nan") else [("weights-row", 1, Arg(make=weights))]),
    ]
]

CASES = [*MEDIANS, *QUANTILES, *METHODS, *WEIGHTED]
