"""Rows of the op table: borders in every mode of ``np.pad``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from funcgrad._src.ops.borders import Ends, fold_axis_p, statistic_weights_p
from tests.ops.case import Arg, Case

WIDTHS = ((1, 2), (3, 0))
MATRIX = (Arg(),)
CUBE = (Arg(shape=(2, 3, 2)),)
TIES = (Arg(make=lambda rng: np.array([[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 1.0, 0.0]])),)


def row(primitives: str, label: str, call: Callable[..., Any], args: Any = MATRIX, **rest: Any) -> Case:
    return Case(primitives, call, args, label=label, **rest)


def by(axis: int, mode: str, option: Any, width: tuple[int, int] = (3, 2)) -> Callable[..., Any]:
    return lambda np, g: fold_axis_p.bind(g, axis=axis, width=width, mode=mode, option=option)


def _framed(row: Any, width: tuple[int, int], axis: int, kwargs: dict[str, Any]) -> None:
    """A border that depends on the axis, the widths and the elements."""
    row[: width[0]] = kwargs["times"] * row[width[0]] + axis
    if width[1]:
        row[-width[1] :] = row[-width[1] - 1] ** 2


COPIES = [
    row("pad_axis", "edge", lambda np, x: np.pad(x, WIDTHS, "edge"), complex=True),
    row("pad_axis", "edge-dict", lambda np, x: np.pad(x, np.array([2, 1]), mode="edge")),
    row("pad_axis", "reflect", lambda np, x: np.pad(x, WIDTHS, "reflect"), complex=True),
    row("pad_axis", "reflect-far", lambda np, x: np.pad(x, 7, "reflect")),
    row(
        "pad_axis",
        "reflect-odd",
        lambda np, x: np.pad(x, WIDTHS, "reflect", reflect_type="odd"),
        complex=True,
    ),
    row("pad_axis", "reflect-odd-far", lambda np, x: np.pad(x, 8, "reflect", reflect_type="odd"), bits=False),
    row("pad_axis", "reflect-one", lambda np, x: np.pad(x[:1], 2, "reflect", reflect_type="odd")),
    row("pad_axis", "symmetric", lambda np, x: np.pad(x, WIDTHS, "symmetric")),
    row(
        "pad_axis",
        "symmetric-odd",
        lambda np, x: np.pad(x, 5, "symmetric", reflect_type="odd"),
        CUBE,
        bits=False,
    ),
    row("pad_axis", "wrap", lambda np, x: np.pad(x, ((0, 5), (9, 1)), "wrap")),
    row("pad", "wrap-nothing", lambda np, x: np.pad(x, 0, "wrap")),
    row("fold_axis", "edge", by(0, "edge", None), (Arg(shape=(8, 2)),), complex=True),
    row("fold_axis", "reflect", by(1, "reflect", "even"), (Arg(shape=(2, 8)),)),
    row("fold_axis", "reflect-odd", by(1, "reflect", "odd"), (Arg(shape=(2, 8)),)),
    row("fold_axis", "ramp", by(0, "linear_ramp", Ends(0, 0, "number")), (Arg(shape=(8, 2)),)),
]

RAMPS = [
    row("pad_axis", "ramp", lambda np, x: np.pad(x, WIDTHS, "linear_ramp"), complex=True, bits=False),
    row("pad_axis", "ramp-end", lambda np, x: np.pad(x, 2, "linear_ramp", end_values=1.5), CUBE, bits=False),
    row(
        "pad_axis",
        "ramp-ends",
        lambda np, x: np.pad(x, 2, "linear_ramp", end_values=(1.5, -2)),
        bits=False,
    ),
    row(
        "pad_axis",
        "ramp-table",
        lambda np, x: np.pad(x, WIDTHS, "linear_ramp", end_values=((1, 2.0), (3, 4))),
        bits=False,
    ),
]


def statistic(mode: str, label: str, width: Any, args: Any = MATRIX, bits: bool = True, **words: Any) -> Case:
    call = partial(lambda np, x, **words: np.pad(x, width, mode, **words), **words)
    return row("pad_statistic", f"{mode}{label}", call, args, bits=bits)


STATISTICS = [
    statistic("maximum", "", WIDTHS),
    statistic("maximum", "-length", 1, CUBE, stat_length=2),
    statistic("minimum", "", WIDTHS),
    statistic("minimum", "-lengths", 2, stat_length=((1, 2), (3, 1))),
    statistic("mean", "", WIDTHS, bits=False),
    statistic("mean", "-lengths", (2, 1), CUBE, stat_length=(2, 1), bits=False),
    statistic("median", "", WIDTHS),
    statistic("median", "-length", 2, (Arg(shape=(5, 3)),), stat_length=3),
    statistic("median", "-even", 2, (Arg(shape=(5, 3)),), stat_length=2),
]

WEIGHTS = [
    row(
        "statistic_weights",
        mode,
        partial(lambda mode, np, x: statistic_weights_p.bind(x, axis=1, mode=mode), mode),
        TIES,
        diff=(),
        complex=mode != "mean",
    )
    for mode in ("maximum", "mean", "median", "minimum")
]

OTHERS = [
    row("pad", "empty", lambda np, x: np.pad(x, 1, "empty")[1:-1, 1:-1]),
    row("pad", "dict", lambda np, x: np.pad(x, {-1: (1, 2)}, constant_values=2.0), numpy="2.4"),
    row("pad", "function", lambda np, x: np.pad(x, WIDTHS, _framed, times=2.0)),
    row("pad", "complex", lambda np, x: np.pad(x, WIDTHS), complex=True),
    row("pad", "0-d", lambda np, x: np.pad(x.sum(), 3), bits=False),
]

CASES: list[Case] = [*COPIES, *RAMPS, *STATISTICS, *WEIGHTS, *OTHERS]
