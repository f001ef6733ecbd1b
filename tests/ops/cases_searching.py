"""Rows of the op table: searchsorted, numbers and coordinates, picking by condition or number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .case import Arg, Case

MATRIX = (Arg(shape=(3, 5)),)
ROW = (Arg(shape=(6,)),)
PICK = Arg(shape=(4, 5), low=0, high=2, dtype="int64")
SIGNED = (Arg(shape=(6,), avoid=(0.0,)),)
AWAY = (Arg(shape=(3, 5), avoid=(0.0, 0.5)),)


def ascending(rng: Any) -> Any:
    return numpy.sort(rng.integers(-4, 4, 7) / 2.0)


def ascending_with_nan(rng: Any) -> Any:
    return numpy.array([*numpy.sort(rng.random(5)), numpy.nan, numpy.nan])


def halves(rng: Any) -> Any:
    return rng.integers(-5, 5, (3, 4)) / 2.0


def row(primitives: str, label: str, call: Callable[..., Any], args: Any = MATRIX, **kwargs: Any) -> Case:
    return Case(primitives, call, args, label=label, **kwargs)


TABLE, SOUGHT = Arg(make=ascending), Arg(make=halves)
SEARCHED = [
    row("searchsorted", "left", lambda np, a, v: np.searchsorted(a, v), (TABLE, SOUGHT), diff=()),
    row("searchsorted", "right", lambda np, a, v: np.searchsorted(a, v, "right"), (TABLE, SOUGHT), diff=()),
    row(
        "searchsorted",
        "nan",
        lambda np, a, v: np.searchsorted(a, v, side="right"),
        (Arg(make=ascending_with_nan), Arg((8,))),
        diff=(),
    ),
    row(
        "searchsorted",
        "number",
        lambda np, a, v: np.searchsorted(a, v),
        (TABLE, Arg((), kind="scalar")),
        diff=(),
    ),
    row("searchsorted", "plain-number", lambda np, a: np.searchsorted(a, 0.5), (TABLE,), diff=()),
    row("searchsorted", "empty", lambda np, a, v: np.searchsorted(a, v), (Arg((0,)), Arg((2,))), diff=()),
    row(
        "searchsorted, argsort",
        "sorter",
        lambda np, a, v: np.searchsorted(a, v, sorter=np.argsort(a)),
        (Arg((6,)), SOUGHT),
        diff=(),
    ),
    row(
        "searchsorted",
        "method",
        lambda np, a, v: (a * 2).searchsorted(v, side="right"),
        (TABLE, SOUGHT),
        diff=(),
        device=False,
        vmap=False,
    ),
    row(
        "searchsorted",
        "complex",
        lambda np, a, v: np.searchsorted(np.sort(a), v),
        ROW * 2,
        complex=True,
        diff=(),
    ),
]

NUMBER = Arg((3, 4), low=0, high=23, dtype="int64")
LINE, COLUMN = Arg((3, 1), low=0, high=3, dtype="int64"), Arg((4,), low=0, high=5, dtype="int64")
NUMBERED = [
    row("unravel_index", "c", lambda np, i: np.unravel_index(i, (2, 3, 4)), (NUMBER,)),
    row("unravel_index", "fortran", lambda np, i: np.unravel_index(i, (6, 4), order="F"), (NUMBER,)),
    row("unravel_index", "one-axis", lambda np, i: np.unravel_index(i, 24), (NUMBER,)),
    row(
        "ravel_multi_index",
        "broadcast",
        lambda np, i, j: np.ravel_multi_index((i, j), (4, 6)),
        (LINE, COLUMN),
    ),
    row(
        "ravel_multi_index",
        "modes",
        lambda np, i, j: np.ravel_multi_index((i, j), (2, 3), mode=("clip", "wrap"), order="F"),
        (LINE, COLUMN),
    ),
    row(
        "ravel_multi_index",
        "rows",
        lambda np, i: np.ravel_multi_index(i, (3, 3)),
        (Arg((2, 4), low=0, high=2, dtype="int64"),),
    ),
    row("ravel_multi_index", "number", lambda np, i: np.ravel_multi_index((i, 1), (24, 3)), (NUMBER,)),
]

# How many there are depends on values.
COUNTED: dict[str, Any] = {"diff": (), "known": True}
PLACES = [
    row("getitem", "rows", lambda np, x: np.nonzero(np.round(x)), **COUNTED),
    row("getitem", "flat", lambda np, x: np.flatnonzero(x > 0), **COUNTED),
    row("getitem", "where", lambda np, x: np.argwhere(np.round(x)), **COUNTED),
]

MASK = numpy.array([True, False, True, True, False])
PICKED = [
    row("take", "compress", lambda np, x: np.compress(MASK, x, axis=-1), complex=True),
    row("take", "compress-all", lambda np, x: np.compress([0, 1, 1, 0, 1], x)),
    row("take", "compress-short", lambda np, x: np.compress([False, True], x, axis=0)),
    row("take", "compress-none", lambda np, x: np.compress([0, 0, 0], x, axis=0)),
    row("take", "compress-method", lambda np, x: (x * 2).compress(MASK, axis=1), device=False),
    row("slice", "trim_zeros", lambda np, x: np.trim_zeros(np.where(x > 0.0, x, 0.0)), SIGNED, known=True),
    row("take", "extract", lambda np, x: np.extract([[1, 0, 1]], x), ROW),
    row(
        "choose", "rows", lambda np, i, x: np.choose(i, x), (PICK, Arg((3, 4, 5))), complex=True, device=False
    ),
    row(
        "choose",
        "wrap",
        lambda np, i, x, y: np.choose(i - 3, [x, y], mode="wrap"),
        (PICK, Arg((5,)), Arg((4, 1))),
    ),
    row(
        "choose",
        "clip",
        lambda np, i, x, y: np.choose(i - 1, (x, y), mode="clip"),
        (PICK, Arg((4, 5)), Arg((2, 1, 5))),
    ),
    row("choose", "numbers", lambda np, i, x: np.choose(i, [x, 2.0, 1], mode="clip"), (PICK, Arg((5,)))),
    row(
        "choose",
        "bools",
        lambda np, i, x, y: np.choose(i, [x, y], mode="wrap"),
        (Arg((4,), dtype="bool"), Arg((4,)), Arg(())),
    ),
    row("choose", "scalar", lambda np, x, y: np.choose(1, [x, y]), (Arg((), kind="scalar"),) * 2),
]

PIECES = [
    row("where", "piecewise", lambda np, x: x * np.piecewise(x, [x < 0.0, x > 0.5], [1, -1.0]), AWAY),
    row("where", "piecewise-else", lambda np, x: x * np.piecewise(x, [x < 0.0], [x[0, 0], 7]), AWAY),
]

CASES: list[Case] = [*SEARCHED, *NUMBERED, *PLACES, *PICKED, *PIECES]
