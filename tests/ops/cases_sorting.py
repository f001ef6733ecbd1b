"""Rows of the op table: sort, partition, and the orders that they put elements in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from funcgrad._src.ops.sorting import arrangement_p, permute_p, unpermute_p

from .case import Arg, Case

CUBE = (Arg(shape=(2, 3, 4)),)
MATRIX = (Arg(shape=(3, 5)),)
ROW = (Arg(shape=(9,)),)
NUMBERS = Arg(shape=(3, 6), low=-3, high=3, dtype="int64")
NUMBER = (Arg((), kind="python"),)


def orders(rng: Any) -> Any:
    return numpy.argsort(rng.random((3, 5)), axis=1)


def spaced(rng: Any) -> Any:
    return rng.permutation(70) * 0.05 - 1.7


LONG = (Arg(make=spaced),)  # NumPy sorts short rows otherwise


def with_gaps(rng: Any) -> Any:
    return numpy.array([0.5, numpy.nan, -1.5, numpy.inf, 2.0, -numpy.inf, numpy.nan, -0.0, 0.0])


def complex_gaps(rng: Any) -> Any:
    n = numpy.nan
    return numpy.array([1 + 2j, complex(n, 1), complex(2, n), 1 + 1j, complex(n, n), complex(1, n), -1 + 9j])


def row(primitives: str, label: str, call: Callable[..., Any], args: Any = MATRIX, **kwargs: Any) -> Case:
    return Case(primitives, call, args, label=label, **kwargs)


SORTED = [
    row("sort", "last", lambda np, x: np.sort(x), CUBE, complex=True),
    row("sort", "axis", lambda np, x: np.sort(x, axis=0), CUBE, complex=True),
    row("sort", "negative", lambda np, x: np.sort(x, -2), CUBE),
    row("sort", "none", lambda np, x: np.sort(x, axis=None)),
    row("sort", "kind", lambda np, x: np.sort(x, kind="heapsort"), LONG),
    row("sort", "stable", lambda np, x: np.sort(x, stable=True), LONG),
    row("sort", "long", lambda np, x: np.sort(x), LONG),
    row("sort", "empty", lambda np, x: np.sort(x, axis=1), (Arg(shape=(2, 0)),)),
    row("sort", "integers", lambda np, x: np.sort(x), (NUMBERS,)),
    row("sort", "bools", lambda np, x: np.sort(x, axis=0), (Arg(shape=(3, 5), dtype="bool"),)),
    row("sort", "gaps", lambda np, x: np.sort(x), (Arg(make=with_gaps),), diff=()),
    row("sort", "complex-gaps", lambda np, x: np.sort(x), (Arg(make=complex_gaps),), diff=()),
    row("sort", "number", lambda np, x: np.sort(x, axis=None), NUMBER),
    row("sort", "fortran", lambda np, x: np.sort(x.T, axis=0)),
    row("sort, convert", "complex", lambda np, x: np.sort_complex(x), ROW, complex=True),
    row("sort, convert", "complex-integers", lambda np, x: np.sort_complex(x), (NUMBERS,)),
    row("argsort", "last", lambda np, x: np.argsort(x), CUBE, complex=True, diff=()),
    row("argsort", "axis", lambda np, x: np.argsort(x, axis=-2), CUBE, diff=()),
    row("argsort", "none", lambda np, x: np.argsort(x, axis=None, kind="stable"), diff=()),
    row("argsort", "ties", lambda np, x: np.argsort(x, stable=True), (NUMBERS,)),
    row("argsort", "number", lambda np, x: np.argsort(x), NUMBER, diff=()),
    row("argsort", "method", lambda np, x: (x * 2).argsort(0), diff=()),
    row("argsort, getitem", "rows", lambda np, x: x[np.argsort(x[:, 0])] * x),
    row("permute", "order", lambda np, x, i: permute_p.bind(x, i, axis=1), (Arg((3, 5)), Arg(make=orders))),
    row(
        "unpermute", "order", lambda np, x, i: unpermute_p.bind(x, i, axis=1), (Arg((3, 5)), Arg(make=orders))
    ),
]

PARTITIONED = [
    row("partition", "last", lambda np, x: np.partition(x, 2), complex=True),
    row("partition", "axis", lambda np, x: np.partition(x, 1, axis=0), CUBE, complex=True),
    row("partition", "several", lambda np, x: np.partition(x, (1, -1), axis=-2), CUBE),
    row("partition", "none", lambda np, x: np.partition(x, numpy.array([3, 5]), axis=None)),
    row("partition", "long", lambda np, x: np.partition(x, 30), LONG),
    row("partition", "integers", lambda np, x: np.partition(x, 2), (NUMBERS,)),
    row("partition", "empty", lambda np, x: np.partition(x, 1, axis=1), (Arg(shape=(0, 3)),)),
    row("argpartition", "last", lambda np, x: np.argpartition(x, 2), complex=True, diff=()),
    row("argpartition", "several", lambda np, x: np.argpartition(x, [1, -1], axis=0), CUBE, diff=()),
    row("argpartition", "none", lambda np, x: np.argpartition(x, 3, axis=None), diff=()),
    row("argpartition", "number", lambda np, x: np.argpartition(x, 0), NUMBER, diff=()),
    row("argpartition", "method", lambda np, x: (x * 2).argpartition(1, axis=0), diff=(), device=False),
    row(
        "arrangement",
        "order",
        lambda np, x: arrangement_p.bind(x, numpy.flip(x, 1), axis=1),
        diff=(),
    ),
]

KEYS = (Arg((6,), low=0, high=2, dtype="int64"), Arg((6,)))
LEX = [
    row("lexsort", "keys", lambda np, k, x: np.lexsort((x, k)), KEYS, diff=()),
    row("lexsort", "matrix", lambda np, x: np.lexsort(x), (NUMBERS,)),
    row("lexsort", "axis", lambda np, x, y: np.lexsort((x, y), axis=0), MATRIX * 2, diff=()),
    row("lexsort", "number", lambda np, x: np.lexsort((x, x)), (Arg((), kind="scalar"),), diff=()),
]

CASES: list[Case] = [*SORTED, *PARTITIONED, *LEX]
