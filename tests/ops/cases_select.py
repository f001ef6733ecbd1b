"""Rows of the op table: where, select, maximum and minimum, clip, nan_to_num."""

from __future__ import annotations

from typing import Any

import numpy

from tests.ops.case import Arg, Case

MASK = Arg(dtype="bool")
LOW, HIGH = Arg(low=-2.0, high=-0.5), Arg(low=0.5, high=2.0)
NUMBER = Arg((), kind="python")
INSIDE = Arg(avoid=(-1.0, 1.0))
EXTREMA = ("maximum", "minimum", "fmax", "fmin")


def with_gaps(rng: Any) -> Any:
    return numpy.array([0.5, numpy.nan, -1.5, numpy.inf, 2.0, -numpy.inf])


WHERE = [
    Case("where", lambda np, c, x, y: np.where(c, x, y), (MASK, Arg(), Arg()), complex=True),
    Case(
        "where",
        lambda np, c, x, y: np.where(c, x, y),
        (Arg((3, 1), dtype="bool"), Arg((4,)), Arg((3, 1))),
        label="broadcast",
    ),
    Case("where", lambda np, x: np.where(x > 0, x * x, 0.0), (Arg(avoid=(0.0,)),), label="constant"),
    Case("where", lambda np, x: np.where(x > 0, 1, x), (Arg(avoid=(0.0,)),), label="integer"),
    Case(
        "where",
        lambda np, c, x: np.where(c, x, 2.0),
        (Arg((), dtype="bool", kind="python"), NUMBER),
        label="python",
    ),
    Case(
        "where",
        lambda np, n, x, y: np.where(n, x, y),
        (Arg(low=0, high=2, dtype="int64"), Arg(), Arg((4,))),
        label="counts",
    ),
    Case("where", lambda np, c, x: np.where(c, x, x), (Arg((0,), dtype="bool"), Arg((0,))), label="empty"),
    Case(
        "where",
        lambda np, x, y: np.select([x > 1.0, x > 0.0], [x * y, y * y], 3.0),
        (Arg(avoid=(0.0, 1.0)), Arg()),
        label="select",
    ),
    Case(
        "where", lambda np, x: np.select([x > 0.0], [2.0]) * x, (Arg(avoid=(0.0,)),), label="select numbers"
    ),
    Case(
        "where",
        lambda np, x: np.select([x > 0.5, True], [x, 1], 1j),
        (Arg((4,), avoid=(0.5,)),),
        label="select complex",
    ),
]

EXTREMES = [
    *[Case(n, lambda np, x, y, n=n: getattr(np, n)(x, y), (Arg(), Arg())) for n in EXTREMA],
    *[
        Case(n, lambda np, x, y, n=n: getattr(np, n)(x, y), (Arg((3, 1)), Arg((4,))), label="broadcast")
        for n in EXTREMA
    ],
    *[
        Case(n, lambda np, x, n=n: getattr(np, n)(x, 0.25), (Arg(avoid=(0.25,)),), label="constant")
        for n in EXTREMA
    ],
    *[
        Case(n, lambda np, x, n=n: getattr(np, n)(x, 0), (Arg((), low=0.5, kind="python"),), label="python")
        for n in EXTREMA
    ],
]

CLIPPED = [
    Case("clip", lambda np, x: np.clip(x, -1.0, 1.0), (INSIDE,)),
    Case("clip", lambda np, x, low, high: np.clip(x, low, high), (Arg(), LOW, HIGH), label="bounds"),
    Case(
        "clip",
        lambda np, x, low, high: np.clip(x, low, high),
        (Arg(), Arg((4,), low=-2.0, high=-0.5), HIGH),
        label="broadcast",
    ),
    Case("clip", lambda np, x, low, high: np.clip(x, low, high), (LOW, HIGH, LOW), label="crossed"),
    Case("clip", lambda np, x: np.clip(x, min=-1, max=1), (INSIDE,), label="keywords", numpy="2.1"),
    Case(
        "clip",
        lambda np, x: np.clip(x, -1.0, 1.0),
        (Arg((), kind="python", high=0.9, low=-0.9),),
        label="python",
    ),
    Case("clip", lambda np, x: np.clip(x, -1, 3), (Arg(low=-5, high=5, dtype="int64"),), label="integers"),
    Case("clip_below", lambda np, x: np.clip(x, -1.0, None), (INSIDE,)),
    Case(
        "clip_below", lambda np, x, low: np.clip(x, min=low), (Arg(), Arg((4,))), label="bound", numpy="2.1"
    ),
    Case("clip_above", lambda np, x: np.clip(x, None, 1.0), (INSIDE,)),
    Case(
        "clip_above", lambda np, x, high: np.clip(x, max=high), (Arg(), Arg((4,))), label="bound", numpy="2.1"
    ),
    Case("positive", lambda np, x: np.clip(x, None, None), label="clip", numpy="2.1"),
]

FILLED = [
    Case("nan_to_num", lambda np, x: np.nan_to_num(x)),
    Case(
        "nan_to_num",
        lambda np, x: np.nan_to_num(x, nan=1.0, posinf=2.0, neginf=-3.0),
        (Arg(make=with_gaps),),
        diff=(),
        label="replacements",
    ),
    Case("nan_to_num", lambda np, x: np.nan_to_num(x), (NUMBER,), label="python"),
]

CASES: list[Case] = [*WHERE, *EXTREMES, *CLIPPED, *FILLED]
