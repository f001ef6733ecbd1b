"""Rows of the op table: reading and writing by index, x.at, take and its relatives.

A traced index cannot be put into a plain array with brackets; ``getitem`` is the function behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from funcgrad._src.ops.at import at
from funcgrad._src.ops.indexing import getitem, iota
from funcgrad._src.ops.scatter import write_order_p
from funcgrad._src.ops.taking import take

from .case import Arg, Case

CUBE = Arg(shape=(2, 3, 4))
MATRIX = Arg(shape=(3, 4))
ROW = Arg(shape=(5,))
POINT = Arg(shape=())
MASK = numpy.array([[True, False, True, True], [False] * 4, [True, True, False, False]])


def numbers(*shape: int, below: int = 3) -> Arg:
    """An index array into an axis of length ``below``, with negative numbers and repetitions."""
    return Arg(make=lambda rng: rng.integers(-below, below, shape))


def row(
    primitives: str, label: str, call: Callable[..., Any], args: tuple[Arg, ...] = (MATRIX,), **options: Any
) -> Case:
    """A row with a label; data movement is exact in every dtype."""
    options.setdefault("complex", True)
    return Case(primitives, call, args, label=label, **options)


READ = [
    row("getitem", "element", lambda np, x: x[2], (ROW,)),
    row("getitem", "element-last", lambda np, x: x[1, -1]),
    row("getitem", "row", lambda np, x: x[-1]),
    row("getitem", "numpy-int", lambda np, x: x[numpy.int64(1)]),
    row("getitem", "zero-d-array", lambda np, x: x[numpy.array(1)], device=False),
    row("getitem", "slice", lambda np, x: x[1:]),
    row("getitem", "steps", lambda np, x: x[::2, ::-1]),
    row("getitem", "slice-empty", lambda np, x: x[3:]),
    row("getitem", "ellipsis", lambda np, x: x[..., 1], (CUBE,)),
    row("getitem", "ellipsis-element", lambda np, x: x[1, ..., 2]),
    row("getitem", "none", lambda np, x: x[:, None, 1]),
    row("getitem", "empty-tuple", lambda np, x: x[()], (POINT,)),
    row("getitem", "zero-d-ellipsis", lambda np, x: x[...], (POINT,)),
    row("getitem", "list", lambda np, x: x[[2, 0, 2]]),
    row("getitem", "list-empty", lambda np, x: x[[]]),
    row("getitem", "array", lambda np, x, i: getitem(x, i), (MATRIX, numbers(5))),
    row("getitem", "array-2d", lambda np, x, i: getitem(x, i), (MATRIX, numbers(2, 3))),
    row(
        "getitem",
        "array-second",
        lambda np, x, i: getitem(x, (slice(None), i)),
        (MATRIX, numbers(5, below=4)),
    ),
    row(
        "getitem", "pairs", lambda np, x, i, j: getitem(x, (i, j)), (MATRIX, numbers(5), numbers(5, below=4))
    ),
    row(
        "getitem",
        "grid",
        lambda np, x, i, j: getitem(x, (i, j)),
        (MATRIX, numbers(2, 1), numbers(3, below=4)),
    ),
    row("getitem", "neighbours", lambda np, x, i: getitem(x, (slice(None), i, 1)), (CUBE, numbers(2))),
    row(
        "getitem",
        "separated",
        lambda np, x, i: getitem(x, (1, slice(None), i)),
        (CUBE, numbers(2, 2, below=4)),
    ),
    row(
        "getitem",
        "separated-arrays",
        lambda np, x, i, j: getitem(x, (i, slice(None), j)),
        (CUBE, numbers(5, below=2), numbers(5)),
    ),
    row("getitem", "none-between", lambda np, x, i: getitem(x, (i, None, 0)), (MATRIX, numbers(2))),
    row("getitem", "traced-number", lambda np, x, i: getitem(x, (slice(None), i)), (CUBE, numbers())),
    row("getitem", "mask", lambda np, x: x[MASK], device=False),
    row("getitem", "mask-row", lambda np, x: x[MASK[:, 0], 1:], device=False),
    row("getitem", "mask-zero-d", lambda np, x: x[True]),
    row("getitem", "mask-after-ellipsis", lambda np, x: x[..., MASK[0]], (CUBE,), device=False),
]

SET = [
    row("index_set", "element", lambda np, x, v: at(x)[1, 2].set(v), (MATRIX, POINT)),
    row("index_set", "row", lambda np, x, v: at(x)[1].set(v), (MATRIX, Arg(shape=(4,)))),
    row("index_set", "slice-broadcast", lambda np, x, v: at(x)[:, 1:3].set(v), (MATRIX, Arg(shape=(3, 1)))),
    row("index_set", "all", lambda np, x, v: at(x)[...].set(v), (MATRIX, Arg(shape=(4,)))),
    row("index_set", "number", lambda np, x: at(x)[::2].set(3)),
    row("index_set", "zero-d", lambda np, x, v: at(x)[()].set(v), (POINT, POINT)),
    row("index_set", "leading-ones", lambda np, x, v: at(x)[:2].set(v), (MATRIX, Arg(shape=(1, 1, 4)))),
    row("index_set", "array", lambda np, x, i, v: at(x)[i].set(v), (MATRIX, numbers(5), Arg(shape=(5, 4)))),
    row(
        "index_set",
        "array-broadcast",
        lambda np, x, i, v: at(x)[:, i].set(v),
        (MATRIX, numbers(6, below=4), POINT),
    ),
    row(
        "index_set",
        "array-2d",
        lambda np, x, i, v: at(x)[i].set(v),
        (ROW, numbers(2, 3, below=5), Arg(shape=(2, 3))),
    ),
    row(
        "index_set",
        "separated",
        lambda np, x, i, v: at(x)[i, :, 1].set(v),
        (CUBE, numbers(4, below=2), Arg(shape=(4, 3))),
    ),
    row("index_set", "mask", lambda np, x, v: at(x)[MASK].set(v), (MATRIX, Arg(shape=(5,))), device=False),
    row("index_set", "apply", lambda np, x: at(x)[1:].apply(numpy.square)),
]

ADD = [
    row("index_add", "element", lambda np, x, v: at(x)[1, 2].add(v), (MATRIX, POINT)),
    row("index_add", "slice", lambda np, x, v: at(x)[1:].add(v), (MATRIX, Arg(shape=(4,)))),
    row(
        "index_add",
        "array",
        lambda np, x, i, v: at(x)[i].add(v),
        (MATRIX, numbers(5), Arg(shape=(5, 4))),
        bits=False,
    ),
    row(
        "index_add",
        "second",
        lambda np, x, i, v: at(x)[:, i].add(v),
        (MATRIX, numbers(6, below=4), POINT),
        bits=False,
    ),
    row(
        "index_add",
        "subtract",
        lambda np, x, i, v: at(x)[i].subtract(v),
        (ROW, numbers(6, below=5), Arg(shape=(6,))),
        bits=False,
    ),
    row("index_add", "mask", lambda np, x, v: at(x)[MASK].add(v), (MATRIX, Arg(shape=(5,))), device=False),
]

_FACTORS = (ROW, numbers(8, below=5), Arg(shape=(8,)))
MULTIPLY = [
    row("index_multiply", "element", lambda np, x, v: at(x)[1, 2].multiply(v), (MATRIX, POINT)),
    row("index_multiply", "slice", lambda np, x, v: at(x)[1:].multiply(v), (MATRIX, Arg(shape=(4,)))),
    row(
        "index_multiply, write_order",
        "repeated",
        lambda np, x, i, v: at(x)[i].multiply(v),
        _FACTORS,
        bits=False,
    ),
    row(
        "index_multiply, write_order",
        "zeros",
        lambda np, x, v: at(x)[[0, 0, 0, 1, 1]].multiply(v),
        (ROW, Arg(make=lambda rng: numpy.array([0.0, 0.5, 0.0, 0.0, 2.0]))),
        complex=False,
        bits=False,
    ),
    row(
        "index_divide",
        "divide",
        lambda np, x, i, v: at(x)[i].divide(v),
        (ROW, numbers(4, below=5), Arg(shape=(4,), low=0.5)),
        complex=False,
        bits=False,
    ),
    row(
        "index_set",
        "power",
        lambda np, x, v: at(x)[1:].power(v),
        (Arg(shape=(3, 4), low=0.5), Arg(shape=(4,))),
        complex=False,
        bits=False,
    ),
]

EXTREMES = [
    row(
        primitive,
        label,
        call,
        args,
        complex=False,
    )
    for primitive, method in (("index_min", "min"), ("index_max", "max"))
    for label, call, args in (
        ("element", lambda np, x, v, m=method: getattr(at(x)[1, 2], m)(v), (MATRIX, POINT)),
        ("slice", lambda np, x, v, m=method: getattr(at(x)[1:], m)(v), (MATRIX, Arg(shape=(4,)))),
        ("repeated", lambda np, x, i, v, m=method: getattr(at(x)[i], m)(v), _FACTORS),
    )
]

TAKE = [
    row("take", "axis", lambda np, x: np.take(x, [[0, 2], [-1, 0]], axis=1), (CUBE,)),
    row("take", "last", lambda np, x: np.take(x, [3, 3, 0], axis=-1), (CUBE,)),
    row("take", "all", lambda np, x: np.take(x, [11, -12, 5, 5])),
    row("take", "number", lambda np, x: np.take(x, 2), (ROW,)),
    row("take", "row", lambda np, x: np.take(x, -1, 0)),
    row("take", "wrap", lambda np, x: np.take(x, [7, -5], 0, mode="wrap")),
    row("take", "clip", lambda np, x: np.take(x, [7, -5, 1], 0, mode="clip")),
    row("take", "empty", lambda np, x: np.take(x, numpy.zeros(0, int), 1), device=False),
    row("take", "traced", lambda np, x, i: take(x, i, axis=1), (CUBE, numbers(2, 2))),
    row("take", "traced-all", lambda np, x, i: take(x, i), (MATRIX, numbers(5, below=12))),
    row("take", "traced-wrap", lambda np, x, i: take(x, i, 0, mode="wrap"), (MATRIX, numbers(5, below=9))),
    row("take", "traced-clip", lambda np, x, i: take(x, i, 0, mode="clip"), (MATRIX, numbers(5, below=9))),
    row("getitem", "along", lambda np, x, i: np.take_along_axis(x, i, 1), (MATRIX, numbers(3, 6, below=4))),
    row("getitem", "along-0", lambda np, x, i: np.take_along_axis(x, i, axis=0), (MATRIX, numbers(5, 1))),
    row(
        "getitem",
        "along-none",
        lambda np, x, i: np.take_along_axis(x, i, None),
        (MATRIX, numbers(5, below=12)),
    ),
]

OTHERS = [
    row("iota", "positions", lambda np: iota(4, 2, "host"), (), diff=(), vmap=False, jit=False, device=False),
    row("write_order", "stable", lambda np, i: write_order_p.bind(i), (numbers(6),), diff=(), complex=False),
]

CASES: list[Case] = [*READ, *SET, *ADD, *MULTIPLY, *EXTREMES, *TAKE, *OTHERS]
