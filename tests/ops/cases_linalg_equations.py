"""Rows for ops/least_squares.py, ops/tensor_equations.py and ops/conditions.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.case import Case
from tests.ops.matrices import SQUARE, TALL, WIDE, fixed, matrix_case, regular, symmetric

_PINV = [
    *[matrix_case("pinv", lambda np_, a: np_.linalg.pinv(a), arg) for arg in (TALL, WIDE, SQUARE)],
    matrix_case("pinv", lambda np_, a: np_.linalg.pinv(a, rcond=1e-10), TALL, label="rcond"),
    matrix_case("pinv", lambda np_, a: np_.linalg.pinv(regular(np_, a), rtol=1e-10), (2, 3, 3), label="rtol"),
    matrix_case("pinv", lambda np_, a: np_.linalg.pinv(a, rtol=None), WIDE, label="rtol=None"),
    matrix_case(
        "pinv",
        lambda np_, a: np_.linalg.pinv(a, np.array([1e-9, 1e-3])),
        (2, 3, 2),
        label="cutoffs",
        device=False,
    ),
    matrix_case(
        "pinv",
        lambda np_, a: np_.linalg.pinv(symmetric(np_, a), hermitian=True),
        SQUARE,
        label="hermitian",
        rtol=1e-7,
    ),
    matrix_case("pinv", lambda np_, a: np_.linalg.pinv(a), (0, 3), label="empty"),
]

_RANK = [
    matrix_case("matrix_rank", lambda np_, a: np_.linalg.matrix_rank(a), arg, diff=())
    for arg in (SQUARE, (2, 3, 2))
]
_RANK += [
    matrix_case("matrix_rank", lambda np_, a: np_.linalg.matrix_rank(a), (3, 0), diff=(), numpy="2.4"),
    matrix_case("matrix_rank", lambda np_, a: np_.linalg.matrix_rank(a), (3,), diff=(), jit=False),
    matrix_case("matrix_rank", lambda np_, a: np_.linalg.matrix_rank(a, 0.7), SQUARE, diff=(), label="tol"),
    matrix_case(
        "matrix_rank", lambda np_, a: np_.linalg.matrix_rank(a, rtol=0.5), (2, 3, 3), diff=(), label="rtol"
    ),
    matrix_case(
        "matrix_rank",
        lambda np_, a: np_.linalg.matrix_rank(a, np.array([0.2, 0.9])),
        (2, 3, 3),
        diff=(),
        label="cutoffs",
        device=False,
    ),
    matrix_case(
        "matrix_rank",
        lambda np_, a: np_.linalg.matrix_rank(symmetric(np_, a), rtol=0.5, hermitian=True),
        (2, 3, 3),
        diff=(),
        label="hermitian",
    ),
]


def _lstsq(np_: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    return tuple(np_.linalg.lstsq(a, b, rcond))


_DEFICIENT = fixed([1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [1.0, 2.0, 1.0], [0.0, 0.0, 2.0])

_LSTSQ = [
    *[
        matrix_case("lstsq", lambda np_, a, b: _lstsq(np_, a, b), *args, rtol=1e-7)
        for args in (
            (TALL, (3,)),
            (TALL, (3, 2)),
            (SQUARE, (3,)),
            (WIDE, (2,)),
            (WIDE, (2, 3)),
            (TALL, (3, 0)),
        )
    ],
    matrix_case("lstsq", lambda np_, a, b: _lstsq(np_, a, b, -1), TALL, (3,), label="rcond", rtol=1e-7),
    matrix_case(
        "lstsq",
        lambda np_, b: np_.linalg.lstsq(np.array(_DEFICIENT.make(None)), b)[0],
        (4, 2),
        label="b only",
        device=False,
    ),
]

_TENSORS = [
    matrix_case(
        "solve",
        lambda np_, a, b: np_.linalg.tensorsolve(np_.reshape(regular(np_, a), (2, 3, 6)), b),
        (6, 6),
        (2, 3),
        label="tensorsolve",
    ),
    matrix_case(
        "solve",
        lambda np_, a, b: np_.linalg.tensorsolve(np_.reshape(regular(np_, a), (2, 3, 3, 2)), b, axes=(0, 2)),
        (6, 6),
        (3, 2),
        label="tensorsolve, axes",
    ),
    matrix_case(
        "inv",
        lambda np_, a: np_.linalg.tensorinv(np_.reshape(regular(np_, a), (2, 3, 6))),
        (6, 6),
        label="tensorinv",
    ),
    matrix_case(
        "inv",
        lambda np_, a: np_.linalg.tensorinv(np_.reshape(regular(np_, a), (6, 3, 2)), ind=1),
        (6, 6),
        label="tensorinv, ind",
    ),
]

_UNEVEN = fixed([1.0, 0.5, 0.25], [-0.5, 2.0, 1.5], [0.125, 0.7, -1.5])

_COND = [
    *[
        matrix_case("cond", lambda np_, x, p=p: np_.linalg.cond(x, p), _UNEVEN, label=f"p={p}", rtol=1e-7)
        for p in (None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc")
    ],
    *[matrix_case("cond", lambda np_, x: np_.linalg.cond(x), arg, rtol=1e-7) for arg in (TALL, WIDE)],
    matrix_case("cond", lambda np_, x: np_.linalg.cond(regular(np_, x), 1), (2, 1, 2, 2), rtol=1e-7),
    matrix_case("cond", lambda np_, x: np_.linalg.cond(regular(np_, x)), (2, 1, 2, 2), rtol=1e-7),
]

CASES: list[Case] = [*_PINV, *_RANK, *_LSTSQ, *_TENSORS, *_COND]
