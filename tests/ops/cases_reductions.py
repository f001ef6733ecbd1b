"""Rows of the op table: reductions, running sums and products, extremes, softmax and its relatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad._src.ops.extremes import tie_weights_p
from funcgrad._src.ops.scans import recurrence_p
from funcgrad._src.ops.softmax import exp_difference_p, log_softmax, logsumexp, softmax

from .case import Arg, Case

CUBE = (Arg(shape=(2, 3, 4)),)
MATRIX = (Arg(shape=(3, 4)),)
ROW = (Arg(shape=(5,)),)
EMPTY = (Arg(shape=(0, 3)),)
MASK = Arg(shape=(3, 4), dtype="bool")
MASKED = (Arg(shape=(3, 4)), MASK)


def row(
    primitives: str, label: str, call: Callable[..., Any], args: tuple[Arg, ...] = MATRIX, **options: Any
) -> Case:
    """A row with a label; batched and compiled reductions agree within rounding."""
    options.setdefault("bits", False)
    return Case(primitives, call, args, label=label, **options)


def mask(rng: np.random.Generator) -> Any:
    """A mask that leaves three of four in each row."""
    return np.array([[True, True, False, True], [False, True, True, True], [True, True, True, False]])


def distinct(rng: np.random.Generator) -> Any:
    """Numbers far enough from each other for differences."""
    return rng.permuted(np.linspace(-2, 2, 12)).reshape(3, 4)


def with_zeros(rng: np.random.Generator) -> Any:
    """No zero, one zero, two zeros in a row."""
    x = rng.uniform(0.5, 2, (3, 4))
    x[1, 2] = x[2, 0] = x[2, 3] = 0.0
    return x


DISTINCT = (Arg(make=distinct),)
THINNED = (Arg(shape=(3, 4)), Arg(make=mask))

SUM = [
    row("sum", "all", lambda np, x: np.sum(x), CUBE, complex=True),
    row("sum", "axis", lambda np, x: np.sum(x, axis=1), CUBE, complex=True),
    row("sum", "negative", lambda np, x: np.sum(x, axis=-1, keepdims=True), CUBE),
    row("sum", "axes", lambda np, x: np.sum(x, axis=(0, -1)), CUBE),
    row("sum", "no-axes", lambda np, x: np.sum(x, axis=()), CUBE),
    row("sum", "empty", lambda np, x: np.sum(x, axis=0), EMPTY),
    row("sum", "dtype", lambda np, x: np.sum(x, axis=0, dtype=np.complex128)),
    row("sum", "reduce", lambda np, x: np.add.reduce(x), complex=True),
    row("sum", "reduce-axis", lambda np, x: np.add.reduce(x, axis=1, keepdims=True)),
    row("sum_where", "mask", lambda np, x, m: np.sum(x, where=m), MASKED, complex=True),
    row("sum_where", "mask-axis", lambda np, x, m: np.sum(x, axis=1, where=m, keepdims=True), MASKED),
    row(
        "sum_where",
        "mask-row",
        lambda np, x, m: np.sum(x, axis=0, where=m),
        (Arg(), Arg(shape=(4,), dtype="bool")),
    ),
    row("sum_where", "initial", lambda np, x: np.sum(x, axis=0, initial=2.5), complex=True),
    row(
        "sum_where",
        "initial-operand",
        lambda np, x, i: np.sum(x, axis=1, initial=i),
        (Arg(), Arg(shape=(), kind="scalar")),
        vmap=False,
    ),
    row("sum_where", "both", lambda np, x, m: np.sum(x, axis=0, initial=1.0, where=m), MASKED),
]

MEAN = [
    row("mean", "all", lambda np, x: np.mean(x), CUBE, complex=True),
    row("mean", "axis", lambda np, x: np.mean(x, axis=1), CUBE, complex=True),
    row("mean", "axes", lambda np, x: np.mean(x, axis=(0, -1), keepdims=True), CUBE),
    row("mean", "dtype", lambda np, x: np.mean(x, axis=0, dtype=np.complex128)),
    row("mean", "of-nothing", lambda np, x: np.mean(x, axis=1), EMPTY),
    row("mean", "mask", lambda np, x, m: np.mean(x, where=m), THINNED, complex=True),
    row("mean", "mask-axis", lambda np, x, m: np.mean(x, axis=1, where=m), THINNED),
    row("mean", "average", lambda np, x: np.average(x, axis=0), complex=True),
    row(
        "sum",
        "average-weights",
        lambda np, x, w: np.average(x, weights=w),
        (Arg(), Arg(low=0.5, high=1.5)),
        complex=True,
        order=1,
    ),
    row(
        "sum",
        "average-returned",
        lambda np, x, w: np.average(x, axis=1, weights=w, returned=True),
        (Arg(), Arg(shape=(4,), low=0.5, high=1.5)),
        order=1,
    ),
]

SPREAD = [
    row("var", "all", lambda np, x: np.var(x), complex=True),
    row("var", "axis", lambda np, x: np.var(x, axis=1), CUBE, complex=True),
    row("var", "axes", lambda np, x: np.var(x, axis=(0, -1), keepdims=True), CUBE),
    row("var", "ddof", lambda np, x: np.var(x, axis=0, ddof=1)),
    row("var", "correction", lambda np, x: np.var(x, axis=0, correction=0.5)),
    row("var", "mask", lambda np, x, m: np.var(x, axis=1, where=m), THINNED, complex=True),
    row("var", "mask-ddof", lambda np, x, m: np.var(x, axis=1, where=m, ddof=1), THINNED),
    row(
        "var",
        "mean",
        lambda np, x, c: np.var(x, axis=1, mean=c),
        (Arg(), Arg(shape=(3, 1))),
        complex=True,
    ),
    row("var", "own-mean", lambda np, x: np.var(x, axis=1, mean=np.mean(x, axis=1, keepdims=True))),
    row("std", "all", lambda np, x: np.std(x), complex=True),
    row("std", "axis", lambda np, x: np.std(x, axis=1), CUBE, complex=True),
    row("std", "ddof", lambda np, x: np.std(x, axis=-1, ddof=1, keepdims=True)),
    row("std", "mask", lambda np, x, m: np.std(x, axis=1, where=m), THINNED),
    row("std", "mean", lambda np, x, c: np.std(x, axis=1, mean=c), (Arg(), Arg(shape=(3, 1)))),
]

LOGICAL = [
    row("all", "all", lambda np, x: np.all(x > 0), diff=()),
    row("all", "axis", lambda np, x: np.all(x > 0, axis=1, keepdims=True), diff=()),
    row("all", "floats", lambda np, x: np.all(x, axis=(0, 1)), diff=(), complex=True),
    row("all", "mask", lambda np, x, m: np.all(x > -1, axis=1, where=m), MASKED, diff=()),
    row("all", "reduce", lambda np, x: np.logical_and.reduce(x > 0), diff=()),
    row("any", "all", lambda np, x: np.any(x > 0), diff=()),
    row("any", "axis", lambda np, x: np.any(x > 0, axis=-1), diff=()),
    row("any", "mask", lambda np, x, m: np.any(x > 1, axis=0, where=m), MASKED, diff=()),
    row("any", "reduce", lambda np, x: np.logical_or.reduce(x > 0, axis=1), diff=()),
    row("count_nonzero", "all", lambda np, x: np.count_nonzero(x > 0), diff=()),
    row(
        "count_nonzero",
        "axis",
        lambda np, x: np.count_nonzero(x, axis=1, keepdims=True),
        diff=(),
        complex=True,
    ),
    row("argmax", "all", lambda np, x: np.argmax(x), diff=()),
    row("argmax", "axis", lambda np, x: np.argmax(x, axis=-1), diff=(), complex=True),
    row("argmax", "keepdims", lambda np, x: np.argmax(x, keepdims=True), diff=()),
    row("argmin", "axis", lambda np, x: np.argmin(x, axis=0, keepdims=True), diff=()),
    row("argmin", "all", lambda np, x: np.argmin(x), diff=()),
]

SCANS = [
    row("cumsum", "row", lambda np, x: np.cumsum(x), CUBE, complex=True),
    row("cumsum", "axis", lambda np, x: np.cumsum(x, axis=1), complex=True),
    row("cumsum", "dtype", lambda np, x: np.cumsum(x, axis=-1, dtype=np.complex128)),
    row("cumsum", "accumulate", lambda np, x: np.add.accumulate(x)),
    row("cumsum", "empty", lambda np, x: np.cumsum(x, axis=0), EMPTY),
    row(
        "cumsum", "cumulative", lambda np, x: np.cumulative_sum(x, axis=1, include_initial=True), numpy="2.1"
    ),
    row("cumprod", "row", lambda np, x: np.cumprod(x), ROW, complex=True),
    row("cumprod", "axis", lambda np, x: np.cumprod(x, axis=0), complex=True),
    row("cumprod", "zeros", lambda np, x: np.cumprod(x, axis=1), (Arg(make=with_zeros),)),
    row("cumprod", "accumulate", lambda np, x: np.multiply.accumulate(x, axis=1)),
    row("cumprod", "empty", lambda np, x: np.cumprod(x, axis=0), EMPTY),
    row("cumprod", "cumulative", lambda np, x: np.cumulative_prod(x, include_initial=True), ROW, numpy="2.1"),
    row(
        "recurrence",
        "matrix",
        lambda np, a, b: recurrence_p.bind(a, b, axis=1),
        (Arg(), Arg()),
        complex=True,
    ),
    row("recurrence", "row", lambda np, a, b: recurrence_p.bind(a, b, axis=0), (*ROW, *ROW), complex=True),
]

PROD = [
    row("prod", "all", lambda np, x: np.prod(x), ROW, complex=True),
    row("prod", "axis", lambda np, x: np.prod(x, axis=1), CUBE, complex=True),
    row("prod", "axes", lambda np, x: np.prod(x, axis=(0, 2), keepdims=True), (Arg(shape=(2, 3, 2)),)),
    row("prod", "zeros", lambda np, x: np.prod(x, axis=1), (Arg(make=with_zeros),)),
    row("prod", "zeros-all", lambda np, x: np.prod(x), (Arg(make=lambda rng: with_zeros(rng)[2]),)),
    row("prod", "empty", lambda np, x: np.prod(x, axis=0), EMPTY),
    row("prod", "reduce", lambda np, x: np.multiply.reduce(x)),
    row("prod", "mask", lambda np, x, m: np.prod(x, axis=1, where=m), THINNED, complex=True),
    row("prod", "initial", lambda np, x: np.prod(x, axis=0, initial=2.5)),
    row(
        "prod",
        "initial-operand",
        lambda np, x, i: np.prod(x, axis=1, initial=i),
        (Arg(), Arg(shape=(), kind="scalar")),
        vmap=False,
    ),
]

EXTREMES = [
    row("max", "all", lambda np, x: np.max(x), DISTINCT, order=1),
    row("max", "axis", lambda np, x: np.max(x, axis=1), DISTINCT),
    row("max", "axes", lambda np, x: np.max(x, axis=(0, -1), keepdims=True), DISTINCT),
    row("max", "amax", lambda np, x: np.amax(x, axis=0), DISTINCT),
    row("max", "reduce", lambda np, x: np.maximum.reduce(x, axis=1), DISTINCT),
    row("max", "initial", lambda np, x: np.max(x, axis=0, initial=0.1), DISTINCT),
    row(
        "max", "mask", lambda np, x, m: np.max(x, axis=1, initial=-9.0, where=m), (*DISTINCT, Arg(make=mask))
    ),
    row(
        "max",
        "initial-operand",
        lambda np, x, i: np.max(x, axis=1, initial=i),
        (*DISTINCT, Arg(shape=(), kind="scalar", low=1.2, high=1.4)),
        vmap=False,
    ),
    row("max", "complex", lambda np, x: np.max(x, axis=1), (Arg(dtype="complex128"),), order=1),
    row("min", "all", lambda np, x: np.min(x), DISTINCT),
    row("min", "axis", lambda np, x: np.min(x, axis=-1), DISTINCT),
    row("min", "reduce", lambda np, x: np.minimum.reduce(x), DISTINCT),
    row("min", "initial", lambda np, x: np.amin(x, axis=0, initial=-0.1), DISTINCT),
    row("max, min", "ptp", lambda np, x: np.ptp(x, axis=0), DISTINCT),
    row(
        "tie_weights",
        "ties",
        lambda np, x, y: tie_weights_p.bind(x, y, axes=(1,)),
        (Arg(), Arg(shape=(3, 1))),
        diff=(),
    ),
]

SOFTMAX = [
    row("logsumexp", "all", lambda np, x: logsumexp(x)),
    row("logsumexp", "axis", lambda np, x: logsumexp(x, axis=1), CUBE),
    row("logsumexp", "axes", lambda np, x: logsumexp(x, axis=(0, -1), keepdims=True), CUBE),
    row("softmax", "last", lambda np, x: softmax(x)),
    row("softmax", "axis", lambda np, x: softmax(x, axis=0)),
    row("softmax", "all", lambda np, x: softmax(x, axis=None)),
    row("log_softmax", "last", lambda np, x: log_softmax(x)),
    row("log_softmax", "axis", lambda np, x: log_softmax(x, axis=1), CUBE),
    row("exp_difference", "rows", lambda np, x, y: exp_difference_p.bind(x, y), (Arg(), Arg(shape=(3, 1)))),
]

OUTER = [
    row("add", "outer", lambda np, x, y: np.add.outer(x, y), (*ROW, *MATRIX), complex=True, bits=True),
    row("multiply", "outer", lambda np, x, y: np.multiply.outer(x, y), (*ROW, Arg(shape=())), bits=True),
]

CASES: list[Case] = [
    *SUM,
    *MEAN,
    *SPREAD,
    *LOGICAL,
    *SCANS,
    *PROD,
    *EXTREMES,
    *SOFTMAX,
    *OUTER,
]
