"""Rows of the op table: reductions that pass over NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad._src.ops.nan_reductions import replace_nan_p

from .case import Arg, Case
from .cases_reductions import distinct, row

PLACES = np.array([[True, False, True, True], [True, True, True, True], [False, True, True, False]])
CHOSEN = Arg(make=lambda rng: np.array([[1, 1, 1, 0], [1, 0, 1, 1], [1, 1, 1, 1]], bool))
HOLES = (Arg(), Arg(make=lambda rng: PLACES))
MASKED = (*HOLES, CHOSEN)
POSITIVE = (Arg(low=0.4, high=2.0), Arg(make=lambda rng: PLACES))
ROWS_OF_NAN = (Arg(), Arg(make=lambda rng: PLACES & np.array([[True], [False], [True]])))
DISTINCT = (Arg(make=distinct), Arg(make=lambda rng: PLACES))


def holed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The call on the array in which what the second operand leaves out is NaN."""
    return lambda np, x, here, *rest: function(np, np.where(here, x, np.nan), *rest)


def nan_row(
    primitives: str, label: str, call: Callable[..., Any], args: tuple[Arg, ...] = HOLES, **options: Any
) -> Case:
    return row(f"{primitives} where", label, holed(call), args, **options)


TOTALS = [
    nan_row("sum replace_nan", "nansum", lambda np, x: np.nansum(x), complex=True),
    nan_row("sum replace_nan", "nansum-axis", lambda np, x: np.nansum(x, axis=0), complex=True),
    nan_row("sum replace_nan", "nansum-axes", lambda np, x: np.nansum(x, (0, -1), keepdims=True)),
    nan_row("sum replace_nan", "nansum-dtype", lambda np, x: np.nansum(x, axis=1, dtype=np.complex128)),
    nan_row("sum_where replace_nan", "nansum-mask", lambda np, x, m: np.nansum(x, axis=1, where=m), MASKED),
    nan_row(
        "sum_where replace_nan",
        "nansum-initial",
        lambda np, x, c: np.nansum(x, axis=1, initial=c),
        (*HOLES, Arg(shape=(), kind="scalar")),
        vmap=False,
        device=False,
    ),
    nan_row("sum replace_nan", "nansum-nothing", lambda np, x: np.nansum(x, axis=1), ROWS_OF_NAN),
    nan_row("prod replace_nan", "nanprod", lambda np, x: np.nanprod(x), POSITIVE, complex=True),
    nan_row("prod replace_nan", "nanprod-axis", lambda np, x: np.nanprod(x, axis=-1), POSITIVE),
    nan_row("prod replace_nan", "nanprod-mask", lambda np, x, m: np.nanprod(x, axis=0, where=m), MASKED),
    nan_row("cumsum replace_nan", "nancumsum", lambda np, x: np.nancumsum(x), complex=True),
    nan_row("cumsum replace_nan", "nancumsum-axis", lambda np, x: np.nancumsum(x, axis=1)),
    nan_row("cumprod replace_nan", "nancumprod", lambda np, x: np.nancumprod(x), POSITIVE),
    nan_row("cumprod replace_nan", "nancumprod-axis", lambda np, x: np.nancumprod(x, axis=0), complex=True),
    Case("replace_nan", lambda np, x: replace_nan_p.bind(x, value=0), complex=True),
    row("sum", "nansum-integers", lambda np, x, i: np.nansum(i) * x, (Arg(), Arg(dtype="int64"))),
    row("cumsum", "nancumsum-integers", lambda np, x, i: np.nancumsum(i, 0) * x, (Arg(), Arg(dtype="int64"))),
]

MEANS = [
    nan_row("nanmean", "all", lambda np, x: np.nanmean(x), complex=True),
    nan_row("nanmean", "axis", lambda np, x: np.nanmean(x, axis=1), complex=True),
    nan_row("nanmean", "axes", lambda np, x: np.nanmean(x, axis=(-1, 0), keepdims=True)),
    nan_row("nanmean", "mask", lambda np, x, m: np.nanmean(x, axis=0, where=m), MASKED, complex=True),
    nan_row("nanmean", "dtype", lambda np, x: np.nanmean(x, axis=0, dtype=np.complex128)),
    nan_row("nanmean", "nothing", lambda np, x: np.nansum(np.nanmean(x, axis=1)), ROWS_OF_NAN),
    row("nanmean", "empty", lambda np, x: np.nanmean(x, axis=0), (Arg((0, 3)),)),
    row("mean", "nanmean-integers", lambda np, x, i: np.nanmean(i) * x, (Arg(), Arg(dtype="int64"))),
    nan_row("nanvar", "all", lambda np, x: np.nanvar(x), complex=True),
    nan_row("nanvar", "axis", lambda np, x: np.nanvar(x, axis=1), complex=True),
    nan_row("nanvar", "axes", lambda np, x: np.nanvar(x, axis=(0, -1), keepdims=True)),
    nan_row("nanvar", "ddof", lambda np, x: np.nanvar(x, axis=1, ddof=1)),
    nan_row("nanvar", "correction", lambda np, x: np.nanvar(x, axis=0, correction=0.5)),
    nan_row("nanvar", "mask", lambda np, x, m: np.nanvar(x, axis=1, where=m), MASKED, complex=True),
    nan_row(
        "nanvar",
        "mean",
        lambda np, x, c: np.nanvar(x + 0.0 * c, axis=1, mean=c),  # NumPy does not ask the mean
        (*HOLES, Arg((3, 1))),
        complex=True,
    ),
    nan_row("nanvar", "nothing", lambda np, x: np.nansum(np.nanvar(x, axis=1)), ROWS_OF_NAN),
    nan_row("nanstd", "all", lambda np, x: np.nanstd(x), complex=True),
    nan_row("nanstd", "axis", lambda np, x: np.nanstd(x, axis=1)),
    nan_row("nanstd", "ddof", lambda np, x: np.nanstd(x, axis=0, ddof=1, keepdims=True)),
    nan_row("nanstd", "mask", lambda np, x, m: np.nanstd(x, axis=1, where=m), MASKED),
    nan_row("nanstd", "mean", lambda np, x, c: np.nanstd(x + 0 * c, axis=1, mean=c), (*HOLES, Arg((3, 1)))),
]

EXTREMES = [
    nan_row(name, label, call, args, **options)
    for name in ("nanmax", "nanmin")
    for label, call, args, options in [
        ("all", lambda np, x, name=name: getattr(np, name)(x), DISTINCT, {}),
        ("axis", lambda np, x, name=name: getattr(np, name)(x, axis=-1), DISTINCT, {}),
        ("axes", lambda np, x, name=name: getattr(np, name)(x, axis=(0, 1), keepdims=True), DISTINCT, {}),
        (
            "mask",
            lambda np, x, m, name=name: getattr(np, name)(x, axis=1, where=m, initial=0.1),
            (*DISTINCT, CHOSEN),
            {},
        ),
        (
            "initial",
            lambda np, x, c, name=name: getattr(np, name)(x, axis=1, initial=c),
            (*DISTINCT, Arg(shape=(), low=0.0, high=0.1, kind="scalar")),
            {"device": False, "vmap": False},
        ),
        (
            "nothing",
            lambda np, x, name=name: np.nansum(getattr(np, name)(x, axis=1)),
            (DISTINCT[0], ROWS_OF_NAN[1]),
            {},
        ),
    ]
]

PLACES_OF_EXTREMES = [
    nan_row(name, label, call, DISTINCT, diff=())
    for name in ("nanargmax", "nanargmin")
    for label, call in [
        ("all", lambda np, x, name=name: getattr(np, name)(x)),
        ("axis", lambda np, x, name=name: getattr(np, name)(x, axis=-1)),
        ("keepdims", lambda np, x, name=name: getattr(np, name)(x, axis=0, keepdims=True)),
        ("all-keepdims", lambda np, x, name=name: getattr(np, name)(x, keepdims=True)),
    ]
]

# var and std of numbers and means that are not of one kind.
MIXED = [
    row("var", "real-dtype", lambda np, x: np.var(x, axis=0, dtype=np.float64), complex=True),
    row("std", "real-dtype", lambda np, x: np.std(x, axis=0, dtype=np.float64), complex=True),
    nan_row("nanvar", "real-dtype", lambda np, x: np.nanvar(x, axis=0, dtype=np.float64), complex=True),
    row(
        "var",
        "complex-mean",
        lambda np, x, c: np.var(x, axis=1, mean=c),
        (Arg(), Arg((3, 1), dtype="complex128")),
        float32=False,
    ),
]

CASES = [*TOTALS, *MEANS, *EXTREMES, *PLACES_OF_EXTREMES, *MIXED]
