"""Rows of the op table: differences, gradients of samples, integrals of samples, interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

import funcgrad.numpy as fnp
from funcgrad._src.ops.interpolation import cell_p
from funcgrad._src.ops.plain import valued

from .case import Arg, Case

MATRIX, ROW, CUBE, SCALAR = Arg(), Arg((4,)), Arg((2, 3, 4)), Arg((), low=0.5, kind="scalar")


def ascending(*shape: int) -> Arg:
    """Numbers that ascend along the last axis, far enough apart for differences."""
    return Arg(make=lambda rng: np.cumsum(rng.uniform(0.4, 1.5, shape), -1) - 2.0)


def steps_of(period: float) -> Arg:
    """Phases whose differences are far from half a period."""

    def make(rng: np.random.Generator) -> Any:
        steps = rng.uniform(-0.4, 0.4, (3, 5)) + rng.integers(-3, 4, (3, 5))
        return np.cumsum(steps, 1) * period

    return Arg(make=make)


def inside(rng: np.random.Generator) -> Any:
    """Places outside, and inside cells, of the points below."""
    return np.array([[-2.6, -1.7, 0.1], [0.9, 2.2, 3.4]]) + rng.uniform(-0.2, 0.2, (2, 3))


def points(rng: np.random.Generator) -> Any:
    return np.array([-2.1, -1.2, 0.6, 1.4, 2.8]) + rng.uniform(-0.1, 0.1, 5)


PLACES, POINTS, VALUES = Arg(make=inside), Arg(make=points), Arg((5,))
LINE = (PLACES, POINTS, VALUES)
COMPLEX_LINE = (PLACES, POINTS, Arg((5,), dtype="complex128"))
ROUNDED: dict[str, Any] = {"bits": False}

DIFF = [
    Case("slice, subtract", lambda np, x: np.diff(x), label="diff", complex=True),
    Case("slice, subtract", lambda np, x: np.diff(x, 2, axis=0), label="diff-twice", complex=True),
    Case("slice, subtract", lambda np, x: np.diff(x, n=0), label="diff-zero-times"),
    Case("slice, subtract", lambda np, x: np.diff(x, 5, axis=-2), (CUBE,), label="diff-nothing-left"),
    Case("slice, subtract", lambda np, x: np.diff(x, axis=1), (Arg((0, 3)),), label="diff-empty"),
    Case(
        "slice, subtract", lambda np, x: np.diff(x, prepend=0, append=1.5), label="diff-numbers", complex=True
    ),
    Case(
        "slice, subtract",
        lambda np, x, a, b: np.diff(x, axis=0, prepend=a, append=b),
        (MATRIX, Arg((2, 4)), Arg((), kind="scalar")),
        label="diff-edges",
        complex=True,
    ),
    Case("slice, not_equal", lambda np, x: np.diff(x > 0), diff=(), label="diff-bool"),
    Case("slice, subtract", lambda np, x: np.ediff1d(x), label="ediff1d", complex=True),
    Case("slice, subtract", lambda np, x: np.ediff1d(x, [1.0, 2.0], -0.5), label="ediff1d-numbers"),
    Case(
        "slice, subtract",
        lambda np, x, a, b: np.ediff1d(x, to_begin=a, to_end=b),
        (ROW, Arg((2, 1)), SCALAR),
        label="ediff1d-edges",
        complex=True,
    ),
]

GRADIENT = [
    Case("concatenate, divide", lambda np, f: np.gradient(f), label="gradient", complex=True),
    Case(
        "concatenate, divide",
        lambda np, f: np.gradient(f, 0.5, axis=-1),
        label="gradient-number",
        complex=True,
    ),
    Case(
        "concatenate, divide", lambda np, f: np.gradient(f, axis=(1, 0), edge_order=2), label="gradient-edges"
    ),
    Case("concatenate, divide", lambda np, f, h: np.gradient(f, h), (MATRIX, SCALAR), label="gradient-step"),
    Case(
        "concatenate, divide",
        lambda np, f, h: np.gradient(f, h, axis=1, edge_order=2),
        (Arg((2, 4), dtype="complex128"), SCALAR),
        label="gradient-step-edges",
    ),
    Case(
        "concatenate, divide",
        lambda np, f, h, x: np.gradient(f, h, x),
        (MATRIX, SCALAR, ascending(4)),
        label="gradient-coordinates",
        **ROUNDED,
    ),
    Case(
        "concatenate, divide",
        lambda np, f, x: np.gradient(f, x, axis=1, edge_order=2),
        (CUBE, ascending(3)),
        label="gradient-coordinates-edges",
        **ROUNDED,
    ),
    Case("concatenate, divide", lambda np, f: np.gradient(f, [0, 1, 2, 4]), (ROW,), label="gradient-list"),
    Case(
        "valued",
        lambda np, f, x: np.gradient(f, x),
        (ROW, Arg(make=lambda rng: np.arange(4) * 0.5 + rng.integers(0, 9))),
        label="gradient-equal-distances",
        **ROUNDED,
    ),
    Case("valued", lambda np, x: valued(x + x, 2 * x)),
]

TRAPEZOID = [
    Case("sum", lambda np, y: np.trapezoid(y), label="trapezoid", complex=True, **ROUNDED),
    Case("sum", lambda np, y: np.trapezoid(y, dx=0.5, axis=0), label="trapezoid-step", **ROUNDED),
    Case(
        "sum",
        lambda np, y, dx: fnp.trapezoid(y, dx=dx, axis=-2),
        (CUBE, SCALAR),
        label="trapezoid-traced-step",
        **ROUNDED,
    ),
    Case(
        "sum",
        lambda np, y, x: np.trapezoid(y, x, axis=1),
        (CUBE, ascending(3)),
        label="trapezoid-points",
        complex=True,
        **ROUNDED,
    ),
    Case(
        "sum",
        lambda np, y, x: np.trapezoid(y, x),
        (MATRIX, ascending(3, 4)),
        label="trapezoid-points-each",
        **ROUNDED,
    ),
    Case("sum", lambda np, y: np.trapezoid(y, [1, 2, 4, 7]), label="trapezoid-list", **ROUNDED),
]

UNWRAP = [
    Case("cumsum", lambda np, p: np.unwrap(p), (steps_of(2 * np.pi),), label="unwrap", **ROUNDED),
    Case(
        "cumsum",
        lambda np, p: np.unwrap(p, axis=0, discont=4.0, period=3.0),
        (steps_of(3.0),),
        label="unwrap-axis",
        **ROUNDED,
    ),
    Case(
        "cumsum",
        lambda np, p, period: fnp.unwrap(p, period=period),
        (steps_of(1.0), Arg((), low=0.97, high=1.03, kind="scalar")),
        label="unwrap-period",
        **ROUNDED,
    ),
]

INTERP = [
    Case("interp", lambda np, x, xp, fp: np.interp(x, xp, fp), LINE, label="all", **ROUNDED),
    Case("interp", lambda np, x, xp, fp: np.interp(x, xp, fp), COMPLEX_LINE, label="complex", **ROUNDED),
    Case(
        "interp",
        lambda np, x: np.interp(x, [-2, -1, 1, 2], [0.0, 3.0, -1.0, 2.0]),
        (Arg((), low=-0.5, high=0.5, kind="scalar"),),
        label="number",
        **ROUNDED,
    ),
    Case(
        "interp",
        lambda np, x, xp, fp, a, b: np.interp(x, xp, fp, left=a, right=b),
        (*LINE, SCALAR, SCALAR),
        label="outside",
        vmap=False,
        **ROUNDED,
    ),
    Case(
        "interp",
        lambda np, x, xp, fp, a, b: fnp.interp(x, xp, fp, a, b),
        (*COMPLEX_LINE, SCALAR, SCALAR),
        label="outside-mapped",
        **ROUNDED,
    ),
    Case(
        "interp",
        lambda np, x, xp, fp: np.interp(x, xp, fp, period=2.5),
        (PLACES, Arg((4,)), Arg((4,))),
        label="period",
        **ROUNDED,
    ),
    Case(
        "interp",
        lambda np, x, xp, fp: np.interp(x, xp[:1], fp[:1]),
        LINE,
        label="one-point",
        **ROUNDED,
    ),
    Case("interp_cell", lambda np, x, xp: cell_p.bind(x, xp), (PLACES, POINTS), diff=()),
]

CASES: list[Case] = [*DIFF, *GRADIENT, *TRAPEZOID, *UNWRAP, *INTERP]
