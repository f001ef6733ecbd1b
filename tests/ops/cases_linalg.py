"""Rows for ops/linalg.py, ops/cofactors.py, ops/determinants.py and ops/norms.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from funcgrad._src.ops.cofactors import cofactor, cofactor_change
from funcgrad._src.ops.determinants import inverse_transpose
from funcgrad._src.ops.linalg import cholesky_change
from funcgrad._src.ops.norms import direction_p, reciprocal_or_zero, tied_share
from tests.ops.case import Arg, Case
from tests.ops.matrices import SQUARE, WIDE, definite, fixed, matrix_case, regular

_SOLVE = [
    matrix_case("solve", lambda np_, a, b: np_.linalg.solve(regular(np_, a), b), *shapes)
    for shapes in [
        ((3, 3), (3,)),
        ((3, 3), (3, 2)),
        ((2, 3, 3), (3,)),
        ((2, 3, 3), (3, 2)),
        ((3, 3), (2, 3, 2)),
        ((2, 1, 2, 2), (3, 2, 1)),
        ((0, 0), (0,)),
        ((2, 2), (2, 0)),
    ]
]

_INVERSES = [
    matrix_case("inv", lambda np_, a: np_.linalg.inv(regular(np_, a)), (3, 3)),
    matrix_case("inv", lambda np_, a: np_.linalg.inv(regular(np_, a)), (2, 1, 2, 2)),
    matrix_case("inv", lambda np_, a: np_.linalg.inv(a), (0, 0)),
    matrix_case("cholesky", lambda np_, x: np_.linalg.cholesky(definite(np_, x)), (3, 3)),
    matrix_case("cholesky", lambda np_, x: np_.linalg.cholesky(definite(np_, x)), (2, 2, 3)),
    matrix_case(
        "cholesky", lambda np_, x: np_.linalg.cholesky(definite(np_, x), upper=True), (3, 3), label="upper"
    ),
    *[
        matrix_case(
            "cholesky_change",
            lambda np_, x, h: cholesky_change(np_.linalg.cholesky(definite(np_, x)), h),
            shape,
            shape,
        )
        for shape in ((1, 1), (3, 3), (2, 3, 3), (0, 0))
    ],
    *[
        matrix_case(
            "matmul", lambda np_, a, n=n: np_.linalg.matrix_power(a, n), (2, 3, 3), label=f"power {n}"
        )
        for n in (1, 2, 3, 4, 5, 10)
    ],
    matrix_case("inv", lambda np_, a: np_.linalg.matrix_power(regular(np_, a), -3), (3, 3), label="power -3"),
    matrix_case("matmul", lambda np_, a: a @ np_.linalg.matrix_power(a, 0), (3, 3), label="power 0"),
]

_MULTI_DOT = [
    matrix_case("dot", lambda np_, *xs: np_.linalg.multi_dot(xs), *shapes, label="multi_dot")
    for shapes in [
        ((2, 3), (3, 4)),
        ((2, 3), (3, 4), (4, 2)),
        ((3, 2), (2, 3), (3, 3)),
        ((3,), (3, 4), (4, 2)),
        ((2, 3), (3, 4), (4,)),
        ((3,), (3, 4), (4,)),
        ((2, 5), (5, 1), (1, 3), (3, 4)),
        ((2,), (2, 5), (5, 1), (1, 3), (3,)),
    ]
]

_DETERMINANTS = [
    matrix_case("det", lambda np_, a: np_.linalg.det(a), (3, 3)),
    matrix_case("det", lambda np_, a: np_.linalg.det(a), (1, 1)),
    matrix_case("det", lambda np_, a: np_.linalg.det(a), (2, 1, 4, 4)),
    matrix_case("det", lambda np_, a: np_.linalg.det(a), (0, 0)),
    matrix_case(
        "det",
        lambda np_, a: np_.linalg.det(a),
        fixed([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]),
        label="rank 2",
    ),
    matrix_case(
        "det",
        lambda np_, a: np_.linalg.det(a),
        fixed([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 0.0]),
        label="rank 1",
    ),
    matrix_case("det", lambda np_, a: np_.linalg.det(a), fixed([0.0, 0.0], [0.0, 0.0]), label="rank 0"),
    matrix_case("cofactor", lambda np_, a: cofactor(a), (3, 3), order=1),
    matrix_case("cofactor", lambda np_, a: cofactor(regular(np_, a)), (2, 3, 3), rtol=1e-7),
    matrix_case(
        "cofactor", lambda np_, a: cofactor(a), fixed([1.0, 2.0], [2.0, 4.0]), label="rank 1", order=1
    ),
    *[
        matrix_case(
            "cofactor_change", lambda np_, a, *bs: cofactor_change(a, *bs), (n, n), *[(n, n)] * k, rtol=1e-7
        )
        for n, k in ((1, 1), (2, 1), (3, 1), (3, 2), (4, 2), (4, 3), (2, 2))
    ],
    matrix_case("cofactor_change", lambda np_, a, b: cofactor_change(a, b, b), (2, 3, 3), (2, 3, 3), order=1),
    matrix_case(
        "cofactor_change",
        lambda np_, a, b: cofactor_change(a, b, b),
        fixed([1.0, 2.0, 3.0, 0.0], [2.0, 4.0, 6.0, 0.0], [0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.5]),
        (4, 4),
        label="singular",
    ),
    matrix_case("inverse_transpose", lambda np_, a: inverse_transpose(regular(np_, a)), (2, 3, 3)),
    matrix_case("slogdet", lambda np_, a: np_.linalg.slogdet(regular(np_, a)), (3, 3)),
    matrix_case("slogdet", lambda np_, a: np_.linalg.slogdet(-regular(np_, a))[1], (2, 3, 3)),
    matrix_case(
        "slogdet",
        lambda np_, a: tuple(np_.linalg.slogdet(a)),
        fixed([0.0, 1.0], [2.0, 0.5]),
        label="negative",
    ),
]

_NAMES = [
    matrix_case("diagonal", lambda np_, a: np_.linalg.diagonal(a, offset=1) * 1.0, (2, 3, 3), label="linalg"),
    matrix_case("sum", lambda np_, a: np_.linalg.trace(a), (2, 3, 3), label="linalg.trace"),
    matrix_case(
        "transpose",
        lambda np_, a: np_.linalg.matrix_transpose(a) * 1.0,
        (2, 3, 2),
        label="linalg.matrix_transpose",
    ),
]


def _norm(ord_: Any, arg: Any, **options: Any) -> Case:
    smooth = {"order": 1} if ord_ == 0 else {}
    return matrix_case(
        "norm",
        lambda np_, x: np_.linalg.norm(x, ord_, **options),
        arg,
        label=f"ord={ord_} {options}",
        complex=ord_ != 0,
        rtol=1e-7,
        **smooth,
    )


_STACK = Arg((2, 3, 3), make=lambda rng: rng.uniform(0.5, 1.5, (2, 3, 3)) + np.diag([4.0, 2.0, 1.0]))

_NORMS = [
    _norm(None, (3,)),
    _norm(None, (2, 3)),
    _norm(None, (2, 1, 3)),
    _norm(None, ()),
    _norm(None, (0,)),
    _norm(None, (2, 3), keepdims=True),
    *[_norm(ord_, (4,)) for ord_ in (2, 1, np.inf, -np.inf, 0, 3, 1.5, -1, -2)],
    *[_norm(ord_, (2, 3), axis=1) for ord_ in (None, 2, 1, np.inf, 3)],
    *[_norm(ord_, (2, 3), axis=-2, keepdims=True) for ord_ in (2, -np.inf, 2.5)],
    *[_norm(ord_, SQUARE) for ord_ in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)],
    *[_norm(ord_, WIDE) for ord_ in ("fro", "nuc", 2, -2, 1, np.inf)],
    *[_norm(ord_, _STACK, axis=(1, 2)) for ord_ in (None, "nuc", 2, 1)],
    *[_norm(ord_, _STACK, axis=(-1, 0)) for ord_ in ("fro", "nuc", 1, -1, np.inf, -np.inf)],
    _norm(2, _STACK, axis=(0, 2), keepdims=True),
    matrix_case("norm", lambda np_, x: np_.linalg.vector_norm(x), (2, 3), label="vector_norm"),
    matrix_case(
        "norm", lambda np_, x: np_.linalg.vector_norm(x, axis=(0, -1), ord=3), (2, 2, 3), label="vector_norm"
    ),
    matrix_case(
        "norm", lambda np_, x: np_.linalg.vector_norm(x, axis=1, keepdims=True), (2, 3), label="vector_norm"
    ),
    matrix_case(
        "norm", lambda np_, x: np_.linalg.vector_norm(x, keepdims=True), (2, 3), label="vector_norm of all"
    ),
    matrix_case("norm", lambda np_, x: np_.linalg.matrix_norm(x), _STACK, label="matrix_norm"),
    matrix_case(
        "norm",
        lambda np_, x: np_.linalg.matrix_norm(x, ord="nuc", keepdims=True),
        SQUARE,
        label="matrix_norm",
    ),
    matrix_case("direction", lambda np_, x: direction_p.bind(x, axes=(0,)), (3, 2)),
    matrix_case("direction", lambda np_, x: direction_p.bind(x, axes=(0, 2)), (2, 1, 3)),
    matrix_case("tied_share", lambda np_, x: tied_share(x, (1,), True), (2, 3), diff=(), complex=False),
    matrix_case("tied_share", lambda np_, x: tied_share(x, (0, 1), False), (2, 3), diff=(), complex=False),
    matrix_case(
        "reciprocal_or_zero",
        lambda np_, x: reciprocal_or_zero(x),
        Arg((3,), avoid=(0.0,), margin=0.5),
        complex=False,
    ),
]

CASES: list[Case] = [*_NORMS, *_SOLVE, *_INVERSES, *_MULTI_DOT, *_DETERMINANTS, *_NAMES]
