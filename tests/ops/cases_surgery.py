"""Rows of the op table: elements put in and taken out, functions of rows, grids of index numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from funcgrad._src.ops.mapping import vectorize
from tests.ops.case import Arg, Case

MATRIX = (Arg(),)
CUBE = (Arg(shape=(2, 3, 2)),)
ROW = (Arg(shape=(5,)),)
MATRIX_AND_ROW = (Arg(), Arg(shape=(4,)))
MATRIX_AND_NUMBER = (Arg(), Arg(shape=(), kind="scalar"))


def row(
    primitives: str, label: str, call: Callable[..., Any], args: tuple[Arg, ...] = MATRIX, **options: Any
) -> Case:
    options.setdefault("complex", True)
    return Case(primitives, call, args, label=label, **options)


INSERT = [
    row("interleave", "number", lambda np, x, v: np.insert(x, 1, v), MATRIX_AND_NUMBER),
    row("interleave", "row", lambda np, x, v: np.insert(x, -1, v, axis=0), MATRIX_AND_ROW),
    row("interleave", "column", lambda np, x, v: np.insert(x, 4, v, axis=1), (Arg(), Arg(shape=(3,)))),
    row("interleave", "rows", lambda np, x, v: np.insert(x, [2, 0, 2], v, 0), (Arg(), Arg(shape=(3, 4)))),
    row("interleave", "one-list", lambda np, x, v: np.insert(x, [1], v, 1), (Arg(), Arg(shape=(3, 2)))),
    row("interleave", "slice", lambda np, x, v: np.insert(x, slice(0, 4, 2), v, axis=-1), MATRIX_AND_NUMBER),
    row(
        "interleave",
        "index",
        lambda np, x, v: np.insert(x, numpy.array([0, 3]), v),
        (Arg(shape=(4,)), Arg(shape=(2,))),
    ),
    row(
        "interleave",
        "mask",
        lambda np, x, v: np.insert(x, numpy.array([True, False, True]), v, axis=0),
        MATRIX_AND_ROW,
        numpy="2.2",  # before, truths were positions
    ),
    row("interleave", "list", lambda np, x: np.insert(x, [1, 1], [2.0, 3.0]), ROW, device=False),
    row("interleave", "nothing", lambda np, x, v: np.insert(x, [], v, axis=0), MATRIX_AND_ROW),
]

DELETE = [
    row("keep", "row", lambda np, x: np.delete(x, 1, axis=0)),
    row("keep", "element", lambda np, x: np.delete(x, -2)),
    row("keep", "slice", lambda np, x: np.delete(x, slice(None, None, 2), axis=1)),
    row("keep", "one-list", lambda np, x: np.delete(x, [1], axis=-1), CUBE),
    row("getitem", "delete-list", lambda np, x: np.delete(x, [0, 2, 0], axis=0)),
    row("getitem", "delete-mask", lambda np, x: np.delete(x, numpy.array([True, False, True, True]), 1)),
    row("getitem", "delete-nothing", lambda np, x: np.delete(x, [], 1)),
]

RESIZE = [
    row("concatenate", "resize-longer", lambda np, x: np.resize(x, (5, 3))),
    row("concatenate", "resize-shorter", lambda np, x: np.resize(x, 7)),
    row("reshape", "resize-none", lambda np, x: np.resize(x * 1.0, (0, 2)), diff=()),
]


def _polynomial(r: Any, a: float, b: float = 0.0) -> Any:
    return a * r**2 + b


MAPPING = [
    row("stack", "along-sum", lambda np, x: np.apply_along_axis(np.sum, 0, x), CUBE, bits=False),
    row("stack", "along-rows", lambda np, x: np.apply_along_axis(lambda r: r[::-1] * r[0], 1, x), CUBE),
    row("stack", "along-matrix", lambda np, x: np.apply_along_axis(lambda r: r[:, None] * r, -1, x)),
    row("stack", "along-words", lambda np, x: np.apply_along_axis(_polynomial, 0, x, 2.0, b=1.0)),
    row("stack", "along-row", lambda np, x: np.apply_along_axis(lambda r: r[1:], 0, x), ROW),
    row("sum", "over-axis", lambda np, x: np.apply_over_axes(np.sum, x, 1), CUBE, bits=False),
    row("sum", "over-axes", lambda np, x: np.apply_over_axes(np.sum, x, (0, -1)), CUBE, bits=False),
    row("cumsum", "over-kept", lambda np, x: np.apply_over_axes(np.cumsum, x, [1, 0]), bits=False),
]

VECTORIZE = [
    row("stack", "vectorize", lambda np, x, y: vectorize(lambda a, b: a * b + 1.0)(x, y), MATRIX_AND_ROW),
    row("stack", "vectorize-two", lambda np, x: vectorize(lambda a: (a * 2.0, a * a))(x)),
    row(
        "stack",
        "vectorize-words",
        lambda np, x, y: vectorize(lambda a, p, b=0.0: a * p[0] + b, excluded=[1], cache=True)(x, [3.0], b=y),
        MATRIX_AND_NUMBER,
    ),
    row("stack", "vectorize-otypes", lambda np, x: vectorize(lambda a: a * a, otypes=["complex128"])(x)),
    row(
        "stack",
        "signature",
        lambda np, x, y: vectorize(np.dot, signature="(n),(n)->()")(x, y),
        MATRIX_AND_ROW,
        bits=False,
    ),
    row(
        "stack",
        "signature-two",
        lambda np, x: vectorize(lambda a: (a[0], np.outer(a, a)), signature="(n)->(),(n,n)")(x),
    ),
]
VECTORIZE = [Case(**{**vars(case), "device": False, "float32": False}) for case in VECTORIZE]

GRIDS = [
    row("reshape", "ix", lambda np, x, y: np.ix_(x, y), (Arg(shape=(3,)), Arg(shape=(2,)))),
    row("getitem", "ix-index", lambda np, x: x[np.ix_([0, 2], [1, 1, 3])], device=False),
    row(
        "getitem", "diagonal-of", lambda np, x: x[np.diag_indices_from(x)], (Arg(shape=(3, 3)),), device=False
    ),
    row("getitem", "lower-of", lambda np, x: x[np.tril_indices_from(x, -1)], device=False),
    row("getitem", "upper-of", lambda np, x: x[np.triu_indices_from(x, 1)], device=False),
]

CASES: list[Case] = [*INSERT, *DELETE, *RESIZE, *MAPPING, *VECTORIZE, *GRIDS]
