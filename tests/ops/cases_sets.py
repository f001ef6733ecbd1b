"""Rows of the op table: isin. Sets whose elements depend on what is traced are in test_sets.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Arg, Case

WHOLE = Arg(shape=(3, 5), low=-3, high=3, dtype="int64")
FEW, MANY = (Arg(shape=(n,), low=-3, high=3, dtype="int64") for n in (2, 40))


def halves(rng: Any) -> Any:
    return rng.integers(-5, 5, (3, 4)) / 2.0


def many_halves(rng: Any) -> Any:
    return rng.integers(-5, 5, 30) / 2.0


def row(label: str, call: Callable[..., Any], args: Any, **kwargs: Any) -> Case:
    return Case("isin", call, args, label=label, diff=(), **kwargs)


REAL = (Arg(make=halves), Arg(make=many_halves))
CASES: list[Case] = [
    row("few", lambda np, x, y: np.isin(x, y), (WHOLE, FEW)),
    row("table", lambda np, x, y: np.isin(x, y, kind="table"), (WHOLE, MANY)),
    row("invert", lambda np, x, y: np.isin(x, y, invert=True), (WHOLE, FEW)),
    row("floats", lambda np, x, y: np.isin(x, y), REAL, complex=True),
    row("sort", lambda np, x, y: np.isin(x, y, invert=True, kind="sort"), REAL),
    row("list", lambda np, x: np.isin(x, [0.5, 1, -2.0]), REAL[:1]),
    row("among", lambda np, y: np.isin(0.5, y), REAL[1:], device=False),
    row("number", lambda np, x: np.isin(x, 0.5), REAL[:1]),
    row("unique", lambda np, x: np.isin(x, [3, 1, 2], assume_unique=True), (Arg((0, 2), dtype="int64"),)),
    row("empty", lambda np, x, y: np.isin(x, y), (REAL[0], Arg(shape=(0,)))),
]
