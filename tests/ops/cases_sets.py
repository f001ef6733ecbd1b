"""Rows of the op table: sets. Their derivatives where values are met again are in test_sets.py."""

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


def apart(rng: Any) -> Any:
    return rng.permutation(12).reshape(3, 4) / 4.0 + rng.uniform(0.0, 0.1)


def few(rng: Any) -> Any:
    return rng.permutation(4) / 4.0 + 0.5


# Which elements a set has depends on values, which must be known.
SETS: dict[str, Callable[..., Any]] = {
    "unique": lambda np, x: np.unique(x),
    "unique-axis": lambda np, x: np.unique(x, axis=0, return_inverse=True, return_counts=True),
    "unique_all": lambda np, x: tuple(np.unique_all(x)),
    "unique_counts": lambda np, x: tuple(np.unique_counts(x)),
    "unique_inverse": lambda np, x: tuple(np.unique_inverse(x)),
    "union1d": lambda np, x: np.union1d(x[0], x[1:]),
    "setdiff1d": lambda np, x: np.setdiff1d(x, x[0]),
    "setxor1d": lambda np, x: np.setxor1d(x[0], x[1]),
    "intersect1d": lambda np, x: np.intersect1d(x, x[:, 1], return_indices=True),
}

CASES: list[Case] = [
    *(Case("valued", call, (Arg(make=apart),), label=label, known=True) for label, call in SETS.items()),
    Case("valued", lambda np, x: np.unique_values(x), (Arg(make=few),), known=True),
    Case(
        "valued",
        lambda np, x: np.setxor1d(x[2], x[1], assume_unique=True),
        (Arg(make=apart),),
        label="setxor1d-of-sets",
        known=True,
        numpy="2.1",  # before, sets had to be flat
    ),
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
